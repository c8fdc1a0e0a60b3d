//! One operation over a block of samples: value and derivative with respect to the logit.

use crate::tape::Step;
use crate::{Binary, Clamp, Node, Semantics, Unary, math};

/// Samples of a block: two arrays of this many a node stay in the first-level cache, beside what a caller keeps there.
pub(crate) const LANES: usize = 64;

pub(crate) type Lanes = [f32; LANES];

/// Value and derivative of one node over a block.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Dual {
    pub(crate) value: Lanes,
    pub(crate) slope: Lanes,
}

impl Dual {
    pub(crate) const ZERO: Dual = Dual { value: [0.0; LANES], slope: [0.0; LANES] };
}

/// A block, filled up with zeros. One that is full is copied without asking for its length.
#[inline(always)]
pub(crate) fn lanes(block: &[f32]) -> Lanes {
    if let Ok(full) = block.try_into() {
        return full;
    }
    let mut lanes = [0.0; LANES];
    lanes[..block.len()].copy_from_slice(block);
    lanes
}

/// One step over a block of logits and labels; the operands are in `before`. What the step does not compute is of no meaning.
#[inline(always)]
pub(crate) fn take(step: &Step, before: &[Dual], (h, y): (&Lanes, &Lanes), semantics: Semantics, out: &mut Dual) {
    match step.node {
        Node::Pred => pred(h, out),
        Node::Logit => *out = Dual { value: *h, slope: [1.0; LANES] },
        Node::Label => fixed(step, *y, out),
        Node::Eps => fixed(step, [semantics.epsilon; LANES], out),
        Node::Constant(value) => fixed(step, [value; LANES], out),
        Node::Unary(operator, x) => unary(step, operator, &before[x], out, semantics.epsilon),
        Node::Binary(operator, x, y) => binary(step, operator, &before[x], &before[y], out),
    }
    if step.clamp {
        clamp(semantics.clamp, out);
    }
}

#[inline(always)]
fn pred(h: &Lanes, out: &mut Dual) {
    for lane in 0..LANES {
        (out.value[lane], out.slope[lane]) = math::sigmoid(h[lane]);
    }
}

/// A leaf that does not depend on the logit.
#[inline(always)]
fn fixed(step: &Step, value: Lanes, out: &mut Dual) {
    out.value = value;
    if step.has_slope() {
        out.slope = [0.0; LANES];
    }
}

/// Applies `f`, which gives the value and its derivative with respect to x, lane by lane.
#[inline(always)]
fn map(step: &Step, x: &Dual, out: &mut Dual, f: impl Fn(f32) -> (f32, f32)) {
    #[inline(always)]
    fn each<const VALUE: bool, const SLOPE: bool>(x: &Dual, out: &mut Dual, f: impl Fn(f32) -> (f32, f32)) {
        for lane in 0..LANES {
            let (value, derivative) = f(x.value[lane]);
            if VALUE {
                out.value[lane] = value;
            }
            if SLOPE {
                out.slope[lane] = derivative * x.slope[lane];
            }
        }
    }
    match (step.value, step.slope[0]) {
        (true, true) => each::<true, true>(x, out, f),
        (true, false) => each::<true, false>(x, out, f),
        (false, true) => each::<false, true>(x, out, f),
        (false, false) => {}
    }
}

#[inline(always)]
fn unary(step: &Step, operator: Unary, x: &Dual, out: &mut Dual, epsilon: f32) {
    match operator {
        Unary::Neg => map(step, x, out, |x| (-x, -1.0)),
        Unary::Identity => map(step, x, out, |x| (x, 1.0)),
        Unary::Square => map(step, x, out, |x| (x * x, 2.0 * x)),
        Unary::Abs => map(step, x, out, |x| (x.abs(), sign(x))),
        Unary::Log if step.positive => map(step, x, out, |x| (math::ln(x + epsilon), 1.0 / (x + epsilon))),
        Unary::Log => map(step, x, out, |x| {
            let shifted = x.abs() + epsilon;
            (sign(x) * math::ln(shifted), sign(x).abs() / shifted)
        }),
        Unary::Reciprocal if step.positive => map(step, x, out, |x| {
            let inverse = 1.0 / (x + epsilon);
            (inverse, -inverse * inverse)
        }),
        Unary::Reciprocal => map(step, x, out, |x| {
            let inverse = 1.0 / (x.abs() + epsilon);
            (sign(x) * inverse, -sign(x).abs() * inverse * inverse)
        }),
        Unary::Sqrt => map(step, x, out, |x| {
            let root = x.abs().sqrt();
            (sign(x) * root, if x == 0.0 { 0.0 } else { 0.5 / root })
        }),
        Unary::Exp => map(step, x, out, |x| {
            let e = math::exp(x);
            (e, e)
        }),
        Unary::Sigmoid => map(step, x, out, math::sigmoid),
        Unary::Tanh => map(step, x, out, math::tanh),
        // 0 and not 0·x, which is −0 below 0 and NaN at −∞.
        Unary::Relu => map(step, x, out, |x| (if x <= 0.0 { 0.0 } else { x }, half_step(x))),
    }
}

#[inline(always)]
fn binary(step: &Step, operator: Binary, x: &Dual, y: &Dual, out: &mut Dual) {
    match operator {
        Binary::Add => zip(step, x, y, out, |x, y| (x + y, 1.0, 1.0)),
        Binary::Sub => zip(step, x, y, out, |x, y| (x - y, 1.0, -1.0)),
        Binary::Mul => zip(step, x, y, out, |x, y| (x * y, y, x)),
        // Not −x/y²: y² underflows long before the quotient does.
        Binary::Div => zip(step, x, y, out, |x, y| {
            let (quotient, inverse) = (x / y, 1.0 / y);
            (quotient, inverse, -quotient * inverse)
        }),
        Binary::Max => zip(step, x, y, out, |x, y| (larger(x, y), half_step(x - y), half_step(y - x))),
        Binary::Min => zip(step, x, y, out, |x, y| (-larger(-x, -y), half_step(y - x), half_step(x - y))),
    }
}

/// Applies `f`, which gives the value and its derivatives with respect to x and y, lane by lane.
#[inline(always)]
fn zip(step: &Step, x: &Dual, y: &Dual, out: &mut Dual, f: impl Fn(f32, f32) -> (f32, f32, f32)) {
    #[inline(always)]
    fn each<const VALUE: bool, const BY_X: bool, const BY_Y: bool>(
        x: &Dual,
        y: &Dual,
        out: &mut Dual,
        f: impl Fn(f32, f32) -> (f32, f32, f32),
    ) {
        for lane in 0..LANES {
            let (value, dx, dy) = f(x.value[lane], y.value[lane]);
            if VALUE {
                out.value[lane] = value;
            }
            match (BY_X, BY_Y) {
                (true, true) => out.slope[lane] = dx * x.slope[lane] + dy * y.slope[lane],
                (true, false) => out.slope[lane] = dx * x.slope[lane],
                (false, true) => out.slope[lane] = dy * y.slope[lane],
                (false, false) => {}
            }
        }
    }
    match (step.value, step.slope) {
        (true, [true, true]) => each::<true, true, true>(x, y, out, f),
        (true, [true, false]) => each::<true, true, false>(x, y, out, f),
        (true, [false, true]) => each::<true, false, true>(x, y, out, f),
        (true, [false, false]) => each::<true, false, false>(x, y, out, f),
        (false, [true, true]) => each::<false, true, true>(x, y, out, f),
        (false, [true, false]) => each::<false, true, false>(x, y, out, f),
        (false, [false, true]) => each::<false, false, true>(x, y, out, f),
        (false, [false, false]) => {}
    }
}

/// Keeps the value within the clamp; where it acts the derivative is 0. A NaN passes, so that it is reported.
#[inline(always)]
fn clamp(clamp: Clamp, out: &mut Dual) {
    let (low, high) = match clamp {
        Clamp::None => return,
        Clamp::Signed(limit) => (-limit, limit),
        Clamp::Positive(low, high) => (low, high),
    };
    for lane in 0..LANES {
        let value = out.value[lane];
        let outside = (value < low) | (value > high);
        out.slope[lane] = if outside { 0.0 } else { out.slope[lane] };
        let value = if value < low { low } else { value };
        out.value[lane] = if value > high { high } else { value };
    }
}

/// The larger one; NaN if either is. The order of 0 and −0 does not count.
#[inline(always)]
fn larger(x: f32, y: f32) -> f32 {
    let tie_or_nan = 0.5 * x + 0.5 * y;
    let larger = if y > x { y } else { tie_or_nan };
    if x > y { x } else { larger }
}

/// −1, 0 or 1.
#[inline(always)]
fn sign(x: f32) -> f32 {
    let positive = if x > 0.0 { 1.0 } else { 0.0 };
    let negative = if x < 0.0 { 1.0 } else { 0.0 };
    positive - negative
}

/// 0, ½ or 1: the derivative of max(x, 0), half at the tie.
#[inline(always)]
fn half_step(x: f32) -> f32 {
    0.5 + 0.5 * sign(x)
}
