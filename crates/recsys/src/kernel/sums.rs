//! What is summed up over a batch before it is applied.

use super::plan::Batch;
use super::rule::{Rule, Step, update_one};
use super::simd::Simd;
use super::table::Table;
use super::vector::axpy;

/// Gradients of the rows of one table that occur more than once in a batch, by slot.
pub(crate) struct Sums<'a> {
    stride: usize,
    rows: &'a mut [f32],
    biases: &'a mut [f32],
}

impl<'a> Sums<'a> {
    /// Sums of zero for the users and the items of `batch`.
    #[inline(always)]
    pub(crate) fn split(
        rows: &'a mut Vec<f32>,
        biases: &'a mut Vec<f32>,
        stride: usize,
        batch: &Batch,
    ) -> (Self, Self) {
        let (n_users, n_items) = (batch.shared_users.len(), batch.shared_items.len());
        rows.clear();
        rows.resize((n_users + n_items) * stride, 0.0);
        biases.clear();
        biases.resize(n_users + n_items, 0.0);
        let (user_rows, item_rows) = rows.split_at_mut(n_users * stride);
        let (user_biases, item_biases) = biases.split_at_mut(n_users);
        (Self { stride, rows: user_rows, biases: user_biases }, Self { stride, rows: item_rows, biases: item_biases })
    }

    #[inline(always)]
    pub(crate) fn add<S: Simd>(&mut self, simd: S, slot: u32, other: &[f32], g: f32, factor: f32) {
        let (slot, start) = (slot as usize, slot as usize * self.stride);
        axpy(simd, &mut self.rows[start..start + self.stride], other, factor);
        self.biases[slot] += g;
    }

    /// Updates the rows `ids` of `table`, those of the slots.
    #[inline(always)]
    pub(crate) fn apply<S: Simd, R: Rule>(&self, simd: S, step: &Step, table: &mut Table, ids: &[u32]) {
        for ((&id, gradient), &g) in ids.iter().zip(self.rows.chunks_exact(self.stride)).zip(&*self.biases) {
            update_one::<S, R>(simd, step, table.row_mut(id, self.stride), gradient, g, 1.0);
        }
    }
}
