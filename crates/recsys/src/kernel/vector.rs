//! Dot product and axpy over rows whose length is a multiple of 16; one order of additions on every instruction set.

/// Rows are padded to a multiple of this.
pub(crate) const LANES: usize = 16;

/// Σ xᵢ·yᵢ in 16 partial sums, then pairwise: the same bits with SSE2, AVX2 and AVX-512.
#[inline(always)]
pub(crate) fn dot(x: &[f32], y: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (x, _) = x.as_chunks::<LANES>();
    let (y, _) = y.as_chunks::<LANES>();
    for (x, y) in x.iter().zip(y) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    fold(sums)
}

#[inline(always)]
fn fold(sums: [f32; LANES]) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|i| sums[i] + sums[i + 8]);
    let four: [f32; 4] = std::array::from_fn(|i| eight[i] + eight[i + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// out ← out + factor·x.
#[inline(always)]
pub(crate) fn axpy(out: &mut [f32], x: &[f32], factor: f32) {
    let (out, _) = out.as_chunks_mut::<LANES>();
    let (x, _) = x.as_chunks::<LANES>();
    for (out, x) in out.iter_mut().zip(x) {
        for lane in 0..LANES {
            out[lane] += factor * x[lane];
        }
    }
}

/// x kept within ±limit; a NaN stays NaN.
#[inline(always)]
pub(crate) fn bound(x: f32, limit: f32) -> f32 {
    let x = if x > limit { limit } else { x };
    if x < -limit { -limit } else { x }
}
