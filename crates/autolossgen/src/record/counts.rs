//! How many samples came to what, and why a search ended.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Outcome, Record};

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// As many formulas as asked for were sampled.
    Samples,
    /// As many losses as asked for were accepted.
    Candidates,
    /// The time is up.
    Time,
    /// Every loss that the controller can propose was tried.
    Complete,
    /// The recommender no longer improves.
    Converged,
    /// No loss was accepted for as long as allowed.
    NothingAccepted,
    /// The user asked for it.
    Interrupted,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopReason::Samples => "all samples were drawn",
            StopReason::Candidates => "enough losses were accepted",
            StopReason::Time => "the time was up",
            StopReason::Complete => "every loss was tried",
            StopReason::Converged => "the recommender converged",
            StopReason::NothingAccepted => "no loss was accepted for long",
            StopReason::Interrupted => "it was interrupted",
        })
    }
}

/// How many samples came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Formulas sampled
    pub sampled: u64,
    /// Of these, without a gradient on the proxy batch, or over ŷ in (0, 1) where each loss trains to convergence. On the batch
    /// of a saturated recommender a loss may have none that has one elsewhere
    pub zero_gradient: u64,
    /// with the gradient of another there
    pub duplicate: u64,
    /// NaN or ∞ on the proxy batch
    pub non_finite: u64,
    /// NaN or ∞ in training
    pub diverged: u64,
    /// trained until nothing had a gradient
    pub saturated: u64,
    /// trained: to the end of their epoch, or until they were dropped or converged
    pub trained: u64,
    /// Of the trained, accepted or converged
    pub accepted: u64,
}

impl Counts {
    /// Those of a journal.
    pub fn of(records: &[Record]) -> Self {
        let mut counts = Self::default();
        records.iter().filter_map(Record::sample).for_each(|sample| counts.add(&sample.outcome));
        counts
    }

    /// Counts one outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        self.sampled += 1;
        match outcome {
            Outcome::ZeroGradient => self.zero_gradient += 1,
            Outcome::Duplicate { .. } => self.duplicate += 1,
            Outcome::NonFinite => self.non_finite += 1,
            Outcome::Diverged => self.diverged += 1,
            Outcome::Saturated => self.saturated += 1,
            Outcome::Trained { .. } | Outcome::Dropped { .. } | Outcome::Converged { .. } => {
                self.trained += 1;
                self.accepted += u64::from(outcome.is_accepted());
            }
        }
    }
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchStatus {
    /// Outcomes so far
    pub counts: Counts,
    /// Validation metric of the recommender, or of the best that was trained to convergence
    pub validation: f64,
    /// Recommenders started, the first included; 0 where each loss trains its own to convergence
    pub recommenders: u64,
}
