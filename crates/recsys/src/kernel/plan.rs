//! The plan of an epoch: order, batches, and which rows occur more than once in a batch.

use std::ops::Range;

use crate::{Interactions, random};

/// Marks a table row that occurs once in its batch and is updated in place.
pub(crate) const ONCE: u32 = u32::MAX;

/// Made once per (seed, epoch) and shared by all candidates trained on that epoch.
#[derive(Clone, Debug)]
pub struct EpochPlan {
    /// Seed and number of the epoch, from which its dropout derives; 0 for batches in a given order.
    pub(crate) seed: u64,
    /// See `seed`.
    pub(crate) epoch: u64,
    /// Every user is below this.
    pub(crate) n_users: usize,
    /// Every item is below this.
    pub(crate) n_items: usize,
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
    /// When `batch_size` is 0, or there are 2³² rows or more.
    pub fn new(train: &Interactions, n_users: usize, n_items: usize, batch_size: usize, seed: u64, epoch: u64) -> Self {
        let mut order: Vec<u32> = (0..count(train.len())).collect();
        random::shuffle(&mut random::stream(seed, "epoch", epoch), &mut order);
        let users = order.iter().map(|&row| train.users()[row as usize]).collect();
        let items = order.iter().map(|&row| train.items()[row as usize]).collect();
        let labels = order.iter().map(|&row| train.labels()[row as usize]).collect();
        let mut plan = Self { seed, epoch, ..Self::of_columns([users, items], labels, [n_users, n_items], batch_size) };
        plan.group();
        plan
    }

    /// Orders the rows of each batch by what they share, so that an update need not guess for each.
    fn group(&mut self) {
        let mut order = Vec::new();
        for batch in &self.batches {
            let rows = batch.rows.clone();
            let slots = self.user_slots[rows.clone()].iter().zip(&self.item_slots[rows.clone()]);
            let kinds = slots.map(|(&user, &item)| 2 * usize::from(user != ONCE) + usize::from(item != ONCE));
            sort_by_kind(kinds, &mut order);
            for ids in [&mut self.users, &mut self.items, &mut self.user_slots, &mut self.item_slots] {
                rearrange(&mut ids[rows.clone()], &order);
            }
            rearrange(&mut self.labels[rows], &order);
        }
    }

    /// Batches of `rows` in the order given.
    ///
    /// # Panics
    /// When `batch_size` is 0, or there are 2³² rows or more.
    pub fn in_order(rows: &Interactions, n_users: usize, n_items: usize, batch_size: usize) -> Self {
        let ids = [rows.users().to_vec(), rows.items().to_vec()];
        Self::of_columns(ids, rows.labels().to_vec(), [n_users, n_items], batch_size)
    }

    fn of_columns([users, items]: [Vec<u32>; 2], labels: Vec<f32>, n_ids: [usize; 2], batch_size: usize) -> Self {
        assert!(batch_size > 0, "a batch needs at least one row");
        let n_rows = count(labels.len()) as usize;
        let [n_users, n_items] = n_ids;
        let [mut user_finder, mut item_finder] = n_ids.map(SlotFinder::new);
        let (user_slots, item_slots) = (Vec::with_capacity(n_rows), Vec::with_capacity(n_rows));
        let batches = Vec::with_capacity(n_rows.div_ceil(batch_size));
        let mut plan =
            Self { seed: 0, epoch: 0, n_users, n_items, users, items, labels, user_slots, item_slots, batches };
        for start in (0..n_rows).step_by(batch_size) {
            let rows = start..(start + batch_size).min(n_rows);
            let shared_users = user_finder.find(&plan.users[rows.clone()], &mut plan.user_slots);
            let shared_items = item_finder.find(&plan.items[rows.clone()], &mut plan.item_slots);
            plan.batches.push(Batch { rows, shared_users, shared_items });
        }
        plan
    }

    /// Bytes that the plan of an epoch of `n_rows` takes, about: what is shared adds some per cent.
    pub(crate) fn bytes(n_rows: usize) -> usize {
        n_rows * (4 * size_of::<u32>() + size_of::<f32>())
    }

    /// Number of mini-batches.
    pub fn n_batches(&self) -> usize {
        self.batches.len()
    }
}

/// The order that sorts elements of four kinds, those of one kind as they were.
fn sort_by_kind(kinds: impl Iterator<Item = usize> + Clone, order: &mut Vec<u32>) {
    let mut ends = [0; 4];
    kinds.clone().for_each(|kind| (kind..4).for_each(|after| ends[after] += 1));
    let mut next = [0, ends[0], ends[1], ends[2]];
    order.clear();
    order.resize(ends[3], 0);
    for (index, kind) in (0..).zip(kinds) {
        order[next[kind]] = index;
        next[kind] += 1;
    }
}

/// Puts the elements of a batch in `order`.
fn rearrange<T: Copy>(elements: &mut [T], order: &[u32]) {
    let before = elements.to_vec();
    elements.iter_mut().zip(order).for_each(|(element, &index)| *element = before[index as usize]);
}

/// The number of rows, in the type of an index of the plan.
fn count(n_rows: usize) -> u32 {
    u32::try_from(n_rows).expect("an epoch has fewer than 2³² rows")
}

/// Finds the ids that occur more than once in a batch; linear in the batch.
struct SlotFinder {
    /// Where in the epoch an id occurred first in the last batch that has it.
    first: Vec<u32>,
}

impl SlotFinder {
    fn new(n_ids: usize) -> Self {
        Self { first: vec![u32::MAX; n_ids] }
    }

    /// Appends the slot of each id of the next batch to the `slots` of the epoch; returns the ids of the slots.
    fn find(&mut self, ids: &[u32], slots: &mut Vec<u32>) -> Vec<u32> {
        let mut shared = Vec::new();
        let start = slots.len() as u32;
        for (position, &id) in (start..).zip(ids) {
            let first = &mut self.first[id as usize];
            if !(start..position).contains(first) {
                *first = position;
                slots.push(ONCE);
                continue;
            }
            let slot = &mut slots[*first as usize];
            if *slot == ONCE {
                *slot = shared.len() as u32;
                shared.push(id);
            }
            let slot = *slot;
            slots.push(slot);
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
    fn the_rows_of_a_batch_are_grouped_by_what_they_share() {
        let mut order = Vec::new();
        sort_by_kind([3, 0, 2, 0, 1, 3].into_iter(), &mut order);
        assert_eq!(order, [1, 3, 4, 2, 0, 5]);
        let rows =
            Interactions::new(vec![0, 1, 0, 2, 3, 0], vec![3, 3, 4, 3, 5, 0], (0..6).map(|y| y as f32).collect());
        let plan = EpochPlan::new(&rows, 4, 6, 6, 1, 1);
        let shares = |slots: &[u32]| slots.iter().map(|&slot| slot != ONCE).collect::<Vec<_>>();
        assert_eq!(shares(&plan.user_slots), [false, false, false, true, true, true]);
        assert_eq!(shares(&plan.item_slots), [false, true, true, false, false, true]);
        for (row, &label) in plan.labels.iter().enumerate() {
            assert_eq!(
                (plan.users[row], plan.items[row]),
                (rows.users()[label as usize], rows.items()[label as usize])
            );
        }
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
