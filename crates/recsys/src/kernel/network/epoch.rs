//! One epoch of mini-batch training of the multi-layer perceptron, and its predictions.
#![allow(unsafe_code)]

use std::ops::Range;

use autolossgen_formula::Loss;

use super::Network;
use super::dropout::Dropout;
use crate::hyperparameters::Hyperparameters;
use crate::interactions::Interactions;
use crate::kernel::dispatch::for_each_instruction_set;
use crate::kernel::passes::{Columns, Passes};
use crate::kernel::plan::{Batch, EpochPlan, Shared};
use crate::kernel::rule::{Rule, Step, decay, update_decayed, update_one, with_rule};
use crate::kernel::simd::{LANES, Simd};
use crate::kernel::sums::{Sums, Term};
use crate::kernel::table::Table;
use crate::kernel::workspace::Workspace;
use crate::kernel::{SMALLEST_SCALE, vector::dot};
use crate::summary::EpochSummary;

/// Rows that a prediction takes at a time.
const BLOCK: usize = 256;

for_each_instruction_set! {
    /// Trains one epoch over the batches of `plan`. Only an update depends on the optimiser's rule, so that the passes are
    /// compiled once for an instruction set and not once for each rule.
    ///
    /// # Panics
    /// When a batch under batch normalisation has one row.
    fn train_epoch => epoch(
        network: &mut Network, plan: &EpochPlan, loss: &Loss, settings: &Hyperparameters, workspace: &mut Workspace,
    ) -> EpochSummary
}

for_each_instruction_set! {
    /// Logits of `data`, into `logits` of the same length.
    fn predict => predict_rows(network: &Network, data: &Interactions, logits: &mut [f32])
}

#[inline(always)]
fn epoch<S: Simd>(
    simd: S,
    network: &mut Network,
    plan: &EpochPlan,
    loss: &Loss,
    settings: &Hyperparameters,
    workspace: &mut Workspace,
) -> EpochSummary {
    network.ensure_states(with_rule!(settings, |R| R::STATES));
    let mut dropout = Dropout::new(network.dropout, plan.seed, plan.epoch);
    let mut non_finite = 0;
    for batch in &plan.batches {
        let (rows, n) = (batch.rows.clone(), batch.rows.len());
        let normalises = network.layers.iter().any(|layer| layer.batch_norm);
        assert!(n > 1 || !normalises, "batch normalisation needs two rows");
        workspace.logit.resize(n, 0.0);
        workspace.grad.resize(n, 0.0);
        let passes = &mut workspace.passes;
        network.gather(&plan.users[rows.clone()], &plan.items[rows.clone()], &mut passes.input);
        network.forward(simd, &mut dropout, passes, &mut workspace.logit);
        let labels = &plan.labels[rows];
        non_finite += loss.grad(&workspace.logit, labels, &mut workspace.grad, &mut workspace.loss);
        network.backward(&workspace.grad, passes);
        with_rule!(settings, |R| network.update::<S, R>(simd, plan, batch, settings, workspace));
    }
    EpochSummary { non_finite }
}

impl Network {
    pub(crate) fn ensure_states(&mut self, n_states: usize) {
        self.users.ensure_states(n_states);
        self.items.ensure_states(n_states);
        if n_states > 0 {
            self.dense_first.resize(self.dense.len(), 0.0);
        }
        if n_states > 1 {
            self.dense_second.resize(self.dense.len(), 0.0);
        }
    }

    /// Rows [e_u, e_i], shape (n, 2d).
    #[inline(always)]
    pub(crate) fn gather(&self, users: &[u32], items: &[u32], input: &mut Vec<f32>) {
        let (stride, scale) = (self.users.stride, self.scale as f32);
        input.resize(users.len() * self.input_width(), 0.0);
        let scaled = |to: &mut [f32], from: &[f32]| to.iter_mut().zip(from).for_each(|(to, from)| *to = from * scale);
        for ((row, &user), &item) in input.chunks_exact_mut(self.input_width()).zip(users).zip(items) {
            let (of_user, of_item) = row.split_at_mut(stride);
            scaled(of_user, self.users.row(user, stride));
            scaled(of_item, self.items.row(item, self.items.stride));
        }
    }

    /// From `passes.input` to the logits of a training batch.
    #[inline(always)]
    pub(crate) fn forward<S: Simd>(&mut self, simd: S, dropout: &mut Dropout, passes: &mut Passes, logits: &mut [f32]) {
        passes.layers.resize_with(self.layers.len(), Default::default);
        for (index, layer) in self.layers.iter().enumerate() {
            let (before, after) = passes.layers.split_at_mut(index);
            let input = before.last().map_or(&passes.input, |kept| &kept.out);
            layer.forward(&self.dense, &mut self.running, input, dropout, &mut after[0], &mut passes.columns);
        }
        let last = passes.layers.last().map_or(&passes.input, |kept| &kept.out);
        self.outputs(simd, last, logits);
    }

    /// h = w · a + b for each row a.
    #[inline(always)]
    fn outputs<S: Simd>(&self, simd: S, last: &[f32], logits: &mut [f32]) {
        let (weights, bias) = self.output();
        for (logit, row) in logits.iter_mut().zip(last.chunks_exact(weights.len())) {
            *logit = inner_product(simd, weights, row) + bias;
        }
    }

    /// From dL/dlogit of each row to the gradient of the mean loss: `passes.gradient` of the dense parameters, and
    /// `passes.slopes[0]` of the rows [e_u, e_i].
    #[inline(always)]
    pub(crate) fn backward(&self, grad: &[f32], passes: &mut Passes) {
        let Passes { input, layers, slopes, gradient, columns } = passes;
        gradient.resize(self.dense.len(), 0.0);
        let (of_dense, of_output) = gradient.split_at_mut(self.output_start());
        let (of_bias, of_weights) = of_output.split_last_mut().expect("there is a bias");
        (*of_bias, _) = (0.0, of_weights.fill(0.0));
        let weights = self.output().0;
        let last = layers.last().map_or(&*input, |kept| &kept.out);
        slopes[0].resize(last.len(), 0.0);
        let per_row = (grad.len() as f32).recip();
        let rows = last.chunks_exact(weights.len()).zip(slopes[0].chunks_exact_mut(weights.len()));
        for (&grad, (row, back)) in grad.iter().zip(rows) {
            let g = grad * per_row;
            *of_bias += g;
            for column in 0..weights.len() {
                of_weights[column] += g * row[column];
                back[column] = g * weights[column];
            }
        }
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let (before, after) = layers.split_at(index);
            let input = before.last().map_or(&*input, |kept| &kept.out);
            layer.backward(&self.dense, input, &after[0], slopes, of_dense, columns);
            slopes.swap(0, 1);
        }
    }

    #[inline(always)]
    pub(crate) fn update<S: Simd, R: Rule>(
        &mut self,
        simd: S,
        plan: &EpochPlan,
        batch: &Batch,
        settings: &Hyperparameters,
        workspace: &mut Workspace,
    ) {
        let step = Step::next(&mut self.scale, &mut self.steps, settings);
        let Workspace { sums: [of_users, of_items], passes, .. } = workspace;
        let (start, width, first) = (batch.rows.start, self.input_width(), self.users.stride);
        let slopes = |row: usize| &passes.slopes[0][(row - start) * width..][..width];
        let users = Side {
            ids: &plan.users,
            alone: [batch.alone(), batch.users_alone()],
            shared: plan.shared_users(batch),
            slopes: |row| &slopes(row)[..first],
        };
        let items = Side {
            ids: &plan.items,
            alone: [batch.alone(), batch.items_alone()],
            shared: plan.shared_items(batch),
            slopes: |row| &slopes(row)[first..],
        };
        users.update::<S, R>(simd, &step, &mut self.users, of_users);
        items.update::<S, R>(simd, &step, &mut self.items, of_items);
        let dense_step = Step { rate: settings.learning_rate, ..step };
        let Network { dense, dense_first: first, dense_second: second, .. } = self;
        let (factor, gradient) = (decay(settings) as f32, &passes.gradient);
        update_decayed::<S, R>(simd, &dense_step, factor, dense, gradient, first, second);
        if self.scale < SMALLEST_SCALE {
            self.users.rescale(self.scale as f32);
            self.items.rescale(self.scale as f32);
            self.scale = 1.0;
        }
    }
}

/// What a batch does to the table of its users or its items, which has no biases that learn.
pub(crate) struct Side<'a, F> {
    /// Of each row of the epoch.
    pub(crate) ids: &'a [u32],
    /// Rows of the batch whose id occurs in no other.
    pub(crate) alone: [Range<usize>; 2],
    pub(crate) shared: Shared<'a>,
    /// Gradient with respect to the embedding that a row reads.
    pub(crate) slopes: F,
}

impl<'a, F: Fn(usize) -> &'a [f32]> Side<'a, F> {
    /// A row of the table that occurs once in its batch is updated in place, one that occurs more often by its sum.
    #[inline(always)]
    pub(crate) fn update<S: Simd, R: Rule>(self, simd: S, step: &Step, table: &mut Table, sums: &mut Sums) {
        let stride = table.stride;
        for row in self.alone.into_iter().flatten() {
            update_one::<S, R>(simd, step, table.row_mut(self.ids[row], stride), (self.slopes)(row), 0.0, 1.0);
        }
        let term = |row: u32| Term { row: (self.slopes)(row as usize), factor: 1.0, g: 0.0 };
        sums.gather(simd, stride, self.shared, term);
        sums.apply::<S, R>(simd, step, stride, table, self.shared);
    }
}

/// In the order of [`dot`] as far as it goes, then one by one.
#[inline(always)]
fn inner_product<S: Simd>(simd: S, x: &[f32], y: &[f32]) -> f32 {
    let whole = x.len() - x.len() % LANES;
    let rest: f32 = x[whole..].iter().zip(&y[whole..]).map(|(x, y)| x * y).sum();
    dot(simd, &x[..whole], &y[..whole]) + rest
}

#[inline(always)]
fn predict_rows<S: Simd>(simd: S, network: &Network, data: &Interactions, logits: &mut [f32]) {
    let (mut buffers, mut columns) = ([Vec::new(), Vec::new()], Columns::default());
    let blocks = data.users().chunks(BLOCK).zip(data.items().chunks(BLOCK));
    for ((users, items), logits) in blocks.zip(logits.chunks_mut(BLOCK)) {
        let [from, to] = &mut buffers;
        network.gather(users, items, from);
        for layer in &network.layers {
            layer.infer(&network.dense, &network.running, from, to, &mut columns);
            std::mem::swap(from, to);
        }
        network.outputs(simd, from, logits);
    }
}
