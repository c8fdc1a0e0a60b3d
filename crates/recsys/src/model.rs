//! What a recommender is to everything else: logits out, dL/dlogit in.

use autolossgen_formula::Loss;
use serde::{Deserialize, Serialize};

use crate::kernel::network::Passes;
use crate::kernel::sums::Sums;
use crate::{EpochPlan, Interactions, OtherShape, Snapshot};

/// How parameters follow the gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    /// w ← w − ρ·g
    Sgd,
    /// Duchi et al. 2011, by element
    Adagrad,
    /// Kingma and Ba 2015, lazily: a row's moments move only when the row is in the batch
    Adam,
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

/// Scratch memory of training; one per thread, reused.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// Scratch of the loss.
    pub loss: autolossgen_formula::Workspace,
    /// Logits of a batch.
    pub logit: Vec<f32>,
    /// dL/dlogit of a batch.
    pub grad: Vec<f32>,
    /// Gradients of the users, and of the items, that occur more than once in a batch.
    pub(crate) sums: [Sums; 2],
    /// The passes of a multi-layer perceptron over a batch.
    pub(crate) passes: Passes,
}

/// What one epoch of training found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochSummary {
    /// Samples whose loss or derivative was NaN or ∞.
    pub non_finite: usize,
}

/// The |B|×|B| matrix K = JJᵀ of a batch, J = dlogit/dω: ‖∇ω(B, f)‖² = gᵀKg for g = dL/dlogit.
#[derive(Clone, Debug, PartialEq)]
pub struct Gram {
    /// Batch size |B|.
    pub size: usize,
    /// K, row-major, shape (|B|, |B|).
    pub values: Vec<f64>,
}

/// A recommender. It knows nothing of formulas beyond the compiled [`Loss`] that turns logits into dL/dlogit.
pub trait Model: Clone + Send + Sync {
    /// Logits of `data`, shape (n,), into `logits` (resized).
    fn predict(&self, data: &Interactions, logits: &mut Vec<f32>);
    /// Trains one epoch over the batches of `plan`.
    fn train_epoch(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary;
    /// Gram matrix of `batch` at the current parameters.
    fn gram(&self, batch: &Interactions) -> Gram;
    /// Takes over the parameters and optimiser state of `other` without reallocation.
    fn copy_from(&mut self, other: &Self);
    /// Forgets the optimiser's state: the next step is its first.
    fn reset_optimizer(&mut self);
    /// Whether every parameter is finite.
    fn is_finite(&self) -> bool;
    /// Every parameter, bit for bit; the optimiser's state is not among them.
    fn snapshot(&self) -> Snapshot;
    /// Takes up the parameters of a snapshot; the optimiser's next step is its first.
    ///
    /// # Errors
    /// A snapshot of a model of another shape. The parameters then stay what they are.
    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), OtherShape>;
}
