//! The users, or the items, of a batch.

use crate::kernel::aligned::Aligned;
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::rule::{Rule, Step, update_one};
use crate::kernel::simd::Simd;
use crate::kernel::table::Table;
use crate::kernel::vector::{dot, vectors, vectors_mut};
use crate::kernel::vectorised::{Vectorised, vectorised};
use crate::ranking::distinct::Distinct;
use crate::ranking::hyperparameters::{SHORTEST, Similarity};

/// The rows of one table that occur in a batch, each in a slot.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    distinct: Distinct,
    /// Slots of the first and of the second list of ids.
    pub(super) slots: [Vec<u32>; 2],
    similarity: Option<Similarity>,
    /// With the cosine the rows at length 1, by slot.
    units: Aligned,
    /// 1/‖w‖ of each slot; 0 for a row that counts as 0.
    inverses: Vec<f32>,
    /// Gradients with respect to the points, by slot; 0 between two batches.
    pub(super) slopes: Aligned,
}

/// Vectors whose inner products are the similarities of a batch.
#[derive(Clone, Copy)]
pub(super) struct Points<'a> {
    rows: &'a [f32],
    /// Which row is that of each occurrence, for both lists of ids.
    at: [&'a [u32]; 2],
    stride: usize,
}

impl<'a> Points<'a> {
    /// Point of an occurrence of one list of ids.
    #[inline(always)]
    pub(super) fn of(self, list: usize, occurrence: usize, stride: usize) -> &'a [f32] {
        self.row(self.at[list][occurrence], stride)
    }

    /// Point of a row.
    #[inline(always)]
    pub(super) fn row(self, row: u32, stride: usize) -> &'a [f32] {
        &self.rows[row as usize * stride..][..stride]
    }

    /// The rows of the occurrences of one list.
    #[inline(always)]
    pub(super) fn list(self, list: usize) -> &'a [u32] {
        self.at[list]
    }

    /// Asks for the point of a row.
    #[inline(always)]
    pub(super) fn prefetch<S: Simd>(self, simd: S, row: u32, stride: usize) {
        prefetch(simd, self.rows, row, stride);
    }

    /// Floats of a point.
    pub(super) fn stride(self) -> usize {
        self.stride
    }

    /// Writes the points of some occurrences of one list one after the other.
    pub(super) fn copy(self, list: usize, occurrences: std::ops::Range<usize>, to: &mut Vec<f32>) {
        to.clear();
        for &row in &self.at[list][occurrences] {
            to.extend_from_slice(self.row(row, self.stride));
        }
    }
}

/// Asks for a row that is read soon.
#[inline(always)]
pub(super) fn prefetch<S: Simd>(simd: S, rows: &[f32], row: u32, stride: usize) {
    let at = rows.as_ptr().wrapping_add(row as usize * stride);
    (0..stride).step_by(crate::kernel::simd::LANES).for_each(|line| simd.prefetch(at.wrapping_add(line)));
}

impl Side {
    /// A batch with two lists of ids of the table.
    pub(super) fn begin(&mut self, set: InstructionSet, table: &Table, similarity: Similarity, ids: [&[u32]; 2]) {
        self.distinct.find(table.len(), ids);
        for (ids, slots) in ids.into_iter().zip(&mut self.slots) {
            self.distinct.slots(ids, slots);
        }
        self.similarity = Some(similarity);
        let floats = self.distinct.ids().len() * table.stride;
        self.slopes.resize(self.slopes.len().max(floats));
        if similarity == Similarity::Cosine {
            self.units.resize(self.units.len().max(floats));
            let ids = self.distinct.ids();
            vectorised(set, Normalise { table, ids, units: &mut self.units, inverses: &mut self.inverses });
        }
    }

    /// The points of the batch, with the table and the ids that it began with, and the slots and slopes.
    pub(super) fn split<'a>(&'a mut self, table: &'a Table, ids: [&'a [u32]; 2]) -> (Points<'a>, Slopes<'a>) {
        let [first, second] = &self.slots;
        let slots: [&[u32]; 2] = [first, second];
        let (rows, at): (&[f32], _) = match self.similarity {
            Some(Similarity::Cosine) => (&self.units, slots),
            _ => (&table.rows, ids),
        };
        (Points { rows, at, stride: table.stride }, Slopes { slots, rows: &mut self.slopes })
    }

    /// The ids of the slots.
    pub(super) fn ids(&self) -> &[u32] {
        self.distinct.ids()
    }

    /// One step for every slot: its gradient times `per_row`, and that of L2.
    pub(super) fn apply<R: Rule>(
        &mut self,
        set: InstructionSet,
        step: &Step,
        per_row: f32,
        l2: f32,
        table: &mut Table,
    ) {
        vectorised(set, Apply::<R> { side: self, step, per_row, l2, table, rule: std::marker::PhantomData });
    }

    /// The gradient of every slot times `per_row` in its row of `into`, whose other rows become 0.
    pub(super) fn scatter(&mut self, set: InstructionSet, per_row: f32, stride: usize, into: &mut [f32]) {
        vectorised(set, Scatter { side: self, per_row, stride, into });
    }

    /// What the slope of a slot is to be multiplied by, so that it is the gradient by the row and no longer by its point.
    #[inline(always)]
    fn by_row<S: Simd>(&mut self, simd: S, slot: usize, stride: usize, per_row: f32) -> f32 {
        if self.similarity != Some(Similarity::Cosine) {
            return per_row;
        }
        let at = slot * stride..(slot + 1) * stride;
        along_the_sphere(simd, &mut self.slopes[at.clone()], &self.units[at]);
        per_row * self.inverses[slot]
    }
}

/// Gradients by slot.
pub(super) struct Slopes<'a> {
    pub(super) slots: [&'a [u32]; 2],
    pub(super) rows: &'a mut [f32],
}

/// Brings rows to length 1.
struct Normalise<'a> {
    table: &'a Table,
    ids: &'a [u32],
    units: &'a mut [f32],
    inverses: &'a mut Vec<f32>,
}

impl Vectorised for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { table, ids, units, inverses } = self;
        let stride = table.stride;
        inverses.clear();
        for (&id, unit) in ids.iter().zip(units.chunks_exact_mut(stride)) {
            let row = table.row(id, stride);
            let length = dot(simd, row, row).sqrt();
            let inverse = if length < SHORTEST { 0.0 } else { 1.0 / length };
            inverses.push(inverse);
            let (row, unit) = (vectors(row), vectors_mut(unit));
            for index in 0..row.len() {
                simd.store(simd.load(&row[index]) * inverse, &mut unit[index]);
            }
        }
    }
}

/// See [`Side::apply`].
struct Apply<'a, R> {
    side: &'a mut Side,
    step: &'a Step,
    per_row: f32,
    l2: f32,
    table: &'a mut Table,
    rule: std::marker::PhantomData<R>,
}

impl<R: Rule> Vectorised for Apply<'_, R> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { side, step, per_row, l2, table, .. } = self;
        let stride = table.stride;
        for slot in 0..side.ids().len() {
            if let Some(&ahead) = side.ids().get(slot + 8) {
                for rows in [&*table.rows, &*table.row_first, &*table.row_second] {
                    prefetch(simd, rows, ahead, stride);
                }
            }
            let factor = side.by_row(simd, slot, stride, per_row);
            let row = table.row_mut(side.ids()[slot], stride);
            let slope = &mut side.slopes[slot * stride..][..stride];
            let (slopes, weights) = (vectors_mut(slope), vectors(row.row));
            for index in 0..weights.len() {
                let gradient = simd.load(&slopes[index]) * factor + simd.load(&weights[index]) * l2;
                simd.store(gradient, &mut slopes[index]);
            }
            update_one::<S, R>(simd, step, row, slope, 0.0, 1.0);
            slope.fill(0.0);
        }
    }
}

/// See [`Side::scatter`].
struct Scatter<'a> {
    side: &'a mut Side,
    per_row: f32,
    stride: usize,
    into: &'a mut [f32],
}

impl Vectorised for Scatter<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { side, per_row, stride, into } = self;
        into.fill(0.0);
        for slot in 0..side.ids().len() {
            let factor = side.by_row(simd, slot, stride, per_row);
            let gradient = &mut into[side.ids()[slot] as usize * stride..][..stride];
            let slope = &mut side.slopes[slot * stride..][..stride];
            for (gradient, slope) in vectors_mut(gradient).iter_mut().zip(vectors(slope)) {
                simd.store(simd.load(slope) * factor, gradient);
            }
            slope.fill(0.0);
        }
    }
}

/// x ← x − (x·u)·u: what a gradient with respect to u = w/‖w‖ has along the sphere.
#[inline(always)]
fn along_the_sphere<S: Simd>(simd: S, slope: &mut [f32], unit: &[f32]) {
    let inward = dot(simd, slope, unit);
    let (slope, unit) = (vectors_mut(slope), vectors(unit));
    for index in 0..unit.len() {
        simd.store(simd.load(&slope[index]) - simd.load(&unit[index]) * inward, &mut slope[index]);
    }
}
