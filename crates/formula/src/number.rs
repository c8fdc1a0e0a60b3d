//! The numbers that an operator is evaluated in: single precision, in which losses train, and [`DoubleDouble`], in which they are
//! judged, and double precision between, in which they are compared by the million. What an operator means is written once.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::double_double::DoubleDouble;
use crate::{Clamp, math};

/// Arithmetic and functions of one precision.
pub(crate) trait Number:
    Copy
    + PartialOrd
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// The number that stands in a formula or an operator.
    fn of(value: f32) -> Self;
    /// |x|
    fn abs(self) -> Self;
    /// √x for x ≥ 0
    fn sqrt(self) -> Self;
    /// eˣ, which saturates at −87 and 88 as [`math::exp`] does
    fn exp(self) -> Self;
    /// ln x for x > 0
    fn ln(self) -> Self;
    /// σ and its derivative
    fn sigmoid(self) -> (Self, Self);
    /// tanh and its derivative
    fn tanh(self) -> (Self, Self);
}

impl Number for f32 {
    #[inline(always)]
    fn of(value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    #[inline(always)]
    fn exp(self) -> Self {
        math::exp(self)
    }

    #[inline(always)]
    fn ln(self) -> Self {
        math::ln(self)
    }

    #[inline(always)]
    fn sigmoid(self) -> (Self, Self) {
        math::sigmoid(self)
    }

    #[inline(always)]
    fn tanh(self) -> (Self, Self) {
        math::tanh(self)
    }
}

impl Number for f64 {
    #[inline(always)]
    fn of(value: f32) -> Self {
        value.into()
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    #[inline(always)]
    fn exp(self) -> Self {
        self.clamp(-87.0, 88.0).exp()
    }

    #[inline(always)]
    fn ln(self) -> Self {
        self.ln()
    }

    #[inline(always)]
    fn sigmoid(self) -> (Self, Self) {
        let e = (-self.abs()).exp();
        let inverse = 1.0 / (1.0 + e);
        let small = e * inverse;
        (if self >= 0.0 { inverse } else { small }, small * inverse)
    }

    #[inline(always)]
    fn tanh(self) -> (Self, Self) {
        let (s, derivative) = Number::sigmoid(2.0 * self);
        (2.0 * s - 1.0, 4.0 * derivative)
    }
}

impl Number for DoubleDouble {
    fn of(value: f32) -> Self {
        Self::from(f64::from(value))
    }

    fn abs(self) -> Self {
        self.abs()
    }

    fn sqrt(self) -> Self {
        self.sqrt()
    }

    fn exp(self) -> Self {
        self.exp()
    }

    fn ln(self) -> Self {
        self.ln()
    }

    fn sigmoid(self) -> (Self, Self) {
        self.sigmoid()
    }

    fn tanh(self) -> (Self, Self) {
        self.tanh()
    }
}

/// The larger one; NaN if either is. The order of 0 and −0 does not count.
#[inline(always)]
pub(crate) fn larger<N: Number>(x: N, y: N) -> N {
    let half = N::of(0.5);
    let tie_or_nan = half * x + half * y;
    let larger = if y > x { y } else { tie_or_nan };
    if x > y { x } else { larger }
}

/// −1, 0 or 1.
#[inline(always)]
pub(crate) fn sign<N: Number>(x: N) -> N {
    let (zero, one) = (N::of(0.0), N::of(1.0));
    let positive = if x > zero { one } else { zero };
    let negative = if x < zero { one } else { zero };
    positive - negative
}

/// 0, ½ or 1: the derivative of max(x, 0), half at the tie.
#[inline(always)]
pub(crate) fn half_step<N: Number>(x: N) -> N {
    let half = N::of(0.5);
    half + half * sign(x)
}

/// What the clamp lets through; `None` without one.
#[inline(always)]
pub(crate) fn bounds<N: Number>(clamp: Clamp) -> Option<(N, N)> {
    match clamp {
        Clamp::None => None,
        Clamp::Signed(limit) => Some((N::of(-limit), N::of(limit))),
        Clamp::Positive(low, high) => Some((N::of(low), N::of(high))),
    }
}

/// Keeps a value within bounds; where they act the derivative is 0. A NaN passes, so that it is reported.
#[inline(always)]
pub(crate) fn within<N: Number>((low, high): (N, N), value: N, slope: N) -> (N, N) {
    let outside = (value < low) | (value > high);
    let slope = if outside { N::of(0.0) } else { slope };
    let value = if value < low { low } else { value };
    (if value > high { high } else { value }, slope)
}
