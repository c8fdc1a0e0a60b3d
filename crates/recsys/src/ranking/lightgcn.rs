//! LightGCN (He et al. 2020): the vector of a node is the mean of its embedding and of what K layers of the graph make of it.
//!
//! e⁽ᵏ⁺¹⁾ = Â e⁽ᵏ⁾ (equation 3), e = 1/(K + 1) Σₖ e⁽ᵏ⁾ (equation 4), score = similarity(e_u, e_i) / τ. There are no weights between the layers:
//! what is trained is e⁽⁰⁾. Every step propagates over the whole graph, forth and back, and moves every row; L2 acts on the rows of
//! e⁽⁰⁾ that the batch has.

use autolossgen_formula::RankingLoss;

use super::batch::RankingBatch;
use super::factors::of_tables;
use super::graph::Graph;
use super::hyperparameters::{RankingHyperparameters, Similarity};
use super::mf::RankingMf;
use super::model::RankingModel;
use super::positives::Positives;
use super::step::{Parameters, RankingSummary, dense_gradients, ids};
use super::workspace::RankingWorkspace;
use crate::kernel::aligned::Aligned;
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::rule::{Rule, Step, update_vectors, with_rule};
use crate::kernel::simd::Simd;
use crate::kernel::table::Table;
use crate::kernel::vectorised::{Vectorised, vectorised};

/// LightGCN.
#[derive(Clone, Debug)]
pub struct LightGcn {
    n_layers: usize,
    graph: Graph,
    /// e⁽⁰⁾.
    embeddings: RankingMf,
    /// e of users and items.
    vectors: [Table; 2],
    gradients: [Aligned; 2],
    /// Memory of a propagation.
    spare: [Aligned; 2],
    /// Gradients by e⁽⁰⁾.
    of_embeddings: [Aligned; 2],
}

impl LightGcn {
    /// Embeddings e⁽⁰⁾ of a matrix factorisation, and `n_layers` layers K over the positives `train`.
    ///
    /// # Panics
    /// When K is 0, or the positives are of other numbers of users and items.
    pub fn new(embeddings: RankingMf, train: &Positives, n_layers: usize) -> Self {
        assert!(n_layers > 0, "LightGCN has at least one layer");
        let tables = [&embeddings.parameters.users, &embeddings.parameters.items];
        assert_eq!(
            tables.map(Table::len),
            [train.n_users(), train.n_items()],
            "embeddings and positives differ in shape"
        );
        let rows = || tables.map(|table| Aligned::zeros(table.rows.len()));
        let (gradients, spare, of_embeddings) = (rows(), rows(), rows());
        let vectors = tables.map(|table| Table::new(table.len(), embeddings.dimension));
        let graph = Graph::new(train);
        let mut model = Self { n_layers, graph, embeddings, vectors, gradients, spare, of_embeddings };
        model.propagate(InstructionSet::best());
        model
    }

    /// Embedding e⁽⁰⁾ of a user, shape (d,).
    pub fn user_embedding(&self, user: usize) -> &[f32] {
        self.embeddings.user_embedding(user)
    }

    /// Embedding e⁽⁰⁾ of an item, shape (d,).
    pub fn item_embedding(&self, item: usize) -> &[f32] {
        self.embeddings.item_embedding(item)
    }

    /// From e⁽⁰⁾ to e.
    fn propagate(&mut self, set: InstructionSet) {
        let Self { n_layers, graph, embeddings, vectors, spare, .. } = self;
        let Parameters { users, items, .. } = &embeddings.parameters;
        let [to_users, to_items] = vectors;
        let to = [&mut to_users.rows, &mut to_items.rows];
        graph.mean_of_layers(set, *n_layers, users.stride, [&users.rows, &items.rows], to, spare.each_mut());
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
        let Self { n_layers, graph, embeddings, vectors, gradients, spare, of_embeddings } = self;
        let Parameters { users, items, steps } = &mut embeddings.parameters;
        let (scratch, stride) = (&mut workspace.scratch, users.stride);
        let tables = vectors.each_ref();
        let summary = dense_gradients(set, tables, batch, loss, hyperparameters, scratch, gradients.each_mut());
        let from = gradients.each_ref().map(|rows| &rows[..]);
        graph.mean_of_layers(set, *n_layers, stride, from, of_embeddings.each_mut(), spare.each_mut());
        let settings = hyperparameters.of_rule();
        let step = Step::next(&mut 1.0, steps, &settings);
        for ((table, gradients), ids) in [users, items].into_iter().zip(of_embeddings.iter_mut()).zip(ids(scratch)) {
            for &id in ids {
                let gradient = &mut gradients[id as usize * stride..][..stride];
                let weights = table.row(id, stride);
                gradient
                    .iter_mut()
                    .zip(weights)
                    .for_each(|(gradient, weight)| *gradient += hyperparameters.l2 * weight);
            }
            with_rule!(settings, |R| {
                table.ensure_states(R::STATES);
                let rule = std::marker::PhantomData::<R>;
                vectorised(set, Update { step: &step, table, gradients, rule });
            });
        }
        self.propagate(set);
        summary
    }
}

impl RankingModel for LightGcn {
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
        of_tables(self.vectors.each_ref(), self.embeddings.dimension, similarity)
    }

    fn is_finite(&self) -> bool {
        self.vectors.iter().all(Table::is_finite)
    }
}

/// One step of every row.
struct Update<'a, R> {
    step: &'a Step,
    table: &'a mut Table,
    gradients: &'a [f32],
    rule: std::marker::PhantomData<R>,
}

impl<R: Rule> Vectorised for Update<'_, R> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { step, table: Table { rows, row_first, row_second, .. }, gradients, .. } = self;
        update_vectors::<S, R>(simd, step, 1.0, rows, gradients, row_first, row_second);
    }
}
