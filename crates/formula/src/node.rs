//! Nodes of a formula: leaves and operators.

use serde::{Deserialize, Serialize};

use crate::range::Range;
use crate::{Binary, Reducer, Scope, Unary};

/// A node; operands are indices of earlier nodes of the same formula.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// ŷ = σ(h), the prediction
    Pred,
    /// y, the label
    Label,
    /// h, the logit
    Logit,
    /// s⁺, the score of the positive: one number a row
    Pos,
    /// s⁻ⱼ, the scores of the N negatives: a vector a row
    Neg,
    /// s⁺ − s⁻ⱼ, a vector a row
    Gap,
    /// ε, the smoothing parameter of the [`Semantics`](crate::Semantics)
    Eps,
    /// A constant
    Constant(f32),
    /// A unary operator and its operand
    Unary(Unary, usize),
    /// A binary operator and its operands
    Binary(Binary, usize, usize),
    /// A reducer over the negatives and its operand, a vector a row
    Reduce(Reducer, usize),
}

impl Node {
    /// Every leaf that text has a word for, with the word.
    pub const LEAVES: [(&'static str, Node); 7] = [
        ("pred", Node::Pred),
        ("label", Node::Label),
        ("logit", Node::Logit),
        ("pos", Node::Pos),
        ("neg", Node::Neg),
        ("gap", Node::Gap),
        ("eps", Node::Eps),
    ];

    /// Operands, in order.
    pub fn operands(self) -> [Option<usize>; 2] {
        match self {
            Node::Unary(_, x) | Node::Reduce(_, x) => [Some(x), None],
            Node::Binary(_, x, y) => [Some(x), Some(y)],
            _ => [None, None],
        }
    }

    /// The same node with its operands renamed.
    #[must_use]
    pub fn map_operands(self, rename: impl Fn(usize) -> usize) -> Node {
        match self {
            Node::Unary(operator, x) => Node::Unary(operator, rename(x)),
            Node::Binary(operator, x, y) => Node::Binary(operator, rename(x), rename(y)),
            Node::Reduce(reducer, x) => Node::Reduce(reducer, rename(x)),
            leaf => leaf,
        }
    }

    /// The word of a leaf in text; `None` for constants, operators and reducers.
    pub(crate) fn word(self) -> Option<&'static str> {
        Self::LEAVES.iter().find(|(_, known)| *known == self).map(|&(word, _)| word)
    }

    /// The scope that a leaf belongs to; `None` for ε, constants, operators and reducers.
    pub(crate) fn scope(self) -> Option<Scope> {
        match self {
            Node::Pred | Node::Label | Node::Logit => Some(Scope::Pointwise),
            Node::Pos | Node::Neg | Node::Gap => Some(Scope::Ranking),
            Node::Eps | Node::Constant(_) | Node::Unary(..) | Node::Binary(..) | Node::Reduce(..) => None,
        }
    }

    /// The leaf of a word in text.
    pub(crate) fn leaf(word: &str) -> Option<Node> {
        Self::LEAVES.iter().find(|(known, _)| *known == word).map(|&(_, leaf)| leaf)
    }

    /// The values of the node before the clamp, for those that its operands can take.
    pub(crate) fn range(self, operand: impl Fn(usize) -> Range, epsilon: f32) -> Range {
        let constant = |value: f32| Range::new(f64::from(value), f64::from(value));
        match self {
            Node::Pred => Range::new(0.0, 1.0).never_zero(),
            Node::Label => Range::new(0.0, 1.0),
            Node::Logit | Node::Pos | Node::Neg | Node::Gap => Range::EVERYTHING,
            Node::Eps => constant(epsilon),
            Node::Constant(value) => constant(value),
            Node::Unary(operator, x) => operator.range(operand(x), f64::from(epsilon)),
            Node::Binary(operator, x, y) => operator.range(operand(x), operand(y)),
            Node::Reduce(reducer, x) => reducer.range(operand(x)),
        }
    }

    /// Whether the clamp acts on the node: a leaf stays as it is.
    pub(crate) fn is_operator(self) -> bool {
        matches!(self, Node::Unary(..) | Node::Binary(..) | Node::Reduce(..))
    }
}
