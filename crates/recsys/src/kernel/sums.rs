//! What is summed up over a batch before it is applied.

use super::plan::Shared;
use super::rule::{Rule, Step, update_one};
use super::simd::Simd;
use super::table::Table;
use super::vector::weighted_sum;

/// Gradients of the rows of one table that occur more than once in a batch; reused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    rows: Vec<f32>,
    biases: Vec<f32>,
}

/// What one row of a batch adds to a gradient: factor·row, and g to that of the bias.
#[derive(Clone, Copy)]
pub(crate) struct Term<'a> {
    pub(crate) row: &'a [f32],
    pub(crate) factor: f32,
    pub(crate) g: f32,
}

impl Sums {
    /// For each of `shared` the sum over the rows of the batch that have it, in their order; a sum stays in registers.
    #[inline(always)]
    pub(crate) fn gather<'a, S: Simd>(
        &mut self,
        simd: S,
        stride: usize,
        shared: Shared<'_>,
        term: impl Fn(u32) -> Term<'a>,
    ) {
        let n = shared.ids.len();
        self.rows.resize(self.rows.len().max(n * stride), 0.0);
        self.biases.resize(self.biases.len().max(n), 0.0);
        let sums = self.rows.chunks_exact_mut(stride).zip(&mut self.biases);
        for ((sum, bias), rows) in sums.zip(shared.occurrences()) {
            weighted_sum(simd, sum, rows, |row| {
                let Term { row, factor, .. } = term(row);
                (row, factor)
            });
            *bias = 0.0;
            rows.iter().for_each(|&row| *bias += term(row).g);
        }
    }

    /// Updates the rows of `table` that are `shared` by what was gathered for them.
    #[inline(always)]
    pub(crate) fn apply<S: Simd, R: Rule>(
        &self,
        simd: S,
        step: &Step,
        stride: usize,
        table: &mut Table,
        shared: Shared<'_>,
    ) {
        for ((&id, gradient), &g) in shared.ids.iter().zip(self.rows.chunks_exact(stride)).zip(&self.biases) {
            update_one::<S, R>(simd, step, table.row_mut(id, stride), gradient, g, 1.0);
        }
    }
}
