//! One epoch of mini-batch training of the multi-layer perceptron, and its predictions.
#![allow(unsafe_code)]

use autolossgen_formula::Loss;

use super::Network;
use super::dropout::Dropout;
use crate::hyperparameters::Hyperparameters;
use crate::interactions::Interactions;
use crate::kernel::dispatch::for_each_instruction_set;
use crate::kernel::gradient::grad_of_loss;
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::passes::{Columns, Passes};
use crate::kernel::plan::{Batch, EpochPlan};
use crate::kernel::rule::{Rule, Step, decay, with_rule};
use crate::kernel::side::{Side, update_decayed, update_table};
use crate::kernel::simd::{LANES, Simd};
use crate::kernel::workspace::Workspace;
use crate::kernel::{SMALLEST_SCALE, vector::dot};
use crate::summary::EpochSummary;

/// Rows that a prediction takes at a time.
const BLOCK: usize = 256;

/// Trains one epoch over the batches of `plan`.
///
/// # Panics
/// When a batch under batch normalisation has one row.
pub(crate) fn train_epoch(
    set: InstructionSet,
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
        let Workspace { logit, grad, passes, loss: scratch, .. } = workspace;
        logit.resize(n, 0.0);
        grad.resize(n, 0.0);
        forward(set, network, [&plan.users[rows.clone()], &plan.items[rows.clone()]], &mut dropout, passes, logit);
        non_finite += grad_of_loss(set, loss, logit, &plan.labels[rows], grad, scratch);
        backward(set, network, grad, passes);
        network.update(set, plan, batch, settings, workspace);
    }
    EpochSummary { non_finite }
}

for_each_instruction_set! {
    /// From users and items of a training batch to its logits.
    fn forward => pass_forward(
        network: &mut Network, ids: [&[u32]; 2], dropout: &mut Dropout, passes: &mut Passes, logits: &mut [f32],
    )
}

for_each_instruction_set! {
    /// From dL/dlogit of each row to the gradient of the mean loss: `passes.gradient` of the dense parameters, and
    /// `passes.slopes[0]` of the rows [e_u, e_i].
    fn backward => pass_backward(network: &Network, grad: &[f32], passes: &mut Passes)
}

for_each_instruction_set! {
    /// Logits of `data`, into `logits` of the same length.
    fn predict => predict_rows(network: &Network, data: &Interactions, logits: &mut [f32])
}

#[inline(always)]
fn pass_forward<S: Simd>(
    simd: S,
    network: &mut Network,
    [users, items]: [&[u32]; 2],
    dropout: &mut Dropout,
    passes: &mut Passes,
    logits: &mut [f32],
) {
    network.gather(users, items, &mut passes.input);
    passes.layers.resize_with(network.layers.len(), Default::default);
    for (index, layer) in network.layers.iter().enumerate() {
        let (before, after) = passes.layers.split_at_mut(index);
        let input = before.last().map_or(&passes.input, |kept| &kept.out);
        layer.forward(&network.dense, &mut network.running, input, dropout, &mut after[0], &mut passes.columns);
    }
    let last = passes.layers.last().map_or(&passes.input, |kept| &kept.out);
    network.outputs(simd, last, logits);
}

#[inline(always)]
fn pass_backward<S: Simd>(_: S, network: &Network, grad: &[f32], passes: &mut Passes) {
    let Passes { input, layers, slopes, gradient, columns } = passes;
    gradient.resize(network.dense.len(), 0.0);
    let (of_dense, of_output) = gradient.split_at_mut(network.output_start());
    let (of_bias, of_weights) = of_output.split_last_mut().expect("there is a bias");
    (*of_bias, _) = (0.0, of_weights.fill(0.0));
    let weights = network.output().0;
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
    for (index, layer) in network.layers.iter().enumerate().rev() {
        let (before, after) = layers.split_at(index);
        let input = before.last().map_or(&*input, |kept| &kept.out);
        layer.backward(&network.dense, input, &after[0], slopes, of_dense, columns);
        slopes.swap(0, 1);
    }
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
    fn gather(&self, users: &[u32], items: &[u32], input: &mut Vec<f32>) {
        let (stride, scale) = (self.users.stride, self.scale as f32);
        input.resize(users.len() * self.input_width(), 0.0);
        let scaled = |to: &mut [f32], from: &[f32]| to.iter_mut().zip(from).for_each(|(to, from)| *to = from * scale);
        for ((row, &user), &item) in input.chunks_exact_mut(self.input_width()).zip(users).zip(items) {
            let (of_user, of_item) = row.split_at_mut(stride);
            scaled(of_user, self.users.row(user, stride));
            scaled(of_item, self.items.row(item, self.items.stride));
        }
    }

    /// h = w · a + b for each row a.
    #[inline(always)]
    fn outputs<S: Simd>(&self, simd: S, last: &[f32], logits: &mut [f32]) {
        let (weights, bias) = self.output();
        for (logit, row) in logits.iter_mut().zip(last.chunks_exact(weights.len())) {
            *logit = inner_product(simd, weights, row) + bias;
        }
    }

    /// One step by the gradients that [`backward`] found.
    pub(crate) fn update(
        &mut self,
        set: InstructionSet,
        plan: &EpochPlan,
        batch: &Batch,
        settings: &Hyperparameters,
        workspace: &mut Workspace,
    ) {
        let step = Step::next(&mut self.scale, &mut self.steps, settings);
        let Workspace { sums: [of_users, of_items], passes, .. } = workspace;
        let (width, slopes) = (self.input_width(), &passes.slopes[0]);
        let users = Side::users(plan, batch, slopes, width);
        let items = Side::items(plan, batch, &slopes[self.users.stride..], width);
        let dense_step = Step { rate: settings.learning_rate, ..step };
        let Network { dense, dense_first: first, dense_second: second, .. } = self;
        let (factor, gradient) = (decay(settings) as f32, &passes.gradient);
        with_rule!(settings, |R| {
            update_table::<R>(set, users, &step, &mut self.users, of_users);
            update_table::<R>(set, items, &step, &mut self.items, of_items);
            update_decayed::<R>(set, &dense_step, factor, dense, gradient, first, second);
        });
        if self.scale < SMALLEST_SCALE {
            self.users.rescale(self.scale as f32);
            self.items.rescale(self.scale as f32);
            self.scale = 1.0;
        }
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
