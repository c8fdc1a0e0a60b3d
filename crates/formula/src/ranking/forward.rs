//! Values of the steps, and of unary operations the derivative with them.

use super::program::{Operation, Step};
use super::rows;
use super::tile::{Inputs, View, zip};
use crate::number::{bounds, within};
use crate::operator::{BinaryLoop, UnaryLoop};
use crate::{Reducer, Semantics, math};

/// Where a step writes.
pub(super) struct Results<'a> {
    /// The value
    pub(super) value: &'a mut [f32],
    /// The derivative with respect to each number of the operand, of all but binary operations; of a reducer one a row
    pub(super) slope: &'a mut [f32],
    /// 0 where the clamp acts and 1 elsewhere; empty without a clamp
    pub(super) mask: &'a mut [f32],
}

/// Takes a step.
#[inline(always)]
pub(super) fn take(step: &Step, inputs: &Inputs<'_>, semantics: Semantics, out: &mut Results<'_>) {
    let length = inputs.extent.len(step.shape);
    let value = &mut out.value[..length];
    match &step.operation {
        Operation::Unary(operator, x) => {
            let (x, slope) = (inputs.numbers(x), &mut out.slope[..length]);
            operator.evaluate(false, semantics.epsilon, Map { x, value, slope });
        }
        Operation::Binary(operator, x, y) => {
            operator.evaluate(Zip { x: inputs.view(x, step.shape), y: inputs.view(y, step.shape), value });
        }
        Operation::Reduce(reducer, x) => {
            reduce(*reducer, inputs.numbers(x), inputs.extent.n, value, &mut out.slope[..length]);
        }
        Operation::Softplus { x, sign, log_constant } => {
            softplus(inputs.numbers(x), *sign, *log_constant, value, &mut out.slope[..length]);
        }
        Operation::LogSumExp { x, sign, log_constant, is_mean } => {
            let x = inputs.numbers(x);
            let form = LogSumExp { sign: *sign, log_constant: *log_constant, is_mean: *is_mean };
            form.take(x, inputs.extent.n, value, &mut out.slope[..x.len()]);
        }
    }
    if step.clamp {
        clamp(semantics, &mut out.value[..length], &mut out.mask[..length]);
    }
}

/// Number by number, a function of one argument.
struct Map<'a> {
    x: &'a [f32],
    value: &'a mut [f32],
    slope: &'a mut [f32],
}

impl UnaryLoop<f32> for Map<'_> {
    #[inline(always)]
    fn run(self, f: impl Fn(f32) -> (f32, f32)) {
        // Arguments are known not to overlap, fields of a struct are not.
        #[inline(always)]
        fn each(x: &[f32], value: &mut [f32], slope: &mut [f32], f: impl Fn(f32) -> (f32, f32)) {
            for ((value, slope), &x) in value.iter_mut().zip(slope).zip(x) {
                (*value, *slope) = f(x);
            }
        }
        each(self.x, self.value, self.slope, f);
    }
}

/// Number by number, a function of two arguments.
struct Zip<'a> {
    x: View<'a>,
    y: View<'a>,
    value: &'a mut [f32],
}

impl BinaryLoop<f32> for Zip<'_> {
    #[inline(always)]
    fn run(self, f: impl Fn(f32, f32) -> (f32, f32, f32)) {
        zip(self.x, self.y, self.value, |_, x, y, value| *value = f(x, y).0);
    }
}

#[inline(always)]
fn reduce(reducer: Reducer, x: &[f32], n: usize, value: &mut [f32], slope: &mut [f32]) {
    let share = match reducer {
        Reducer::Mean => 1.0 / n as f32,
        Reducer::Sum | Reducer::Max => 1.0,
    };
    for ((value, slope), x) in value.iter_mut().zip(slope).zip(x.chunks_exact(n)) {
        (*value, *slope) = match reducer {
            Reducer::Mean | Reducer::Sum => (rows::sum(x) * share, share),
            Reducer::Max => rows::largest_and_share(x),
        };
    }
}

/// ln(1 + x) for x ≥ −½, exact where 1 + x has lost the digits of x (Kahan), and 1/(1 + x).
#[inline(always)]
fn ln_1p(x: f32) -> (f32, f32) {
    let sum = 1.0 + x;
    let inverse = 1.0 / sum;
    (math::ln(sum) + (x - (sum - 1.0)) * inverse, inverse)
}

/// log(c + exp(±x)) = max(±x, log c) + log(1 + exp(−|±x − log c|)).
#[inline(always)]
fn softplus(x: &[f32], sign: f32, log_constant: f32, value: &mut [f32], slope: &mut [f32]) {
    for ((value, slope), &x) in value.iter_mut().zip(slope).zip(x) {
        let exponent = sign * x;
        let above = exponent - log_constant;
        let small = math::exp(-above.abs());
        let (log, inverse) = ln_1p(small);
        let largest = if above > 0.0 { exponent } else { log_constant };
        *value = largest + log;
        *slope = sign * if above > 0.0 { inverse } else { small * inverse };
    }
}

/// log(c + r(exp(±x))) by rows.
struct LogSumExp {
    sign: f32,
    log_constant: f32,
    is_mean: bool,
}

impl LogSumExp {
    /// With m the largest of ±x and log c it is m + log(exp(log c − m) + r(exp(±x − m))), and the derivative the share of
    /// each exponential.
    #[inline(always)]
    fn take(self, x: &[f32], n: usize, value: &mut [f32], slope: &mut [f32]) {
        self.shift(x, n, value, slope);
        for slope in &mut *slope {
            *slope = math::exp(*slope);
        }
        let weight = if self.is_mean { 1.0 / n as f32 } else { 1.0 };
        for (value, slope) in value.iter_mut().zip(slope.chunks_exact_mut(n)) {
            let sum = weight * rows::sum(slope);
            let (log, inverse) = if self.log_constant == f32::NEG_INFINITY {
                (math::ln(sum), 1.0 / sum)
            } else {
                ln_1p((math::exp(self.log_constant - *value) - 1.0) + sum)
            };
            *value += log;
            let factor = self.sign * weight * inverse;
            for slope in slope {
                *slope *= factor;
            }
        }
    }

    /// The largest exponent of each row in `largest`, and by how much each is below.
    #[inline(always)]
    fn shift(&self, x: &[f32], n: usize, largest: &mut [f32], below: &mut [f32]) {
        for ((largest, below), x) in largest.iter_mut().zip(below.chunks_exact_mut(n)).zip(x.chunks_exact(n)) {
            for (below, &x) in below.iter_mut().zip(x) {
                *below = self.sign * x;
            }
            *largest = rows::largest(below, self.log_constant);
            for below in below {
                *below -= *largest;
            }
        }
    }
}

/// Keeps the values within the clamp, and notes where it acts.
#[inline(always)]
fn clamp(semantics: Semantics, value: &mut [f32], mask: &mut [f32]) {
    let Some(bounds) = bounds(semantics.clamp) else { return };
    for (value, mask) in value.iter_mut().zip(mask) {
        (*value, *mask) = within(bounds, *value, 1.0);
    }
}
