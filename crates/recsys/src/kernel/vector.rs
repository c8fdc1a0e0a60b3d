//! Dot product and axpy over rows whose length is a multiple of 16; one order of additions on every instruction set.

use super::simd::{Simd, WIDTH};

/// Rows are padded to a multiple of this.
pub(crate) const LANES: usize = 2 * WIDTH;

/// The vectors of a row.
#[inline(always)]
pub(crate) fn vectors(row: &[f32]) -> &[[f32; WIDTH]] {
    row.as_chunks().0
}

/// The vectors of a row, for writing.
#[inline(always)]
pub(crate) fn vectors_mut(row: &mut [f32]) -> &mut [[f32; WIDTH]] {
    row.as_chunks_mut().0
}

/// Σ xᵢ·yᵢ in 16 partial sums, then pairwise.
#[inline(always)]
pub(crate) fn dot<S: Simd>(simd: S, x: &[f32], y: &[f32]) -> f32 {
    let (x, _) = vectors(x).as_chunks::<2>();
    let (y, _) = vectors(y).as_chunks::<2>();
    let (mut even, mut odd) = (simd.splat(0.0), simd.splat(0.0));
    for (x, y) in x.iter().zip(y) {
        even = even + simd.load(&x[0]) * simd.load(&y[0]);
        odd = odd + simd.load(&x[1]) * simd.load(&y[1]);
    }
    simd.sum(even + odd)
}

/// out ← out + factor·x.
#[inline(always)]
pub(crate) fn axpy<S: Simd>(simd: S, out: &mut [f32], x: &[f32], factor: f32) {
    for (out, x) in vectors_mut(out).iter_mut().zip(vectors(x)) {
        simd.store(simd.load(out) + simd.load(x) * factor, out);
    }
}

/// x ← factor·x; returns the sum of the new values, in eight partial sums.
#[inline(always)]
pub(crate) fn scale_and_sum<S: Simd>(simd: S, x: &mut [f32], factor: f32) -> f32 {
    let (whole, rest) = x.as_chunks_mut();
    let mut sums = simd.splat(0.0);
    for x in whole {
        let scaled = simd.load(x) * factor;
        sums = sums + scaled;
        simd.store(scaled, x);
    }
    rest.iter_mut().for_each(|x| *x *= factor);
    simd.sum(sums) + rest.iter().sum::<f32>()
}

/// Whether no value is NaN or ∞: 0·w is 0 for every finite w and NaN otherwise.
pub(crate) fn all_finite(values: &[f32]) -> bool {
    values.iter().map(|value| value * 0.0).sum::<f32>() == 0.0
}
