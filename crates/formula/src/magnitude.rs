//! How large a value of single precision can get.

use crate::Clamp;

/// What is certain of a value in single precision. Magnitudes only: rounding makes a difference of two numbers 0 or turns its
/// sign, but makes no bound of this kind untrue by more than its share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Magnitude {
    /// It is a number of at most this magnitude; where this is ∞, it can be anything, NaN too.
    pub largest: f64,
    /// It is above 0.
    pub positive: bool,
}

impl Magnitude {
    /// By what a bound grows with each operation: some roundings.
    const ROUNDING: f64 = 1.0 + 1e-6;

    /// Of one number.
    pub(crate) fn of(value: f32) -> Self {
        Self { largest: f64::from(value.abs()), positive: value >= f32::MIN_POSITIVE }
    }

    /// After one operation more.
    pub(crate) fn rounded(self) -> Self {
        Self { largest: self.largest * Self::ROUNDING, ..self }
    }

    /// Whether a clamp can act.
    pub(crate) fn can_leave(self, clamp: Clamp) -> bool {
        match clamp {
            Clamp::None => false,
            Clamp::Signed(limit) => self.largest > f64::from(limit),
            Clamp::Positive(..) => true,
        }
    }

    /// After the clamp, which lets a NaN pass.
    pub(crate) fn clamped(self, clamp: Clamp) -> Self {
        if self.largest == f64::INFINITY {
            return self;
        }
        let largest = match clamp {
            Clamp::None => self.largest,
            Clamp::Signed(limit) => self.largest.min(f64::from(limit)),
            Clamp::Positive(low, high) => self.largest.clamp(f64::from(low), f64::from(high)),
        };
        Self { largest, ..self }
    }
}
