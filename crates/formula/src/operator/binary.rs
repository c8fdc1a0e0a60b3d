//! Operators of two arguments.

use autolossgen_settings::choice;

use crate::magnitude::Magnitude;
use crate::number::{Number, half_step, larger};
use crate::range::Range;

choice! {
    /// An operator of two arguments.
    pub enum Binary {
        /// x + y
        Add = "add",
        /// x·y
        Mul = "mul",
        /// max(x, y); a tie takes half of each side's derivative
        Max = "max",
        /// min(x, y); a tie takes half of each side's derivative
        Min = "min",
        /// x − y
        Sub = "sub",
        /// x / y, unprotected
        Div = "div",
    }
}

/// A loop that takes up the function of an operator, as [`UnaryLoop`](super::UnaryLoop) does.
pub(crate) trait BinaryLoop<N: Number> {
    /// `f` gives the value and its derivatives with respect to x and y.
    fn run(self, f: impl Fn(N, N) -> (N, N, N));
}

impl Binary {
    /// How text writes the operator: a sign between both operands, or `max` and `min`, which are functions.
    pub fn symbol(self) -> &'static str {
        match self {
            Binary::Add => "+",
            Binary::Mul => "*",
            Binary::Max => "max",
            Binary::Min => "min",
            Binary::Sub => "-",
            Binary::Div => "/",
        }
    }

    /// Whether the operands may change places.
    pub fn is_commutative(self) -> bool {
        matches!(self, Binary::Add | Binary::Mul | Binary::Max | Binary::Min)
    }

    /// Whether text writes the operator as a function.
    pub(crate) fn is_function(self) -> bool {
        matches!(self, Binary::Max | Binary::Min)
    }

    /// Runs a loop with value and derivatives.
    #[inline(always)]
    pub(crate) fn evaluate<N: Number>(self, each: impl BinaryLoop<N>) {
        let one = N::of(1.0);
        match self {
            Binary::Add => each.run(|x, y| (x + y, one, one)),
            Binary::Sub => each.run(|x, y| (x - y, one, -one)),
            Binary::Mul => each.run(|x, y| (x * y, y, x)),
            // Not −x/y²: y² underflows long before the quotient does.
            Binary::Div => each.run(|x, y| {
                let (quotient, inverse) = (x / y, one / y);
                (quotient, inverse, -quotient * inverse)
            }),
            Binary::Max => each.run(|x, y| (larger(x, y), half_step(x - y), half_step(y - x))),
            Binary::Min => each.run(|x, y| (-larger(-x, -y), half_step(y - x), half_step(x - y))),
        }
    }

    /// Which operands' values the derivative depends on, where it is taken through the first, the second or both.
    pub(crate) fn operands_of_derivative(self, [by_first, by_second]: [bool; 2]) -> [bool; 2] {
        match self {
            Binary::Add | Binary::Sub => [false; 2],
            Binary::Mul => [by_second, by_first],
            Binary::Div => [by_second, true],
            Binary::Max | Binary::Min => [true; 2],
        }
    }

    /// What is certain of the value in single precision, before the clamp.
    pub(crate) fn magnitude(self, x: Magnitude, y: Magnitude) -> Magnitude {
        let largest = match self {
            Binary::Add | Binary::Sub => x.largest + y.largest,
            Binary::Mul if x.largest.max(y.largest) < f64::INFINITY => x.largest * y.largest,
            // How near the divisor can come to 0 is not known.
            Binary::Mul | Binary::Div => f64::INFINITY,
            Binary::Max | Binary::Min => x.largest.max(y.largest),
        };
        let positive = matches!(self, Binary::Add | Binary::Max | Binary::Min) && x.positive && y.positive;
        Magnitude { largest, positive }.rounded()
    }

    /// The values for x and y in their ranges, before the clamp.
    pub(crate) fn range(self, x: Range, y: Range) -> Range {
        match self {
            Binary::Add => x.plus(y),
            Binary::Sub => x.plus(y.negated()),
            Binary::Mul => x.times(y),
            Binary::Div => x.over(y),
            Binary::Max => {
                let is_positive = x.is_positive() || y.is_positive();
                let larger = Range::new(x.low.max(y.low), x.high.max(y.high));
                if is_positive { larger.never_zero() } else { larger }
            }
            Binary::Min => {
                let smaller = Range::new(x.low.min(y.low), x.high.min(y.high));
                if x.is_positive() && y.is_positive() { smaller.never_zero() } else { smaller }
            }
        }
    }
}
