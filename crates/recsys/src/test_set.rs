//! The rows that are spent once.

use crate::composition::Composition;
use crate::interactions::{Interactions, SearchData};

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
    /// What the rows of every part are like; for describing the data only.
    pub fn composition(&self, data: &SearchData) -> Composition {
        Composition::of(data, &self.0)
    }
    /// Opens the set, once, for the final evaluation.
    pub fn spend(self) -> Interactions {
        self.0
    }
}
