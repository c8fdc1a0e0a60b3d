//! Items like those that a user took.

use autolossgen_settings::{Section, range, section};

use super::error::ReferenceError;
use super::taken::for_each_taken;
use crate::ranking::positives::Positives;
use crate::ranking::scorer::Scorer;

section! {
    /// Settings of item neighbours.
    #[derive(Copy)]
    pub struct ItemKnnSettings {
        /// Neighbours of an item that count; the default is RecBole's
        pub neighbours: usize [range::count(1, 1_000_000)] = 100;
        /// Shrinkage h, in users: how much likeness needs to be founded on many; the default is RecBole's
        pub shrink: f64 [range::within(0.0, 1e9)] = 0.0;
    }
}

/// Items by their neighbours (Sarwar et al. 2001, for implicit feedback). Of two items with n_i and n_j users, c_ij of them
/// shared, the likeness is the cosine of their columns, shrunk: s_ij = c_ij / (√(n_i·n_j) + h), as Ferrari Dacrema et al. (2019)
/// write it, in single precision. Score of item j = Σ s_ij over the items i that the user took and that are among the `neighbours` of j: the other
/// items of the highest likeness above 0, of equal ones the smaller item first.
///
/// A fit takes time as Σ n², n the number of items of each user, and memory as items × neighbours.
#[derive(Clone, Debug)]
pub struct ItemKnn {
    train: Positives,
    /// Of each item i every item j that it is a neighbour of, ascending, with s_ij.
    weights: Vec<Vec<(u32, f32)>>,
}

impl ItemKnn {
    /// Numbers of neighbours of [`grid`](Self::grid).
    pub const NEIGHBOURS: [usize; 5] = [10, 30, 100, 300, 1000];

    /// Shrinkages of [`grid`](Self::grid).
    pub const SHRINKS: [f64; 5] = [0.0, 3.0, 10.0, 30.0, 100.0];

    /// Settings to choose among on validation: each number of neighbours with each shrinkage.
    pub fn grid() -> Vec<ItemKnnSettings> {
        let pairs = Self::NEIGHBOURS.iter().flat_map(|&neighbours| Self::SHRINKS.map(|shrink| (neighbours, shrink)));
        pairs.map(|(neighbours, shrink)| ItemKnnSettings { neighbours, shrink }).collect()
    }

    /// Finds the neighbours of every item in the positives of training.
    ///
    /// # Errors
    /// A setting outside its range.
    pub fn fit(train: &Positives, settings: ItemKnnSettings) -> Result<Self, ReferenceError> {
        settings.check().map_err(ReferenceError::Setting)?;
        let users = train.transposed();
        let mut weights = vec![Vec::new(); train.n_items()];
        let mut shared = Shared::new(train.n_items());
        for item in 0..train.n_items() as u32 {
            shared.count(item, &users, train);
            for (neighbour, likeness) in shared.nearest(item, &users, settings) {
                weights[neighbour as usize].push((item, likeness));
            }
        }
        Ok(Self { train: train.clone(), weights })
    }
}

/// How many users one item shares with each other item.
struct Shared {
    counts: Vec<u32>,
    /// The items whose count is not 0.
    items: Vec<u32>,
}

impl Shared {
    fn new(n_items: usize) -> Self {
        Self { counts: vec![0; n_items], items: Vec::new() }
    }

    fn count(&mut self, item: u32, users: &Positives, train: &Positives) {
        self.items.drain(..).for_each(|other| self.counts[other as usize] = 0);
        let others = users.of_user(item).iter().flat_map(|&user| train.of_user(user));
        for &other in others.filter(|&&other| other != item) {
            if self.counts[other as usize] == 0 {
                self.items.push(other);
            }
            self.counts[other as usize] += 1;
        }
    }

    /// The neighbours of `item` whose users were counted, with their likeness, the most alike first.
    fn nearest(&self, item: u32, users: &Positives, settings: ItemKnnSettings) -> Vec<(u32, f32)> {
        let n_users = |item: u32| users.of_user(item).len() as f64;
        let likeness = |other: u32| {
            let size = (n_users(item) * n_users(other)).sqrt() + settings.shrink;
            (f64::from(self.counts[other as usize]) / size) as f32
        };
        let mut others: Vec<(u32, f32)> = self.items.iter().map(|&other| (other, likeness(other))).collect();
        others.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        others.truncate(settings.neighbours);
        others
    }
}

impl Scorer for ItemKnn {
    /// # Panics
    /// When there is no such user, or `scores` has another shape.
    fn score(&self, users: &[u32], scores: &mut [f32]) {
        for_each_taken(&self.train, users, scores, |row, item| {
            self.weights[item as usize].iter().for_each(|&(other, weight)| row[other as usize] += weight);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_by_hand() {
        // Users 0 and 1 took items 0 and 1, user 2 items 1 and 2.
        let train = Positives::new(3, 3, &[0, 0, 1, 1, 2, 2], &[0, 1, 0, 1, 1, 2]);
        let scores = |neighbours: usize, shrink: f64, user: u32| {
            let mut scores = [f32::NAN; 3];
            ItemKnn::fit(&train, ItemKnnSettings { neighbours, shrink }).unwrap().score(&[user], &mut scores);
            scores
        };
        let [a, b] = [2.0 / 6.0_f64.sqrt(), 1.0 / 3.0_f64.sqrt()].map(|likeness| likeness as f32);
        assert_eq!(scores(2, 0.0, 0), [a, a, b]);
        assert_eq!(scores(2, 0.0, 2), [a, b, b]);
        // The one neighbour of item 1 is item 0.
        assert_eq!(scores(1, 0.0, 2), [a, 0.0, b]);
        assert_eq!(scores(2, 1.0, 0)[0], (2.0 / (6.0_f64.sqrt() + 1.0)) as f32);
    }
}
