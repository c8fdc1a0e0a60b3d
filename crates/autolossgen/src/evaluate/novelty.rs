//! Whether a loss needs training at all.

use crate::record::Outcome;

/// Whether a loss is new, or needs no training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Novelty {
    /// No gradient: ‖∇ω(B, f)‖ < δ (Eq. 7)
    ZeroGradient,
    /// The gradient of an earlier loss f': ‖∇ω(B, f) − ∇ω(B, f')‖ < δ (Eq. 8)
    Duplicate {
        /// Number of the sample f'
        of: u64,
    },
    /// Value or derivative is NaN or ∞
    NonFinite,
    /// None of these: to be trained
    New,
}

impl Novelty {
    /// The outcome of a loss that needs no training; `None` for one that is new.
    pub(super) fn outcome(self) -> Option<Outcome> {
        match self {
            Novelty::ZeroGradient => Some(Outcome::ZeroGradient),
            Novelty::Duplicate { of } => Some(Outcome::Duplicate { of }),
            Novelty::NonFinite => Some(Outcome::NonFinite),
            Novelty::New => None,
        }
    }
}
