//! What a batch does to the parameters of a recommender that knows its gradients row by row.
#![allow(unsafe_code)]

use std::ops::Range;

use super::dispatch::for_each_instruction_set;
use super::plan::{Batch, EpochPlan, Shared};
use super::rule::{Rule, Step, update_one, update_vectors};
use super::simd::Simd;
use super::sums::{Sums, Term};
use super::table::Table;

/// What a batch does to the table of its users or its items, which has no biases that learn.
pub(crate) struct Side<'a> {
    /// Of each row of the epoch.
    ids: &'a [u32],
    /// The first row of the batch.
    start: usize,
    /// Rows of the batch whose id occurs in no other.
    alone: [Range<usize>; 2],
    shared: Shared<'a>,
    /// Gradients with respect to the embeddings that the rows of the batch read, each at the start of a row of `width` floats.
    slopes: &'a [f32],
    width: usize,
}

impl<'a> Side<'a> {
    /// The users of a batch, whose gradients are at the start of rows of `width` floats.
    pub(crate) fn users(plan: &'a EpochPlan, batch: &Batch, slopes: &'a [f32], width: usize) -> Self {
        let (alone, shared) = ([batch.alone(), batch.users_alone()], plan.shared_users(batch));
        Self { ids: &plan.users, start: batch.rows.start, alone, shared, slopes, width }
    }

    /// The items, likewise.
    pub(crate) fn items(plan: &'a EpochPlan, batch: &Batch, slopes: &'a [f32], width: usize) -> Self {
        let (alone, shared) = ([batch.alone(), batch.items_alone()], plan.shared_items(batch));
        Self { ids: &plan.items, start: batch.rows.start, alone, shared, slopes, width }
    }
}

for_each_instruction_set! {
    /// A row of the table that occurs once in its batch is updated in place, one that occurs more often by its sum.
    fn update_table<R: Rule> => update_rows(side: Side<'_>, step: &Step, table: &mut Table, sums: &mut Sums)
}

for_each_instruction_set! {
    /// Updates parameters that are stored as they are, each after its decay; the states are empty where there are none.
    fn update_decayed<R: Rule> => update_vectors(
        step: &Step, decay: f32, weights: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32],
    )
}

#[inline(always)]
fn update_rows<S: Simd, R: Rule>(simd: S, side: Side<'_>, step: &Step, table: &mut Table, sums: &mut Sums) {
    let Side { ids, start, alone, shared, slopes, width } = side;
    let stride = table.stride;
    let slopes = |row: usize| &slopes[(row - start) * width..][..stride];
    for row in alone.into_iter().flatten() {
        update_one::<S, R>(simd, step, table.row_mut(ids[row], stride), slopes(row), 0.0, 1.0);
    }
    let term = |row: u32| Term { row: slopes(row as usize), factor: 1.0, g: 0.0 };
    sums.gather(simd, stride, shared, term);
    sums.apply::<S, R>(simd, step, stride, table, shared);
}
