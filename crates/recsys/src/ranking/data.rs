//! The parts of implicit feedback, and the one that is spent once.

use super::positives::Positives;
use crate::random::{shuffle, stream};

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

    /// The same positives divided anew: each user has as many to choose by as before, drawn at random from all of that user's.
    ///
    /// ```
    /// use autolossgen_recsys::{Positives, RankingData};
    /// let train = Positives::new(2, 5, &[0, 0, 1], &[0, 1, 4]);
    /// let data = RankingData::new(train, Positives::new(2, 5, &[0], &[2]));
    /// let again = data.redivided(1);
    /// assert_eq!((again.train.len(), again.validation.len()), (3, 1));
    /// assert_eq!(again.seen(), data.seen());
    /// ```
    #[must_use]
    pub fn redivided(&self, seed: u64) -> Self {
        let all = self.seen();
        let mut parts = [const { (Vec::new(), Vec::new()) }; 2];
        for user in 0..self.n_users() as u32 {
            let mut items = all.of_user(user).to_vec();
            shuffle(&mut stream(seed, "division", u64::from(user)), &mut items);
            let n_train = self.train.of_user(user).len();
            for (place, item) in items.into_iter().enumerate() {
                let (users, items) = &mut parts[usize::from(place >= n_train)];
                users.push(user);
                items.push(item);
            }
        }
        let [train, validation] =
            parts.map(|(users, items)| Positives::new(self.n_users(), self.n_items(), &users, &items));
        Self { train, validation }
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
