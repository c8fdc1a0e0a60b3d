//! What a search hands over.

use autolossgen_formula::Formula;
use serde::{Deserialize, Serialize};

/// A loss that was accepted at least once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Canonical form.
    pub formula: Formula,
    /// Number of the first sample, counted from 0.
    pub sample: u64,
    /// How often it was accepted.
    pub accepted: usize,
    /// Best reward: change of the validation metric.
    pub reward: f64,
    /// Share of simulated pairs with the right sign of the derivative; `None` before Phase II.
    pub positive_rate: Option<f64>,
}
