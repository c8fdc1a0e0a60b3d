//! Evaluation over blocks of samples, forward mode with respect to the logit.

use crate::{Formula, Semantics};

/// A formula with fixed semantics, ready to evaluate. Cheap to clone, `Send + Sync`.
#[derive(Clone, Debug)]
pub struct Loss {
    formula: Formula,
    semantics: Semantics,
}

/// Scratch memory of an evaluation; one per thread, reused, never shrinks.
#[derive(Clone, Debug, Default)]
pub struct Workspace {}

/// What an evaluation found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean loss over the samples.
    pub mean: f32,
    /// Samples whose value or derivative is NaN or ∞; their derivative is set to 0.
    pub non_finite: usize,
}

impl Loss {
    /// The formula as given.
    pub fn formula(&self) -> &Formula {
        &self.formula
    }
    /// The semantics it was compiled with.
    pub fn semantics(&self) -> Semantics {
        self.semantics
    }
    /// Mean loss and, in `grad`, dL/dlogit of each sample (not divided by n). All slices have shape (n,).
    #[inline(always)]
    pub fn value_and_grad(
        &self,
        logit: &[f32],
        label: &[f32],
        grad: &mut [f32],
        workspace: &mut Workspace,
    ) -> Evaluation {
        let _ = (logit, label, grad, workspace);
        todo!()
    }
}
