//! What became of a sample.

use serde::{Deserialize, Serialize};

use crate::point::Point;

/// What became of a sampled loss. A bad loss is data, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// No gradient on the proxy batch (Eq. 7), or over ŷ in (0, 1) where each loss trains to convergence.
    ZeroGradient,
    /// The gradient of another loss there (Eq. 8), whose reward it gets.
    Duplicate {
        /// Number of that sample
        of: u64,
    },
    /// NaN or ∞ there.
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
    /// What was chosen for the loss, of one that was trained to convergence.
    pub fn point(&self) -> Option<Point> {
        match self {
            Outcome::Converged { point, .. } => Some(*point),
            _ => None,
        }
    }

    /// ε that was chosen for it.
    pub fn epsilon(&self) -> Option<f32> {
        self.point().map(|point| point.epsilon)
    }

    /// Whether the loss is a candidate.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Outcome::Trained { accepted: true, .. } | Outcome::Converged { .. })
    }
}
