//! Settings of one training.

use autolossgen_settings::choice;
use serde::{Deserialize, Serialize};

choice! {
    /// How parameters follow the gradient
    pub enum Optimizer {
        /// w ← w − ρ·g
        Sgd = "sgd",
        /// Duchi et al. 2011, by element
        Adagrad = "adagrad",
        /// Kingma and Ba 2015, lazily: a row's moments move only when the row is in the batch
        Adam = "adam",
    }
}

/// Settings of one training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hyperparameters {
    /// Optimiser
    pub optimizer: Optimizer,
    /// Learning rate ρ > 0
    pub learning_rate: f32,
    /// L2 coefficient λ ≥ 0: every step multiplies every parameter by 1 − ρ·λ·`l2_multiplier`
    pub l2: f32,
    /// How often the decay is counted: 1, or 3 as in the reference (weight decay plus the gradient of λ‖ω‖²)
    pub l2_multiplier: f32,
    /// Element-wise clip of the gradient; 0 for none
    pub clip: f32,
}
