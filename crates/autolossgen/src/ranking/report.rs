//! What a comparison found, as plain values.

use std::collections::BTreeMap;

use autolossgen_recsys::MetricAt;
use serde::{Deserialize, Serialize};

use super::point::{RankingAxis, RankingPoint};

/// Values by metric, as in `ndcg@20`.
pub type Values = BTreeMap<String, f64>;

/// Sizes of the parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankingSizes {
    /// Name of the data
    pub name: String,
    /// Users
    pub users: usize,
    /// Items
    pub items: usize,
    /// Training pairs
    pub train: usize,
    /// Validation pairs
    pub validation: usize,
    /// Test pairs
    pub test: usize,
    /// Users of the validation part who are ranked items
    pub validation_users: usize,
    /// Users of the test part who are ranked items
    pub test_users: usize,
    /// Users of the test part who have fewer unmasked items than the largest cutoff, so that their list is shorter
    pub short_lists: usize,
    /// SHA-256 over the pairs of the parts
    pub checksum: String,
}

/// What one seed reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedRanking {
    /// The seed
    pub seed: u64,
    /// The metric that chooses, on validation
    pub validation: f64,
    /// Means over the users of the test part
    pub test: Values,
    /// The best epoch on validation
    pub best_epoch: usize,
    /// Epochs that were trained
    pub epochs: usize,
}

/// What a list of recommendations is like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lists {
    /// Share of all items that someone is recommended
    pub coverage: f64,
    /// Mean number of training users of a recommended item
    pub popularity: f64,
}

/// A loss that was compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankingResult {
    /// Name, or formula
    pub loss: String,
    /// Formula
    pub formula: String,
    /// The settings that validation chose; absent where every configuration diverged
    #[serde(flatten)]
    pub point: Option<RankingPoint>,
    /// Settings that lie at an end of what was tried
    pub at_edge: Vec<RankingAxis>,
    /// Configurations that were tried
    pub configurations: usize,
    /// Those of them that diverged
    pub diverged: usize,
    /// Epochs of all trainings
    pub epochs: usize,
    /// The metric that chooses, on validation: mean over `selection.divisions`, or without them of the first seed
    pub validation: Option<f64>,
    /// Means over users and seeds
    pub test: Values,
    /// 95% interval of the metric that chooses on test, over users and seeds
    pub interval: Option<[f64; 2]>,
    /// The lists of the first seed, at the cutoff of the metric that chooses
    pub lists: Option<Lists>,
    /// Seed by seed
    pub seeds: Vec<SeedRanking>,
}

/// A recommender that is trained without a loss of the comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReferenceResult {
    /// Its name
    pub predictor: String,
    /// What validation chose, as text; empty where there is nothing to choose
    pub settings: String,
    /// The metric that chooses, on validation
    pub validation: f64,
    /// Means over the users of the test part
    pub test: Values,
    /// The lists, at the cutoff of the metric that chooses
    pub lists: Lists,
}

/// The best loss on validation against another row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankingComparison {
    /// The loss that is compared with all others
    pub best: String,
    /// The other
    pub other: String,
    /// Lead of the best on test in the metric that chooses, mean over users and seeds
    pub lead: f64,
    /// Its standard error over users and seeds
    pub standard_error: f64,
    /// Two-sided p over users and seeds
    pub p: f64,
    /// The same corrected by Holm for all comparisons
    pub p_holm: f64,
}

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankingReport {
    /// The data
    pub dataset: RankingSizes,
    /// The metric that chooses
    pub metric: MetricAt,
    /// Losses, in the order in which they were given
    pub results: Vec<RankingResult>,
    /// Recommenders that are no loss
    pub references: Vec<ReferenceResult>,
    /// Recommenders that are no loss and could not be fitted: why
    pub left_out: Vec<String>,
    /// The best loss on validation against every other row
    pub comparisons: Vec<RankingComparison>,
}

impl RankingReport {
    /// Losses that have a validation, the best first; of equals the earlier.
    pub fn by_validation(&self) -> Vec<&RankingResult> {
        let mut ranked: Vec<&RankingResult> =
            self.results.iter().filter(|result| result.validation.is_some()).collect();
        let validation = |result: &RankingResult| result.validation.unwrap_or(f64::NEG_INFINITY);
        ranked.sort_by(|one, other| validation(other).total_cmp(&validation(one)));
        ranked
    }
}
