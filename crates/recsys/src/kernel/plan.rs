//! The plan of an epoch: order, batches, and which rows occur more than once in a batch.

use std::ops::Range;

use crate::{Interactions, random};

/// Marks a table row that occurs once in its batch and is updated in place.
pub(crate) const ONCE: u32 = u32::MAX;

/// Made once per (seed, epoch) and shared by all candidates trained on that epoch.
#[derive(Clone, Debug)]
pub struct EpochPlan {
    pub(crate) users: Vec<u32>,
    pub(crate) items: Vec<u32>,
    pub(crate) labels: Vec<f32>,
    /// Slot of the accumulator for the row's user, or [`ONCE`].
    pub(crate) user_slots: Vec<u32>,
    /// Slot of the accumulator for the row's item, or [`ONCE`].
    pub(crate) item_slots: Vec<u32>,
    pub(crate) batches: Vec<Batch>,
}

/// One mini-batch: its rows, and the table rows that its slots stand for.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) rows: Range<usize>,
    pub(crate) shared_users: Vec<u32>,
    pub(crate) shared_items: Vec<u32>,
}

impl EpochPlan {
    /// Shuffles `train` by (seed, epoch) alone and cuts it into batches; the last may be short.
    ///
    /// # Panics
    /// When `batch_size` is 0.
    pub fn new(train: &Interactions, n_users: usize, n_items: usize, batch_size: usize, seed: u64, epoch: u64) -> Self {
        let mut order: Vec<usize> = (0..train.len()).collect();
        random::shuffle(&mut random::stream(seed, "epoch", epoch), &mut order);
        Self::in_order(&train.select(&order), n_users, n_items, batch_size)
    }

    /// Batches of `rows` in the order given.
    ///
    /// # Panics
    /// When `batch_size` is 0.
    pub fn in_order(rows: &Interactions, n_users: usize, n_items: usize, batch_size: usize) -> Self {
        assert!(batch_size > 0, "a batch needs at least one row");
        let (mut users, mut items) = (SlotFinder::new(n_users), SlotFinder::new(n_items));
        let mut plan = Self {
            users: rows.users().to_vec(),
            items: rows.items().to_vec(),
            labels: rows.labels().to_vec(),
            user_slots: Vec::with_capacity(rows.len()),
            item_slots: Vec::with_capacity(rows.len()),
            batches: Vec::with_capacity(rows.len().div_ceil(batch_size)),
        };
        for start in (0..rows.len()).step_by(batch_size) {
            let rows = start..(start + batch_size).min(rows.len());
            let shared_users = users.find(&plan.users[rows.clone()], &mut plan.user_slots);
            let shared_items = items.find(&plan.items[rows.clone()], &mut plan.item_slots);
            plan.batches.push(Batch { rows, shared_users, shared_items });
        }
        plan
    }

    /// Number of mini-batches.
    pub fn n_batches(&self) -> usize {
        self.batches.len()
    }
}

/// Finds the ids that occur more than once in a batch; linear in the batch.
struct SlotFinder {
    count: Vec<u32>,
    slot: Vec<u32>,
}

impl SlotFinder {
    fn new(n_ids: usize) -> Self {
        Self { count: vec![0; n_ids], slot: vec![ONCE; n_ids] }
    }

    /// Appends the slot of each id to `slots`; returns the ids of the slots, in order of first occurrence.
    fn find(&mut self, ids: &[u32], slots: &mut Vec<u32>) -> Vec<u32> {
        let mut shared = Vec::new();
        ids.iter().for_each(|&id| self.count[id as usize] += 1);
        for &id in ids {
            let slot = &mut self.slot[id as usize];
            if self.count[id as usize] > 1 && *slot == ONCE {
                *slot = shared.len() as u32;
                shared.push(id);
            }
            slots.push(*slot);
        }
        for &id in ids {
            (self.count[id as usize], self.slot[id as usize]) = (0, ONCE);
        }
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_occur_twice_get_a_slot() {
        let rows = Interactions::new(vec![0, 1, 0, 2], vec![3, 3, 4, 3], vec![1.0; 4]);
        let plan = EpochPlan::in_order(&rows, 3, 5, 3);
        assert_eq!(plan.user_slots, [0, ONCE, 0, ONCE]);
        assert_eq!(plan.item_slots, [0, 0, ONCE, ONCE]);
        assert_eq!((plan.batches[0].shared_users.clone(), plan.batches[0].shared_items.clone()), (vec![0], vec![3]));
        assert_eq!(plan.batches[1].rows, 3..4);
    }

    #[test]
    fn an_epoch_is_a_permutation_that_depends_on_seed_and_epoch() {
        let rows = Interactions::new((0..100).collect(), (0..100).collect(), vec![0.0; 100]);
        let users = |seed, epoch| EpochPlan::new(&rows, 100, 100, 8, seed, epoch).users;
        let mut sorted = users(1, 1);
        assert_eq!(sorted, users(1, 1));
        assert_ne!(sorted, users(1, 2));
        assert_ne!(sorted, users(2, 1));
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    }
}
