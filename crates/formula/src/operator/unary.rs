//! Operators of one argument.

use autolossgen_settings::choice;

use crate::magnitude::Magnitude;
use crate::number::{Number, half_step, sign};
use crate::range::Range;

choice! {
    /// An operator of one argument. Its name is that of a function in text: `log(pred)`.
    pub enum Unary {
        /// −x
        Neg = "neg",
        /// x
        Identity = "identity",
        /// sign(x)·log(|x| + ε) (Table 2)
        Log = "log",
        /// x²
        Square = "square",
        /// sign(x)/(|x| + ε), with sign(0) = 0 (Table 2)
        Reciprocal = "reciprocal",
        /// |x|
        Abs = "abs",
        /// sign(x)·√|x|
        Sqrt = "sqrt",
        /// eˣ
        Exp = "exp",
        /// 1/(1 + e⁻ˣ)
        Sigmoid = "sigmoid",
        /// tanh x
        Tanh = "tanh",
        /// max(x, 0)
        Relu = "relu",
    }
}

/// A loop that takes up the function of an operator. A trait and not a closure: each function has a type of its own, for which
/// the loop is compiled.
pub(crate) trait UnaryLoop<N: Number> {
    /// `f` gives f(x) and f'(x).
    fn run(self, f: impl Fn(N) -> (N, N));
}

impl Unary {
    /// Runs a loop with value and derivative; `is_positive` where every x is above 0, so that nothing has to be protected.
    #[inline(always)]
    pub(crate) fn evaluate<N: Number>(self, is_positive: bool, epsilon: N, each: impl UnaryLoop<N>) {
        let (zero, half, one, two) = (N::of(0.0), N::of(0.5), N::of(1.0), N::of(2.0));
        match self {
            Unary::Neg => each.run(|x| (-x, -one)),
            Unary::Identity => each.run(|x| (x, one)),
            Unary::Square => each.run(|x| (x * x, two * x)),
            Unary::Abs => each.run(|x| (x.abs(), sign(x))),
            Unary::Log if is_positive => each.run(|x| ((x + epsilon).ln(), one / (x + epsilon))),
            Unary::Log => each.run(|x| {
                let shifted = x.abs() + epsilon;
                (sign(x) * shifted.ln(), sign(x).abs() / shifted)
            }),
            Unary::Reciprocal if is_positive => each.run(|x| {
                let inverse = one / (x + epsilon);
                (inverse, -inverse * inverse)
            }),
            Unary::Reciprocal => each.run(|x| {
                let inverse = one / (x.abs() + epsilon);
                (sign(x) * inverse, -sign(x).abs() * inverse * inverse)
            }),
            Unary::Sqrt => each.run(|x| {
                let root = x.abs().sqrt();
                (sign(x) * root, if x == zero { zero } else { half / root })
            }),
            Unary::Exp => each.run(|x| {
                let e = x.exp();
                (e, e)
            }),
            Unary::Sigmoid => each.run(N::sigmoid),
            Unary::Tanh => each.run(N::tanh),
            // 0 and not 0·x, which is −0 below 0 and NaN at −∞.
            Unary::Relu => each.run(|x| (if x <= zero { zero } else { x }, half_step(x))),
        }
    }

    /// Whether ε is in the value.
    pub(crate) fn depends_on_epsilon(self) -> bool {
        matches!(self, Unary::Log | Unary::Reciprocal)
    }

    /// Whether the derivative is another for another x.
    pub(crate) fn has_varying_derivative(self) -> bool {
        !matches!(self, Unary::Neg | Unary::Identity)
    }

    /// What is certain of the value in single precision, before the clamp.
    pub(crate) fn magnitude(self, x: Magnitude, epsilon: f64) -> Magnitude {
        let largest = match self {
            // An infinite bound stands for NaN too.
            _ if x.largest == f64::INFINITY => f64::INFINITY,
            Unary::Neg | Unary::Identity | Unary::Abs | Unary::Relu => x.largest,
            Unary::Square => x.largest * x.largest,
            Unary::Log => epsilon.ln().abs().max((x.largest + epsilon).ln().abs()),
            Unary::Reciprocal => 1.0 / epsilon,
            Unary::Sqrt => x.largest.sqrt(),
            Unary::Exp => x.largest.min(88.0).exp(),
            Unary::Sigmoid | Unary::Tanh => 1.0,
        };
        let positive = match self {
            Unary::Exp | Unary::Sigmoid => x.largest < f64::INFINITY,
            Unary::Identity => x.positive,
            _ => false,
        };
        Magnitude { largest, positive }.rounded()
    }

    /// The values for x in a range, before the clamp.
    pub(crate) fn range(self, x: Range, epsilon: f64) -> Range {
        match self {
            Unary::Neg => x.negated(),
            Unary::Identity => x,
            Unary::Log => x.odd(|x| (x + epsilon).ln()),
            Unary::Reciprocal => x.odd(|x| 1.0 / (x + epsilon)),
            Unary::Square => x.magnitude().increasing(|x| x * x),
            Unary::Abs => Range { zero: x.zero, ..x.magnitude() },
            Unary::Sqrt => Range { zero: x.zero, ..x.increasing(|x| x.signum() * x.abs().sqrt()) },
            Unary::Exp => x.increasing(|x| x.clamp(-87.0, 88.0).exp()).never_zero(),
            Unary::Sigmoid => x.increasing(|x| 1.0 / (1.0 + (-x).exp())).never_zero(),
            Unary::Tanh => x.increasing(f64::tanh),
            Unary::Relu => x.increasing(|x| x.max(0.0)),
        }
    }
}
