//! The plan of an epoch: order, batches, and which rows occur more than once in a batch.

use std::ops::Range;

use crate::interactions::Interactions;
use crate::random;

/// Made once per (seed, epoch) and shared by all candidates trained on that epoch.
///
/// The rows of a batch are ordered by what they share with others of it, so that an update need not ask for each: first
/// those that share nothing, then those that share their item, their user, both. [`batches`](Self::batches) gives the rows.
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
    pub(crate) batches: Vec<Batch>,
    shared_users: Repeated,
    shared_items: Repeated,
}

/// The rows of one mini-batch: columns of one length n ≥ 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rows<'a> {
    /// Dense user indices, shape (n,)
    pub users: &'a [u32],
    /// Dense item indices, shape (n,)
    pub items: &'a [u32],
    /// Labels, shape (n,)
    pub labels: &'a [f32],
}

/// One mini-batch: its rows, by what they share.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) rows: Range<usize>,
    /// The first row that shares its item.
    items_from: usize,
    /// The first row that shares its user.
    users_from: usize,
    /// The first row that shares both.
    both_from: usize,
    /// Which of the epoch's shared users are those of this batch.
    shared_users: Range<usize>,
    /// Which of the epoch's shared items are those of this batch.
    shared_items: Range<usize>,
}

impl Batch {
    /// Rows whose user and item occur in no other row of the batch.
    pub(crate) fn alone(&self) -> Range<usize> {
        self.rows.start..self.items_from
    }

    /// Rows whose user occurs in no other row, but whose item does.
    pub(crate) fn users_alone(&self) -> Range<usize> {
        self.items_from..self.users_from
    }

    /// Rows whose item occurs in no other row, but whose user does.
    pub(crate) fn items_alone(&self) -> Range<usize> {
        self.users_from..self.both_from
    }
}

/// Ids that occur more than once in their batch, batch after batch, and the rows that have them.
#[derive(Clone, Debug, Default)]
struct Repeated {
    ids: Vec<u32>,
    /// Where in `rows` those of each id end.
    ends: Vec<u32>,
    rows: Vec<u32>,
}

/// The ids that occur more than once in one batch, and the rows that have each, in their order.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'a> {
    pub(crate) ids: &'a [u32],
    ends: &'a [u32],
    /// Where the rows of the first id start.
    start: u32,
    rows: &'a [u32],
}

impl<'a> Shared<'a> {
    /// The rows of each id.
    #[inline(always)]
    pub(crate) fn occurrences(self) -> impl Iterator<Item = &'a [u32]> {
        let Self { ends, mut start, rows, .. } = self;
        ends.iter().map(move |&end| &rows[std::mem::replace(&mut start, end) as usize..end as usize])
    }
}

impl Repeated {
    #[inline(always)]
    fn of(&self, range: &Range<usize>) -> Shared<'_> {
        let start = range.start.checked_sub(1).map_or(0, |before| self.ends[before]);
        Shared { ids: &self.ids[range.clone()], ends: &self.ends[range.clone()], start, rows: &self.rows }
    }
}

impl EpochPlan {
    /// Shuffles `train` by (seed, epoch) alone and cuts it into batches; the last may be short. Who needs many plans makes
    /// them by a [`Planner`].
    ///
    /// # Panics
    /// When `batch_size` is 0, or there are 2³² rows or more.
    pub fn new(train: &Interactions, n_users: usize, n_items: usize, batch_size: usize, seed: u64, epoch: u64) -> Self {
        Planner::new(n_users, n_items, batch_size, seed).plan(train, epoch, None)
    }

    /// The batches of `rows` in the order given; within a batch they are ordered by what they share all the same.
    ///
    /// # Panics
    /// When `batch_size` is 0, or there are 2³² rows or more.
    pub fn in_order(rows: &Interactions, n_users: usize, n_items: usize, batch_size: usize) -> Self {
        let mut planner = Planner::new(n_users, n_items, batch_size, 0);
        planner.take(rows);
        planner.fill(0, None)
    }

    /// Bytes that the plan of an epoch of `n_rows` takes, about: where a quarter of the rows share their user or their item,
    /// that adds a third.
    pub(crate) fn bytes(n_rows: usize) -> usize {
        n_rows * size_of::<Row>() / 3 * 4
    }

    /// Number of mini-batches.
    pub fn n_batches(&self) -> usize {
        self.batches.len()
    }

    /// The mini-batches in the order of training. Which rows a batch has depends on (seed, epoch) alone; every batch has at
    /// least one row, and the last may have fewer than the others.
    ///
    /// ```
    /// use autolossgen_recsys::{EpochPlan, Interactions};
    /// let rows = Interactions::new(vec![0, 1, 2], vec![0, 0, 1], vec![1.0, 0.0, 1.0]);
    /// let plan = EpochPlan::in_order(&rows, 3, 2, 2);
    /// let batches: Vec<_> = plan.batches().map(|batch| (batch.users, batch.labels)).collect();
    /// assert_eq!(batches, [(&[0, 1][..], &[1.0, 0.0][..]), (&[2][..], &[1.0][..])]);
    /// ```
    pub fn batches(&self) -> impl ExactSizeIterator<Item = Rows<'_>> {
        self.batches.iter().map(|batch| {
            let rows = batch.rows.clone();
            Rows { users: &self.users[rows.clone()], items: &self.items[rows.clone()], labels: &self.labels[rows] }
        })
    }

    /// Seed of the plans of a training; 0 for batches in a given order.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Number of the epoch, counted from 1; 0 for batches in a given order. What a model draws at random while it trains
    /// derives from [`seed`](Self::seed) and this number, so that it is the same for all who train on the plan.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Number of users: every user index of a row is below it.
    pub fn n_users(&self) -> usize {
        self.n_users
    }

    /// Number of items: every item index of a row is below it.
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    #[inline(always)]
    pub(crate) fn shared_users(&self, batch: &Batch) -> Shared<'_> {
        self.shared_users.of(&batch.shared_users)
    }

    #[inline(always)]
    pub(crate) fn shared_items(&self, batch: &Batch) -> Shared<'_> {
        self.shared_items.of(&batch.shared_items)
    }

    fn empty() -> Self {
        Self {
            seed: 0,
            epoch: 0,
            n_users: 0,
            n_items: 0,
            users: Vec::new(),
            items: Vec::new(),
            labels: Vec::new(),
            batches: Vec::new(),
            shared_users: Repeated::default(),
            shared_items: Repeated::default(),
        }
    }

    /// Room for `n_rows`, and nothing in it yet.
    fn clear(&mut self, n_rows: usize) {
        for ids in [&mut self.users, &mut self.items] {
            ids.resize(n_rows, 0);
        }
        self.labels.resize(n_rows, 0.0);
        self.batches.clear();
        for repeated in [&mut self.shared_users, &mut self.shared_items] {
            [&mut repeated.ids, &mut repeated.ends, &mut repeated.rows].into_iter().for_each(Vec::clear);
        }
    }
}

/// A row in one piece: in random order it is one place in memory and not three.
#[derive(Clone, Copy, Debug)]
struct Row {
    user: u32,
    item: u32,
    label: f32,
}

/// Makes the plans of one seed, in time linear in the rows and with hardly a branch that depends on the data. Its memory,
/// and that of plans that are no longer needed, is used again: a fresh page takes longer than what is written to it.
#[derive(Clone, Debug)]
pub struct Planner {
    batch_size: usize,
    seed: u64,
    users: Finder,
    items: Finder,
    /// The rows of the epoch at hand in their order.
    rows: Vec<Row>,
}

impl Planner {
    /// For users and items below these, and batches of `batch_size` rows in an order that depends on (seed, epoch) alone.
    ///
    /// # Panics
    /// When `batch_size` is 0.
    pub fn new(n_users: usize, n_items: usize, batch_size: usize, seed: u64) -> Self {
        assert!(batch_size > 0, "a batch needs at least one row");
        Self { batch_size, seed, users: Finder::new(n_users), items: Finder::new(n_items), rows: Vec::new() }
    }

    /// The plan of `epoch` over `train`, in the memory of `used` if there is one.
    ///
    /// # Panics
    /// When there are 2³² rows or more, or ids that there should not be.
    pub fn plan(&mut self, train: &Interactions, epoch: u64, used: Option<EpochPlan>) -> EpochPlan {
        self.take(train);
        random::shuffle(&mut random::stream(self.seed, "epoch", epoch), &mut self.rows);
        self.fill(epoch, used)
    }

    fn take(&mut self, rows: &Interactions) {
        assert!(u32::try_from(rows.len()).is_ok(), "an epoch has fewer than 2³² rows");
        let ids = rows.users().iter().zip(rows.items());
        self.rows.clear();
        self.rows.extend(ids.zip(rows.labels()).map(|((&user, &item), &label)| Row { user, item, label }));
    }

    /// The plan of the rows at hand.
    fn fill(&mut self, epoch: u64, used: Option<EpochPlan>) -> EpochPlan {
        let Self { batch_size, seed, users, items, rows } = self;
        let [n_users, n_items] = [&*users, &*items].map(|finder| finder.last.len());
        let mut plan = EpochPlan { seed: *seed, epoch, n_users, n_items, ..used.unwrap_or_else(EpochPlan::empty) };
        plan.clear(rows.len());
        [&mut *users, &mut *items].into_iter().for_each(Finder::forget);
        for (number, batch) in rows.chunks(*batch_size).enumerate() {
            let start = number * *batch_size;
            users.mark(start, batch.iter().map(|row| row.user));
            items.mark(start, batch.iter().map(|row| row.item));
            let [items_from, users_from, both_from, end] =
                arrange(&mut plan, start, batch, &users.shares, &items.shares);
            let parts = [users_from..both_from, both_from..end];
            let shared_users = users.collect(&mut plan.shared_users, &plan.users, parts);
            let parts = [items_from..users_from, both_from..end];
            let shared_items = items.collect(&mut plan.shared_items, &plan.items, parts);
            let rows = start..end;
            plan.batches.push(Batch { rows, items_from, users_from, both_from, shared_users, shared_items });
        }
        plan
    }
}

/// Writes `rows` to the plan from `start` on, ordered by whether they share their user, then their item, those that are
/// alike as they were; returns where those end that share neither, the item, the user, both.
#[inline(always)]
fn arrange(plan: &mut EpochPlan, start: usize, rows: &[Row], users: &[u32], items: &[u32]) -> [usize; 4] {
    let (users, items, end) = (&users[..rows.len()], &items[..rows.len()], start + rows.len());
    let n_users = users.iter().sum::<u32>() as usize;
    let n_items = items.iter().sum::<u32>() as usize;
    let n_both = users.iter().zip(items).map(|(user, item)| user & item).sum::<u32>() as usize;
    let ends = [end + n_both - n_users - n_items, end - n_users, end - n_both, end];
    let mut next = [start, ends[0], ends[1], ends[2]];
    for (row, (user, item)) in rows.iter().zip(users.iter().zip(items)) {
        let next = &mut next[(2 * user + item) as usize & 3];
        (plan.users[*next], plan.items[*next], plan.labels[*next]) = (row.user, row.item, row.label);
        *next += 1;
    }
    ends
}

/// Finds the ids of one table that occur more than once in a batch.
#[derive(Clone, Debug)]
struct Finder {
    /// The last row that had an id.
    last: Vec<u32>,
    /// Where an id stands among the shared ones, plus 1; of batches before, and 0, mean nowhere.
    slots: Vec<u32>,
    /// 1 for each row of the batch at hand that shares its id with another; then one that is of no row.
    shares: Vec<u32>,
}

impl Finder {
    fn new(n_ids: usize) -> Self {
        Self { last: vec![u32::MAX; n_ids], slots: vec![0; n_ids], shares: Vec::new() }
    }

    /// A new epoch begins.
    fn forget(&mut self) {
        self.last.fill(u32::MAX);
        self.slots.fill(0);
    }

    /// Finds which rows of a batch share their id. Arithmetic and no branch, which would be guessed wrong for every fourth.
    #[inline(always)]
    fn mark(&mut self, start: usize, ids: impl ExactSizeIterator<Item = u32>) {
        let (start, of_none) = (start as u32, ids.len() as u32);
        self.shares.resize(ids.len() + 1, 0);
        for (position, id) in (0..).zip(ids) {
            let before = std::mem::replace(&mut self.last[id as usize], start + position).wrapping_sub(start);
            let occurred = u32::from(before < position);
            let first = of_none ^ ((of_none ^ before) & occurred.wrapping_neg());
            self.shares[position as usize] = occurred;
            self.shares[first as usize] = 1;
        }
    }

    /// Appends the ids of the rows in `parts`, all of which share theirs, and where each occurs; returns which they are.
    #[inline(always)]
    fn collect(&mut self, repeated: &mut Repeated, ids: &[u32], parts: [Range<usize>; 2]) -> Range<usize> {
        let Repeated { ids: shared, ends, rows } = repeated;
        let (first, start) = (shared.len(), rows.len() as u32);
        for part in &parts {
            for &id in &ids[part.clone()] {
                let slot = &mut self.slots[id as usize];
                if *slot as usize <= first {
                    shared.push(id);
                    ends.push(0);
                    *slot = shared.len() as u32;
                }
                ends[*slot as usize - 1] += 1;
            }
        }
        // Counts become starts, and starts become ends while rows come in.
        let mut next = start;
        ends[first..].iter_mut().for_each(|end| next += std::mem::replace(end, next));
        rows.resize(next as usize, 0);
        for part in parts {
            for row in part {
                let end = &mut ends[self.slots[ids[row] as usize] as usize - 1];
                rows[*end as usize] = row as u32;
                *end += 1;
            }
        }
        first..shared.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{below, stream};

    fn occurrences(shared: Shared<'_>) -> Vec<(u32, Vec<u32>)> {
        shared.ids.iter().copied().zip(shared.occurrences().map(<[u32]>::to_vec)).collect()
    }

    #[test]
    fn a_batch_by_hand() {
        // The fourth row stands alone; the third shares its user, the second its item, the first both.
        let rows = Interactions::new(vec![0, 1, 0, 2, 2], vec![3, 3, 4, 5, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0]);
        let plan = EpochPlan::in_order(&rows, 3, 6, 4);
        assert_eq!(plan.labels, [4.0, 2.0, 3.0, 1.0, 5.0]);
        assert_eq!((&plan.users[..], &plan.items[..]), (&[2, 1, 0, 0, 2][..], &[5, 3, 4, 3, 3][..]));
        let [first, second] = [&plan.batches[0], &plan.batches[1]];
        assert_eq!((first.alone(), first.users_alone(), first.items_alone()), (0..1, 1..2, 2..3));
        assert_eq!(occurrences(plan.shared_users(first)), [(0, vec![2, 3])]);
        assert_eq!(occurrences(plan.shared_items(first)), [(3, vec![1, 3])]);
        assert_eq!((second.rows.clone(), second.alone()), (4..5, 4..5));
        assert!(plan.shared_users(second).ids.is_empty() && plan.shared_items(second).ids.is_empty());
    }

    /// What [`Shared`] should be, found by comparing all rows with all.
    fn repeated(ids: &[u32], rows: Range<usize>) -> Vec<(u32, Vec<u32>)> {
        let of = |id: u32| rows.clone().filter(|&row| ids[row] == id).map(|row| row as u32).collect::<Vec<_>>();
        let mut all: Vec<_> = rows.clone().map(|row| (ids[row], of(ids[row]))).filter(|(_, of)| of.len() > 1).collect();
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn the_rows_of_a_batch_are_ordered_by_what_they_share() {
        let mut rng = stream(3, "rows", 0);
        let mut draw = |n: u64| (0..1000).map(|_| below(&mut rng, n) as u32).collect::<Vec<_>>();
        let (users, items) = (draw(90), draw(30));
        let rows = Interactions::new(users.clone(), items.clone(), (0..1000).map(|row| row as f32).collect());
        for batch_size in [1, 7, 40, 1000, 2000] {
            let plan = EpochPlan::new(&rows, 90, 30, batch_size, 6, 1);
            assert_eq!(plan.n_batches(), 1000_usize.div_ceil(batch_size));
            for batch in &plan.batches {
                let sorted = |shared| {
                    let mut all = occurrences(shared);
                    all.sort();
                    all
                };
                assert_eq!(sorted(plan.shared_users(batch)), repeated(&plan.users, batch.rows.clone()));
                assert_eq!(sorted(plan.shared_items(batch)), repeated(&plan.items, batch.rows.clone()));
                let shares =
                    |ids: &[u32], row: usize| batch.rows.clone().filter(|&other| ids[other] == ids[row]).count() > 1;
                for row in batch.rows.clone() {
                    let kind = (shares(&plan.users, row), shares(&plan.items, row));
                    assert_eq!(batch.alone().contains(&row), kind == (false, false));
                    assert_eq!(batch.users_alone().contains(&row), kind == (false, true));
                    assert_eq!(batch.items_alone().contains(&row), kind == (true, false));
                }
            }
            let at = |&label: &f32| (users[label as usize], items[label as usize]);
            let found = plan.users.iter().copied().zip(plan.items.iter().copied());
            assert!(plan.labels.iter().map(at).eq(found), "user, item and label of a row stay together");
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
