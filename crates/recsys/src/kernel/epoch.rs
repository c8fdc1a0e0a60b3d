//! One epoch of mini-batch training of biased matrix factorisation.
//!
//! A batch is taken by blocks, each in three passes: logits; loss and dL/dlogit, vectorised; updates. A table row that
//! occurs once in its batch is updated in place, one that occurs more often is accumulated and applied at the end, so that
//! the gradient of a batch is taken at the parameters before it. L2 decay multiplies every parameter at every step; it is a
//! running scale: w = scale·v, and only v is stored. The scale is in double precision, because single precision rounds a
//! factor of 1 − 3e-6 by 0.7% of the decay, and one of 1 − 1e-8 to 1.
#![allow(unsafe_code)]

use std::ops::Range;

use autolossgen_formula::Loss;

use super::SMALLEST_SCALE;
use super::instruction_set::for_each_instruction_set;
use super::plan::{Batch, EpochPlan, ONCE};
use super::rule::{Rule, Step, update_one, update_pair, update_scalar, with_rule};
use super::simd::Simd;
use super::sums::Sums;
use super::table::Table;
use super::vector::{dot, scale_and_sum};
use crate::{EpochSummary, Hyperparameters, Interactions, Workspace};

/// Rows of a block: with 64 floats a table row, 32 pairs of rows take half of the first-level cache.
const BLOCK: usize = 32;

/// How many pairs ahead the rows of a pair are asked for.
const AHEAD: usize = 4;

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
    ///
    /// # Safety
    /// There are such a user and such an item, and `stride` is that of both tables.
    #[inline(always)]
    unsafe fn logit<S: Simd>(&self, simd: S, stride: usize, scale: f32, user: u32, item: u32) -> f32 {
        let Self { users, items, global, .. } = self;
        // SAFETY: the caller's.
        let (product, biases) = unsafe {
            let product = dot(simd, users.row_unchecked(user, stride), items.row_unchecked(item, stride));
            (product, users.biases.get_unchecked(user as usize) + items.biases.get_unchecked(item as usize))
        };
        scale * (scale * product + (biases + global))
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
    let Parameters { users, items, scale, .. } = parameters;
    let are_there =
        |ids: &[u32], table: &Table| ids.iter().fold(0, |most, &id| most.max(id as usize + 1)) <= table.len();
    assert!(are_there(data.users(), users) && are_there(data.items(), items), "an id that the model does not have");
    assert!(logits.len() == data.len() && users.stride == items.stride);
    with_stride!(users.stride, |stride| {
        // SAFETY: just checked.
        unsafe { predict_pairs(simd, stride, parameters, *scale as f32, data.users(), data.items(), 0, logits) }
    });
}

/// Logits of the pairs `start..start + logits.len()`, while the rows of the pairs after each are on their way.
///
/// # Safety
/// All `users` and `items` are there, there are as many pairs, and `stride` is that of both tables.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn predict_pairs<S: Simd>(
    simd: S,
    stride: usize,
    parameters: &Parameters,
    scale: f32,
    users: &[u32],
    items: &[u32],
    start: usize,
    logits: &mut [f32],
) {
    for (pair, logit) in (start..).zip(logits) {
        if let (Some(&user), Some(&item)) = (users.get(pair + AHEAD), items.get(pair + AHEAD)) {
            parameters.users.prefetch(simd, user, stride);
            parameters.items.prefetch(simd, item, stride);
        }
        // SAFETY: the caller's.
        *logit = unsafe {
            let (&user, &item) = (users.get_unchecked(pair), items.get_unchecked(pair));
            parameters.logit(simd, stride, scale, user, item)
        };
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
    with_rule!(settings, |R| epoch_by::<S, R>(simd, parameters, plan, loss, settings, workspace))
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
    let Parameters { users, items, .. } = &*parameters;
    assert!(
        plan.n_users <= users.len() && plan.n_items <= items.len(),
        "the plan has ids that the model does not have"
    );
    assert_eq!(users.stride, items.stride);
    let mut summary = EpochSummary { mean_loss: 0.0, non_finite: 0 };
    for batch in &plan.batches {
        with_stride!(parameters.users.stride, |stride| {
            // SAFETY: just checked.
            unsafe {
                train_batch::<S, R>(simd, stride, parameters, plan, batch, loss, settings, workspace, &mut summary)
            }
        });
    }
    summary.mean_loss /= plan.labels.len().max(1) as f64;
    summary
}

/// One step. The rows of a batch are taken by blocks that stay in the first-level cache from their logits to their update.
/// This changes no result: what a block updates in place occurs in no other block of its batch, and what occurs in others
/// waits for the end of the batch.
///
/// # Safety
/// The tables have the ids of the plan, and their stride is `stride`.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn train_batch<S: Simd, R: Rule>(
    simd: S,
    stride: usize,
    parameters: &mut Parameters,
    plan: &EpochPlan,
    batch: &Batch,
    loss: &Loss,
    settings: &Hyperparameters,
    workspace: &mut Workspace,
    summary: &mut EpochSummary,
) {
    // dL/dw of the batch's mean loss at the parameters before it: v enters times the scale before the decay.
    let before = parameters.scale as f32;
    let step = Step::next(&mut parameters.scale, &mut parameters.steps, settings);
    let per_row = 1.0 / batch.rows.len() as f32;
    let Workspace { logit, grad, rows, biases, loss: scratch, .. } = workspace;
    let (mut of_users, mut of_items) = Sums::split(rows, biases, stride, batch);
    let mut total = 0.0;
    for start in batch.rows.clone().step_by(BLOCK) {
        let block = start..batch.rows.end.min(start + BLOCK);
        let n = block.len();
        logit.resize(n, 0.0);
        grad.resize(n, 0.0);
        // SAFETY: the caller's.
        unsafe { predict_pairs(simd, stride, parameters, before, &plan.users, &plan.items, start, logit) };
        let found = loss.value_and_grad(logit, &plan.labels[block.clone()], grad, scratch);
        summary.mean_loss += f64::from(found.mean) * (n - found.non_finite) as f64;
        summary.non_finite += found.non_finite;
        total += scale_and_sum(simd, grad, per_row);
        let (users, items) = (&mut parameters.users, &mut parameters.items);
        let sums = [&mut of_users, &mut of_items];
        // SAFETY: the caller's.
        unsafe { update_block::<S, R>(simd, stride, &step, before, plan, block, grad, [users, items], sums) };
    }
    of_users.apply::<S, R>(simd, &step, &mut parameters.users, &batch.shared_users);
    of_items.apply::<S, R>(simd, &step, &mut parameters.items, &batch.shared_items);
    let (first, second) = (&mut parameters.global_first, &mut parameters.global_second);
    update_scalar::<R>(&step, &mut parameters.global, total, std::slice::from_mut(first), std::slice::from_mut(second));
    if parameters.scale < SMALLEST_SCALE {
        parameters.normalise();
    }
}

/// Updates what occurs once in the batch, and adds up for what occurs more often.
///
/// # Safety
/// As for [`train_batch`].
#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn update_block<S: Simd, R: Rule>(
    simd: S,
    stride: usize,
    step: &Step,
    scale: f32,
    plan: &EpochPlan,
    block: Range<usize>,
    grad: &[f32],
    [users, items]: [&mut Table; 2],
    [of_users, of_items]: [&mut Sums<'_>; 2],
) {
    let ids = plan.users[block.clone()].iter().zip(&plan.items[block.clone()]);
    let slots = plan.user_slots[block.clone()].iter().zip(&plan.item_slots[block]);
    for ((&g, (&user, &item)), (&user_slot, &item_slot)) in grad.iter().zip(ids).zip(slots) {
        // SAFETY: the caller's.
        let (user, item) = unsafe { (users.row_mut_unchecked(user, stride), items.row_mut_unchecked(item, stride)) };
        match (user_slot == ONCE, item_slot == ONCE) {
            (true, true) => update_pair::<S, R>(simd, step, user, item, g, g * scale),
            (true, false) => {
                of_items.add(simd, item_slot, user.row, g, g * scale);
                update_one::<S, R>(simd, step, user, item.row, g, g * scale);
            }
            (false, true) => {
                of_users.add(simd, user_slot, item.row, g, g * scale);
                update_one::<S, R>(simd, step, item, user.row, g, g * scale);
            }
            (false, false) => {
                of_users.add(simd, user_slot, item.row, g, g * scale);
                of_items.add(simd, item_slot, user.row, g, g * scale);
            }
        }
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
