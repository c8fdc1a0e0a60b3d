//! Which items a positive pair is held against.

use autolossgen_settings::{choice, range, section};
use thiserror::Error;

choice! {
    /// Which items a positive pair is held against
    pub enum Negatives {
        /// N items for each pair, each equally likely, none of which the user has in training (Rendle et al. 2009)
        Uniform = "uniform",
        /// N items for each pair, in proportion to popularity^α, none of which the user has in training (Mikolov et al. 2013)
        Popularity = "popularity",
        /// N items for the whole batch, each equally likely; a training item of a row's user is replaced for that row
        Shared = "shared",
        /// N items for the whole batch, in proportion to popularity^α; a training item of a row's user is replaced for that row
        SharedPopularity = "shared_popularity",
        /// The positive items of the batch; a training item of a row's user is replaced for that row (Hidasi et al. 2016)
        InBatch = "in_batch",
    }
}

impl Negatives {
    /// Whether the rows of a batch have the same negatives: their scores are then one matrix product.
    pub fn is_shared(self) -> bool {
        matches!(self, Self::Shared | Self::SharedPopularity | Self::InBatch)
    }

    /// Whether items are drawn in proportion to popularity^α.
    pub(super) fn is_by_popularity(self) -> bool {
        matches!(self, Self::Popularity | Self::SharedPopularity)
    }
}

section! {
    /// How negatives are drawn. Draws are independent of each other, so that an item may come twice.
    #[derive(Copy)]
    pub struct SamplerOptions {
        /// Which items a positive pair is held against
        pub negatives: Negatives [range::any] = Negatives::Uniform;
        /// Negatives N of a positive pair; `in_batch` has as many as the batch has rows
        pub n_negatives: usize [range::count(1, 65_536)] = 64;
        /// Exponent α of popularity, the number of training rows of an item; 0 is uniform
        pub exponent: f64 [range::within(0.0, 4.0)] = 0.75;
    }
}

/// Negatives that cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NegativesError {
    /// A user has fewer items that are no training items than negatives are asked for.
    #[error(
        "user {user} has {available} items to draw negatives from, and {n_negatives} are asked for: n_negatives may be at most {available}"
    )]
    TooMany {
        /// The first such user
        user: usize,
        /// N
        n_negatives: usize,
        /// Items that can be drawn and that the user has not in training
        available: usize,
    },
    /// A training item is not below the number of items.
    #[error("training item {item} is not below the number of items, {n_items}")]
    UnknownItem {
        /// The item
        item: u32,
        /// The number of items
        n_items: usize,
    },
}
