//! The parts of implicit feedback, and the one that is spent once.

use super::positives::Positives;

/// All that search and selection may see of implicit feedback.
#[derive(Clone, Debug)]
pub struct RankingData {
    /// Positives to train on
    pub train: Positives,
    /// Positives to choose by
    pub validation: Positives,
}

impl RankingData {
    /// Joins two parts of the same users and items.
    ///
    /// # Panics
    /// When the numbers of users or of items differ.
    pub fn new(train: Positives, validation: Positives) -> Self {
        assert_eq!(train.shape(), validation.shape(), "training and validation differ in their users or items");
        Self { train, validation }
    }

    /// Number of users, of all parts together.
    pub fn n_users(&self) -> usize {
        self.train.n_users()
    }

    /// Number of items, of all parts together.
    pub fn n_items(&self) -> usize {
        self.train.n_items()
    }

    /// What the test masks: the positives of training and validation.
    pub fn seen(&self) -> Positives {
        self.train.and(&self.validation)
    }
}

/// The test positives: no `Clone`, and given up by value, so that they are spent once.
#[derive(Debug)]
pub struct RankingTest(Positives);

impl RankingTest {
    /// Seals the test positives.
    pub fn new(positives: Positives) -> Self {
        Self(positives)
    }

    /// Number of distinct pairs; for describing the data only.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Opens the set, once, for the final evaluation.
    pub fn spend(self) -> Positives {
        self.0
    }
}
