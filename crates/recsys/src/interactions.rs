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
