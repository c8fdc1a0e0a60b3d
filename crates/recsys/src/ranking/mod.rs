//! Ranking from implicit feedback: a training row is a positive pair of user and item, and N negative items.

mod batch;
mod distinct;
mod epoch;
mod hits;
mod hyperparameters;
mod loss;
mod mf;
mod negatives;
mod popularity;
mod sampler;
mod step;
#[cfg(test)]
mod tests;
mod training_items;
mod unseen;
mod workspace;

pub use batch::RankingBatch;
pub use epoch::RankingEpoch;
pub use hyperparameters::{RankingHyperparameters, Similarity};
pub use loss::{Bpr, ContrastiveLoss, SampledSoftmax};
pub use mf::{RankingMf, RankingMfOptions};
pub use negatives::{Negatives, NegativesError, SamplerOptions};
pub use sampler::Sampler;
pub use step::RankingSummary;
pub use training_items::TrainingItems;
pub use workspace::RankingWorkspace;
