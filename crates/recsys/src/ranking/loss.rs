//! What a loss for ranking is to training.

use autolossgen_formula::RankingLoss;

/// A loss of a positive score and N negative scores for each row.
pub trait ContrastiveLoss: Sync {
    /// Scratch memory, reused; one per thread.
    type Workspace: Default + Send;

    /// The mean loss of B rows, and the number of rows whose loss or derivative is NaN or ∞. `positive` has shape (B,),
    /// `negative` (B, N) row-major; the derivatives of each row's own loss, not divided by B, replace `grad_positive` and
    /// `grad_negative`, of the same shapes.
    ///
    /// To be marked `#[inline(always)]`, with what it calls: it is compiled for each instruction set, and its result must not
    /// depend on which.
    ///
    /// # Panics
    /// When the shapes do not fit.
    fn value_and_grad(
        &self,
        positive: &[f32],
        negative: &[f32],
        grad_positive: &mut [f32],
        grad_negative: &mut [f32],
        workspace: &mut Self::Workspace,
    ) -> (f64, usize);
}

/// A formula over `pos`, `neg` and `gap`.
impl ContrastiveLoss for RankingLoss {
    type Workspace = autolossgen_formula::RankingWorkspace;

    #[inline(always)]
    fn value_and_grad(
        &self,
        positive: &[f32],
        negative: &[f32],
        grad_positive: &mut [f32],
        grad_negative: &mut [f32],
        workspace: &mut Self::Workspace,
    ) -> (f64, usize) {
        let found = self.value_and_grad(positive, negative, grad_positive, grad_negative, workspace);
        (f64::from(found.mean), found.non_finite)
    }
}
