//! One epoch of mini-batch training of biased matrix factorisation.
//!
//! A batch takes three passes: logits; loss and dL/dlogit, vectorised; updates. A table row that occurs once in its batch
//! is updated in place, one that occurs more often is accumulated and applied at the end, so that the gradient of a batch
//! is taken at the parameters before it. L2 decay multiplies every parameter at every step; it is a running scale:
//! w = scale·v, and only v is stored. The scale is in double precision, because single precision rounds a factor of
//! 1 − 3e-6 by 0.7% of the decay, and one of 1 − 1e-8 to 1.
#![allow(unsafe_code)]

use autolossgen_formula::Loss;

use super::SMALLEST_SCALE;
use super::instruction_set::for_each_instruction_set;
use super::plan::{Batch, EpochPlan, ONCE};
use super::rule::{Rule, Step, update_one, update_pair, update_scalar, with_rule};
use super::simd::Simd;
use super::sums::Sums;
use super::table::Table;
use super::vector::dot;
use crate::{EpochSummary, Hyperparameters, Interactions, Workspace};

/// All parameters of biased matrix factorisation (Eq. 2), stored as w / scale.
#[derive(Clone, Debug)]
pub(crate) struct Parameters {
    pub(crate) users: Table,
    pub(crate) items: Table,
    pub(crate) global: f32,
    pub(crate) global_first: f32,
    pub(crate) global_second: f32,
    pub(crate) scale: f64,
    /// Steps taken; Adam's t.
    pub(crate) steps: u64,
}

impl Parameters {
    pub(crate) fn new(users: Table, items: Table, global: f32) -> Self {
        Self { users, items, global, global_first: 0.0, global_second: 0.0, scale: 1.0, steps: 0 }
    }

    /// h = e_u · e_i + b_u + b_i + b_g.
    #[inline(always)]
    fn logit<S: Simd>(&self, simd: S, stride: usize, user: u32, item: u32) -> f32 {
        let product = dot(simd, self.users.row(user, stride), self.items.row(item, stride));
        let biases = self.users.biases[user as usize] + self.items.biases[item as usize] + self.global;
        let scale = self.scale as f32;
        scale * (scale * product + biases)
    }
}

for_each_instruction_set! {
    /// Trains one epoch over the batches of `plan`.
    fn train_epoch => epoch(parameters: &mut Parameters, plan: &EpochPlan, loss: &Loss, settings: &Hyperparameters, workspace: &mut Workspace) -> EpochSummary
}

for_each_instruction_set! {
    /// Logits of `data`, into `logits` of the same length.
    fn predict => predict_rows(parameters: &Parameters, data: &Interactions, logits: &mut [f32])
}

/// Evaluates `$body` with the stride as a constant where it is that of the default d = 64: loops over a row then have no
/// end to look for.
macro_rules! with_stride {
    ($stride:expr, |$name:ident| $body:expr) => {
        match $stride {
            64 => {
                let $name = 64;
                $body
            }
            $name => $body,
        }
    };
}

#[inline(always)]
fn predict_rows<S: Simd>(simd: S, parameters: &Parameters, data: &Interactions, logits: &mut [f32]) {
    with_stride!(parameters.users.stride, |stride| {
        predict_pairs(simd, stride, parameters, data.users(), data.items(), logits)
    });
}

#[inline(always)]
fn predict_pairs<S: Simd>(
    simd: S,
    stride: usize,
    parameters: &Parameters,
    users: &[u32],
    items: &[u32],
    logits: &mut [f32],
) {
    for ((logit, &user), &item) in logits.iter_mut().zip(users).zip(items) {
        *logit = parameters.logit(simd, stride, user, item);
    }
}

#[inline(always)]
fn epoch<S: Simd>(
    simd: S,
    parameters: &mut Parameters,
    plan: &EpochPlan,
    loss: &Loss,
    settings: &Hyperparameters,
    workspace: &mut Workspace,
) -> EpochSummary {
    with_rule!(settings.optimizer, |R| epoch_by::<S, R>(simd, parameters, plan, loss, settings, workspace))
}

#[inline(always)]
fn epoch_by<S: Simd, R: Rule>(
    simd: S,
    parameters: &mut Parameters,
    plan: &EpochPlan,
    loss: &Loss,
    settings: &Hyperparameters,
    workspace: &mut Workspace,
) -> EpochSummary {
    parameters.users.ensure_states(R::STATES);
    parameters.items.ensure_states(R::STATES);
    let (mut sum, mut non_finite) = (0.0, 0);
    for batch in &plan.batches {
        let (rows, n) = (batch.rows.clone(), batch.rows.len());
        workspace.logit.resize(n, 0.0);
        workspace.grad.resize(n, 0.0);
        let (users, items) = (&plan.users[rows.clone()], &plan.items[rows.clone()]);
        with_stride!(parameters.users.stride, |stride| {
            predict_pairs(simd, stride, parameters, users, items, &mut workspace.logit)
        });
        let labels = &plan.labels[rows];
        let found = loss.value_and_grad(&workspace.logit, labels, &mut workspace.grad, &mut workspace.loss);
        sum += f64::from(found.mean) * n as f64;
        non_finite += found.non_finite;
        with_stride!(parameters.users.stride, |stride| {
            update_batch::<S, R>(simd, stride, parameters, plan, batch, settings, workspace)
        });
    }
    EpochSummary { mean_loss: sum / plan.labels.len().max(1) as f64, non_finite }
}

#[inline(always)]
fn update_batch<S: Simd, R: Rule>(
    simd: S,
    stride: usize,
    parameters: &mut Parameters,
    plan: &EpochPlan,
    batch: &Batch,
    settings: &Hyperparameters,
    workspace: &mut Workspace,
) {
    // dL/dw of the batch's mean loss at the parameters before it: v enters times the scale before the decay.
    let scale = parameters.scale as f32;
    let step = Step::next(&mut parameters.scale, &mut parameters.steps, settings);
    let per_row = 1.0 / batch.rows.len() as f32;
    let Workspace { grad, rows, biases, .. } = workspace;
    let (mut of_users, mut of_items) = Sums::split(rows, biases, stride, batch);
    let Parameters { users, items, .. } = parameters;
    let range = batch.rows.clone();
    let ids = plan.users[range.clone()].iter().zip(&plan.items[range.clone()]);
    let slots = plan.user_slots[range.clone()].iter().zip(&plan.item_slots[range]);
    let mut total = 0.0;
    for ((&grad, (&user, &item)), (&user_slot, &item_slot)) in grad.iter().zip(ids).zip(slots) {
        let g = grad * per_row;
        total += g;
        let (user, item) = (users.row_mut(user, stride), items.row_mut(item, stride));
        match (user_slot == ONCE, item_slot == ONCE) {
            (true, true) => update_pair::<S, R>(simd, &step, user, item, g, g * scale),
            (true, false) => {
                of_items.add(simd, item_slot, user.row, g, g * scale);
                update_one::<S, R>(simd, &step, user, item.row, g, g * scale);
            }
            (false, true) => {
                of_users.add(simd, user_slot, item.row, g, g * scale);
                update_one::<S, R>(simd, &step, item, user.row, g, g * scale);
            }
            (false, false) => {
                of_users.add(simd, user_slot, item.row, g, g * scale);
                of_items.add(simd, item_slot, user.row, g, g * scale);
            }
        }
    }
    of_users.apply::<S, R>(simd, &step, users, &batch.shared_users);
    of_items.apply::<S, R>(simd, &step, items, &batch.shared_items);
    let (first, second) = (&mut parameters.global_first, &mut parameters.global_second);
    update_scalar::<R>(&step, &mut parameters.global, total, std::slice::from_mut(first), std::slice::from_mut(second));
    if parameters.scale < SMALLEST_SCALE {
        parameters.normalise();
    }
}

impl Parameters {
    /// Multiplies the scale into the tables.
    #[cold]
    fn normalise(&mut self) {
        let scale = self.scale as f32;
        self.users.rescale(scale);
        self.items.rescale(scale);
        self.global *= scale;
        self.scale = 1.0;
    }
}
