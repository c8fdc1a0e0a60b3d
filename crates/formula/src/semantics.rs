//! How a formula is evaluated: smoothing and clamping.

use serde::{Deserialize, Serialize};

use crate::FormulaError;

/// What happens to the result of every operation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clamp {
    /// |result| ≤ limit, sign kept; the default, with limit 1e6
    Signed(f32),
    /// lo ≤ result ≤ hi: the paper's text ([1e-6, 1e6]) and the authors' code ([1e-5, 1e5])
    Positive(f32, f32),
    /// No clamp: for handcrafted losses
    None,
}

/// The meaning of a formula's operators; one for search, check, test and export.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Semantics {
    /// ε of log, reciprocal and the leaf `eps`; positive and finite; default 1e-6
    pub epsilon: f32,
    /// Clamp after every operation; default `Signed(1e6)`
    pub clamp: Clamp,
}

impl Default for Semantics {
    fn default() -> Self {
        Self { epsilon: 1e-6, clamp: Clamp::Signed(1e6) }
    }
}

impl Semantics {
    /// Handcrafted losses: no clamp, the given ε.
    pub fn unclamped(epsilon: f32) -> Self {
        Self { epsilon, clamp: Clamp::None }
    }

    /// The same semantics with another ε.
    #[must_use]
    pub fn with_epsilon(self, epsilon: f32) -> Self {
        Self { epsilon, ..self }
    }

    /// # Errors
    /// ε not positive and finite; an empty clamp.
    pub(crate) fn check(self) -> Result<(), FormulaError> {
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            return Err(FormulaError::Epsilon(self.epsilon));
        }
        let (low, high) = match self.clamp {
            Clamp::None => return Ok(()),
            Clamp::Signed(limit) => (-limit, limit),
            Clamp::Positive(low, high) => (low, high),
        };
        if low < high { Ok(()) } else { Err(FormulaError::Clamp(low, high)) }
    }
}
