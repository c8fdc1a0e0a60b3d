//! Scratch memory of training for ranking.

use super::batch::RankingBatch;
use super::step::Scratch;

/// Scratch memory of training for ranking; one per thread, reused. What it holds between two epochs means nothing.
#[derive(Debug, Default)]
pub struct RankingWorkspace {
    pub(super) batch: RankingBatch,
    pub(super) scratch: Scratch,
}
