//! What a recommender is to training for ranking.

use autolossgen_formula::RankingLoss;

use super::batch::RankingBatch;
use super::epoch::RankingEpoch;
use super::hyperparameters::{RankingHyperparameters, Similarity};
use super::step::RankingSummary;
use super::workspace::RankingWorkspace;

/// A recommender whose score is a similarity of a user's vector and an item's. Training depends on its arguments alone, to the bit.
pub trait RankingModel: Send {
    /// One step on the mean loss of a batch.
    ///
    /// # Panics
    /// When the batch is empty, or has a user or an item that the model does not have.
    fn train_batch(
        &mut self,
        batch: &RankingBatch,
        loss: &RankingLoss,
        hyperparameters: &RankingHyperparameters,
        workspace: &mut RankingWorkspace,
    ) -> RankingSummary;

    /// User factors, shape (n_users, d), and item factors, shape (n_items, d), row by row, whose inner products are the similarities: what
    /// [`FactorScorer`](super::FactorScorer) takes. An order of items needs no temperature.
    fn factors(&self, similarity: Similarity) -> [Vec<f32>; 2];

    /// Whether every embedding is finite.
    fn is_finite(&self) -> bool;

    /// One step for each batch of an epoch.
    ///
    /// # Panics
    /// As for [`train_batch`](Self::train_batch).
    fn train_epoch(
        &mut self,
        epoch: &RankingEpoch<'_>,
        loss: &RankingLoss,
        hyperparameters: &RankingHyperparameters,
        workspace: &mut RankingWorkspace,
    ) -> RankingSummary {
        let mut all = RankingSummary::default();
        let mut batch = std::mem::take(&mut workspace.batch);
        for number in 0..epoch.n_batches() {
            epoch.batch(number, &mut batch);
            let of_batch = self.train_batch(&batch, loss, hyperparameters, workspace);
            all.mean_loss += of_batch.mean_loss * batch.len() as f64 / epoch.n_rows() as f64;
            all.non_finite += of_batch.non_finite;
        }
        workspace.batch = batch;
        all
    }
}
