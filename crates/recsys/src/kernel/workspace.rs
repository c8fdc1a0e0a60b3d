//! Scratch memory of training.

use super::passes::Passes;
use super::sums::Sums;

/// Scratch memory of training; one per thread, reused. `Workspace::default()` is empty. What it holds between two epochs
/// means nothing: a model resizes and overwrites what it needs.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// Scratch of the loss, as [`Loss::grad`](autolossgen_formula::Loss::grad) takes it.
    pub loss: autolossgen_formula::Workspace,
    /// Logits of a batch, shape (|B|,).
    pub logit: Vec<f32>,
    /// dL/dlogit of a batch, shape (|B|,).
    pub grad: Vec<f32>,
    /// Gradients of the users, and of the items, that occur more than once in a batch.
    pub(crate) sums: [Sums; 2],
    /// The passes of a multi-layer perceptron over a batch.
    pub(crate) passes: Passes,
}
