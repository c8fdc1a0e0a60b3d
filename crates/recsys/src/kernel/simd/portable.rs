//! Arrays of floats, on any processor.

use std::ops::{Add, Div, Mul, Sub};

use super::{LANES, Real, Simd};
use crate::kernel::instruction_set::InstructionSet;

#[derive(Clone, Copy)]
pub(crate) struct Portable;

#[derive(Clone, Copy)]
pub(crate) struct Array([f32; LANES]);

impl Array {
    #[inline(always)]
    fn map(self, f: impl Fn(f32) -> f32) -> Self {
        Self(self.0.map(f))
    }
}

impl Simd for Portable {
    type Vector = Array;
    const SET: InstructionSet = InstructionSet::Portable;

    #[inline(always)]
    fn splat(self, x: f32) -> Array {
        Array([x; LANES])
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Array {
        Array(*from)
    }

    #[inline(always)]
    fn store(self, vector: Array, to: &mut [f32; LANES]) {
        *to = vector.0;
    }

    #[inline(always)]
    fn sum(self, Array(lanes): Array) -> f32 {
        let eight: [f32; 8] = std::array::from_fn(|i| lanes[i] + lanes[i + 8]);
        let four: [f32; 4] = std::array::from_fn(|i| eight[i] + eight[i + 4]);
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
    ($($operator:ident $method:ident $(by $number:ident)?),*) => {$(
        impl $operator for Array {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(std::array::from_fn(|i| $operator::$method(self.0[i], other.0[i])))
            }
        }

        $(
            impl $operator<$number> for Array {
                type Output = Self;

                #[inline(always)]
                fn $method(self, other: $number) -> Self {
                    self.map(|x| $operator::$method(x, other))
                }
            }
        )?
    )*};
}

array_operators!(Add add by f32, Sub sub, Mul mul by f32, Div div);
