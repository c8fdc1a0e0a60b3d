//! Vectors of sixteen floats: a cache line, one register of AVX-512, two of AVX2, an array elsewhere.
//!
//! The compiler is not left to find them: it vectorises a dot product from its horizontal sum backwards, two lanes at a
//! time, and a row of min, max, multiply and subtract in part only. Each operation rounds once on every path and none is
//! fused, so that results are equal to the bit.

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::ops::{Add, Div, Mul, Sub};

pub(crate) use portable::Portable;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

use super::instruction_set::InstructionSet;

/// Floats of a vector.
pub(crate) const LANES: usize = 16;

/// The arithmetic of an update rule: on one number, or on each lane of a vector.
pub(crate) trait Real:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f32, Output = Self>
    + Mul<f32, Output = Self>
{
    fn sqrt(self) -> Self;
    /// Kept within ±limit; a NaN stays NaN.
    fn bound(self, limit: f32) -> Self;
}

/// The vectors of an instruction set. A value of this type is the proof that the processor has it, and so is a vector,
/// which only such a value can make.
pub(crate) trait Simd: Copy {
    type Vector: Real;
    /// Which one it is.
    const SET: InstructionSet;
    fn splat(self, x: f32) -> Self::Vector;
    fn load(self, from: &[f32; LANES]) -> Self::Vector;
    fn store(self, vector: Self::Vector, to: &mut [f32; LANES]);
    /// Sum of the lanes by halves: i + (i + 8), then i + (i + 4), then i + (i + 2), then both.
    fn sum(self, vector: Self::Vector) -> f32;
    /// Asks for the cache line of `at`, which is read soon; any address will do.
    fn prefetch(self, at: *const f32);
}

impl Real for f32 {
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    #[inline(always)]
    fn bound(self, limit: f32) -> Self {
        let x = if self > limit { limit } else { self };
        if x < -limit { -limit } else { x }
    }
}
