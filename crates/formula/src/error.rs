//! Errors of formulas.

use autolossgen_settings::Choice;

use crate::Scope;
use crate::limits::{MAX_DEPTH, MAX_NODES, MAX_TEXT};

/// What is wrong with a formula or its semantics.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FormulaError {
    /// Text that does not parse; the message shows the text with a caret below the position.
    #[error("{message}, at column {column}:\n  {text}\n  {indent}^", indent = " ".repeat(column - 1))]
    Syntax {
        /// The text as given.
        text: String,
        /// Position in characters, counted from 1.
        column: usize,
        /// What is wrong there and what would be right.
        message: String,
    },
    /// No node at all.
    #[error("a formula needs at least one node")]
    Empty,
    /// More nodes than [`MAX_NODES`](crate::Formula::MAX_NODES).
    #[error("a formula of {0} nodes is too long: at most {max} are allowed", max = MAX_NODES)]
    TooLong(usize),
    /// More operations within each other than [`MAX_DEPTH`](crate::Formula::MAX_DEPTH).
    #[error("a formula of {0} levels is too deep: at most {max} are allowed", max = MAX_DEPTH)]
    TooDeep(usize),
    /// Text of more bytes than [`MAX_TEXT`](crate::Formula::MAX_TEXT).
    #[error("a formula of {0} bytes is too long: at most {max} are allowed", max = MAX_TEXT)]
    TextTooLong(usize),
    /// An operand that does not come before its operator.
    #[error("node {node} uses node {operand}, which does not come before it")]
    Order {
        /// The operator's index.
        node: usize,
        /// The operand's index.
        operand: usize,
    },
    /// A constant that is NaN or infinite.
    #[error("node {node} is the constant {value}: constants must be finite")]
    Constant {
        /// The constant's index.
        node: usize,
        /// Its value.
        value: f32,
    },
    /// Leaves of both scopes in one formula.
    #[error(
        "'{pointwise}' and '{ranking}' cannot stand in one formula: a pointwise loss is over {}, a ranking loss over {}",
        Scope::Pointwise.leaves(), Scope::Ranking.leaves()
    )]
    Mixed {
        /// The first leaf of a pointwise loss
        pointwise: &'static str,
        /// The first leaf of a ranking loss
        ranking: &'static str,
    },
    /// A reducer over negatives in a formula that has none.
    #[error(
        "{reducer} of one argument runs over the negatives of a ranking loss, and a formula with '{leaf}' is pointwise and \
         has none{}",
        if *reducer == "max" { ": the larger of two is max(a, b)" } else { "" }
    )]
    PointwiseReducer {
        /// Name of the reducer
        reducer: &'static str,
        /// The first leaf of a pointwise loss
        leaf: &'static str,
    },
    /// A reducer over something that is one number a row.
    #[error(
        "{0} of one argument reduces a vector over the negatives, and its argument is one number a row already: reduce what \
         has neg or gap in it, as in {0}(gap)"
    )]
    ReducedNumber(&'static str),
    /// A formula of one scope where the other is needed.
    #[error(
        "a {} formula, over {}, cannot be a {} loss, which is over {}",
        found.name(), found.leaves(), wanted.name(), wanted.leaves()
    )]
    Scope {
        /// The scope of the formula
        found: Scope,
        /// The scope that is needed
        wanted: Scope,
    },
    /// ε outside its range.
    #[error("ε = {0} is out of range: it must be positive and finite, as in 1e-6")]
    Epsilon(f32),
    /// Clamp bounds that leave no interval.
    #[error("the clamp [{0}, {1}] is empty: the lower bound must be below the upper one")]
    Clamp(f32, f32),
}
