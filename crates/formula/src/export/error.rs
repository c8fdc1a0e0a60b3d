//! Errors of exports.

use crate::math::sigmoid;

/// Why a loss cannot be exported.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExportError {
    /// Not a name that generated code can have.
    #[error(
        "the name '{0}' cannot be used: a letter, then letters, digits and underscores, and no word that Python or the \
         generated code uses"
    )]
    Name(String),
    /// A derivative that is 0 everywhere.
    #[error("the formula does not depend on the prediction, so its derivative is 0 and it trains nothing")]
    Constant,
    /// A value or derivative that is NaN or ∞.
    #[error(
        "the value or the derivative of the formula is not finite in single precision at ŷ = {} (logit {logit}), y = {label}; \
         a clamp would bound it, or write it with eps",
        sigmoid(*logit).0
    )]
    NotFinite {
        /// Of ŷ
        logit: f32,
        /// y
        label: f32,
    },
    /// A target that takes no loss of ranking.
    #[error("{target} takes no loss of ranking: use {known}")]
    NotForRanking {
        /// The target
        target: &'static str,
        /// Those that do
        known: String,
    },
}
