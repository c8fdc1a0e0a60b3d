//! The operators in double precision.

use crate::{Binary, Clamp, Node, Unary};

/// Value and derivative with respect to the logit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub(super) value: f64,
    pub(super) slope: f64,
}

pub(super) fn leaf(leaf: Node, logit: f64, label: f64, epsilon: f64) -> Point {
    let fixed = |value: f64| Point { value, slope: 0.0 };
    match leaf {
        Node::Pred => {
            let (value, slope) = sigmoid(logit);
            Point { value, slope }
        }
        Node::Logit => Point { value: logit, slope: 1.0 },
        Node::Label => fixed(label),
        Node::Eps => fixed(epsilon),
        Node::Constant(value) => fixed(f64::from(value)),
        Node::Unary(..) | Node::Binary(..) => unreachable!("an operator is no leaf"),
    }
}

pub(super) fn unary(operator: Unary, epsilon: f64, clamp: Clamp, x: &[Point], out: &mut [Point]) {
    match operator {
        Unary::Neg => map(clamp, x, out, |x| (-x, -1.0)),
        Unary::Identity => map(clamp, x, out, |x| (x, 1.0)),
        Unary::Square => map(clamp, x, out, |x| (x * x, 2.0 * x)),
        Unary::Abs => map(clamp, x, out, |x| (x.abs(), sign(x))),
        Unary::Log => map(clamp, x, out, |x| {
            let shifted = x.abs() + epsilon;
            (sign(x) * shifted.ln(), sign(x).abs() / shifted)
        }),
        Unary::Reciprocal => map(clamp, x, out, |x| {
            let inverse = 1.0 / (x.abs() + epsilon);
            (sign(x) * inverse, -sign(x).abs() * inverse * inverse)
        }),
        Unary::Sqrt => map(clamp, x, out, |x| {
            let root = x.abs().sqrt();
            (sign(x) * root, if x == 0.0 { 0.0 } else { 0.5 / root })
        }),
        Unary::Exp => map(clamp, x, out, |x| {
            let e = x.clamp(-87.0, 88.0).exp();
            (e, e)
        }),
        Unary::Sigmoid => map(clamp, x, out, sigmoid),
        Unary::Tanh => map(clamp, x, out, |x| {
            let (s, derivative) = sigmoid(2.0 * x);
            (2.0 * s - 1.0, 4.0 * derivative)
        }),
        Unary::Relu => map(clamp, x, out, |x| (x.max(0.0), half_step(x))),
    }
}

pub(super) fn binary(operator: Binary, clamp: Clamp, x: &[Point], y: &[Point], out: &mut [Point]) {
    match operator {
        Binary::Add => zip(clamp, x, y, out, |x, y| (x + y, 1.0, 1.0)),
        Binary::Sub => zip(clamp, x, y, out, |x, y| (x - y, 1.0, -1.0)),
        Binary::Mul => zip(clamp, x, y, out, |x, y| (x * y, y, x)),
        Binary::Div => zip(clamp, x, y, out, |x, y| (x / y, 1.0 / y, -x / y / y)),
        Binary::Max => zip(clamp, x, y, out, |x, y| (larger(x, y), half_step(x - y), half_step(y - x))),
        Binary::Min => zip(clamp, x, y, out, |x, y| (-larger(-x, -y), half_step(y - x), half_step(x - y))),
    }
}

#[inline(always)]
fn map(clamp: Clamp, x: &[Point], out: &mut [Point], f: impl Fn(f64) -> (f64, f64)) {
    for (x, out) in x.iter().zip(out) {
        let (value, derivative) = f(x.value);
        *out = clamped(Point { value, slope: derivative * x.slope }, clamp);
    }
}

#[inline(always)]
fn zip(clamp: Clamp, x: &[Point], y: &[Point], out: &mut [Point], f: impl Fn(f64, f64) -> (f64, f64, f64)) {
    for ((x, y), out) in x.iter().zip(y).zip(out) {
        let (value, dx, dy) = f(x.value, y.value);
        *out = clamped(Point { value, slope: dx * x.slope + dy * y.slope }, clamp);
    }
}

#[inline(always)]
fn clamped(point: Point, clamp: Clamp) -> Point {
    let (low, high) = match clamp {
        Clamp::None => return point,
        Clamp::Signed(limit) => (-f64::from(limit), f64::from(limit)),
        Clamp::Positive(low, high) => (f64::from(low), f64::from(high)),
    };
    if point.value < low {
        Point { value: low, slope: 0.0 }
    } else if point.value > high {
        Point { value: high, slope: 0.0 }
    } else {
        point
    }
}

fn sigmoid(h: f64) -> (f64, f64) {
    let e = (-h.abs()).exp();
    let inverse = 1.0 / (1.0 + e);
    let small = e * inverse;
    (if h >= 0.0 { inverse } else { small }, small * inverse)
}

fn larger(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() { f64::NAN } else { x.max(y) }
}

fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        0.0
    }
}

fn half_step(x: f64) -> f64 {
    0.5 + 0.5 * sign(x)
}
