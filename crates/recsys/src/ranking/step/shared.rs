//! Gradients of rows that share their negatives: the scores are a matrix product, and the gradients two more.
//!
//! Some rows at a time go through all passes, so that their scores stay in the second-level cache.

use std::ops::Range;

use autolossgen_formula::{RankingLoss, RankingWorkspace as LossWorkspace};

use super::RankingSummary;
use super::score::Score;
use super::side::{Points, Side, Slopes};
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::matmul::{Matrix, multiply, multiply_and_add};
use crate::kernel::simd::Simd;
use crate::kernel::table::Table;
use crate::kernel::vector::{dot, vectors, vectors_mut};
use crate::kernel::vectorised::{Vectorised, vectorised};
use crate::ranking::batch::RankingBatch;
use crate::ranking::hits::Hits;
use crate::ranking::hyperparameters::RankingHyperparameters;

/// Scores that go through the passes together, about: with their derivatives half a MiB.
const TOGETHER: usize = 1 << 16;

/// Matrices of some rows of a batch.
#[derive(Clone, Debug, Default)]
pub(super) struct Products {
    /// Points of the rows' users, and of the shared items.
    users: Vec<f32>,
    items: Vec<f32>,
    /// Scores and derivatives, shape (n,) and (n, N).
    positive: Vec<f32>,
    negative: Vec<f32>,
    grad_positive: Vec<f32>,
    grad_negative: Vec<f32>,
    /// Gradients of `users`, and of `items` over the whole batch.
    of_users: Vec<f32>,
    of_items: Vec<f32>,
}

/// As [`gathered::gradients`](super::gathered::gradients).
pub(super) fn gradients(
    set: InstructionSet,
    [(users, user_table), (items, item_table)]: [(&mut Side, &Table); 2],
    (batch, hits): (&RankingBatch, &Hits),
    loss: &RankingLoss,
    settings: &RankingHyperparameters,
    products: &mut Products,
    workspace: &mut LossWorkspace,
) -> RankingSummary {
    let (stride, n) = (user_table.stride, batch.n_negatives);
    let (user_points, mut user_slopes) = users.split(user_table, [&batch.users, &[]]);
    let (item_points, mut item_slopes) = items.split(item_table, [&batch.items, &batch.negatives]);
    products.begin(item_points, n);
    let mut summary = RankingSummary::default();
    let step = (TOGETHER / n).max(1);
    for start in (0..batch.len()).step_by(step) {
        let rows = start..batch.len().min(start + step);
        products.scores(set, [user_points, item_points], rows.clone(), 1.0 / settings.temperature);
        products.replace_hits(n, hits, rows.start);
        let (mean, non_finite) = products.score(set, loss, workspace);
        summary.mean_loss += mean * rows.len() as f64;
        summary.non_finite += non_finite;
        products.return_hits(n, hits, rows.start);
        products.gradients(stride, n);
        vectorised(set, products.finish(item_points, [&mut user_slopes, &mut item_slopes], rows, stride));
    }
    summary.mean_loss /= batch.len() as f64;
    let slots = item_slopes.slots[1];
    vectorised(set, Scatter { from: &products.of_items, slots, stride, to: item_slopes.rows });
    summary
}

impl Products {
    /// The shared items of a batch, whose gradients are 0 yet.
    fn begin(&mut self, items: Points<'_>, n: usize) {
        items.copy(1, 0..n, &mut self.items);
        self.of_items.clear();
        self.of_items.resize(self.items.len(), 0.0);
    }

    fn scores(&mut self, set: InstructionSet, [users, items]: [Points<'_>; 2], rows: Range<usize>, inverse: f32) {
        users.copy(0, rows.clone(), &mut self.users);
        let (stride, n_rows, n) = (users.stride(), rows.len(), items.list(1).len());
        for of_rows in [&mut self.positive, &mut self.grad_positive] {
            of_rows.resize(n_rows, 0.0);
        }
        for of_pairs in [&mut self.negative, &mut self.grad_negative] {
            of_pairs.resize(n_rows * n, 0.0);
        }
        let (left, right) = (Matrix::new(&self.users, n_rows, stride), Matrix::new(&self.items, n, stride));
        multiply(&mut self.negative, left, right.transposed());
        self.negative.iter_mut().for_each(|score| *score *= inverse);
        vectorised(
            set,
            PositiveScores { users: &self.users, items, rows, inverse, stride, scores: &mut self.positive },
        );
    }

    /// A hit has the score of the place that stands in for it.
    fn replace_hits(&mut self, n: usize, hits: &Hits, first_row: usize) {
        for (row, scores) in self.negative.chunks_exact_mut(n).enumerate() {
            for hit in hits.of(first_row + row) {
                if let Some(stand_in) = hit.stand_in() {
                    scores[hit.place as usize] = scores[stand_in];
                }
            }
        }
    }

    /// The derivative by a hit's score goes to the place that stood in; a row without a negative has none.
    fn return_hits(&mut self, n: usize, hits: &Hits, first_row: usize) {
        let rows = self.grad_negative.chunks_exact_mut(n).zip(&mut self.grad_positive);
        for (row, (grads, positive)) in rows.enumerate() {
            for hit in hits.of(first_row + row) {
                let grad = std::mem::take(&mut grads[hit.place as usize]);
                match hit.stand_in() {
                    Some(stand_in) => grads[stand_in] += grad,
                    None => *positive = 0.0,
                }
            }
        }
    }

    fn score(&mut self, set: InstructionSet, loss: &RankingLoss, workspace: &mut LossWorkspace) -> (f64, usize) {
        let Self { positive, negative, grad_positive, grad_negative, .. } = self;
        vectorised(set, Score { loss, positive, negative, grad_positive, grad_negative, workspace })
    }

    /// Gradients of both factors of the scores.
    fn gradients(&mut self, stride: usize, n: usize) {
        let n_rows = self.positive.len();
        self.of_users.resize(n_rows * stride, 0.0);
        let grads = Matrix::new(&self.grad_negative, n_rows, n);
        multiply(&mut self.of_users, grads, Matrix::new(&self.items, n, stride));
        multiply_and_add(&mut self.of_items, grads.transposed(), Matrix::new(&self.users, n_rows, stride));
    }

    /// What the rows add to the slopes of their users and of their positive items.
    fn finish<'a>(
        &'a self,
        items: Points<'a>,
        [of_users, of_items]: [&'a mut Slopes<'_>; 2],
        rows: Range<usize>,
        stride: usize,
    ) -> Finish<'a> {
        let slots = [&of_users.slots[0][rows.clone()], &of_items.slots[0][rows.clone()]];
        Finish { products: self, items, rows, stride, slots, slopes: [of_users.rows, of_items.rows] }
    }
}

/// Scores of the positives.
struct PositiveScores<'a> {
    users: &'a [f32],
    items: Points<'a>,
    rows: Range<usize>,
    inverse: f32,
    stride: usize,
    scores: &'a mut [f32],
}

impl Vectorised for PositiveScores<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { users, items, rows, inverse, stride, scores } = self;
        for ((row, user), score) in rows.zip(users.chunks_exact(stride)).zip(scores) {
            *score = dot(simd, user, items.of(0, row, stride)) * inverse;
        }
    }
}

/// See [`Products::finish`].
struct Finish<'a> {
    products: &'a Products,
    items: Points<'a>,
    rows: Range<usize>,
    stride: usize,
    /// Of the rows' users and positive items.
    slots: [&'a [u32]; 2],
    slopes: [&'a mut [f32]; 2],
}

impl Vectorised for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { products, items, rows, stride, slots: [of_users, of_items], slopes: [users, positives] } = self;
        for (index, row) in rows.enumerate() {
            let (at, g) = (index * stride..(index + 1) * stride, products.grad_positive[index]);
            let of_user = &mut users[of_users[index] as usize * stride..][..stride];
            add(simd, of_user, &products.of_users[at.clone()], 1.0);
            add(simd, of_user, items.of(0, row, stride), g);
            add(simd, &mut positives[of_items[index] as usize * stride..][..stride], &products.users[at], g);
        }
    }
}

/// Adds rows to their slots.
struct Scatter<'a> {
    from: &'a [f32],
    slots: &'a [u32],
    stride: usize,
    to: &'a mut [f32],
}

impl Vectorised for Scatter<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { from, slots, stride, to } = self;
        for (row, &slot) in from.chunks_exact(stride).zip(slots) {
            add(simd, &mut to[slot as usize * stride..][..stride], row, 1.0);
        }
    }
}

/// out ← out + factor·x.
#[inline(always)]
fn add<S: Simd>(simd: S, out: &mut [f32], x: &[f32], factor: f32) {
    let (out, x) = (vectors_mut(out), vectors(x));
    for index in 0..x.len() {
        simd.store(simd.load(&out[index]) + simd.load(&x[index]) * factor, &mut out[index]);
    }
}
