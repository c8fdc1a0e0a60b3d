//! Work of any shape, compiled for every instruction set: a recommender outside the kernel then needs no `unsafe`.
#![allow(unsafe_code)]

use super::dispatch::for_each_instruction_set;
use super::simd::Simd;

/// Work that takes vectors. Its result is to be equal to the bit on every instruction set: an operation is one of
/// [`Simd`]'s, or acts on each element by itself, and sums have one order.
pub(crate) trait Vectorised {
    type Output;

    /// The work, to be marked `#[inline(always)]` with all that it calls: what is not inlined is compiled for the least of
    /// the instruction sets.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

for_each_instruction_set! {
    fn vectorised<W: Vectorised> => run(work: W) -> W::Output
}

#[inline(always)]
fn run<S: Simd, W: Vectorised>(simd: S, work: W) -> W::Output {
    work.run(simd)
}
