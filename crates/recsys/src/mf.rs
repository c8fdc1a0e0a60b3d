//! Biased matrix factorisation (Eq. 2): h = e_u · e_i + b_u + b_i + b_g.

use autolossgen_formula::Loss;
use serde::{Deserialize, Serialize};

use crate::{EpochPlan, EpochSummary, Gram, Hyperparameters, Interactions, Model, Workspace, random::Stream};

/// Shape and initial values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MfOptions {
    /// Embedding size d; default 64
    pub dimension: usize,
    /// Standard deviation of the initial embeddings and biases
    pub init_std: f32,
    /// Initial global bias b_g; 0.1 in the reference
    pub global_bias: f32,
}

/// Biased matrix factorisation.
#[derive(Clone, Debug)]
pub struct BiasedMf {}

impl BiasedMf {
    /// Parameters drawn from N(0, init_std²): users' rows, then items'.
    pub fn new(n_users: usize, n_items: usize, options: &MfOptions, rng: &mut Stream) -> Self {
        let _ = (n_users, n_items, options, rng);
        todo!()
    }
}

impl Model for BiasedMf {
    fn predict(&self, _data: &Interactions, _logits: &mut Vec<f32>) {
        todo!()
    }
    fn train_epoch(
        &mut self,
        _plan: &EpochPlan,
        _loss: &Loss,
        _hyperparameters: &Hyperparameters,
        _workspace: &mut Workspace,
    ) -> EpochSummary {
        todo!()
    }
    fn gram(&self, _batch: &Interactions) -> Gram {
        todo!()
    }
    fn copy_from(&mut self, _other: &Self) {
        todo!()
    }
    fn is_finite(&self) -> bool {
        todo!()
    }
}
