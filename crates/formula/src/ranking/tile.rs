//! A few rows at a time, and the memory in which each step has its place.

use std::ops::Range;

use super::program::{Shape, Source, Step};

/// Numbers of a tile: what a step needs of it stays in the first-level cache, and calls are few.
const TILE: usize = 1024;

/// Shape of a tile, and how far apart the places of two steps are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Rows
    pub(super) rows: usize,
    /// Negatives a row
    pub(super) n: usize,
    /// Numbers of a place
    pub(super) stride: usize,
}

impl Extent {
    /// The tile of a batch of `rows` rows, one at least.
    pub(super) fn of(rows: usize, n: usize) -> Self {
        let rows = (TILE / n).clamp(1, rows);
        Self { rows, n, stride: rows * n }
    }

    /// The same places for fewer rows.
    pub(super) fn of_rows(self, rows: usize) -> Self {
        Self { rows, ..self }
    }

    /// Where the numbers of a step are.
    #[inline(always)]
    pub(super) fn place(self, step: usize) -> Range<usize> {
        step * self.stride..(step + 1) * self.stride
    }

    /// Numbers of a value.
    #[inline(always)]
    pub(super) fn len(self, shape: Shape) -> usize {
        match shape {
            Shape::Row => self.rows,
            Shape::Grid => self.rows * self.n,
        }
    }

    /// How many numbers of a grid share one of a value.
    #[inline(always)]
    pub(super) fn period(self, shape: Shape) -> usize {
        match shape {
            Shape::Row => self.n,
            Shape::Grid => 1,
        }
    }
}

/// The numbers of an operand; each serves `period` numbers of the result one after the other.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) numbers: &'a [f32],
    pub(super) period: usize,
}

/// What an operation reads: scores and the values of the steps before it.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub(super) pos: &'a [f32],
    pub(super) neg: &'a [f32],
    /// Values of steps, each in its place
    pub(super) values: &'a [f32],
    /// The steps
    pub(super) steps: &'a [Step],
    pub(super) extent: Extent,
}

impl<'a> Inputs<'a> {
    /// The numbers of a value; one for a number.
    #[inline(always)]
    pub(super) fn numbers(&self, source: &'a Source) -> &'a [f32] {
        match source {
            Source::Number(number) => std::slice::from_ref(number),
            Source::Pos => self.pos,
            Source::Neg => self.neg,
            Source::Step(index) => {
                let start = index * self.extent.stride;
                &self.values[start..start + self.extent.len(self.steps[*index].shape)]
            }
        }
    }

    /// The numbers of a value as an operand of a result of `shape`.
    #[inline(always)]
    pub(super) fn view(&self, source: &'a Source, shape: Shape) -> View<'a> {
        let of = match source {
            Source::Number(_) => return View { numbers: self.numbers(source), period: self.extent.len(shape) },
            Source::Pos => Shape::Row,
            Source::Neg => Shape::Grid,
            Source::Step(index) => self.steps[*index].shape,
        };
        let period = if of == shape { 1 } else { self.extent.period(of) };
        View { numbers: self.numbers(source), period }
    }
}

/// Number by number, a function of two operands: `out` is as long as the longer one.
#[inline(always)]
pub(super) fn zip(x: View<'_>, y: View<'_>, out: &mut [f32], mut f: impl FnMut(usize, f32, f32, &mut f32)) {
    if x.period > 1 {
        let runs = out.chunks_exact_mut(x.period).zip(y.numbers.chunks_exact(x.period));
        for (run, ((out, y), &x_number)) in runs.zip(x.numbers).enumerate() {
            let start = run * x.period;
            for (index, (out, &y)) in out.iter_mut().zip(y).enumerate() {
                f(start + index, x_number, y, out);
            }
        }
    } else if y.period > 1 {
        let runs = out.chunks_exact_mut(y.period).zip(x.numbers.chunks_exact(y.period));
        for (run, ((out, x), &y_number)) in runs.zip(y.numbers).enumerate() {
            let start = run * y.period;
            for (index, (out, &x)) in out.iter_mut().zip(x).enumerate() {
                f(start + index, x, y_number, out);
            }
        }
    } else {
        for (index, (out, (&x, &y))) in out.iter_mut().zip(x.numbers.iter().zip(y.numbers)).enumerate() {
            f(index, x, y, out);
        }
    }
}
