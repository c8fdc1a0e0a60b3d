//! One step of an evaluation: one operation over a block of samples, with value and derivative with respect to the logit.

use crate::lanes::{Dual, LANES, Lanes};
use crate::number::{bounds, within};
use crate::operator::{BinaryLoop, UnaryLoop};
use crate::scope_check::NOT_POINTWISE;
use crate::{Clamp, Node, Semantics, math};

/// One node, and what of it is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub node: Node,
    pub value: bool,
    /// Whether the derivative is, through each operand; a leaf and a unary operator have the first only.
    pub slope: [bool; 2],
    /// Whether the operand of a unary operator is above 0, so that nothing has to be protected.
    pub positive: bool,
    /// Whether the clamp can act here.
    pub clamp: bool,
}

impl Step {
    /// All of a node.
    pub(crate) fn all(node: Node) -> Self {
        Self { node, value: true, slope: [true; 2], positive: false, clamp: node.is_operator() }
    }

    /// Whether any derivative is computed.
    #[inline(always)]
    pub(crate) fn has_slope(&self) -> bool {
        self.slope != [false; 2]
    }

    /// Which operands' values the derivative depends on.
    pub(crate) fn needs(&self) -> [bool; 2] {
        match self.node {
            Node::Unary(operator, _) => [operator.has_varying_derivative(), false],
            Node::Binary(operator, ..) => operator.operands_of_derivative(self.slope),
            _ => [false; 2],
        }
    }

    /// Takes the step over a block of logits and labels; the operands are in `before`. What the step does not compute is of no
    /// meaning.
    #[inline(always)]
    pub(crate) fn take(&self, before: &[Dual], (h, y): (&Lanes, &Lanes), semantics: Semantics, out: &mut Dual) {
        match self.node {
            Node::Pred => pred(h, out),
            Node::Logit => *out = Dual { value: *h, slope: [1.0; LANES] },
            Node::Label => self.fixed(*y, out),
            Node::Eps => self.fixed([semantics.epsilon; LANES], out),
            Node::Constant(value) => self.fixed([value; LANES], out),
            Node::Unary(operator, x) => {
                operator.evaluate(self.positive, semantics.epsilon, Map { step: self, x: &before[x], out });
            }
            Node::Binary(operator, x, y) => operator.evaluate(Zip { step: self, x: &before[x], y: &before[y], out }),
            Node::Pos | Node::Neg | Node::Gap | Node::Reduce(..) => unreachable!("{NOT_POINTWISE}"),
        }
        if self.clamp {
            clamp(semantics.clamp, out);
        }
    }

    /// A leaf that does not depend on the logit.
    #[inline(always)]
    fn fixed(&self, value: Lanes, out: &mut Dual) {
        out.value = value;
        if self.has_slope() {
            out.slope = [0.0; LANES];
        }
    }
}

#[inline(always)]
fn pred(h: &Lanes, out: &mut Dual) {
    for lane in 0..LANES {
        (out.value[lane], out.slope[lane]) = math::sigmoid(h[lane]);
    }
}

/// Lane by lane, a function of one argument.
struct Map<'a> {
    step: &'a Step,
    x: &'a Dual,
    out: &'a mut Dual,
}

impl UnaryLoop<f32> for Map<'_> {
    #[inline(always)]
    fn run(self, f: impl Fn(f32) -> (f32, f32)) {
        // Arguments of a function are known not to overlap, fields of a struct are not: with them the loop would check first.
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
        let Self { step, x, out } = self;
        match (step.value, step.slope[0]) {
            (true, true) => each::<true, true>(x, out, f),
            (true, false) => each::<true, false>(x, out, f),
            (false, true) => each::<false, true>(x, out, f),
            (false, false) => {}
        }
    }
}

/// Lane by lane, a function of two arguments.
struct Zip<'a> {
    step: &'a Step,
    x: &'a Dual,
    y: &'a Dual,
    out: &'a mut Dual,
}

impl BinaryLoop<f32> for Zip<'_> {
    #[inline(always)]
    fn run(self, f: impl Fn(f32, f32) -> (f32, f32, f32)) {
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
        let Self { step, x, y, out } = self;
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
}

/// Keeps the values within the clamp.
#[inline(always)]
fn clamp(clamp: Clamp, out: &mut Dual) {
    let Some(bounds) = bounds(clamp) else { return };
    for lane in 0..LANES {
        (out.value[lane], out.slope[lane]) = within(bounds, out.value[lane], out.slope[lane]);
    }
}
