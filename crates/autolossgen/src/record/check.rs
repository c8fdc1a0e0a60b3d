//! What Phase II found.

use serde::{Deserialize, Serialize};

use super::Candidate;

/// What Phase II says of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Enough pairs have the right sign.
    Valid,
    /// Too few pairs have the right sign.
    WrongSign,
    /// One class has hardly a gradient (`check.both_classes`).
    OneClass,
    /// Trained, its derivative equals that of a simpler candidate on every pair: it trains the same recommender.
    SameGradient {
        /// Number of the sample of that candidate
        of: u64,
    },
}

/// A candidate after Phase II.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// The candidate
    #[serde(flatten)]
    pub candidate: Candidate,
    /// Share of simulated pairs with the right sign of the derivative
    pub positive_rate: f64,
    /// The named loss with the same derivative up to a positive constant
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradient_of: Option<String>,
    /// Whether Phase III takes it
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Everything Phase II found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    /// Simulated pairs
    pub pairs: usize,
    /// Smallest positive rate to keep
    pub threshold: f64,
    /// Every candidate of the search, in order
    pub candidates: Vec<Checked>,
}

/// A candidate that Phase II found valid; only [`CheckReport::validated`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Validated(Candidate);

impl Validated {
    /// The candidate.
    pub fn candidate(&self) -> &Candidate {
        &self.0
    }
}

impl CheckReport {
    /// The candidates that Phase III takes.
    pub fn validated(&self) -> Vec<Validated> {
        let valid = self.candidates.iter().filter(|checked| checked.verdict == Verdict::Valid);
        valid.map(|checked| Validated(checked.candidate.clone())).collect()
    }
}
