//! Intervals of values, and arithmetic with them.

/// The values that a node can take for 0 < ŷ < 1, 0 ≤ y ≤ 1 and every finite logit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub low: f64,
    pub high: f64,
    /// Whether exactly 0 can occur; what can underflow can.
    pub zero: bool,
}

impl Range {
    /// Any number, 0 among them.
    pub(crate) const EVERYTHING: Range = Range { low: f64::NEG_INFINITY, high: f64::INFINITY, zero: true };

    /// Zero can occur wherever the bounds leave room for it.
    pub(crate) fn new(low: f64, high: f64) -> Self {
        if low.is_nan() || high.is_nan() {
            return Self::EVERYTHING;
        }
        Self { low, high, zero: low <= 0.0 && high >= 0.0 }
    }

    pub(crate) fn never_zero(self) -> Self {
        Self { zero: false, ..self }
    }

    /// Positive, never 0.
    pub(crate) fn is_positive(self) -> bool {
        self.low >= 0.0 && !self.zero
    }

    /// The smallest range that holds all of `values`.
    fn around(values: &[f64]) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if values.iter().any(|value| value.is_nan()) { Self::EVERYTHING } else { Self::new(low, high) }
    }

    pub(crate) fn increasing(self, f: impl Fn(f64) -> f64) -> Self {
        Self::new(f(self.low), f(self.high))
    }

    /// Of an odd function that is monotone on each side of 0 and jumps there, to 0 at 0.
    pub(crate) fn odd(self, f: impl Fn(f64) -> f64) -> Self {
        let mut values = Vec::with_capacity(5);
        if self.high > 0.0 || self.is_positive() {
            values.extend([f(self.low.max(0.0)), f(self.high)]);
        }
        if self.low < 0.0 {
            values.extend([-f((-self.high).max(0.0)), -f(-self.low)]);
        }
        if self.zero {
            values.push(0.0);
        }
        Self::around(&values)
    }

    pub(crate) fn times(self, other: Range) -> Self {
        // An infinite bound stands for numbers that are large but finite.
        let product = |x: f64, y: f64| if x == 0.0 || y == 0.0 { 0.0 } else { x * y };
        let mut values = [0.0; 4];
        for (index, value) in values.iter_mut().enumerate() {
            let x = if index & 1 == 0 { self.low } else { self.high };
            *value = product(x, if index & 2 == 0 { other.low } else { other.high });
        }
        Self::around(&values)
    }

    pub(crate) fn plus(self, other: Range) -> Self {
        let sum = Self::new(self.low + other.low, self.high + other.high);
        if sum.low >= 0.0 && self.low >= 0.0 && other.low >= 0.0 && !(self.zero && other.zero) {
            sum.never_zero()
        } else {
            sum
        }
    }

    pub(crate) fn negated(self) -> Self {
        Self { low: -self.high, high: -self.low, zero: self.zero }
    }

    pub(crate) fn over(self, other: Range) -> Self {
        let inverse = match other {
            Range { low, high, .. } if low >= 0.0 => Range::new(1.0 / high, 1.0 / low.abs()),
            Range { low, high, .. } if high <= 0.0 => Range::new(-1.0 / high.abs(), 1.0 / low),
            _ => Range::EVERYTHING,
        };
        self.times(inverse)
    }

    /// Of |x|.
    pub(crate) fn magnitude(self) -> Self {
        let (low, high) = (self.low.abs(), self.high.abs());
        Self::new(if self.low < 0.0 && self.high > 0.0 { 0.0 } else { low.min(high) }, low.max(high))
    }
}
