//! What became of each sample, and of the search.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::journal::Record;
use crate::proxy::Verdict;
use crate::test::Point;

/// What became of a sampled loss. A bad loss is data, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// No gradient on the proxy batch (Eq. 7).
    ZeroGradient,
    /// The gradient of another loss on the proxy batch (Eq. 8), whose reward it gets.
    Duplicate {
        /// Number of that sample
        of: u64,
    },
    /// NaN or ∞ on the proxy batch.
    NonFinite,
    /// NaN or ∞ while it was trained.
    Diverged,
    /// It drove every prediction on the proxy batch so far that ŷ itself has no gradient there: no loss could train the
    /// copy further, whatever its validation metric.
    Saturated,
    /// Trained for one epoch on a copy of the recommender.
    Trained {
        /// Validation metric of the copy
        validation: f64,
        /// Whether reward ≥ −η (Algorithm 1); always, without `search.reward_filter`
        accepted: bool,
    },
    /// Given up on the way to convergence: others had come further by then.
    Dropped {
        /// Validation metric at its best epoch so far
        validation: f64,
        /// Epochs trained
        epochs: usize,
    },
    /// Trained to convergence: a candidate.
    Converged {
        /// Validation metric at the best epoch, a mean over the folds that it met
        validation: f64,
        /// The settings chosen for it on the first fold
        point: Point,
        /// Folds that it met
        folds: usize,
    },
}

impl Outcome {
    /// That of a loss that needs no training; `None` for one that is new.
    pub(super) fn untrained(verdict: &Verdict) -> Option<Self> {
        match *verdict {
            Verdict::ZeroGradient => Some(Outcome::ZeroGradient),
            Verdict::Duplicate { of } => Some(Outcome::Duplicate { of }),
            Verdict::NonFinite => Some(Outcome::NonFinite),
            Verdict::New => None,
        }
    }

    /// Whether the loss is a candidate.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Outcome::Trained { accepted: true, .. } | Outcome::Converged { .. })
    }
}

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
    /// Of these, without a gradient on the proxy batch
    pub zero_gradient: u64,
    /// with the gradient of another
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
