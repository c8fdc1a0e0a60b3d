//! Dot products and sums over rows whose length is a multiple of 16; one order of additions on every instruction set.

use super::simd::{LANES, Simd};

/// The vectors of a row.
#[inline(always)]
pub(crate) fn vectors(row: &[f32]) -> &[[f32; LANES]] {
    row.as_chunks().0
}

/// The vectors of a row, for writing.
#[inline(always)]
pub(crate) fn vectors_mut(row: &mut [f32]) -> &mut [[f32; LANES]] {
    row.as_chunks_mut().0
}

/// Σ xᵢ·yᵢ in 16 partial sums, then pairwise.
#[inline(always)]
pub(crate) fn dot<S: Simd>(simd: S, x: &[f32], y: &[f32]) -> f32 {
    let (x, y) = (vectors(x), vectors(y));
    let mut sum = simd.splat(0.0);
    for index in 0..x.len() {
        sum = sum + simd.load(&x[index]) * simd.load(&y[index]);
    }
    simd.sum(sum)
}

/// out ← Σ factor·x over the terms of `rows`, in their order.
#[inline(always)]
pub(crate) fn weighted_sum<'a, S: Simd>(
    simd: S,
    out: &mut [f32],
    rows: &[u32],
    term: impl Fn(u32) -> (&'a [f32], f32),
) {
    /// Sums that the registers hold at a time: all of a row of 64 floats.
    const HELD: usize = 4;
    let out = vectors_mut(out);
    let whole = out.len() - out.len() % HELD;
    for first in (0..whole).step_by(HELD) {
        let mut sums = [simd.splat(0.0); HELD];
        for &row in rows {
            let (x, factor) = term(row);
            for held in 0..HELD {
                sums[held] = sums[held] + simd.load(&vectors(x)[first + held]) * factor;
            }
        }
        for held in 0..HELD {
            simd.store(sums[held], &mut out[first + held]);
        }
    }
    for index in whole..out.len() {
        let mut sum = simd.splat(0.0);
        for &row in rows {
            let (x, factor) = term(row);
            sum = sum + simd.load(&vectors(x)[index]) * factor;
        }
        simd.store(sum, &mut out[index]);
    }
}

/// x ← factor·x; returns the sum of the new values, in eight partial sums.
#[inline(always)]
pub(crate) fn scale_and_sum(x: &mut [f32], factor: f32) -> f32 {
    let (whole, rest) = x.as_chunks_mut::<8>();
    let mut sums = [0.0; 8];
    for x in whole {
        for lane in 0..8 {
            x[lane] *= factor;
            sums[lane] += x[lane];
        }
    }
    rest.iter_mut().for_each(|x| *x *= factor);
    let four: [f32; 4] = std::array::from_fn(|i| sums[i] + sums[i + 4]);
    (four[0] + four[2]) + (four[1] + four[3]) + rest.iter().sum::<f32>()
}

/// Whether no value is NaN or ∞: these have all bits of the exponent set. Integers, because a sum of floats has an order
/// that keeps the loop from being one of vectors.
pub(crate) fn all_finite(values: &[f32]) -> bool {
    const EXPONENT: u32 = 0x7f80_0000;
    values.iter().fold(0, |found, value| found | u32::from(value.to_bits() & EXPONENT == EXPONENT)) == 0
}
