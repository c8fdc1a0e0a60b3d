//! What scores every item for a block of users.

use crate::kernel::matmul::{Matrix, multiply};

/// A recommender as a full ranking sees it. A function `Fn(&[u32], &mut [f32])` is one.
pub trait Scorer: Sync {
    /// Writes the scores of all items for each of `users`, row by row, into `scores`, shape (users.len(), n_items), whose values
    /// before are any. The higher a score, the earlier the item; a NaN is no score. The scores of a block must be the same each
    /// time.
    fn score(&self, users: &[u32], scores: &mut [f32]);
}

impl<F: Fn(&[u32], &mut [f32]) + Sync> Scorer for F {
    fn score(&self, users: &[u32], scores: &mut [f32]) {
        self(users, scores);
    }
}

/// Inner products of user factors and item factors: score = p_u · q_i. A bias is a factor whose other side is 1.
#[derive(Clone, Copy, Debug)]
pub struct FactorScorer<'a> {
    dimension: usize,
    users: &'a [f32],
    items: &'a [f32],
}

impl<'a> FactorScorer<'a> {
    /// Of factors `users`, shape (n_users, d), and `items`, shape (n_items, d), row by row; d is `dimension`, at least 1.
    ///
    /// # Panics
    /// When d is 0, or a length is no multiple of it.
    pub fn new(dimension: usize, users: &'a [f32], items: &'a [f32]) -> Self {
        assert!(dimension > 0, "factors have no dimension");
        let fits = |values: &[f32]| values.len().is_multiple_of(dimension);
        assert!(fits(users) && fits(items), "factors are not rows of {dimension}");
        Self { dimension, users, items }
    }

    fn user(&self, user: u32) -> &'a [f32] {
        &self.users[user as usize * self.dimension..][..self.dimension]
    }
}

impl Scorer for FactorScorer<'_> {
    /// One matrix product, serial.
    ///
    /// # Panics
    /// When there is no such user, or `scores` has another shape.
    fn score(&self, users: &[u32], scores: &mut [f32]) {
        let block: Vec<f32> = users.iter().flat_map(|&user| self.user(user)).copied().collect();
        let items = Matrix::new(self.items, self.items.len() / self.dimension, self.dimension);
        multiply(scores, Matrix::new(&block, users.len(), self.dimension), items.transposed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_products_by_hand() {
        let (users, items) = ([1.0, 0.0, 0.0, 1.0, 2.0, -1.0], [3.0, 4.0, 5.0, 6.0]);
        let mut scores = [f32::NAN; 4];
        FactorScorer::new(2, &users, &items).score(&[2, 0], &mut scores);
        assert_eq!(scores, [2.0, 4.0, 3.0, 5.0]);
    }
}
