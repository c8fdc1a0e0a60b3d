//! Matrix factorisation for ranking: score = similarity(e_u, e_i) / τ, without biases.

use autolossgen_formula::RankingLoss;
use autolossgen_settings::{range, section};

use super::batch::RankingBatch;
use super::factors::of_tables;
use super::hyperparameters::{RankingHyperparameters, SHORTEST, Similarity};
use super::model::RankingModel;
use super::step::{Parameters, RankingSummary, train_batch};
use super::workspace::RankingWorkspace;
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::normal::fill_normal;
use crate::kernel::simd::Simd;
use crate::kernel::table::Table;
use crate::kernel::vector::dot;
use crate::kernel::vectorised::{Vectorised, vectorised};
use crate::random::Stream;

section! {
    /// Shape and initial values of matrix factorisation for ranking.
    #[derive(Copy)]
    pub struct RankingMfOptions {
        /// Embedding size d
        pub dimension: usize [range::count(1, 4096)] = 64;
        /// Standard deviation of the initial embeddings
        pub init_std: f32 [range::positive_within(100.0)] = 0.1;
    }
}

/// Matrix factorisation for ranking.
#[derive(Clone, Debug)]
pub struct RankingMf {
    pub(super) dimension: usize,
    pub(super) parameters: Parameters,
}

impl RankingMf {
    /// Embeddings drawn from N(0, init_std²): each user's, then each item's.
    pub fn new(n_users: usize, n_items: usize, options: &RankingMfOptions, rng: &mut Stream) -> Self {
        let mut model = Self::zeros(n_users, n_items, options.dimension);
        let mut draws = vec![0.0; options.dimension];
        for table in [&mut model.parameters.users, &mut model.parameters.items] {
            for row in table.rows.chunks_exact_mut(table.stride) {
                fill_normal(rng, &mut draws);
                row.iter_mut().zip(&draws).for_each(|(weight, &draw)| *weight = options.init_std * draw as f32);
            }
        }
        model
    }

    /// These embeddings, of shapes (n_users, d) and (n_items, d) row-major, and an optimiser that has taken no step.
    ///
    /// # Panics
    /// When d is 0, or the embeddings are not whole rows.
    pub fn from_embeddings(dimension: usize, users: &[f32], items: &[f32]) -> Self {
        assert!(dimension > 0, "embeddings need at least one dimension");
        let table =
            |embeddings: &[f32]| Table::from_values(dimension, embeddings, &vec![0.0; embeddings.len() / dimension]);
        Self { dimension, parameters: Parameters { users: table(users), items: table(items), steps: 0 } }
    }

    fn zeros(n_users: usize, n_items: usize, dimension: usize) -> Self {
        let (users, items) = (Table::new(n_users, dimension), Table::new(n_items, dimension));
        Self { dimension, parameters: Parameters { users, items, steps: 0 } }
    }

    /// Number of users.
    pub fn n_users(&self) -> usize {
        self.parameters.users.len()
    }

    /// Number of items.
    pub fn n_items(&self) -> usize {
        self.parameters.items.len()
    }

    /// Embedding of a user, shape (d,).
    pub fn user_embedding(&self, user: usize) -> &[f32] {
        &self.parameters.users.row(user as u32, self.parameters.users.stride)[..self.dimension]
    }

    /// Embedding of an item, shape (d,).
    pub fn item_embedding(&self, item: usize) -> &[f32] {
        &self.parameters.items.row(item as u32, self.parameters.items.stride)[..self.dimension]
    }

    pub(super) fn train_batch_on(
        &mut self,
        set: InstructionSet,
        batch: &RankingBatch,
        loss: &RankingLoss,
        hyperparameters: &RankingHyperparameters,
        workspace: &mut RankingWorkspace,
    ) -> RankingSummary {
        assert!(!batch.is_empty(), "a batch has at least one row");
        train_batch(set, &mut self.parameters, batch, loss, hyperparameters, &mut workspace.scratch)
    }

    /// Similarity of a user and every item, into `scores` of shape (n_items,). An order of items needs no temperature.
    ///
    /// # Panics
    /// When there is no such user, or the shape does not fit.
    pub fn scores(&self, user: usize, similarity: Similarity, scores: &mut [f32]) {
        assert_eq!(scores.len(), self.n_items(), "a score for each item");
        let Parameters { users, items, .. } = &self.parameters;
        let user = users.row(user as u32, users.stride);
        vectorised(InstructionSet::best(), Scores { user, items, similarity, scores });
    }
}

impl RankingModel for RankingMf {
    fn train_batch(
        &mut self,
        batch: &RankingBatch,
        loss: &RankingLoss,
        hyperparameters: &RankingHyperparameters,
        workspace: &mut RankingWorkspace,
    ) -> RankingSummary {
        self.train_batch_on(InstructionSet::best(), batch, loss, hyperparameters, workspace)
    }

    fn factors(&self, similarity: Similarity) -> [Vec<f32>; 2] {
        of_tables([&self.parameters.users, &self.parameters.items], self.dimension, similarity)
    }

    fn is_finite(&self) -> bool {
        self.parameters.users.is_finite() && self.parameters.items.is_finite()
    }
}

/// See [`RankingMf::scores`]. The length of the user's embedding changes no order, and is left out of none: a similarity is
/// what its name says.
struct Scores<'a> {
    user: &'a [f32],
    items: &'a Table,
    similarity: Similarity,
    scores: &'a mut [f32],
}

impl Vectorised for Scores<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { user, items, similarity, scores } = self;
        let inverse = |row: &[f32]| match dot(simd, row, row).sqrt() {
            length if length < SHORTEST => 0.0,
            length => 1.0 / length,
        };
        let of_user = if similarity == Similarity::Cosine { inverse(user) } else { 1.0 };
        for (item, score) in items.rows.chunks_exact(items.stride).zip(scores) {
            let of_item = if similarity == Similarity::Cosine { inverse(item) } else { 1.0 };
            *score = dot(simd, user, item) * of_user * of_item;
        }
    }
}
