//! AVX2 and AVX-512 by intrinsics. Their functions vanish into the one that is compiled for the instruction set and made
//! the value.
#![allow(unsafe_code)]

use std::arch::x86_64::*;
use std::ops::{Add, Div, Mul, Sub};

use super::{LANES, Real, Simd};
use crate::kernel::instruction_set::InstructionSet;

#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

/// Lanes 0 to 7, and 8 to 15.
#[derive(Clone, Copy)]
pub(crate) struct Two(__m256, __m256);

#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

#[derive(Clone, Copy)]
pub(crate) struct One(__m512);

impl Avx2 {
    /// # Safety
    /// The processor has AVX2.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(())
    }

    /// Sum of eight lanes.
    #[inline(always)]
    fn sum_of_eight(self, eight: __m256) -> f32 {
        // SAFETY: `self` is there, so the processor has AVX2.
        unsafe {
            let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        }
    }
}

impl Simd for Avx2 {
    type Vector = Two;
    const SET: InstructionSet = InstructionSet::Avx2;

    #[inline(always)]
    fn splat(self, x: f32) -> Two {
        // SAFETY: `self` is there, so the processor has AVX2.
        let eight = unsafe { _mm256_set1_ps(x) };
        Two(eight, eight)
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Two {
        // SAFETY: as above; the sixteen floats are valid and need no alignment.
        unsafe { Two(_mm256_loadu_ps(from.as_ptr()), _mm256_loadu_ps(from.as_ptr().add(8))) }
    }

    #[inline(always)]
    fn store(self, vector: Two, to: &mut [f32; LANES]) {
        // SAFETY: as above.
        unsafe {
            _mm256_storeu_ps(to.as_mut_ptr(), vector.0);
            _mm256_storeu_ps(to.as_mut_ptr().add(8), vector.1);
        }
    }

    #[inline(always)]
    fn sum(self, vector: Two) -> f32 {
        // SAFETY: `self` is there, so the processor has AVX2.
        self.sum_of_eight(unsafe { _mm256_add_ps(vector.0, vector.1) })
    }

    #[inline(always)]
    fn prefetch(self, at: *const f32) {
        // SAFETY: a hint, which touches no memory that could be seen.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }
}

impl Real for Two {
    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: only a value of Avx2 makes vectors, so the processor has AVX2.
        unsafe { Self(_mm256_sqrt_ps(self.0), _mm256_sqrt_ps(self.1)) }
    }

    #[inline(always)]
    fn bound(self, limit: f32) -> Self {
        // Both give the second operand where one is NaN.
        // SAFETY: as above.
        unsafe {
            let (low, high) = (_mm256_set1_ps(-limit), _mm256_set1_ps(limit));
            let bound = |x| _mm256_max_ps(low, _mm256_min_ps(high, x));
            Self(bound(self.0), bound(self.1))
        }
    }
}

impl Avx512 {
    /// # Safety
    /// The processor has AVX-512 F, VL and DQ.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(())
    }
}

impl Simd for Avx512 {
    type Vector = One;
    const SET: InstructionSet = InstructionSet::Avx512;

    #[inline(always)]
    fn splat(self, x: f32) -> One {
        // SAFETY: `self` is there, so the processor has AVX-512.
        One(unsafe { _mm512_set1_ps(x) })
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> One {
        // SAFETY: as above; the sixteen floats are valid and need no alignment.
        One(unsafe { _mm512_loadu_ps(from.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, vector: One, to: &mut [f32; LANES]) {
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), vector.0) }
    }

    #[inline(always)]
    fn sum(self, vector: One) -> f32 {
        // SAFETY: `self` is there, so the processor has AVX-512, which includes AVX2.
        unsafe {
            let halves = _mm256_add_ps(_mm512_castps512_ps256(vector.0), _mm512_extractf32x8_ps::<1>(vector.0));
            Avx2::new().sum_of_eight(halves)
        }
    }

    #[inline(always)]
    fn prefetch(self, at: *const f32) {
        // SAFETY: a hint, which touches no memory that could be seen.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }
}

impl Real for One {
    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: only a value of Avx512 makes vectors, so the processor has AVX-512.
        Self(unsafe { _mm512_sqrt_ps(self.0) })
    }

    #[inline(always)]
    fn bound(self, limit: f32) -> Self {
        // Both give the second operand where one is NaN.
        // SAFETY: as above.
        unsafe {
            let x = _mm512_min_ps(_mm512_set1_ps(limit), self.0);
            Self(_mm512_max_ps(_mm512_set1_ps(-limit), x))
        }
    }
}

macro_rules! vector_operators {
    ($($operator:ident $method:ident $eight:ident $sixteen:ident $(by $number:ident)?),*) => {$(
        impl $operator for Two {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: only a value of Avx2 makes vectors, so the processor has AVX2.
                unsafe { Self($eight(self.0, other.0), $eight(self.1, other.1)) }
            }
        }

        impl $operator for One {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: only a value of Avx512 makes vectors, so the processor has AVX-512.
                Self(unsafe { $sixteen(self.0, other.0) })
            }
        }

        $(
            impl $operator<$number> for Two {
                type Output = Self;

                #[inline(always)]
                fn $method(self, other: $number) -> Self {
                    // SAFETY: only a value of Avx2 makes vectors, so the processor has AVX2.
                    let eight = unsafe { _mm256_set1_ps(other) };
                    $operator::$method(self, Two(eight, eight))
                }
            }

            impl $operator<$number> for One {
                type Output = Self;

                #[inline(always)]
                fn $method(self, other: $number) -> Self {
                    // SAFETY: only a value of Avx512 makes vectors, so the processor has AVX-512.
                    $operator::$method(self, One(unsafe { _mm512_set1_ps(other) }))
                }
            }
        )?
    )*};
}

vector_operators!(
    Add add _mm256_add_ps _mm512_add_ps by f32,
    Sub sub _mm256_sub_ps _mm512_sub_ps,
    Mul mul _mm256_mul_ps _mm512_mul_ps by f32,
    Div div _mm256_div_ps _mm512_div_ps
);
