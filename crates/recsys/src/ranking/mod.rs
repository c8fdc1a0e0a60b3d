//! Ranking by implicit feedback: positives, metrics, full ranking, and recommenders that are no loss.

mod data;
mod evaluate;
mod metric;
mod positives;
mod rankings;
pub mod reference;
mod scorer;
mod top;

pub use data::{RankingData, RankingTest};
pub use evaluate::{FullRanking, RankingError};
pub use metric::{MetricAt, MetricAtError, RankingMetric};
pub use positives::Positives;
pub use rankings::{RankedBlock, Rankings};
pub use scorer::{FactorScorer, Scorer};
