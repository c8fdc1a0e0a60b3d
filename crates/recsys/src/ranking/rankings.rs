//! What a full ranking found.

use super::metric::MetricAt;
use crate::statistics::{Difference, paired_t};

/// What one block of users found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RankedBlock {
    /// The lists, one behind the other.
    pub(super) items: Vec<u32>,
    /// The length of each.
    pub(super) lengths: Vec<usize>,
    /// User by user the value of each metric, shape (b, n_metrics).
    pub(super) values: Vec<f64>,
}

/// Lists and metric values of every ranked user. A position is that of a user in [`users`](Rankings::users).
#[derive(Clone, Debug, PartialEq)]
pub struct Rankings {
    n_items: usize,
    n_left_out: usize,
    metrics: Vec<MetricAt>,
    users: Vec<u32>,
    /// Where the list of each user begins, and the end; shape (n_users + 1,).
    starts: Vec<usize>,
    items: Vec<u32>,
    /// Of each metric the value of each user, shape (n_metrics, n_users).
    values: Vec<Vec<f64>>,
}

impl Rankings {
    pub(super) fn new(n_items: usize, metrics: Vec<MetricAt>, n_left_out: usize) -> Self {
        let values = vec![Vec::new(); metrics.len()];
        Self { n_items, n_left_out, metrics, users: Vec::new(), starts: vec![0], items: Vec::new(), values }
    }

    pub(super) fn append(&mut self, block: RankedBlock) {
        for length in block.lengths {
            self.starts.push(self.starts[self.starts.len() - 1] + length);
        }
        self.items.extend(block.items);
        for row in block.values.chunks_exact(self.metrics.len()) {
            self.values.iter_mut().zip(row).for_each(|(values, &value)| values.push(value));
        }
    }

    pub(super) fn finish(&mut self, users: Vec<u32>) {
        assert_eq!(users.len() + 1, self.starts.len(), "the blocks are not those of this ranking");
        self.users = users;
    }

    /// The metrics.
    pub fn metrics(&self) -> &[MetricAt] {
        &self.metrics
    }

    /// The ranked users, ascending.
    pub fn users(&self) -> &[u32] {
        &self.users
    }

    /// Number of users who have no relevant item, and so no list and no value.
    pub fn n_left_out(&self) -> usize {
        self.n_left_out
    }

    /// The items recommended to the user at `position`, the best first: K, the largest cutoff of the metrics, or fewer where
    /// fewer are not masked.
    ///
    /// # Panics
    /// When there is no such position.
    pub fn list(&self, position: usize) -> &[u32] {
        &self.items[self.starts[position]..self.starts[position + 1]]
    }

    /// Number of users whose list is shorter than `cutoff`, which is at most K.
    pub fn n_short(&self, cutoff: usize) -> usize {
        (0..self.users.len()).filter(|&position| self.list(position).len() < cutoff).count()
    }

    /// The value of `metric` for each user, shape (n_users,); `None` where it was not asked for.
    pub fn values(&self, metric: MetricAt) -> Option<&[f64]> {
        let index = self.metrics.iter().position(|&known| known == metric)?;
        Some(&self.values[index])
    }

    /// Mean of `metric` over the ranked users, summed in their order; `None` where it was not asked for, or no user is ranked.
    pub fn mean(&self, metric: MetricAt) -> Option<f64> {
        let values = self.values(metric).filter(|values| !values.is_empty())?;
        Some(values.iter().sum::<f64>() / values.len() as f64)
    }

    /// Share of all items that are among the first `cutoff` of someone's list; `cutoff` is at most K.
    pub fn coverage(&self, cutoff: usize) -> f64 {
        let mut is_recommended = vec![false; self.n_items];
        self.recommended(cutoff).for_each(|item| is_recommended[item as usize] = true);
        is_recommended.iter().filter(|&&is| is).count() as f64 / self.n_items as f64
    }

    /// Mean of `item_counts`, shape (n_items,), as [`Positives::item_counts`](super::Positives::item_counts) of training gives
    /// them, over the first `cutoff` items of every list; `cutoff` is at most K. NaN where there is no list.
    ///
    /// # Panics
    /// When `item_counts` is shorter than the number of items.
    pub fn mean_popularity(&self, cutoff: usize, item_counts: &[u32]) -> f64 {
        let sum: u64 = self.recommended(cutoff).map(|item| u64::from(item_counts[item as usize])).sum();
        sum as f64 / self.recommended(cutoff).count() as f64
    }

    /// `metric` of these lists against that of `other`, of the same users and another recommender, by the paired t-test over
    /// users. `None` where either was not asked for it, or fewer than two users are ranked. Holm's correction of several such
    /// p-values is [`holm`](crate::statistics::holm).
    ///
    /// # Panics
    /// When the users differ.
    pub fn compare(&self, other: &Self, metric: MetricAt) -> Option<Difference> {
        assert_eq!(self.users, other.users, "the rankings are of different users");
        paired_t(self.values(metric)?, other.values(metric)?)
    }

    fn recommended(&self, cutoff: usize) -> impl Iterator<Item = u32> + '_ {
        let lists = (0..self.users.len()).map(|position| self.list(position));
        lists.flat_map(move |list| &list[..cutoff.min(list.len())]).copied()
    }
}
