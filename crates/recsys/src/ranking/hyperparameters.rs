//! Settings of one training for ranking.

use autolossgen_settings::choice;
use serde::{Deserialize, Serialize};

use crate::hyperparameters::{Hyperparameters, Optimizer};

choice! {
    /// How near a user and an item are, before the temperature
    pub enum Similarity {
        /// e_u · e_i
        Inner = "inner",
        /// e_u · e_i / (‖e_u‖ ‖e_i‖); an embedding shorter than 1e-12 counts as 0 and has no gradient
        Cosine = "cosine",
    }
}

/// An embedding shorter than this counts as 0 under the cosine.
pub(super) const SHORTEST: f32 = 1e-12;

/// Settings of one training for ranking.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankingHyperparameters {
    /// Optimiser; of matrix factorisation states move only for the rows of the batch, of LightGCN for every row
    pub optimizer: Optimizer,
    /// Learning rate ρ > 0
    pub learning_rate: f32,
    /// L2 coefficient λ ≥ 0: a step adds λ·w to the gradient of the mean loss for each user and each item that occurs in the
    /// batch, positive or negative, once however often it occurs. It is the gradient of λ/2·‖w‖² of those rows.
    pub l2: f32,
    /// How near a user and an item are
    pub similarity: Similarity,
    /// Temperature τ > 0, which a similarity is divided by: score = similarity / τ
    pub temperature: f32,
}

impl RankingHyperparameters {
    /// As the rules of the optimisers take them: the decay is part of the gradient.
    pub(super) fn of_rule(&self) -> Hyperparameters {
        let Self { optimizer, learning_rate, .. } = *self;
        Hyperparameters { optimizer, learning_rate, l2: 0.0, l2_multiplier: 0.0, clip: 0.0 }
    }
}
