//! The plan of an epoch: order, batches, and which rows occur more than once in a batch.

use crate::Interactions;

/// Made once per (seed, epoch) and shared by all candidates trained on that epoch.
#[derive(Clone, Debug)]
pub struct EpochPlan {}

impl EpochPlan {
    /// Shuffles `train` by (seed, epoch) alone and cuts it into batches; the last may be short.
    ///
    /// # Panics
    /// When `batch_size` is 0.
    pub fn new(train: &Interactions, n_users: usize, n_items: usize, batch_size: usize, seed: u64, epoch: u64) -> Self {
        let _ = (train, n_users, n_items, batch_size, seed, epoch);
        todo!()
    }
}
