//! What of each node an evaluation has to compute, found out once for a loss: a node without the logit has no derivative, and
//! where only dL/dlogit is asked for, most logarithms and the last sum need no value.

use crate::lanes::{LANES, Lanes};
use crate::range::{Range, bounds};
use crate::{Binary, Node, Semantics, Unary};

/// One node, and what of it is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub node: Node,
    pub value: bool,
    /// Whether the derivative is, through each operand; a leaf and a unary operator have the first only.
    pub slope: [bool; 2],
    /// Whether the operand of a unary operator is above 0 wherever the logit is finite: then nothing has to be protected.
    pub positive: bool,
    /// Whether the clamp can act here.
    pub clamp: bool,
}

impl Step {
    /// All of a node.
    pub(crate) fn all(node: Node) -> Self {
        let clamp = matches!(node, Node::Unary(..) | Node::Binary(..));
        Self { node, value: true, slope: [true; 2], positive: false, clamp }
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

/// Logits beyond this are not those of a recommender that learns.
const LARGEST_LOGIT: f32 = 1e4;

/// The steps of one evaluation, operands first.
#[derive(Clone, Debug)]
pub(crate) struct Tape {
    pub steps: Vec<Step>,
}

impl Tape {
    /// Everything that the loss and its derivative depend on.
    pub(crate) fn of_value_and_slope(program: &[Node], semantics: Semantics) -> Self {
        Self::new(program, semantics, Range::EVERYTHING, true)
    }

    /// What the derivative depends on, and the value of the root unless that is finite anyway; for the logits of which
    /// [`serves`](Self::serves) says so.
    pub(crate) fn of_slope(program: &[Node], semantics: Semantics) -> Self {
        let largest = f64::from(LARGEST_LOGIT);
        Self::new(program, semantics, Range::new(-largest, largest), false)
    }

    /// Whether [`of_slope`](Self::of_slope) is enough for these logits; for a NaN it is not.
    #[inline(always)]
    pub(crate) fn serves(logits: &Lanes) -> bool {
        let mut larger = 0;
        for lane in 0..LANES {
            larger |= u32::from(logits[lane].abs().to_bits() > LARGEST_LOGIT.to_bits());
        }
        larger == 0
    }

    fn new(program: &[Node], semantics: Semantics, logit: Range, needs_value: bool) -> Self {
        let bounds = bounds(program, semantics, logit);
        let mut steps: Vec<Step> = Vec::with_capacity(program.len());
        for (index, &node) in program.iter().enumerate() {
            let moves = |index: usize| steps[index].has_slope();
            let slope = match node {
                Node::Pred | Node::Logit => [true, false],
                Node::Label | Node::Eps | Node::Constant(_) => [false; 2],
                Node::Unary(_, x) => [moves(x), false],
                Node::Binary(_, x, y) => [moves(x), moves(y)],
            };
            let positive = matches!(node, Node::Unary(_, x) if bounds[x].clamped.is_positive());
            let clamp = bounds[index].is_clamped();
            // A clamp compares the value, and what it cuts off has no derivative.
            steps.push(Step { node, value: clamp && slope != [false; 2], slope, positive, clamp });
        }
        // Bounds hold 0/0 to be 0.
        let divides_by_0 =
            program.iter().any(|&node| matches!(node, Node::Binary(Binary::Div, _, y) if bounds[y].clamped.zero));
        let is_finite = !divides_by_0 && bounds.iter().all(|bounds| bounds.raw.is_finite());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clamp, Formula};

    /// The nodes whose value, and whose derivative, is computed, with marks for both.
    fn computed(text: &str, clamp: Clamp) -> Vec<(String, bool, [bool; 2])> {
        let formula: Formula = text.parse().unwrap();
        let tape = Tape::of_slope(formula.nodes(), Semantics { epsilon: 1e-6, clamp });
        tape.steps.iter().map(|step| (format!("{:?}", step.node), step.value, step.slope)).collect()
    }

    #[test]
    fn the_derivative_of_a_logarithm_needs_no_logarithm() {
        let steps = computed("label * log(pred)", Clamp::None);
        let of =
            |name: &str| steps.iter().find(|(node, ..)| node.contains(name)).map(|(_, value, slope)| (*value, *slope));
        assert_eq!(of("Label"), Some((true, [false; 2])));
        assert_eq!(of("Pred"), Some((true, [true, false])));
        assert_eq!(of("Log"), Some((false, [true, false])));
        assert_eq!(of("Mul"), Some((false, [false, true])));
    }

    #[test]
    fn a_clamp_that_can_act_needs_the_value() {
        let root = |text, clamp| computed(text, clamp).pop().unwrap().1;
        assert!(root("log(pred) * 3", Clamp::Signed(10.0)) && root("pred * 3", Clamp::Positive(1e-5, 1e5)));
        assert!(!root("log(pred) * 3", Clamp::Signed(100.0)) && !root("log(pred) * 3", Clamp::None));
    }

    #[test]
    fn what_can_be_infinite_is_looked_at() {
        let root = |text| computed(text, Clamp::Signed(1e5)).pop().unwrap().1;
        assert!(
            root("pred + 1 / label")
                && root("exp(exp(logit))")
                && root("pred + label / label")
                && !root("pred + label")
        );
        assert!(!root("relu(logit) - label * logit"));
    }
}
