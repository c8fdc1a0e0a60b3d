//! One batch of training rows with their negatives.

use super::hits::Hits;
use super::training_items::TrainingItems;

/// B positive pairs, and N negatives of each or N that all share. `RankingBatch::default()` is empty; memory is used again.
#[derive(Clone, Debug, Default)]
pub struct RankingBatch {
    /// Shape (B,).
    pub(super) users: Vec<u32>,
    /// Positive items, shape (B,).
    pub(super) items: Vec<u32>,
    /// Negative items, shape (B, N) row-major; (N,) where they are shared.
    pub(super) negatives: Vec<u32>,
    pub(super) n_negatives: usize,
    /// Which of the shared negatives are no negatives of a row; `None` where each row has its own.
    pub(super) hits: Option<Hits>,
    /// Hits that are not in use.
    spare: Hits,
}

impl RankingBatch {
    /// Rows of which each has negatives of its own: users and positive items of shape (B,), negatives of shape (B, N) row-major.
    ///
    /// # Panics
    /// When the shapes do not fit, or N is 0.
    pub fn gathered(users: Vec<u32>, items: Vec<u32>, negatives: Vec<u32>) -> Self {
        assert_eq!(users.len(), items.len(), "each row has a user and an item");
        let n_negatives = negatives.len().checked_div(users.len()).unwrap_or(0);
        assert!(
            n_negatives > 0 && n_negatives * users.len() == negatives.len(),
            "each row has as many negatives, at least one"
        );
        Self { users, items, negatives, n_negatives, ..Self::default() }
    }

    /// Rows that share the negatives, of shape (N,). A negative that a row's user has in `training` is no negative of the row:
    /// its place is taken by the next of the shared negatives that is one, from the first again after the last. A row that
    /// has none is no part of the batch's gradient.
    ///
    /// # Panics
    /// When the shapes do not fit, N is 0, `training` lacks a user, or has an item that is not below `n_items`.
    pub fn shared(
        users: Vec<u32>,
        items: Vec<u32>,
        negatives: Vec<u32>,
        training: TrainingItems<'_>,
        n_items: usize,
    ) -> Self {
        assert_eq!(users.len(), items.len(), "each row has a user and an item");
        assert!(!negatives.is_empty(), "there is at least one negative");
        let mut batch = Self { users, items, negatives, ..Self::default() };
        batch.share(training, n_items);
        batch
    }

    /// Users of the rows, shape (B,).
    pub fn users(&self) -> &[u32] {
        &self.users
    }

    /// Positive items, shape (B,).
    pub fn items(&self) -> &[u32] {
        &self.items
    }

    /// Negative items, shape (B, N) row-major; shape (N,) where the rows [share](Self::is_shared) them.
    pub fn negatives(&self) -> &[u32] {
        &self.negatives
    }

    /// N.
    pub fn n_negatives(&self) -> usize {
        self.n_negatives
    }

    /// Whether all rows have the same negatives.
    pub fn is_shared(&self) -> bool {
        self.hits.is_some()
    }

    /// B.
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Other rows, without negatives yet.
    pub(super) fn refill(&mut self, rows: &[[u32; 2]]) {
        self.users.clear();
        self.items.clear();
        self.users.extend(rows.iter().map(|row| row[0]));
        self.items.extend(rows.iter().map(|row| row[1]));
        self.spare = self.hits.take().unwrap_or_else(|| std::mem::take(&mut self.spare));
    }

    /// All rows share the negatives.
    pub(super) fn share(&mut self, training: TrainingItems<'_>, n_items: usize) {
        self.n_negatives = self.negatives.len();
        let mut hits = std::mem::take(&mut self.spare);
        hits.find(&self.users, &self.negatives, training, n_items);
        self.hits = Some(hits);
    }
}
