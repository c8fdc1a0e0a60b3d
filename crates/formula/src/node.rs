//! Nodes of a formula: leaves and operators.

use serde::{Deserialize, Serialize};

/// An operator of one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unary {
    /// −x
    Neg,
    /// x
    Identity,
    /// sign(x)·log(|x| + ε) (Table 2)
    Log,
    /// x²
    Square,
    /// sign(x)/(|x| + ε), with sign(0) = 0 (Table 2)
    Reciprocal,
    /// |x|
    Abs,
    /// sign(x)·√|x|
    Sqrt,
    /// eˣ
    Exp,
    /// 1/(1 + e⁻ˣ)
    Sigmoid,
    /// tanh x
    Tanh,
    /// max(x, 0)
    Relu,
}

/// An operator of two arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binary {
    /// x + y
    Add,
    /// x·y
    Mul,
    /// max(x, y); a tie takes half of each side's derivative
    Max,
    /// min(x, y); a tie takes half of each side's derivative
    Min,
    /// x − y
    Sub,
    /// x / y, unprotected
    Div,
}

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

impl Unary {
    /// Every unary operator that is written as a function, with its name.
    pub const NAMES: &[(&str, Unary)] = &[
        ("neg", Unary::Neg),
        ("identity", Unary::Identity),
        ("log", Unary::Log),
        ("square", Unary::Square),
        ("reciprocal", Unary::Reciprocal),
        ("abs", Unary::Abs),
        ("sqrt", Unary::Sqrt),
        ("exp", Unary::Exp),
        ("sigmoid", Unary::Sigmoid),
        ("tanh", Unary::Tanh),
        ("relu", Unary::Relu),
    ];

    /// Name in text.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, operator)| *operator == self).expect("every operator is named").0
    }
}

impl Binary {
    /// Whether the operands may change places.
    pub fn is_commutative(self) -> bool {
        matches!(self, Binary::Add | Binary::Mul | Binary::Max | Binary::Min)
    }
}

impl Node {
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
}
