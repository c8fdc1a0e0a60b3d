//! The loss of scores, for every instruction set.

use autolossgen_formula::{RankingLoss, RankingWorkspace as LossWorkspace};

use crate::kernel::simd::Simd;
use crate::kernel::vectorised::Vectorised;

/// Scores of some rows, their loss and its derivatives: a function by itself, because a loss may have many loops.
pub(super) struct Score<'a> {
    pub(super) loss: &'a RankingLoss,
    pub(super) positive: &'a [f32],
    pub(super) negative: &'a [f32],
    pub(super) grad_positive: &'a mut [f32],
    pub(super) grad_negative: &'a mut [f32],
    pub(super) workspace: &'a mut LossWorkspace,
}

impl Vectorised for Score<'_> {
    type Output = (f64, usize);

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> (f64, usize) {
        let Self { loss, positive, negative, grad_positive, grad_negative, workspace } = self;
        let found = loss.value_and_grad(positive, negative, grad_positive, grad_negative, workspace);
        (f64::from(found.mean), found.non_finite)
    }
}
