//! A simpler way to write a loss.

use autolossgen_formula::{Agreement, Formula, Loss, SIMPLIFIED_WITHIN, simplified};
use serde::Serialize;

/// The simplest way to write a loss that is verified to be the same loss under its semantics.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simplification {
    /// The formula
    pub formula: Formula,
    /// Distinct nodes of its canonical form
    pub complexity: usize,
    /// Largest relative difference in the value, over ŷ and labels of 0, 1 and between
    pub value_difference: f64,
    /// The same of the derivative
    pub gradient_difference: f64,
    /// What both differences are at most
    pub verified_within: f64,
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
        })
    }

    /// The larger of both differences.
    pub fn largest_difference(&self) -> f64 {
        self.value_difference.max(self.gradient_difference)
    }
}
