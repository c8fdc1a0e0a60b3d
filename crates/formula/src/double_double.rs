//! Double-double arithmetic (Dekker 1971; Hida, Li and Bailey 2001): a number is the sum of two in double precision.
//!
//! The two need not be neighbours: 1 − 1e-30 is such a sum. So a prediction near 1 keeps its distance from 1, and 1 − ŷ,
//! |y − ŷ| and 1 − ŷ² keep their digits however they are written. Sums and products hold 100 bits or more; the values of functions
//! hold 50, and hold them of the distance from 1 where the value is near 1.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// The sum of two numbers, the second below the rounding of the first; 0 beside NaN and ∞.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DoubleDouble {
    high: f64,
    low: f64,
}

impl DoubleDouble {
    const ONE: DoubleDouble = DoubleDouble { high: 1.0, low: 0.0 };

    /// The sum of two of which the first is the larger.
    fn of_parts(high: f64, low: f64) -> Self {
        let sum = high + low;
        if sum.is_finite() { Self { high: sum, low: low - (sum - high) } } else { Self::from(sum) }
    }

    /// The exact sum of any two (Knuth's two-sum).
    fn sum(x: f64, y: f64) -> Self {
        let sum = x + y;
        if !sum.is_finite() {
            return Self::from(sum);
        }
        let of_y = sum - x;
        Self { high: sum, low: (x - (sum - of_y)) + (y - of_y) }
    }

    /// The exact product of two numbers, below 1e300 (Dekker's product with Veltkamp's splitting: the same everywhere, and no
    /// call of a library where there is no fused multiply-add).
    fn product(x: f64, y: f64) -> Self {
        let split = |x: f64| {
            let shifted = 134_217_729.0 * x;
            let high = shifted - (shifted - x);
            (high, x - high)
        };
        let product = x * y;
        let ((x_high, x_low), (y_high, y_low)) = (split(x), split(y));
        let low = ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low;
        if low.is_finite() { Self { high: product, low } } else { Self::from(product) }
    }

    /// The nearest number in double precision.
    pub(crate) fn to_f64(self) -> f64 {
        self.high
    }

    pub(crate) fn is_finite(self) -> bool {
        self.high.is_finite()
    }

    pub(crate) fn abs(self) -> Self {
        if self.high < 0.0 { -self } else { self }
    }

    pub(crate) fn sqrt(self) -> Self {
        let root = self.high.sqrt();
        if root == 0.0 || !root.is_finite() {
            return Self::from(root);
        }
        let left = self - Self::product(root, root);
        Self::of_parts(root, left.high / (2.0 * root))
    }

    /// Saturates at −87 and 88, as the evaluation does in single precision.
    pub(crate) fn exp(self) -> Self {
        match self.high {
            high if high > 88.0 => return Self::from(88.0_f64.exp()),
            high if high < -87.0 => return Self::from((-87.0_f64).exp()),
            _ => {}
        }
        // Near e⁰ the distance from 1 is what is known to 50 bits.
        let near_one = self.high.abs() < 0.5;
        let whole = if near_one { Self::sum(1.0, self.high.exp_m1()) } else { Self::from(self.high.exp()) };
        whole + whole * Self::from(self.low)
    }

    pub(crate) fn ln(self) -> Self {
        Self::sum(self.high.ln(), self.low / self.high)
    }

    pub(crate) fn sigmoid(self) -> (Self, Self) {
        let e = (-self.abs()).exp();
        let inverse = Self::ONE / (Self::ONE + e);
        let small = e * inverse;
        let value = if self.high >= 0.0 { Self::ONE - small } else { small };
        (value, small * inverse)
    }

    pub(crate) fn tanh(self) -> (Self, Self) {
        let (sigmoid, derivative) = (self + self).sigmoid();
        let derivative = Self::from(4.0) * derivative;
        if self.high.abs() < 0.5 {
            let value = Self::from(self.high.tanh()) + derivative * Self::from(self.low);
            return (value, derivative);
        }
        (sigmoid + sigmoid - Self::ONE, derivative)
    }
}

impl From<f64> for DoubleDouble {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

impl PartialOrd for DoubleDouble {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let by_high = self.high.partial_cmp(&other.high)?;
        if by_high == Ordering::Equal { self.low.partial_cmp(&other.low) } else { Some(by_high) }
    }
}

impl Neg for DoubleDouble {
    type Output = Self;

    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Add for DoubleDouble {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (high, low) = (Self::sum(self.high, other.high), Self::sum(self.low, other.low));
        let sum = Self::of_parts(high.high, high.low + low.high);
        Self::of_parts(sum.high, sum.low + low.low)
    }
}

impl Sub for DoubleDouble {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for DoubleDouble {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        if !product.is_finite() {
            return product;
        }
        Self::of_parts(product.high, product.low + (self.high * other.low + self.low * other.high))
    }
}

impl Div for DoubleDouble {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        // Of 0, by ∞, and where the quotient is not finite, there is nothing to correct.
        if first == 0.0 || !first.is_finite() || !other.is_finite() {
            return Self::from(first);
        }
        let left = self - other * Self::from(first);
        let second = left.high / other.high;
        let left = left - other * Self::from(second);
        Self::of_parts(first, second) + Self::from(left.high / other.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(x: f64) -> DoubleDouble {
        DoubleDouble::from(x)
    }

    fn near(found: DoubleDouble, expected: f64) {
        let error = (found.to_f64() / expected - 1.0).abs();
        assert!(error < 1e-14, "{found:?} for {expected:e}");
    }

    #[test]
    fn the_distance_from_one_is_kept_however_it_is_written() {
        let one = DoubleDouble::ONE;
        for logit in [0.1, 5.0, 17.0, 40.0, 80.0] {
            let (high, low) = (of(logit).sigmoid().0, (-logit).exp() / (1.0 + (-logit).exp()));
            near(one - high, low);
            near(one - of(-logit).sigmoid().0, 1.0 / (1.0 + (-logit).exp()));
            near(-high + one, low);
            near(of(1.25) - (of(0.25) + high), low);
            near(one - (one - high).abs() - high * high, low - low * low);
            near(-(high.ln()), (-logit).exp().ln_1p());
            near(one - of(logit / 2.0).tanh().0, 2.0 * low);
            near(one / (one - high), 1.0 / low);
        }
    }

    #[test]
    fn functions_and_their_inverses_cancel() {
        for x in [1e-9, 1e-3, 0.3, 0.7, 2.0, 30.0] {
            near(of(x).exp().ln(), x);
            near((-of(x)).exp().ln(), -x);
            near(of(x).sqrt() * of(x).sqrt(), x);
            near(of(x).tanh().0, x.tanh());
            assert!(((of(x) / of(3.0)) * of(3.0) - of(x)).to_f64().abs() < 1e-30 * x);
        }
        near(of(1e-12).exp() - DoubleDouble::ONE, 1e-12_f64.exp_m1());
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        let (one, zero, infinity) = (of(1.0), of(0.0), of(f64::INFINITY));
        assert_eq!((one / zero).to_f64(), f64::INFINITY);
        assert_eq!((infinity + one).to_f64(), f64::INFINITY);
        assert_eq!((infinity * of(2.0)).to_f64(), f64::INFINITY);
        assert_eq!((one / infinity).to_f64(), 0.0);
        assert!((zero / zero).to_f64().is_nan() && (infinity - infinity).to_f64().is_nan());
        assert!(of(1e200) * of(1e200) > of(1e300) && of(f64::NAN).partial_cmp(&one).is_none());
        assert_eq!(of(1e4).exp(), of(88.0).exp());
    }

    #[test]
    fn numbers_of_one_leading_part_are_in_order() {
        let below = of(1.0) - of(1e-30);
        assert!(below < of(1.0) && below > of(1.0) - of(1e-29) && of(1.0) - below == of(1e-30));
    }
}
