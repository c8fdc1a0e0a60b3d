//! Gradients of rows that have negatives of their own.
//!
//! Some rows at a time go through all three passes, scores, loss, gradients, so that the items' points are still in the
//! caches when they are read again.

use std::ops::Range;

use autolossgen_formula::{RankingLoss, RankingWorkspace as LossWorkspace};

use super::RankingSummary;
use super::row::accumulate;
use super::score::Score;
use super::side::{Points, Side, Slopes};
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::simd::Simd;
use crate::kernel::stride::{Stride, with_stride};
use crate::kernel::table::Table;
use crate::kernel::vector::dot;
use crate::kernel::vectorised::{Vectorised, vectorised};
use crate::ranking::batch::RankingBatch;
use crate::ranking::hyperparameters::RankingHyperparameters;

/// Negatives that go through the passes together, about: with fewer the steps of a loss take longer than what they do.
const TOGETHER: usize = 512;
/// How many items ahead a point is asked for.
const AHEAD: usize = 8;

/// Scores of some rows and their derivatives.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    positive: Vec<f32>,
    negative: Vec<f32>,
    grad_positive: Vec<f32>,
    grad_negative: Vec<f32>,
}

/// Sums up the gradients of the rows' own losses; returns the mean loss.
pub(super) fn gradients(
    set: InstructionSet,
    [(users, user_table), (items, item_table)]: [(&mut Side, &Table); 2],
    batch: &RankingBatch,
    loss: &RankingLoss,
    settings: &RankingHyperparameters,
    pairs: &mut Pairs,
    workspace: &mut LossWorkspace,
) -> RankingSummary {
    let n = batch.n_negatives;
    let (user_points, user_slopes) = users.split(user_table, [&batch.users, &[]]);
    let (item_points, item_slopes) = items.split(item_table, [&batch.items, &batch.negatives]);
    let mut passes = Passes {
        points: [user_points, item_points],
        slopes: [user_slopes, item_slopes],
        n,
        inverse: 1.0 / settings.temperature,
    };
    let mut summary = RankingSummary::default();
    let step = (TOGETHER / n).max(1);
    for start in (0..batch.len()).step_by(step) {
        let rows = start..batch.len().min(start + step);
        pairs.resize(rows.len(), n);
        with_stride!(user_points.stride(), |stride| {
            vectorised(set, Scores { passes: &passes, rows: rows.clone(), pairs: &mut *pairs, stride });
        });
        let (mean, non_finite) = pairs.score(set, loss, workspace);
        summary.mean_loss += mean * rows.len() as f64;
        summary.non_finite += non_finite;
        with_stride!(user_points.stride(), |stride| {
            vectorised(set, Accumulate { passes: &mut passes, rows: rows.clone(), pairs: &*pairs, stride });
        });
    }
    summary.mean_loss /= batch.len() as f64;
    summary
}

impl Pairs {
    fn resize(&mut self, n_rows: usize, n: usize) {
        [&mut self.positive, &mut self.grad_positive].into_iter().for_each(|of_rows| of_rows.resize(n_rows, 0.0));
        [&mut self.negative, &mut self.grad_negative].into_iter().for_each(|of_rows| of_rows.resize(n_rows * n, 0.0));
    }

    fn score(&mut self, set: InstructionSet, loss: &RankingLoss, workspace: &mut LossWorkspace) -> (f64, usize) {
        let Self { positive, negative, grad_positive, grad_negative } = self;
        vectorised(set, Score { loss, positive, negative, grad_positive, grad_negative, workspace })
    }
}

/// What the passes read, and what they write to.
struct Passes<'a> {
    /// Of users and items.
    points: [Points<'a>; 2],
    slopes: [Slopes<'a>; 2],
    /// Negatives of a row.
    n: usize,
    /// 1/τ.
    inverse: f32,
}

/// From points to scores.
struct Scores<'a, 'b, D> {
    passes: &'a Passes<'b>,
    rows: Range<usize>,
    pairs: &'a mut Pairs,
    stride: D,
}

impl<D: Stride> Vectorised for Scores<'_, '_, D> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { passes: &Passes { points: [users, items], n, inverse, .. }, rows, pairs, stride } = self;
        let stride = stride.floats();
        let negatives = items.list(1);
        let last = negatives.len() - 1;
        for (index, row) in rows.enumerate() {
            let user = users.of(0, row, stride);
            pairs.positive[index] = dot(simd, user, items.of(0, row, stride)) * inverse;
            let scores = &mut pairs.negative[index * n..][..n];
            for place in 0..n {
                let at = row * n + place;
                items.prefetch(simd, negatives[last.min(at + AHEAD)], stride);
                scores[place] = dot(simd, user, items.row(negatives[at], stride)) * inverse;
            }
        }
    }
}

/// From derivatives of scores to gradients of points.
struct Accumulate<'a, 'b, D> {
    passes: &'a mut Passes<'b>,
    rows: Range<usize>,
    pairs: &'a Pairs,
    stride: D,
}

impl<D: Stride> Vectorised for Accumulate<'_, '_, D> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { passes, rows, pairs, stride } = self;
        let Passes { points: [users, items], slopes: [of_users, of_items], n, .. } = passes;
        let (users, items, n, stride) = (*users, *items, *n, stride.floats());
        for (index, row) in rows.enumerate() {
            let user = users.of(0, row, stride);
            let of_user = &mut of_users.rows[of_users.slots[0][row] as usize * stride..][..stride];
            let slots = &of_items.slots[0][row..=row];
            let grad = &pairs.grad_positive[index..=index];
            accumulate(simd, stride, user, of_user, grad, |_| items.of(0, row, stride), slots, of_items.rows);
            let (slots, at) = (&of_items.slots[1][row * n..], &items.list(1)[row * n..][..n]);
            let grads = &pairs.grad_negative[index * n..][..n];
            accumulate(simd, stride, user, of_user, grads, |place| items.row(at[place], stride), slots, of_items.rows);
        }
    }
}
