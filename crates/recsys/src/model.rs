//! What a recommender is to everything else: logits out, dL/dlogit in.

use autolossgen_formula::Loss;

use crate::gram::Gram;
use crate::hyperparameters::Hyperparameters;
use crate::interactions::Interactions;
use crate::kernel::plan::EpochPlan;
use crate::kernel::workspace::Workspace;
use crate::snapshot::{OtherShape, Snapshot};
use crate::summary::EpochSummary;

/// A recommender. It knows nothing of formulas beyond the compiled [`Loss`] that turns logits into dL/dlogit.
///
/// A recommender can be implemented outside this crate: [`EpochPlan::batches`] gives the rows, [`Loss::grad`] dL/dlogit of each
/// row, [`Snapshot::of`] and [`Snapshot::fill`] put the parameters away and take them up. Training must depend on its arguments
/// alone, to the bit: a search that goes on after a kill repeats it.
pub trait Model: Clone + Send + Sync {
    /// Logits of `data`, shape (n,), into `logits` (resized).
    fn predict(&self, data: &Interactions, logits: &mut Vec<f32>);
    /// Trains one epoch over the batches of `plan`: one step a batch, along the gradient of the mean loss of its rows.
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
