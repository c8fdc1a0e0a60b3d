//! What of each node an evaluation has to compute, found out once for a loss: a node without the logit has no derivative, and
//! where only dL/dlogit is asked for, most logarithms and the last sum need no value.

use crate::lanes::{LANES, Lanes};
use crate::{Binary, Clamp, Node, Semantics, Unary};

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
        Self { node, value: true, slope: [true; 2], positive: false, clamp: is_operator(node) }
    }

    /// Whether any derivative is computed.
    #[inline(always)]
    pub(crate) fn has_slope(&self) -> bool {
        self.slope != [false; 2]
    }

    /// Whose values the derivative depends on.
    fn needs(&self) -> [bool; 2] {
        let [by_first, by_second] = self.slope;
        match self.node {
            Node::Unary(Unary::Neg | Unary::Identity, _) | Node::Binary(Binary::Add | Binary::Sub, ..) => [false; 2],
            Node::Binary(Binary::Mul, ..) => [by_second, by_first],
            Node::Binary(Binary::Div, ..) => [by_second, true],
            _ => [true; 2],
        }
    }
}

fn is_operator(node: Node) -> bool {
    matches!(node, Node::Unary(..) | Node::Binary(..))
}

/// The steps of one evaluation, operands first.
#[derive(Clone, Debug)]
pub(crate) struct Tape {
    pub steps: Vec<Step>,
}

impl Tape {
    /// Logits beyond this are not those of a recommender that learns.
    const LARGEST_LOGIT: f32 = 1e4;

    /// Everything that the loss and its derivative depend on, for any logit and label.
    pub(crate) fn of_value_and_slope(program: &[Node], semantics: Semantics) -> Self {
        Self::new(program, semantics, [f64::INFINITY; 2], true)
    }

    /// What the derivative depends on, and the value of the root unless that is finite anyway; for the samples of which
    /// [`serves`](Self::serves) says so.
    pub(crate) fn of_slope(program: &[Node], semantics: Semantics) -> Self {
        Self::new(program, semantics, [f64::from(Self::LARGEST_LOGIT), 1.0], false)
    }

    /// Whether [`of_slope`](Self::of_slope) is enough for these samples; for a NaN it is not.
    #[inline(always)]
    pub(crate) fn serves(logits: &Lanes, labels: &Lanes) -> bool {
        let mut larger = 0;
        for lane in 0..LANES {
            larger |= u32::from(logits[lane].abs().to_bits() > Self::LARGEST_LOGIT.to_bits());
            larger |= u32::from(labels[lane].abs().to_bits() > 1.0_f32.to_bits());
        }
        larger == 0
    }

    /// For logits and labels that are at most `largest`.
    fn new(program: &[Node], semantics: Semantics, largest: [f64; 2], needs_value: bool) -> Self {
        let mut steps: Vec<Step> = Vec::with_capacity(program.len());
        let mut known: Vec<Known> = Vec::with_capacity(program.len());
        let mut is_finite = true;
        for &node in program {
            let moves = |index: usize| steps[index].has_slope();
            let slope = match node {
                Node::Pred | Node::Logit => [true, false],
                Node::Label | Node::Eps | Node::Constant(_) => [false; 2],
                Node::Unary(_, x) => [moves(x), false],
                Node::Binary(_, x, y) => [moves(x), moves(y)],
            };
            let positive = matches!(node, Node::Unary(_, x) if known[x].positive);
            let raw = Known::of(node, &known, semantics, largest);
            let clamp = is_operator(node) && raw.can_leave(semantics.clamp);
            is_finite &= raw.largest < f64::from(f32::MAX);
            known.push(if clamp { raw.clamped(semantics.clamp) } else { raw });
            // A clamp compares the value, and what it cuts off has no derivative.
            steps.push(Step { node, value: clamp && slope != [false; 2], slope, positive, clamp });
        }
        if let Some(root) = steps.last_mut() {
            root.value |= needs_value || !is_finite;
        }
        for index in (0..steps.len()).rev() {
            let step = steps[index];
            let needs = step.needs().map(|needed| step.value || (needed && step.has_slope()));
            let operands = match step.node {
                Node::Unary(_, x) => [Some(x), None],
                Node::Binary(_, x, y) => [Some(x), Some(y)],
                _ => [None; 2],
            };
            for (operand, needed) in operands.into_iter().zip(needs) {
                operand.into_iter().for_each(|operand| steps[operand].value |= needed);
            }
        }
        Self { steps }
    }
}

/// What is certain of a value in single precision. Magnitudes only: rounding makes a difference of two numbers 0 or turns its
/// sign, but makes no bound of this kind untrue by more than its share.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// It is a number of at most this magnitude; where this is ∞, it can be anything, NaN too.
    largest: f64,
    /// It is above 0.
    positive: bool,
}

impl Known {
    /// By what a bound grows with each operation: some roundings.
    const ROUNDING: f64 = 1.0 + 1e-6;

    /// A node before the clamp, from its operands after it.
    fn of(node: Node, known: &[Known], semantics: Semantics, [logit, label]: [f64; 2]) -> Self {
        let constant = |value: f32| Self { largest: f64::from(value.abs()), positive: value >= f32::MIN_POSITIVE };
        match node {
            Node::Pred => Self { largest: 1.0, positive: true },
            Node::Logit => Self { largest: logit, positive: false },
            Node::Label => Self { largest: label, positive: false },
            Node::Eps => constant(semantics.epsilon),
            Node::Constant(value) => constant(value),
            Node::Unary(operator, x) => Self::unary(operator, known[x], f64::from(semantics.epsilon)),
            Node::Binary(operator, x, y) => Self::binary(operator, known[x], known[y]),
        }
    }

    fn unary(operator: Unary, x: Self, epsilon: f64) -> Self {
        let largest = match operator {
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
        let positive = match operator {
            Unary::Exp | Unary::Sigmoid => x.largest < f64::INFINITY,
            Unary::Identity => x.positive,
            _ => false,
        };
        Self { largest: largest * Self::ROUNDING, positive }
    }

    fn binary(operator: Binary, x: Self, y: Self) -> Self {
        let largest = match operator {
            Binary::Add | Binary::Sub => x.largest + y.largest,
            Binary::Mul if x.largest.max(y.largest) < f64::INFINITY => x.largest * y.largest,
            // How near the divisor can come to 0 is not known.
            Binary::Mul | Binary::Div => f64::INFINITY,
            Binary::Max | Binary::Min => x.largest.max(y.largest),
        };
        let positive = matches!(operator, Binary::Add | Binary::Max | Binary::Min) && x.positive && y.positive;
        Self { largest: largest * Self::ROUNDING, positive }
    }

    /// Whether a clamp can act.
    fn can_leave(self, clamp: Clamp) -> bool {
        match clamp {
            Clamp::None => false,
            Clamp::Signed(limit) => self.largest > f64::from(limit),
            Clamp::Positive(..) => true,
        }
    }

    /// After the clamp, which lets a NaN pass.
    fn clamped(self, clamp: Clamp) -> Self {
        if self.largest == f64::INFINITY {
            return self;
        }
        let largest = match clamp {
            Clamp::None => self.largest,
            Clamp::Signed(limit) => self.largest.min(f64::from(limit)),
            Clamp::Positive(low, high) => self.largest.clamp(f64::from(low), f64::from(high)),
        };
        Self { largest, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Formula;

    /// Of the tape of the derivative.
    fn steps(text: &str, clamp: Clamp) -> Vec<Step> {
        let formula: Formula = text.parse().unwrap();
        Tape::of_slope(formula.nodes(), Semantics { epsilon: 1e-6, clamp }).steps
    }

    fn root(text: &str, clamp: Clamp) -> Step {
        *steps(text, clamp).last().unwrap()
    }

    #[test]
    fn the_derivative_of_a_logarithm_needs_no_logarithm() {
        let steps = steps("label * log(pred)", Clamp::None);
        let of = |is: fn(Node) -> bool| steps.iter().find(|step| is(step.node)).map(|step| (step.value, step.slope));
        assert_eq!(of(|node| node == Node::Label), Some((true, [false; 2])));
        assert_eq!(of(|node| node == Node::Pred), Some((true, [true, false])));
        assert_eq!(of(|node| matches!(node, Node::Unary(..))), Some((false, [true, false])));
        assert_eq!(of(|node| matches!(node, Node::Binary(..))), Some((false, [false, true])));
    }

    #[test]
    fn a_clamp_that_can_act_needs_the_value() {
        let clamped = |text, limit| {
            let root = root(text, Clamp::Signed(limit));
            assert_eq!(root.value, root.clamp);
            root.clamp
        };
        assert!(clamped("log(pred) * 3", 10.0) && clamped("pred + label", 1.5) && clamped("pred / (pred + 1)", 1e6));
        assert!(!clamped("log(pred) * 3", 100.0) && !clamped("pred + label", 2.5));
        assert!(root("pred + 1", Clamp::Positive(1e-6, 1e6)).value && !root("log(pred) * 3", Clamp::None).value);
    }

    #[test]
    fn what_can_be_infinite_is_looked_at() {
        let looked_at = |text| root(text, Clamp::Signed(1e20)).value;
        for text in ["pred + 1 / label", "exp(exp(logit))", "pred + label / label", "(logit * 1e30)^2"] {
            assert!(looked_at(text), "{text}");
        }
        assert!(!looked_at("pred + label") && !looked_at("relu(logit) - label * logit"));
    }

    #[test]
    fn above_0_is_what_no_rounding_makes_0() {
        for text in ["log(pred)", "log(1 + exp(logit))", "reciprocal(max(pred, eps))", "log(identity(sigmoid(logit)))"]
        {
            assert!(root(text, Clamp::None).positive, "{text}");
        }
        for text in
            ["log(1 + eps^2 - pred)", "log(label)", "log(pred * pred)", "reciprocal(log(1 + pred))", "log(1e-40)"]
        {
            assert!(!root(text, Clamp::None).positive, "{text}");
        }
    }
}
