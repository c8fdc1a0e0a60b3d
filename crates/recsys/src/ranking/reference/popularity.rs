//! The items that most users took, for everyone.

use crate::ranking::positives::Positives;
use crate::ranking::scorer::Scorer;

/// Score of an item for every user: the number of users who took it in training. It is exact up to 2²⁴.
#[derive(Clone, Debug)]
pub struct Popularity {
    counts: Vec<f32>,
}

impl Popularity {
    /// Counts the positives of training.
    pub fn fit(train: &Positives) -> Self {
        Self { counts: train.item_counts().into_iter().map(|count| count as f32).collect() }
    }
}

impl Scorer for Popularity {
    /// # Panics
    /// When `scores` has another shape.
    fn score(&self, users: &[u32], scores: &mut [f32]) {
        assert_eq!(scores.len(), users.len() * self.counts.len(), "the shape of the scores is not (b, n_items)");
        scores.chunks_exact_mut(self.counts.len().max(1)).for_each(|row| row.copy_from_slice(&self.counts));
    }
}
