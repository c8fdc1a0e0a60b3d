//! Derivatives of the loss of a row, from the root to the scores.

use super::program::{Operation, Shape, Source, Step};
use super::rows;
use super::tile::{Extent, Inputs, View, zip};
use crate::operator::{BinaryLoop, UnaryLoop};
use crate::{Binary, Reducer, Unary};

/// What a step has put away on its way forward.
pub(super) struct Known<'a> {
    pub(super) value: &'a [f32],
    pub(super) slope: &'a [f32],
    pub(super) mask: &'a [f32],
}

/// Where derivatives with respect to scores and steps are added up.
pub(super) struct Adjoints<'a> {
    pub(super) pos: &'a mut [f32],
    pub(super) neg: &'a mut [f32],
    /// Of the steps before, each in its place
    pub(super) before: &'a mut [f32],
    /// For what is added up over a row
    pub(super) scratch: &'a mut [f32],
}

/// A derivative that gets further parts, or its first one.
struct Target<'a> {
    numbers: &'a mut [f32],
    shape: Shape,
    adds: bool,
}

impl Adjoints<'_> {
    #[inline(always)]
    fn target(&mut self, source: &Source, adds: bool, inputs: &Inputs<'_>) -> Option<(Target<'_>, &mut [f32])> {
        let Self { pos, neg, before, scratch } = self;
        let (numbers, shape) = match source {
            Source::Number(_) => return None,
            Source::Pos => (&mut **pos, Shape::Row),
            Source::Neg => (&mut **neg, Shape::Grid),
            Source::Step(index) => {
                let (start, shape) = (index * inputs.extent.stride, inputs.steps[*index].shape);
                (&mut before[start..start + inputs.extent.len(shape)], shape)
            }
        };
        Some((Target { numbers, shape, adds }, scratch))
    }
}

/// A derivative times another: what nothing depends on stays 0, however steep it is.
#[inline(always)]
fn through(adjoint: f32, slope: f32) -> f32 {
    if adjoint == 0.0 { 0.0 } else { adjoint * slope }
}

/// Passes on the derivative with respect to a step, `adjoint`, to its operands.
#[inline(always)]
pub(super) fn take(step: &Step, inputs: &Inputs<'_>, known: &Known<'_>, adjoint: &mut [f32], into: &mut Adjoints<'_>) {
    let extent = inputs.extent;
    let adjoint = &mut adjoint[..extent.len(step.shape)];
    if step.clamp {
        for (adjoint, &mask) in adjoint.iter_mut().zip(known.mask) {
            *adjoint = if mask == 0.0 { 0.0 } else { *adjoint };
        }
    }
    let adjoint = &*adjoint;
    match &step.operation {
        Operation::Binary(operator, x, y) => {
            for (source, is_second) in [(x, false), (y, true)] {
                let adds = step.adds[usize::from(is_second)];
                let Some((target, scratch)) = into.target(source, adds, inputs) else { continue };
                match constant_slopes(*operator) {
                    Some(slopes) => target.add_scaled(adjoint, slopes[usize::from(is_second)], extent),
                    None => {
                        let (x, y) = (inputs.view(x, step.shape), inputs.view(y, step.shape));
                        target.add_binary(*operator, is_second, [x, y], (adjoint, step.shape), scratch, extent);
                    }
                }
            }
        }
        Operation::Unary(operator, x) => {
            let Some((target, _)) = into.target(x, step.adds[0], inputs) else { return };
            match constant_slope(*operator) {
                Some(slope) => target.add_scaled(adjoint, slope, extent),
                None => target.add_products(adjoint, known.slope),
            }
        }
        Operation::Softplus { x, .. } => {
            let Some((target, _)) = into.target(x, step.adds[0], inputs) else { return };
            target.add_products(adjoint, known.slope);
        }
        Operation::LogSumExp { x, .. } => {
            let Some((target, _)) = into.target(x, step.adds[0], inputs) else { return };
            target.add_by_row(extent.n, adjoint, known.slope, through);
        }
        Operation::Reduce(reducer, x) => {
            let Some((target, _)) = into.target(x, step.adds[0], inputs) else { return };
            target.add_reduced(*reducer, inputs.numbers(x), known, adjoint, extent.n);
        }
    }
}

/// The derivative of an operator where that is the same for every x.
#[inline(always)]
fn constant_slope(operator: Unary) -> Option<f32> {
    let mut slopes = [0.0; 2];
    operator.evaluate(false, 1.0, AtZero(&mut slopes));
    (!operator.has_varying_derivative()).then_some(slopes[0])
}

/// The derivatives of an operator where they are the same for every x and y.
#[inline(always)]
fn constant_slopes(operator: Binary) -> Option<[f32; 2]> {
    let mut slopes = [0.0; 2];
    operator.evaluate(AtZero(&mut slopes));
    (operator.operands_of_derivative([true; 2]) == [false; 2]).then_some(slopes)
}

/// The derivatives of an operator at 0.
struct AtZero<'a>(&'a mut [f32; 2]);

impl UnaryLoop<f32> for AtZero<'_> {
    #[inline(always)]
    fn run(self, f: impl Fn(f32) -> (f32, f32)) {
        self.0[0] = f(0.0).1;
    }
}

impl BinaryLoop<f32> for AtZero<'_> {
    #[inline(always)]
    fn run(self, f: impl Fn(f32, f32) -> (f32, f32, f32)) {
        let (_, by_x, by_y) = f(0.0, 0.0);
        *self.0 = [by_x, by_y];
    }
}

impl Target<'_> {
    /// Adds `part(number of the target)`, or writes it where it is the first.
    #[inline(always)]
    fn add(self, part: impl Fn(usize) -> f32) {
        if self.adds {
            for (index, number) in self.numbers.iter_mut().enumerate() {
                *number += part(index);
            }
        } else {
            for (index, number) in self.numbers.iter_mut().enumerate() {
                *number = part(index);
            }
        }
    }

    /// Adds the sums over each row of `parts`.
    #[inline(always)]
    fn add_sums(self, parts: &[f32], slope: f32, extent: Extent) {
        let parts = &parts[..self.numbers.len() * extent.n];
        self.add(|row| slope * rows::sum(&parts[row * extent.n..][..extent.n]));
    }

    #[inline(always)]
    fn add_scaled(self, adjoint: &[f32], slope: f32, extent: Extent) {
        if adjoint.len() == self.numbers.len() {
            let adjoint = &adjoint[..self.numbers.len()];
            self.add(|index| slope * adjoint[index]);
        } else {
            self.add_sums(adjoint, slope, extent);
        }
    }

    #[inline(always)]
    fn add_products(self, adjoint: &[f32], slope: &[f32]) {
        let length = self.numbers.len();
        let (adjoint, slope) = (&adjoint[..length], &slope[..length]);
        self.add(|index| through(adjoint[index], slope[index]));
    }

    /// Adds to each number of a row what `part` makes of the row's adjoint and of its number in `numbers`.
    #[inline(always)]
    fn add_by_row(self, n: usize, adjoint: &[f32], numbers: &[f32], part: impl Fn(f32, f32) -> f32) {
        let rows = self.numbers.chunks_exact_mut(n).zip(numbers.chunks_exact(n)).zip(adjoint);
        let Self { shape, adds, .. } = self;
        for ((target, numbers), &adjoint) in rows {
            let numbers = &numbers[..target.len()];
            Target { numbers: target, shape, adds }.add(|index| part(adjoint, numbers[index]));
        }
    }

    #[inline(always)]
    fn add_reduced(self, reducer: Reducer, x: &[f32], known: &Known<'_>, adjoint: &[f32], n: usize) {
        let Self { numbers, shape, adds } = self;
        let of_rows = numbers.chunks_exact_mut(n).zip(x.chunks_exact(n));
        for (row, ((target, x), &adjoint)) in of_rows.zip(adjoint).enumerate() {
            let share = through(adjoint, known.slope[row]);
            let (x, target) = (&x[..target.len()], Target { numbers: target, shape, adds });
            match reducer {
                Reducer::Mean | Reducer::Sum => target.add(|_| share),
                Reducer::Max => {
                    let largest = known.value[row];
                    target.add(|index| if x[index] == largest { share } else { 0.0 });
                }
            }
        }
    }

    /// Adds the derivative by one operand; of an operand that is one number a row, the sum over the row.
    #[inline(always)]
    fn add_binary(
        self,
        operator: Binary,
        is_second: bool,
        operands: [View<'_>; 2],
        (adjoint, shape): (&[f32], Shape),
        scratch: &mut [f32],
        extent: Extent,
    ) {
        let is_direct = self.shape == shape && !self.adds;
        let out = if is_direct { &mut *self.numbers } else { &mut scratch[..adjoint.len()] };
        operator.evaluate(Parts { operands, is_second, adjoint, out });
        if !is_direct {
            self.add_scaled(&scratch[..adjoint.len()], 1.0, extent);
        }
    }
}

/// Number by number, the adjoint times the derivative by one operand.
struct Parts<'a> {
    operands: [View<'a>; 2],
    is_second: bool,
    adjoint: &'a [f32],
    out: &'a mut [f32],
}

impl BinaryLoop<f32> for Parts<'_> {
    #[inline(always)]
    fn run(self, f: impl Fn(f32, f32) -> (f32, f32, f32)) {
        let Self { operands: [x, y], is_second, adjoint, out } = self;
        let adjoint = &adjoint[..out.len()];
        if is_second {
            zip(x, y, out, |index, x, y, out| *out = through(adjoint[index], f(x, y).2));
        } else {
            zip(x, y, out, |index, x, y, out| *out = through(adjoint[index], f(x, y).1));
        }
    }
}
