//! Gradients of rows that share their negatives: the scores are one matrix product, and the gradients two more.

use super::RankingSummary;
use super::score::Score;
use super::side::{Points, Side};
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::matmul::{Matrix, multiply};
use crate::kernel::simd::Simd;
use crate::kernel::table::Table;
use crate::kernel::vector::{dot, vectors, vectors_mut};
use crate::kernel::vectorised::{Vectorised, vectorised};
use crate::ranking::batch::RankingBatch;
use crate::ranking::hits::Hits;
use crate::ranking::hyperparameters::RankingHyperparameters;
use crate::ranking::loss::RankingLoss;

/// Matrices of a batch.
#[derive(Clone, Debug, Default)]
pub(super) struct Products {
    /// Points of the rows' users, and of the shared items.
    users: Vec<f32>,
    items: Vec<f32>,
    /// Scores and derivatives, shape (B,) and (B, N).
    positive: Vec<f32>,
    negative: Vec<f32>,
    grad_positive: Vec<f32>,
    grad_negative: Vec<f32>,
    /// Gradients of `users` and of `items`.
    of_users: Vec<f32>,
    of_items: Vec<f32>,
}

/// As [`gathered::gradients`](super::gathered::gradients).
pub(super) fn gradients<L: RankingLoss>(
    set: InstructionSet,
    [(users, user_table), (items, item_table)]: [(&mut Side, &Table); 2],
    (batch, hits): (&RankingBatch, &Hits),
    loss: &L,
    settings: &RankingHyperparameters,
    products: &mut Products,
    workspace: &mut L::Workspace,
) -> RankingSummary {
    let stride = user_table.stride;
    let (user_points, user_slopes) = users.split(user_table, [&batch.users, &[]]);
    let (item_points, item_slopes) = items.split(item_table, [&batch.items, &batch.negatives]);
    products.scores(set, [user_points, item_points], 1.0 / settings.temperature);
    products.replace_hits(batch, hits);
    let (mean_loss, non_finite) = products.score(set, loss, workspace);
    products.return_hits(batch, hits);
    products.gradients(stride);
    let Products { users, grad_positive, of_users, of_items, .. } = products;
    // The positive's share in the rows' gradients, before they go to the slots of the users.
    let positives = Positives { points: item_points, users, grads: grad_positive, of_users };
    vectorised(set, positives.into_both(stride, item_slopes.slots[0], item_slopes.rows));
    vectorised(set, Scatter { from: of_users, slots: user_slopes.slots[0], stride, to: user_slopes.rows });
    vectorised(set, Scatter { from: of_items, slots: item_slopes.slots[1], stride, to: item_slopes.rows });
    RankingSummary { mean_loss, non_finite }
}

impl Products {
    fn scores(&mut self, set: InstructionSet, [users, items]: [Points<'_>; 2], inverse: f32) {
        users.copy(0, &mut self.users);
        items.copy(1, &mut self.items);
        let (stride, n_rows, n) = (users.stride(), users.list(0).len(), items.list(1).len());
        for of_rows in [&mut self.positive, &mut self.grad_positive] {
            of_rows.resize(n_rows, 0.0);
        }
        for of_pairs in [&mut self.negative, &mut self.grad_negative] {
            of_pairs.resize(n_rows * n, 0.0);
        }
        let (left, right) = (Matrix::new(&self.users, n_rows, stride), Matrix::new(&self.items, n, stride));
        multiply(&mut self.negative, left, right.transposed());
        self.negative.iter_mut().for_each(|score| *score *= inverse);
        vectorised(set, PositiveScores { users: &self.users, items, inverse, stride, scores: &mut self.positive });
    }

    /// A hit has the score of the place that stands in for it.
    fn replace_hits(&mut self, batch: &RankingBatch, hits: &Hits) {
        for (row, scores) in self.negative.chunks_exact_mut(batch.n_negatives).enumerate() {
            for hit in hits.of(row) {
                if let Some(stand_in) = hit.stand_in() {
                    scores[hit.place as usize] = scores[stand_in];
                }
            }
        }
    }

    /// The derivative by a hit's score goes to the place that stood in; a row without a negative has none.
    fn return_hits(&mut self, batch: &RankingBatch, hits: &Hits) {
        let rows = self.grad_negative.chunks_exact_mut(batch.n_negatives).zip(&mut self.grad_positive);
        for (row, (grads, positive)) in rows.enumerate() {
            for hit in hits.of(row) {
                let grad = std::mem::take(&mut grads[hit.place as usize]);
                match hit.stand_in() {
                    Some(stand_in) => grads[stand_in] += grad,
                    None => *positive = 0.0,
                }
            }
        }
    }

    fn score<L: RankingLoss>(&mut self, set: InstructionSet, loss: &L, workspace: &mut L::Workspace) -> (f64, usize) {
        let Self { positive, negative, grad_positive, grad_negative, .. } = self;
        vectorised(set, Score { loss, positive, negative, grad_positive, grad_negative, workspace })
    }

    /// Gradients of both factors of the scores.
    fn gradients(&mut self, stride: usize) {
        let (n_rows, n) = (self.positive.len(), self.items.len() / stride);
        self.of_users.resize(n_rows * stride, 0.0);
        self.of_items.resize(n * stride, 0.0);
        let grads = Matrix::new(&self.grad_negative, n_rows, n);
        multiply(&mut self.of_users, grads, Matrix::new(&self.items, n, stride));
        multiply(&mut self.of_items, grads.transposed(), Matrix::new(&self.users, n_rows, stride));
    }
}

/// Scores of the positives.
struct PositiveScores<'a> {
    users: &'a [f32],
    items: Points<'a>,
    inverse: f32,
    stride: usize,
    scores: &'a mut [f32],
}

impl Vectorised for PositiveScores<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { users, items, inverse, stride, scores } = self;
        for (row, (user, score)) in users.chunks_exact(stride).zip(scores).enumerate() {
            *score = dot(simd, user, items.of(0, row, stride)) * inverse;
        }
    }
}

/// What the positives add to the gradients of the rows' users.
struct Positives<'a> {
    points: Points<'a>,
    users: &'a [f32],
    grads: &'a [f32],
    of_users: &'a mut [f32],
}

impl<'a> Positives<'a> {
    /// And to the slopes of the positive items.
    fn into_both(self, stride: usize, slots: &'a [u32], slopes: &'a mut [f32]) -> PositiveSlopes<'a> {
        PositiveSlopes { positives: self, stride, slots, slopes }
    }
}

/// See [`Positives`].
struct PositiveSlopes<'a> {
    positives: Positives<'a>,
    stride: usize,
    slots: &'a [u32],
    slopes: &'a mut [f32],
}

impl Vectorised for PositiveSlopes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { positives: Positives { points, users, grads, of_users }, stride, slots, slopes } = self;
        for (row, &slot) in slots.iter().enumerate() {
            let at = row * stride..(row + 1) * stride;
            add(simd, &mut of_users[at.clone()], points.of(0, row, stride), grads[row]);
            add(simd, &mut slopes[slot as usize * stride..][..stride], &users[at], grads[row]);
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
