//! Steps of a formula over the points of a probe, in double precision.

use crate::number::{Number, bounds, within};
use crate::operator::{BinaryLoop, UnaryLoop};
use crate::scope_check::NOT_POINTWISE;
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
            let (value, slope) = Number::sigmoid(logit);
            Point { value, slope }
        }
        Node::Logit => Point { value: logit, slope: 1.0 },
        Node::Label => fixed(label),
        Node::Eps => fixed(epsilon),
        Node::Constant(value) => fixed(f64::from(value)),
        Node::Unary(..) | Node::Binary(..) => unreachable!("an operator is no leaf"),
        Node::Pos | Node::Neg | Node::Gap | Node::Reduce(..) => unreachable!("{NOT_POINTWISE}"),
    }
}

pub(super) fn unary(operator: Unary, epsilon: f64, clamp: Clamp, x: &[Point], out: &mut [Point]) {
    operator.evaluate(false, epsilon, Step { operands: (x, x), clamp, out });
}

pub(super) fn binary(operator: Binary, clamp: Clamp, x: &[Point], y: &[Point], out: &mut [Point]) {
    operator.evaluate(Step { operands: (x, y), clamp, out });
}

/// Takes a step, point by point; an operator of one operand uses the first.
struct Step<'a> {
    operands: (&'a [Point], &'a [Point]),
    clamp: Clamp,
    out: &'a mut [Point],
}

impl Step<'_> {
    #[inline(always)]
    fn each(self, f: impl Fn(Point, Point) -> Point) {
        let Self { operands: (x, y), clamp, out } = self;
        let bounds = bounds(clamp);
        for ((&x, &y), out) in x.iter().zip(y).zip(out) {
            let Point { value, slope } = f(x, y);
            let (value, slope) = bounds.map_or((value, slope), |bounds| within(bounds, value, slope));
            *out = Point { value, slope };
        }
    }
}

impl UnaryLoop<f64> for Step<'_> {
    #[inline(always)]
    fn run(self, f: impl Fn(f64) -> (f64, f64)) {
        self.each(|x, _| {
            let (value, derivative) = f(x.value);
            Point { value, slope: derivative * x.slope }
        });
    }
}

impl BinaryLoop<f64> for Step<'_> {
    #[inline(always)]
    fn run(self, f: impl Fn(f64, f64) -> (f64, f64, f64)) {
        self.each(|x, y| {
            let (value, dx, dy) = f(x.value, y.value);
            Point { value, slope: dx * x.slope + dy * y.slope }
        });
    }
}
