//! What a comparison cannot be made of.

use autolossgen_recsys::RankingError;
use autolossgen_recsys::ranking::NegativesError;
use autolossgen_recsys::ranking::reference::ReferenceError;
use thiserror::Error;

/// What a comparison cannot be made of.
#[derive(Debug, Error)]
pub enum RankingEvalError {
    /// Negatives that cannot be drawn
    #[error("{0}")]
    Negatives(String),
    /// A ranking that cannot be made
    #[error(transparent)]
    Ranking(#[from] RankingError),
    /// A recommender that is no loss and cannot be fitted
    #[error(transparent)]
    Reference(#[from] ReferenceError),
}

impl RankingEvalError {
    /// Negatives that cannot be drawn, said with the user's own id.
    pub(super) fn of_negatives(error: NegativesError, user_ids: &[String]) -> Self {
        Self::Negatives(match error {
            NegativesError::TooMany { user, n_negatives, available } => {
                let id = user_ids.get(user).map_or("", String::as_str);
                let advice = match available {
                    0 => "leave such users out, or draw the negatives with training.negatives = 'in_batch'".to_owned(),
                    most => {
                        format!("set test.n_negatives and the upper end of test.n_negatives_bounds to {most} at most")
                    }
                };
                format!(
                    "user '{id}' has {available} items to draw negatives from, and test.n_negatives asks for {n_negatives}: {advice}"
                )
            }
            other => other.to_string(),
        })
    }
}
