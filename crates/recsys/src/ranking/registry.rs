//! The recommenders for ranking, by name.

use autolossgen_settings::choice;

use super::lightgcn::LightGcn;
use super::mf::{RankingMf, RankingMfOptions};
use super::model::RankingModel;
use super::positives::Positives;
use crate::random::Stream;

choice! {
    /// A recommender for ranking
    pub enum RankingModelName {
        /// Matrix factorisation without biases
        Mf = "mf",
        /// Embeddings averaged over the graph of users and items (He et al. 2020)
        LightGcn = "lightgcn",
    }
}

impl RankingModelName {
    /// A fresh recommender for the users and items of `train`. `n_layers`: K of LightGCN, at least 1.
    pub fn fresh(
        self,
        train: &Positives,
        options: &RankingMfOptions,
        n_layers: usize,
        rng: &mut Stream,
    ) -> Box<dyn RankingModel> {
        let mf = RankingMf::new(train.n_users(), train.n_items(), options, rng);
        match self {
            Self::Mf => Box::new(mf),
            Self::LightGcn => Box::new(LightGcn::new(mf, train, n_layers)),
        }
    }
}
