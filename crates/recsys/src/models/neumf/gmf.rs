//! Generalised matrix factorisation (He et al. 2017, §3.2) as a share of a logit: Σ_k w_k·p_uk·q_ik.

use crate::hyperparameters::Hyperparameters;
use crate::interactions::Interactions;
use crate::kernel::SMALLEST_SCALE;
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::plan::{Batch, EpochPlan};
use crate::kernel::rule::{Step, decay, with_rule};
use crate::kernel::side::{Side, update_decayed, update_table};
use crate::kernel::simd::{LANES, Simd};
use crate::kernel::sums::Sums;
use crate::kernel::table::Table;
use crate::kernel::vector::{all_finite, vectors, vectors_mut};
use crate::kernel::vectorised::{Vectorised, vectorised};

/// Every number of the branch. The embeddings are stored as p / scale, so that a step decays all and touches only the rows
/// of its batch.
#[derive(Clone, Debug)]
pub(super) struct Gmf {
    pub(super) users: Table,
    pub(super) items: Table,
    /// What a stored embedding is multiplied by.
    pub(super) scale: f64,
    /// Steps taken; Adam's t.
    steps: u64,
    /// w, padded like a row of the tables. The padding has no gradient, for the rows' padding is 0.
    pub(super) weights: Vec<f32>,
    /// Optimiser's states of w; empty until needed.
    first: Vec<f32>,
    /// See `first`.
    second: Vec<f32>,
}

/// Gradients over a batch of n rows; reused from batch to batch.
#[derive(Default)]
pub(super) struct Slopes {
    /// dL/dp_u of each row, shape (n, stride).
    users: Vec<f32>,
    /// dL/dq_i of each row, shape (n, stride).
    items: Vec<f32>,
    /// dL/dw, shape (stride,).
    weights: Vec<f32>,
}

impl Gmf {
    /// Tables of one stride, and w of shape (d,).
    pub(super) fn new(users: Table, items: Table, weights: &[f32]) -> Self {
        let mut padded = weights.to_vec();
        padded.resize(users.stride, 0.0);
        Self { users, items, scale: 1.0, steps: 0, weights: padded, first: Vec::new(), second: Vec::new() }
    }

    pub(super) fn ensure_states(&mut self, n_states: usize) {
        self.users.ensure_states(n_states);
        self.items.ensure_states(n_states);
        if n_states > 0 {
            self.first.resize(self.weights.len(), 0.0);
        }
        if n_states > 1 {
            self.second.resize(self.weights.len(), 0.0);
        }
    }

    /// Adds the branch's share to the logits of pairs of user and item.
    pub(super) fn add_to(&self, set: InstructionSet, ids: [&[u32]; 2], logits: &mut [f32]) {
        vectorised(set, AddTo { gmf: self, ids, logits });
    }

    /// From dL/dlogit of each row to the gradients of the mean loss.
    pub(super) fn backward(&self, set: InstructionSet, ids: [&[u32]; 2], grad: &[f32], slopes: &mut Slopes) {
        vectorised(set, Backward { gmf: self, ids, grad, slopes });
    }

    /// One step by the gradients that [`backward`](Self::backward) found.
    pub(super) fn update(
        &mut self,
        set: InstructionSet,
        (plan, batch): (&EpochPlan, &Batch),
        settings: &Hyperparameters,
        slopes: &Slopes,
        [of_users, of_items]: &mut [Sums; 2],
    ) {
        let step = Step::next(&mut self.scale, &mut self.steps, settings);
        let stride = self.users.stride;
        let users = Side::users(plan, batch, &slopes.users, stride);
        let items = Side::items(plan, batch, &slopes.items, stride);
        let dense_step = Step { rate: settings.learning_rate, ..step };
        let Self { weights, first, second, .. } = self;
        let (factor, gradient) = (decay(settings) as f32, &slopes.weights);
        with_rule!(settings, |R| {
            update_table::<R>(set, users, &step, &mut self.users, of_users);
            update_table::<R>(set, items, &step, &mut self.items, of_items);
            update_decayed::<R>(set, &dense_step, factor, weights, gradient, first, second);
        });
        if self.scale < SMALLEST_SCALE {
            self.users.rescale(self.scale as f32);
            self.items.rescale(self.scale as f32);
            self.scale = 1.0;
        }
    }

    /// Adds the branch's share of the Gram matrix of a batch, shape (n, n): its parameters are its own, so that shares add
    /// up. dh/dw = p ⊙ q; dh/dp = w ⊙ q counts where the users are the same, dh/dq = w ⊙ p where the items are.
    pub(super) fn add_to_gram(&self, batch: &Interactions, gram: &mut [f64]) {
        let (users, items, n) = (batch.users(), batch.items(), batch.len());
        let row = |table: &Table, id: u32| -> Vec<f64> {
            table.row(id, table.stride).iter().map(|&weight| f64::from(weight) * self.scale).collect()
        };
        let weights: Vec<f64> = self.weights.iter().copied().map(f64::from).collect();
        let p: Vec<Vec<f64>> = users.iter().map(|&user| row(&self.users, user)).collect();
        let q: Vec<Vec<f64>> = items.iter().map(|&item| row(&self.items, item)).collect();
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            let (same_user, same_item) = (f64::from(users[i] == users[j]), f64::from(items[i] == items[j]));
            let share = |k: usize| {
                let (of_users, of_items, square) = (p[i][k] * p[j][k], q[i][k] * q[j][k], weights[k] * weights[k]);
                of_users * of_items + square * (same_user * of_items + same_item * of_users)
            };
            gram[i * n + j] += (0..weights.len()).map(share).sum::<f64>();
        }
    }

    pub(super) fn copy_from(&mut self, other: &Self) {
        self.users.copy_from(&other.users);
        self.items.copy_from(&other.items);
        (self.scale, self.steps) = (other.scale, other.steps);
        self.weights.clone_from(&other.weights);
        self.first.clone_from(&other.first);
        self.second.clone_from(&other.second);
    }

    pub(super) fn reset_optimizer(&mut self) {
        self.users.clear_states();
        self.items.clear_states();
        self.first.fill(0.0);
        self.second.fill(0.0);
        self.steps = 0;
    }

    pub(super) fn is_finite(&self) -> bool {
        all_finite(&self.weights) && self.users.is_finite() && self.items.is_finite() && self.scale.is_finite()
    }
}

/// Adds the branch's share to the logits of pairs of user and item.
struct AddTo<'a> {
    gmf: &'a Gmf,
    ids: [&'a [u32]; 2],
    logits: &'a mut [f32],
}

impl Vectorised for AddTo<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { gmf, ids: [users, items], logits } = self;
        let (stride, square) = (gmf.users.stride, (gmf.scale * gmf.scale) as f32);
        let weights = vectors(&gmf.weights);
        for ((logit, &user), &item) in logits.iter_mut().zip(users).zip(items) {
            let (p, q) = (vectors(gmf.users.row(user, stride)), vectors(gmf.items.row(item, stride)));
            let mut sum = simd.splat(0.0);
            for index in 0..weights.len() {
                sum = sum + simd.load(&weights[index]) * (simd.load(&p[index]) * simd.load(&q[index]));
            }
            *logit += square * simd.sum(sum);
        }
    }
}

/// From dL/dlogit of each row to the gradients of the mean loss.
struct Backward<'a> {
    gmf: &'a Gmf,
    ids: [&'a [u32]; 2],
    grad: &'a [f32],
    slopes: &'a mut Slopes,
}

impl Vectorised for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { gmf, ids: [users, items], grad, slopes } = self;
        let (stride, scale, per_row) = (gmf.users.stride, gmf.scale as f32, (grad.len() as f32).recip());
        for of_rows in [&mut slopes.users, &mut slopes.items] {
            of_rows.resize(grad.len() * stride, 0.0);
        }
        slopes.weights.clear();
        slopes.weights.resize(stride, 0.0);
        let (weights, of_weights) = (vectors(&gmf.weights), vectors_mut(&mut slopes.weights));
        let of_rows = slopes.users.chunks_exact_mut(stride).zip(slopes.items.chunks_exact_mut(stride));
        for (((&g, &user), &item), (of_user, of_item)) in grad.iter().zip(users).zip(items).zip(of_rows) {
            let (p, q) = (vectors(gmf.users.row(user, stride)), vectors(gmf.items.row(item, stride)));
            let (of_user, of_item) = (vectors_mut(of_user), vectors_mut(of_item));
            // Of the factors of a product only one is a gradient: w, or the other side as it is and not as it is stored.
            let of_row = g * per_row * scale;
            let of_product = of_row * scale;
            for index in 0..stride / LANES {
                let (w, p, q) = (simd.load(&weights[index]), simd.load(&p[index]), simd.load(&q[index]));
                simd.store(w * q * of_row, &mut of_user[index]);
                simd.store(w * p * of_row, &mut of_item[index]);
                simd.store(simd.load(&of_weights[index]) + p * q * of_product, &mut of_weights[index]);
            }
        }
    }
}
