//! What of each node an evaluation has to compute, found out once for a loss: a node without the logit has no derivative, and
//! where only dL/dlogit is asked for, most logarithms and the last sum need no value.

use crate::lanes::{LANES, Lanes};
use crate::magnitude::Magnitude;
use crate::scope_check::NOT_POINTWISE;
use crate::step::Step;
use crate::{Node, Semantics};

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
        let mut known: Vec<Magnitude> = Vec::with_capacity(program.len());
        let mut is_finite = true;
        for &node in program {
            let moves = |index: usize| steps[index].has_slope();
            let slope = match node {
                Node::Pred | Node::Logit => [true, false],
                Node::Label | Node::Eps | Node::Constant(_) => [false; 2],
                Node::Unary(_, x) => [moves(x), false],
                Node::Binary(_, x, y) => [moves(x), moves(y)],
                Node::Pos | Node::Neg | Node::Gap | Node::Reduce(..) => unreachable!("{NOT_POINTWISE}"),
            };
            let positive = matches!(node, Node::Unary(_, x) if known[x].positive);
            let raw = magnitude(node, &known, semantics, largest);
            let clamp = node.is_operator() && raw.can_leave(semantics.clamp);
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
            for (operand, needed) in step.node.operands().into_iter().zip(needs) {
                operand.into_iter().for_each(|operand| steps[operand].value |= needed);
            }
        }
        Self { steps }
    }
}

/// What is certain of a node before the clamp, from its operands after it.
fn magnitude(node: Node, known: &[Magnitude], semantics: Semantics, [logit, label]: [f64; 2]) -> Magnitude {
    match node {
        Node::Pred => Magnitude { largest: 1.0, positive: true },
        Node::Logit => Magnitude { largest: logit, positive: false },
        Node::Label => Magnitude { largest: label, positive: false },
        Node::Eps => Magnitude::of(semantics.epsilon),
        Node::Constant(value) => Magnitude::of(value),
        Node::Unary(operator, x) => operator.magnitude(known[x], f64::from(semantics.epsilon)),
        Node::Binary(operator, x, y) => operator.magnitude(known[x], known[y]),
        Node::Pos | Node::Neg | Node::Gap | Node::Reduce(..) => unreachable!("{NOT_POINTWISE}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clamp, Formula};

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
