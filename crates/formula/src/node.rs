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
#[derive(Clone, Copy, Debug, PartialEq)]
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
