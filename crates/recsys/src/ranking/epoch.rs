//! The batches of an epoch, one after the other.

use super::batch::RankingBatch;
use super::sampler::Sampler;
use crate::random::{shuffle, stream};

/// All training rows in the order of an epoch. A batch is made when it is asked for, in memory that is used again: negatives of
/// a whole epoch would take N times the memory of the training rows.
#[derive(Clone, Debug)]
pub struct RankingEpoch<'a> {
    sampler: &'a Sampler,
    epoch: u64,
    rows: Vec<[u32; 2]>,
}

impl<'a> RankingEpoch<'a> {
    /// The rows of `epoch`, counted from 1, in random order.
    pub fn new(sampler: &'a Sampler, epoch: u64) -> Self {
        let training = sampler.training();
        let of_user = |user: usize| training.of(user).iter().map(move |&item| [user as u32, item]);
        let mut rows: Vec<_> = (0..training.n_users()).flat_map(of_user).collect();
        shuffle(&mut stream(sampler.seed, "epoch", epoch), &mut rows);
        Self { sampler, epoch, rows }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// Number of batches; the last may be short.
    pub fn n_batches(&self) -> usize {
        self.rows.len().div_ceil(self.sampler.batch_size)
    }

    /// Makes batch `number`, counted from 0, in the memory of `batch`.
    ///
    /// # Panics
    /// When there is no such batch.
    pub fn batch(&self, number: usize, batch: &mut RankingBatch) {
        assert!(number < self.n_batches(), "an epoch of {} batches has no batch {number}", self.n_batches());
        let sampler = self.sampler;
        let start = number * sampler.batch_size;
        let rows = &self.rows[start..self.rows.len().min(start + sampler.batch_size)];
        batch.refill(rows);
        let RankingBatch { users, items, negatives, .. } = batch;
        sampler.negatives([self.epoch, number as u64], users, items, negatives);
        if sampler.options.negatives.is_shared() {
            batch.share(sampler.training(), sampler.n_items);
        } else {
            batch.n_negatives = sampler.options.n_negatives;
        }
    }
}
