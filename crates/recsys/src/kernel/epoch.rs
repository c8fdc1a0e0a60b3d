//! One epoch of mini-batch training of biased matrix factorisation.
//!
//! A batch is taken by blocks, each in three passes: logits; loss and dL/dlogit, vectorised; updates. A table row that
//! occurs once in its batch is updated in place; for one that occurs more often the gradients are summed up once all of the
//! batch's are known, and applied at the end, so that the gradient of a batch is taken at the parameters before it.
//!
//! L2 decay multiplies every parameter at every step; it is a running scale: w = scale·v, and only v is stored. The scale is
//! in double precision, because single precision rounds a factor of 1 − 3e-6 by 0.7% of the decay, and one of 1 − 1e-8 to 1.
//!
//! Loops over a row count its vectors and use no iterators: in functions as large as these the compiler leaves the adapters
//! of the standard library as calls, and an epoch takes half as long again.
#![allow(unsafe_code)]

use std::ops::Range;

use autolossgen_formula::Loss;

use super::SMALLEST_SCALE;
use super::dispatch::for_each_instruction_set;
use super::gradient::grad_of_loss;
use super::instruction_set::InstructionSet;
use super::plan::{Batch, EpochPlan};
use super::rule::{Rule, Step, update_one, update_pair, update_scalar, with_rule};
use super::simd::Simd;
use super::stride::{Any, Stride, with_stride};
use super::sums::{Sums, Term};
use super::table::Table;
use super::vector::{dot, scale_and_sum};
use super::workspace::Workspace;
use crate::hyperparameters::Hyperparameters;
use crate::interactions::Interactions;
use crate::summary::EpochSummary;

/// Rows of a block: fewer, and the steps of a loss take longer than what they do; with 64 floats a table row, 64 pairs of rows
/// take 32 KiB, of a first-level cache of 32 to 48.
const BLOCK: usize = 64;

/// Rows whose gradients are summed up by themselves, so that the order of additions is that of no longer a block.
const SUMMED: usize = 32;
const _: () = assert!(BLOCK.is_multiple_of(SUMMED));

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

    /// How many pairs ahead the rows of a pair are asked for: what lies in the second-level cache takes some ten cycles, memory
    /// some hundreds.
    fn ahead(&self) -> usize {
        const SECOND_LEVEL: usize = (1 << 20) / size_of::<f32>();
        if self.users.rows.len() + self.items.rows.len() <= SECOND_LEVEL { 8 } else { 32 }
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

    /// Logits of the pairs `start..start + logits.len()`, while the rows of the pairs after each are on their way.
    ///
    /// # Safety
    /// All `users` and `items` are there, there are as many pairs, and `stride` is that of both tables.
    #[inline(always)]
    unsafe fn logits<S: Simd>(
        &self,
        simd: S,
        stride: usize,
        scale: f32,
        [users, items]: [&[u32]; 2],
        start: usize,
        logits: &mut [f32],
    ) {
        // The last pairs ask for the last again, so that no pair asks whether it is one of them.
        let (last, n_ahead) = (users.len().saturating_sub(1), self.ahead());
        for index in 0..logits.len() {
            let (pair, ahead) = (start + index, last.min(start + index + n_ahead));
            // SAFETY: the caller's.
            unsafe {
                self.users.prefetch(simd, *users.get_unchecked(ahead), stride);
                self.items.prefetch(simd, *items.get_unchecked(ahead), stride);
                let (&user, &item) = (users.get_unchecked(pair), items.get_unchecked(pair));
                logits[index] = self.logit(simd, stride, scale, user, item);
            }
        }
    }
}

/// Trains one epoch over the batches of `plan`.
pub(crate) fn train_epoch(
    set: InstructionSet,
    parameters: &mut Parameters,
    plan: &EpochPlan,
    loss: &Loss,
    settings: &Hyperparameters,
    workspace: &mut Workspace,
) -> EpochSummary {
    with_rule!(settings, |R| with_stride!(parameters.users.stride, |stride| {
        train_batches::<R, _>(set, stride, parameters, plan, loss, settings, workspace)
    }))
}

/// Logits of `data`, into `logits` of the same length.
pub(crate) fn predict(set: InstructionSet, parameters: &Parameters, data: &Interactions, logits: &mut [f32]) {
    with_stride!(parameters.users.stride, |stride| predict_rows(set, stride, parameters, data, logits));
}

for_each_instruction_set! {
    fn train_batches<R: Rule, D: Stride> => epoch(
        stride: D, parameters: &mut Parameters, plan: &EpochPlan, loss: &Loss, settings: &Hyperparameters, workspace: &mut Workspace,
    ) -> EpochSummary
}

for_each_instruction_set! {
    fn predict_rows<D: Stride> => logits_of(stride: D, parameters: &Parameters, data: &Interactions, logits: &mut [f32])
}

#[inline(always)]
fn logits_of<S: Simd, D: Stride>(simd: S, stride: D, parameters: &Parameters, data: &Interactions, logits: &mut [f32]) {
    let Parameters { users, items, scale, .. } = parameters;
    let are_there =
        |ids: &[u32], table: &Table| ids.iter().fold(0, |most, &id| most.max(id as usize + 1)) <= table.len();
    assert!(are_there(data.users(), users) && are_there(data.items(), items), "an id that the model does not have");
    assert!(logits.len() == data.len() && [users.stride, items.stride] == [stride.floats(); 2]);
    let ids = [data.users(), data.items()];
    // SAFETY: just checked.
    unsafe { parameters.logits(simd, stride.floats(), *scale as f32, ids, 0, logits) }
}

#[inline(always)]
fn epoch<S: Simd, R: Rule, D: Stride>(
    simd: S,
    stride: D,
    parameters: &mut Parameters,
    plan: &EpochPlan,
    loss: &Loss,
    settings: &Hyperparameters,
    workspace: &mut Workspace,
) -> EpochSummary {
    // What only the oldest of the x86 processors run is not compiled twice.
    if D::IS_CONSTANT && cfg!(target_arch = "x86_64") && S::SET == InstructionSet::Portable {
        return train_batches::<R, _>(S::SET, Any(stride.floats()), parameters, plan, loss, settings, workspace);
    }
    parameters.users.ensure_states(R::STATES);
    parameters.items.ensure_states(R::STATES);
    let Parameters { users, items, .. } = &*parameters;
    assert!(
        plan.n_users <= users.len() && plan.n_items <= items.len(),
        "the plan has ids that the model does not have"
    );
    assert_eq!([users.stride, items.stride], [stride.floats(); 2]);
    let mut summary = EpochSummary { non_finite: 0 };
    for batch in &plan.batches {
        // SAFETY: just checked.
        summary.non_finite += unsafe {
            let step = BatchStep::next(simd, stride.floats(), parameters, (plan, batch), settings);
            step.take::<R>(parameters, loss, workspace)
        };
    }
    summary
}

/// One step, on one batch.
#[derive(Clone, Copy)]
struct BatchStep<'a, S> {
    simd: S,
    /// Floats of a table row.
    stride: usize,
    plan: &'a EpochPlan,
    batch: &'a Batch,
    step: Step,
    /// What the tables are multiplied by before the step. dL/dw of the batch's mean loss is taken there: v enters times this.
    scale: f32,
}

impl<'a, S: Simd> BatchStep<'a, S> {
    /// The next step of `parameters`, whose scale decays by it.
    ///
    /// # Safety
    /// The tables have the ids of the plan, and their stride is `stride`.
    #[inline(always)]
    unsafe fn next(
        simd: S,
        stride: usize,
        parameters: &mut Parameters,
        (plan, batch): (&'a EpochPlan, &'a Batch),
        settings: &Hyperparameters,
    ) -> Self {
        let scale = parameters.scale as f32;
        let step = Step::next(&mut parameters.scale, &mut parameters.steps, settings);
        Self { simd, stride, plan, batch, step, scale }
    }

    /// Takes the step. Rows that share nothing with others of the batch are taken by blocks that stay in the first-level cache
    /// from their logits to their update; this changes no result. The others wait until all gradients are known.
    ///
    /// Returns the number of samples whose loss or derivative was NaN or ∞.
    ///
    /// # Safety
    /// `parameters` are those that the step was made for.
    #[inline(always)]
    unsafe fn take<R: Rule>(self, parameters: &mut Parameters, loss: &Loss, workspace: &mut Workspace) -> usize {
        let Self { simd, stride, plan, batch, .. } = self;
        let Workspace { logit, grad, sums, loss: scratch, .. } = workspace;
        let rows = batch.rows.clone();
        let per_row = 1.0 / rows.len() as f32;
        logit.resize(BLOCK, 0.0);
        grad.resize(rows.len(), 0.0);
        let (mut total, mut non_finite, alone) = (0.0, 0, batch.alone());
        for start in rows.clone().step_by(BLOCK) {
            let block = start..rows.end.min(start + BLOCK);
            let (logit, grad) = (&mut logit[..block.len()], &mut grad[start - rows.start..block.end - rows.start]);
            // SAFETY: the caller's.
            unsafe { parameters.logits(simd, stride, self.scale, [&plan.users, &plan.items], start, logit) };
            non_finite += grad_of_loss(S::SET, loss, logit, &plan.labels[block.clone()], grad, scratch);
            total = grad.chunks_mut(SUMMED).fold(total, |total, grad| total + scale_and_sum(grad, per_row));
            if start < alone.end {
                let block = start..block.end.min(alone.end);
                let grad = &grad[..block.len()];
                // SAFETY: the caller's.
                unsafe { self.update_pairs::<R>([&mut parameters.users, &mut parameters.items], block, grad) };
            }
        }
        // SAFETY: the caller's.
        unsafe { self.update_others::<R>([&mut parameters.users, &mut parameters.items], grad, sums) };
        let (first, second) = (&mut parameters.global_first, &mut parameters.global_second);
        let (first, second) = (std::slice::from_mut(first), std::slice::from_mut(second));
        update_scalar::<R>(&self.step, &mut parameters.global, total, first, second);
        if parameters.scale < SMALLEST_SCALE {
            parameters.normalise();
        }
        non_finite
    }

    /// Updates users and items that occur once in the batch, both of each pair.
    ///
    /// # Safety
    /// As for [`take`](Self::take), and `grad` is of `rows`.
    #[inline(always)]
    unsafe fn update_pairs<R: Rule>(self, [users, items]: [&mut Table; 2], rows: Range<usize>, grad: &[f32]) {
        let Self { simd, stride, plan, step, scale, .. } = self;
        let (of_users, of_items) = (&plan.users[rows.clone()], &plan.items[rows]);
        assert!(of_users.len() == grad.len() && of_items.len() == grad.len());
        for index in 0..grad.len() {
            let (user, item, g) = (of_users[index], of_items[index], grad[index]);
            // SAFETY: the caller's.
            let (user, item) =
                unsafe { (users.row_mut_unchecked(user, stride), items.row_mut_unchecked(item, stride)) };
            update_pair::<S, R>(simd, &step, user, item, g, g * scale);
        }
    }

    /// What a row of the batch adds to the gradient of one side: g, its dL/dlogit in `grad`, times the embedding of the other
    /// side, in `table` under the id that the row has in `ids`.
    ///
    /// # Safety
    /// `row` is one of the batch, `grad` is of the batch, and the id is one of the table.
    #[inline(always)]
    unsafe fn term<'t>(self, grad: &[f32], table: &'t Table, ids: &[u32], row: usize) -> Term<'t> {
        // SAFETY: the caller's.
        unsafe {
            let g = *grad.get_unchecked(row - self.batch.rows.start);
            Term { row: table.row_unchecked(*ids.get_unchecked(row), self.stride), factor: g * self.scale, g }
        }
    }

    /// Updates what has waited: all that share something.
    ///
    /// # Safety
    /// As for [`take`](Self::take), and `grad` is of the batch.
    #[inline(always)]
    unsafe fn update_others<R: Rule>(
        self,
        [users, items]: [&mut Table; 2],
        grad: &[f32],
        [of_users, of_items]: &mut [Sums; 2],
    ) {
        let Self { simd, stride, plan, batch, step, .. } = self;
        let (shared_users, shared_items) = (plan.shared_users(batch), plan.shared_items(batch));
        // SAFETY: the caller's; rows and ids are those of the plan.
        unsafe {
            of_users.gather(simd, stride, shared_users, |row| self.term(grad, items, &plan.items, row as usize));
            of_items.gather(simd, stride, shared_items, |row| self.term(grad, users, &plan.users, row as usize));
            for row in batch.users_alone() {
                let Term { row: item, factor, g } = self.term(grad, items, &plan.items, row);
                let user = users.row_mut_unchecked(*plan.users.get_unchecked(row), stride);
                update_one::<S, R>(simd, &step, user, item, g, factor);
            }
            for row in batch.items_alone() {
                let Term { row: user, factor, g } = self.term(grad, users, &plan.users, row);
                let item = items.row_mut_unchecked(*plan.items.get_unchecked(row), stride);
                update_one::<S, R>(simd, &step, item, user, g, factor);
            }
        }
        of_users.apply::<S, R>(simd, &step, stride, users, shared_users);
        of_items.apply::<S, R>(simd, &step, stride, items, shared_items);
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
