//! One epoch of mini-batch training of biased matrix factorisation.
//!
//! A batch takes three passes: logits; loss and dL/dlogit, vectorised; updates. A table row that occurs once in its batch
//! is updated in place, one that occurs more often is accumulated and applied at the end, so that the gradient of a batch
//! is taken at the parameters before it. L2 decay multiplies every parameter at every step; it is a running scale:
//! w = scale·v, and only v is stored. The scale is in double precision, because single precision rounds a factor of
//! 1 − 3e-6 by 0.7% of the decay, and one of 1 − 1e-8 to 1.
#![allow(unsafe_code)]

use autolossgen_formula::Loss;

use super::instruction_set::InstructionSet;
use super::plan::{Batch, EpochPlan, ONCE};
use super::rule::{Adagrad, Adam, Rule, Sgd, Step, update_row, update_scalar};
use super::table::{RowMut, Table};
use super::vector::{axpy, dot};
use crate::{EpochSummary, Hyperparameters, Interactions, Optimizer, Workspace};

/// Below this the scale is multiplied into the tables, long before v grows too large for `f32`.
pub(crate) const SMALLEST_SCALE: f64 = 1e-3;

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
    fn logit(&self, user: u32, item: u32) -> f32 {
        let product = dot(self.users.row(user), self.items.row(item));
        let biases = self.users.biases[user as usize] + self.items.biases[item as usize] + self.global;
        let scale = self.scale as f32;
        scale * (scale * product + biases)
    }
}

/// Compiles `$body` for every instruction set; the first argument chooses. Results are equal to the bit: no operation is
/// fused and sums have one order.
///
/// Panics when the processor does not have the instruction set.
macro_rules! for_each_instruction_set {
    ($(#[$doc:meta])* fn $name:ident => $body:ident ( $($arg:ident : $type:ty),* ) $(-> $result:ty)?) => {
        $(#[$doc])*
        pub(crate) fn $name(set: InstructionSet, $($arg: $type),*) $(-> $result)? {
            assert!(set.is_available(), "the processor has no {set:?}");
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512dq")]
                fn with_avx512($($arg: $type),*) $(-> $result)? {
                    $body($($arg),*)
                }
                #[target_feature(enable = "avx2")]
                fn with_avx2($($arg: $type),*) $(-> $result)? {
                    $body($($arg),*)
                }
                match set {
                    // SAFETY: the processor has just said that it has these instructions.
                    InstructionSet::Avx512 => return unsafe { with_avx512($($arg),*) },
                    // SAFETY: as above.
                    InstructionSet::Avx2 => return unsafe { with_avx2($($arg),*) },
                    InstructionSet::Portable => {}
                }
            }
            $body($($arg),*)
        }
    };
}

for_each_instruction_set! {
    /// Trains one epoch over the batches of `plan`.
    fn train_epoch => epoch(parameters: &mut Parameters, plan: &EpochPlan, loss: &Loss, settings: &Hyperparameters, workspace: &mut Workspace) -> EpochSummary
}

for_each_instruction_set! {
    /// Logits of `data`, into `logits` of the same length.
    fn predict => predict_rows(parameters: &Parameters, data: &Interactions, logits: &mut [f32])
}

#[inline(always)]
fn predict_rows(parameters: &Parameters, data: &Interactions, logits: &mut [f32]) {
    for ((logit, &user), &item) in logits.iter_mut().zip(data.users()).zip(data.items()) {
        *logit = parameters.logit(user, item);
    }
}

#[inline(always)]
fn epoch(
    parameters: &mut Parameters,
    plan: &EpochPlan,
    loss: &Loss,
    settings: &Hyperparameters,
    workspace: &mut Workspace,
) -> EpochSummary {
    match settings.optimizer {
        Optimizer::Sgd => epoch_by::<Sgd>(parameters, plan, loss, settings, workspace),
        Optimizer::Adagrad => epoch_by::<Adagrad>(parameters, plan, loss, settings, workspace),
        Optimizer::Adam => epoch_by::<Adam>(parameters, plan, loss, settings, workspace),
    }
}

#[inline(always)]
fn epoch_by<R: Rule>(
    parameters: &mut Parameters,
    plan: &EpochPlan,
    loss: &Loss,
    settings: &Hyperparameters,
    workspace: &mut Workspace,
) -> EpochSummary {
    let n_states = match settings.optimizer {
        Optimizer::Sgd => 0,
        Optimizer::Adagrad => 1,
        Optimizer::Adam => 2,
    };
    parameters.users.ensure_states(n_states);
    parameters.items.ensure_states(n_states);
    let (mut sum, mut non_finite) = (0.0, 0);
    for batch in &plan.batches {
        let n = batch.rows.len();
        workspace.logit.resize(n, 0.0);
        workspace.grad.resize(n, 0.0);
        let rows = plan.users[batch.rows.clone()].iter().zip(&plan.items[batch.rows.clone()]);
        for (logit, (&user, &item)) in workspace.logit.iter_mut().zip(rows) {
            *logit = parameters.logit(user, item);
        }
        let labels = &plan.labels[batch.rows.clone()];
        let found = loss.value_and_grad(&workspace.logit, labels, &mut workspace.grad, &mut workspace.loss);
        sum += f64::from(found.mean) * n as f64;
        non_finite += found.non_finite;
        update_batch::<R>(parameters, plan, batch, settings, workspace);
    }
    EpochSummary { mean_loss: sum / plan.labels.len().max(1) as f64, non_finite }
}

#[inline(always)]
fn next_step(parameters: &mut Parameters, settings: &Hyperparameters) -> (Step, f32) {
    let before = parameters.scale as f32;
    let rate = f64::from(settings.learning_rate);
    parameters.scale *= 1.0 - rate * f64::from(settings.l2) * f64::from(settings.l2_multiplier);
    parameters.steps += 1;
    let corrections = if settings.optimizer == Optimizer::Adam {
        let t = parameters.steps as f64;
        ((1.0 - 0.9_f64.powf(t)) as f32, (1.0 - 0.999_f64.powf(t)) as f32)
    } else {
        (1.0, 1.0)
    };
    let clip = if settings.clip > 0.0 { settings.clip } else { f32::INFINITY };
    (Step { rate: (rate / parameters.scale) as f32, clip, corrections }, before)
}

#[inline(always)]
fn update_batch<R: Rule>(
    parameters: &mut Parameters,
    plan: &EpochPlan,
    batch: &Batch,
    settings: &Hyperparameters,
    workspace: &mut Workspace,
) {
    // dL/dw of the batch's mean loss at the parameters before it: v enters times the scale before the decay.
    let (step, scale) = next_step(parameters, settings);
    let per_row = 1.0 / batch.rows.len() as f32;
    let stride = parameters.users.stride;
    let (n_users, n_items) = (batch.shared_users.len(), batch.shared_items.len());
    let Workspace { grad, rows, biases, .. } = workspace;
    rows.clear();
    rows.resize((n_users + n_items) * stride, 0.0);
    biases.clear();
    biases.resize(n_users + n_items, 0.0);
    let (user_rows, item_rows) = rows.split_at_mut(n_users * stride);
    let (user_biases, item_biases) = biases.split_at_mut(n_users);
    let mut total = 0.0;
    for (index, &grad) in batch.rows.clone().zip(grad.iter()) {
        let g = grad * per_row;
        total += g;
        let user = parameters.users.row_mut(plan.users[index]);
        let item = parameters.items.row_mut(plan.items[index]);
        let (user_slot, item_slot) = (plan.user_slots[index], plan.item_slots[index]);
        match (user_slot == ONCE, item_slot == ONCE) {
            (true, true) => update_pair::<R>(&step, user, item, g, g * scale),
            (true, false) => {
                accumulate(item_rows, item_biases, stride, item_slot, user.row, g, g * scale);
                update_one::<R>(&step, user, item.row, g, g * scale);
            }
            (false, true) => {
                accumulate(user_rows, user_biases, stride, user_slot, item.row, g, g * scale);
                update_one::<R>(&step, item, user.row, g, g * scale);
            }
            (false, false) => {
                accumulate(user_rows, user_biases, stride, user_slot, item.row, g, g * scale);
                accumulate(item_rows, item_biases, stride, item_slot, user.row, g, g * scale);
            }
        }
    }
    apply::<R>(&step, &mut parameters.users, &batch.shared_users, user_rows, user_biases);
    apply::<R>(&step, &mut parameters.items, &batch.shared_items, item_rows, item_biases);
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

/// Both rows occur once in the batch: each moves by the other's value before the batch.
#[inline(always)]
fn update_pair<R: Rule>(step: &Step, user: RowMut<'_>, item: RowMut<'_>, g: f32, factor: f32) {
    use super::vector::LANES;
    let mut before = [0.0; LANES];
    for start in (0..user.row.len()).step_by(LANES) {
        let range = start..start + LANES;
        before.copy_from_slice(&user.row[range.clone()]);
        let states = |state: &'_ mut [f32]| if state.is_empty() { 0..0 } else { range.clone() };
        let (first, second) = (states(user.row_first), states(user.row_second));
        update_row::<R>(
            step,
            &mut user.row[range.clone()],
            &item.row[range.clone()],
            factor,
            &mut user.row_first[first.clone()],
            &mut user.row_second[second.clone()],
        );
        update_row::<R>(
            step,
            &mut item.row[range],
            &before,
            factor,
            &mut item.row_first[first],
            &mut item.row_second[second],
        );
    }
    update_scalar::<R>(step, user.bias, g, user.bias_first, user.bias_second);
    update_scalar::<R>(step, item.bias, g, item.bias_first, item.bias_second);
}

#[inline(always)]
fn update_one<R: Rule>(step: &Step, one: RowMut<'_>, other: &[f32], g: f32, factor: f32) {
    update_row::<R>(step, one.row, other, factor, one.row_first, one.row_second);
    update_scalar::<R>(step, one.bias, g, one.bias_first, one.bias_second);
}

#[inline(always)]
fn accumulate(rows: &mut [f32], biases: &mut [f32], stride: usize, slot: u32, other: &[f32], g: f32, factor: f32) {
    let slot = slot as usize;
    axpy(&mut rows[slot * stride..(slot + 1) * stride], other, factor);
    biases[slot] += g;
}

#[inline(always)]
fn apply<R: Rule>(step: &Step, table: &mut Table, ids: &[u32], gradients: &[f32], biases: &[f32]) {
    let stride = table.stride;
    for (slot, &id) in ids.iter().enumerate() {
        update_one::<R>(step, table.row_mut(id), &gradients[slot * stride..(slot + 1) * stride], biases[slot], 1.0);
    }
}
