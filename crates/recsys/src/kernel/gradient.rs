//! dL/dlogit, for every instruction set.
#![allow(unsafe_code)]

use autolossgen_formula::{Loss, Workspace};

use super::dispatch::for_each_instruction_set;
use super::simd::Simd;

for_each_instruction_set! {
    /// dL/dlogit of each row, into `grad`; returns how many samples have a loss or a derivative that is NaN or ∞. A function
    /// by itself, because a loss has a loop for each operator.
    fn grad_of_loss => grad_of(
        loss: &Loss, logit: &[f32], label: &[f32], grad: &mut [f32], scratch: &mut Workspace,
    ) -> usize
}

#[inline(always)]
fn grad_of<S: Simd>(
    _: S,
    loss: &Loss,
    logit: &[f32],
    label: &[f32],
    grad: &mut [f32],
    scratch: &mut Workspace,
) -> usize {
    loss.grad(logit, label, grad, scratch)
}
