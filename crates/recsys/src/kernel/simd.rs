//! Vectors of eight floats, with intrinsics where the processor has AVX2 and as arrays elsewhere.
//!
//! The compiler is not left to find them: it vectorises a dot product from its horizontal sum backwards, two lanes at a
//! time, and a row of min, max, multiply and subtract in part only. Each operation rounds once on every path, so that
//! results are equal to the bit.
#![allow(unsafe_code)]

use std::ops::{Add, Div, Mul, Sub};

/// Floats of a vector.
pub(crate) const WIDTH: usize = 8;

/// The arithmetic of an update rule: on one number, or on each lane of a vector.
pub(crate) trait Real:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f32, Output = Self>
    + Mul<f32, Output = Self>
    + Div<f32, Output = Self>
{
    fn sqrt(self) -> Self;
    /// Kept within ±limit; a NaN stays NaN.
    fn bound(self, limit: f32) -> Self;
}

/// The vectors of an instruction set. A value of this type is the proof that the processor has it, and so is a vector,
/// which only such a value can make.
pub(crate) trait Simd: Copy {
    type Vector: Real;
    fn splat(self, x: f32) -> Self::Vector;
    fn load(self, from: &[f32; WIDTH]) -> Self::Vector;
    fn store(self, vector: Self::Vector, to: &mut [f32; WIDTH]);
    /// Sum of the lanes by halves: i + (i + 4), then i + (i + 2), then both.
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

/// Arrays of floats, on any processor.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

#[derive(Clone, Copy)]
pub(crate) struct Array([f32; WIDTH]);

impl Array {
    #[inline(always)]
    fn map(self, f: impl Fn(f32) -> f32) -> Self {
        Self(self.0.map(f))
    }
}

impl Simd for Portable {
    type Vector = Array;

    #[inline(always)]
    fn splat(self, x: f32) -> Array {
        Array([x; WIDTH])
    }

    #[inline(always)]
    fn load(self, from: &[f32; WIDTH]) -> Array {
        Array(*from)
    }

    #[inline(always)]
    fn store(self, vector: Array, to: &mut [f32; WIDTH]) {
        *to = vector.0;
    }

    #[inline(always)]
    fn sum(self, Array(lanes): Array) -> f32 {
        let four: [f32; 4] = std::array::from_fn(|i| lanes[i] + lanes[i + 4]);
        (four[0] + four[2]) + (four[1] + four[3])
    }

    #[inline(always)]
    fn prefetch(self, _: *const f32) {}
}

impl Real for Array {
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(f32::sqrt)
    }

    #[inline(always)]
    fn bound(self, limit: f32) -> Self {
        self.map(|x| x.bound(limit))
    }
}

macro_rules! array_operators {
    ($($operator:ident $method:ident),*) => {$(
        impl $operator for Array {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(std::array::from_fn(|i| $operator::$method(self.0[i], other.0[i])))
            }
        }

        impl $operator<f32> for Array {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: f32) -> Self {
                self.map(|x| $operator::$method(x, other))
            }
        }
    )*};
}

array_operators!(Add add, Sub sub, Mul mul, Div div);

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;
    use std::ops::{Add, Div, Mul, Sub};

    use super::{Real, Simd, WIDTH};

    /// AVX2 by intrinsics. Its functions vanish into the one that is compiled for AVX2 or more and made the value.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx2(());

    #[derive(Clone, Copy)]
    pub(crate) struct Vector(__m256);

    impl Avx2 {
        /// # Safety
        /// The processor has AVX2.
        #[inline(always)]
        pub(crate) unsafe fn new() -> Self {
            Self(())
        }
    }

    impl Simd for Avx2 {
        type Vector = Vector;

        #[inline(always)]
        fn splat(self, x: f32) -> Vector {
            // SAFETY: `self` is there, so the processor has AVX2.
            Vector(unsafe { _mm256_set1_ps(x) })
        }

        #[inline(always)]
        fn load(self, from: &[f32; WIDTH]) -> Vector {
            // SAFETY: as above; the eight floats are valid and need no alignment.
            Vector(unsafe { _mm256_loadu_ps(from.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, vector: Vector, to: &mut [f32; WIDTH]) {
            // SAFETY: as above.
            unsafe { _mm256_storeu_ps(to.as_mut_ptr(), vector.0) }
        }

        #[inline(always)]
        fn sum(self, vector: Vector) -> f32 {
            // SAFETY: `self` is there, so the processor has AVX2.
            unsafe {
                let four = _mm_add_ps(_mm256_castps256_ps128(vector.0), _mm256_extractf128_ps::<1>(vector.0));
                let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
                _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
            }
        }

        #[inline(always)]
        fn prefetch(self, at: *const f32) {
            // SAFETY: a hint, which touches no memory that could be seen.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
        }
    }

    impl Real for Vector {
        #[inline(always)]
        fn sqrt(self) -> Self {
            // SAFETY: only a value of Avx2 makes vectors, so the processor has AVX2.
            Self(unsafe { _mm256_sqrt_ps(self.0) })
        }

        #[inline(always)]
        fn bound(self, limit: f32) -> Self {
            // Both give the second operand where one is NaN.
            // SAFETY: as above.
            unsafe {
                let x = _mm256_min_ps(_mm256_set1_ps(limit), self.0);
                Self(_mm256_max_ps(_mm256_set1_ps(-limit), x))
            }
        }
    }

    macro_rules! vector_operators {
        ($($operator:ident $method:ident $intrinsic:ident),*) => {$(
            impl $operator for Vector {
                type Output = Self;

                #[inline(always)]
                fn $method(self, other: Self) -> Self {
                    // SAFETY: only a value of Avx2 makes vectors, so the processor has AVX2.
                    Self(unsafe { $intrinsic(self.0, other.0) })
                }
            }

            impl $operator<f32> for Vector {
                type Output = Self;

                #[inline(always)]
                fn $method(self, other: f32) -> Self {
                    // SAFETY: as above.
                    Self(unsafe { $intrinsic(self.0, _mm256_set1_ps(other)) })
                }
            }
        )*};
    }

    vector_operators!(Add add _mm256_add_ps, Sub sub _mm256_sub_ps, Mul mul _mm256_mul_ps, Div div _mm256_div_ps);
}
