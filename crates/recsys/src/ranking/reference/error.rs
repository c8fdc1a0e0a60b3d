//! What keeps a reference from being fitted.

use autolossgen_settings::Problem;
use thiserror::Error;

use crate::ranking::evaluate::RankingError;

/// What keeps a reference from being fitted or chosen.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ReferenceError {
    /// A setting lies outside its range
    #[error("{} = {}: {}", .0.key, .0.value, .0.allowed)]
    Setting(Problem),
    /// EASE has a dense matrix of all items
    #[error(
        "EASE takes memory and time for {n_items} × {n_items} weights: there may be at most {most} items; leave out rare items"
    )]
    TooManyItems {
        /// How many items there are
        n_items: usize,
        /// How many there may be
        most: usize,
    },
    /// A ranking by it failed
    #[error(transparent)]
    Ranking(#[from] RankingError),
}
