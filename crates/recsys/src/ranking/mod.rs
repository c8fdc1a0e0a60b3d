//! Ranking from implicit feedback: a training row is a positive pair of user and item, and N negative items; a recommender is judged
//! by the rank of what a user has among all items.

mod batch;
mod data;
mod distinct;
mod epoch;
mod evaluate;
mod factors;
mod graph;
mod hits;
mod hyperparameters;
mod lightgcn;
mod metric;
mod mf;
mod model;
mod negatives;
mod popularity;
mod positives;
mod rankings;
mod recommend;
pub mod reference;
mod registry;
mod sampler;
mod scorer;
mod step;
#[cfg(test)]
mod tests;
mod top;
mod training_items;
mod unseen;
mod workspace;

pub use batch::RankingBatch;
pub use data::{RankingData, RankingTest};
pub use epoch::RankingEpoch;
pub use evaluate::{FullRanking, RankingError};
pub use hyperparameters::{RankingHyperparameters, Similarity};
pub use lightgcn::LightGcn;
pub use metric::{MetricAt, MetricAtError, RankingMetric};
pub use mf::{RankingMf, RankingMfOptions};
pub use model::RankingModel;
pub use negatives::{Negatives, NegativesError, SamplerOptions};
pub use positives::Positives;
pub use rankings::{RankedBlock, Rankings};
pub use recommend::recommend;
pub use registry::RankingModelName;
pub use sampler::Sampler;
pub use scorer::{FactorScorer, Scorer};
pub use step::RankingSummary;
pub use training_items::TrainingItems;
pub use workspace::RankingWorkspace;
