//! User-item interactions with labels.

/// Columns of one length: user index, item index, label.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interactions {
    users: Vec<u32>,
    items: Vec<u32>,
    labels: Vec<f32>,
}

impl Interactions {
    /// Joins three columns of one length.
    ///
    /// # Panics
    /// When the lengths differ.
    pub fn new(users: Vec<u32>, items: Vec<u32>, labels: Vec<f32>) -> Self {
        assert!(users.len() == items.len() && items.len() == labels.len(), "columns differ in length");
        Self { users, items, labels }
    }
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.labels.len()
    }
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
    /// Dense user indices, shape (n,).
    pub fn users(&self) -> &[u32] {
        &self.users
    }
    /// Dense item indices, shape (n,).
    pub fn items(&self) -> &[u32] {
        &self.items
    }
    /// Labels, shape (n,): 0 or 1 for classification, in [0, 1] for regression.
    pub fn labels(&self) -> &[f32] {
        &self.labels
    }
    /// Rows whose label is above one half.
    pub fn n_positive(&self) -> usize {
        self.labels.iter().filter(|&&label| label > 0.5).count()
    }
    /// Whether a label is neither 0 nor 1.
    pub fn is_graded(&self) -> bool {
        is_graded(&self.labels)
    }
    /// Mean label; NaN where there is no row.
    pub fn mean_label(&self) -> f64 {
        self.labels.iter().map(|&label| f64::from(label)).sum::<f64>() / self.len() as f64
    }
    /// The rows at `indices`, in that order.
    pub fn select(&self, indices: &[usize]) -> Self {
        Self {
            users: indices.iter().map(|&i| self.users[i]).collect(),
            items: indices.iter().map(|&i| self.items[i]).collect(),
            labels: indices.iter().map(|&i| self.labels[i]).collect(),
        }
    }
}

/// Whether a label is neither 0 nor 1.
pub fn is_graded(labels: &[f32]) -> bool {
    labels.iter().any(|&label| label != 0.0 && label != 1.0)
}

/// All that search and selection may see.
#[derive(Clone, Debug)]
pub struct SearchData {
    /// Number of users, of all splits together.
    pub n_users: usize,
    /// Number of items, of all splits together.
    pub n_items: usize,
    /// Rows to train on.
    pub train: Interactions,
    /// Rows to choose by.
    pub validation: Interactions,
}

/// The test rows: no `Clone`, and given up by value, so that they are spent once.
#[derive(Debug)]
pub struct TestSet(Interactions);

impl TestSet {
    /// Seals the test rows.
    pub fn new(rows: Interactions) -> Self {
        Self(rows)
    }
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Number of positive rows; for describing the data only.
    pub fn n_positive(&self) -> usize {
        self.0.n_positive()
    }
    /// Whether a label is neither 0 nor 1; for describing the data only.
    pub fn is_graded(&self) -> bool {
        self.0.is_graded()
    }
    /// Mean label; for describing the data only. NaN where there is no row.
    pub fn mean_label(&self) -> f64 {
        self.0.mean_label()
    }
    /// Shares of the rows whose user, and whose item, no training row has; for describing the data only.
    pub fn share_unseen(&self, data: &SearchData) -> [f64; 2] {
        let share = |n: usize, seen: &[u32], tested: &[u32]| {
            let mut is_seen = vec![false; n];
            seen.iter().for_each(|&id| is_seen[id as usize] = true);
            tested.iter().filter(|&&id| !is_seen[id as usize]).count() as f64 / tested.len() as f64
        };
        [
            share(data.n_users, data.train.users(), self.0.users()),
            share(data.n_items, data.train.items(), self.0.items()),
        ]
    }
    /// Opens the set, once, for the final evaluation.
    pub fn spend(self) -> Interactions {
        self.0
    }
}
