//! Nodes of a formula: leaves and operators.

use serde::{Deserialize, Serialize};

use crate::{Binary, Unary};

/// A node; operands are indices of earlier nodes of the same formula.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// ŷ = σ(h), the prediction
    Pred,
    /// y, the label
    Label,
    /// h, the logit
    Logit,
    /// ε, the smoothing parameter of the [`Semantics`](crate::Semantics)
    Eps,
    /// A constant
    Constant(f32),
    /// A unary operator and its operand
    Unary(Unary, usize),
    /// A binary operator and its operands
    Binary(Binary, usize, usize),
}

impl Node {
    /// Every leaf that text has a word for, with the word.
    pub const LEAVES: [(&'static str, Node); 4] =
        [("pred", Node::Pred), ("label", Node::Label), ("logit", Node::Logit), ("eps", Node::Eps)];

    /// Operands, in order.
    pub fn operands(self) -> [Option<usize>; 2] {
        match self {
            Node::Unary(_, x) => [Some(x), None],
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
            leaf => leaf,
        }
    }

    /// The leaf of a word in text.
    pub(crate) fn leaf(word: &str) -> Option<Node> {
        Self::LEAVES.iter().find(|(known, _)| *known == word).map(|&(_, leaf)| leaf)
    }

    /// Whether the clamp acts on the node: a leaf stays as it is.
    pub(crate) fn is_operator(self) -> bool {
        matches!(self, Node::Unary(..) | Node::Binary(..))
    }
}
