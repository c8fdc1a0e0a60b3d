//! A simpler way to write a loss.

use autolossgen_formula::{Agreement, Formula, Loss, SIMPLIFIED_UP_TO_LOGIT, SIMPLIFIED_WITHIN, simplified};
use serde::Serialize;

/// The simplest way to write a loss that is verified to be the same loss under its semantics, for |logit| ≤
/// `verified_up_to_logit` and labels from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simplification {
    /// The formula
    pub formula: Formula,
    /// Distinct nodes of its canonical form
    pub complexity: usize,
    /// Largest relative difference in the value, over these logits and labels
    pub value_difference: f64,
    /// The same of the derivative
    pub gradient_difference: f64,
    /// What both differences are at most
    pub verified_within: f64,
    /// Largest |logit| that was looked at
    pub verified_up_to_logit: f64,
}

impl Simplification {
    /// `None` for a named loss, and where nothing simpler is found.
    pub(super) fn of(loss: &Loss) -> Option<Self> {
        if super::name_of(loss).is_some() {
            return None;
        }
        let found = simplified(loss)?;
        let Agreement { value, gradient } = found.agreement;
        Some(Self {
            formula: found.loss.formula().clone(),
            complexity: found.loss.formula().complexity(),
            value_difference: value,
            gradient_difference: gradient,
            verified_within: SIMPLIFIED_WITHIN,
            verified_up_to_logit: SIMPLIFIED_UP_TO_LOGIT,
        })
    }

    /// What both differences are within: the larger one, rounded up to one digit.
    pub fn within(&self) -> f64 {
        let larger = self.value_difference.max(self.gradient_difference);
        if larger == 0.0 {
            return 0.0;
        }
        let unit = 10_f64.powi(larger.log10().floor() as i32);
        (larger / unit).ceil() * unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_are_within_is_rounded_up() {
        let formula: Formula = "pred".parse().unwrap();
        let within = |value_difference: f64, gradient_difference: f64| {
            let simplification = Simplification {
                formula: formula.clone(),
                complexity: 1,
                value_difference,
                gradient_difference,
                verified_within: SIMPLIFIED_WITHIN,
                verified_up_to_logit: SIMPLIFIED_UP_TO_LOGIT,
            };
            simplification.within()
        };
        assert_eq!(within(0.0, 0.0), 0.0);
        assert!((within(1.4e-6, 3e-7) / 2e-6 - 1.0).abs() < 1e-9);
        assert!((within(0.0, 9.9e-6) / 1e-5 - 1.0).abs() < 1e-9);
    }
}
