//! The symbolic form of a loss.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::canonical::canonical;
use crate::scope_check::ScopeCheck;
use crate::{Clamp, FormulaError, Node, Scope, limits};

/// A loss as a vector of nodes: children come before parents and the last node is the root.
///
/// ```
/// use autolossgen_formula::Formula;
/// let mse: Formula = "(pred - label)^2".parse()?;
/// assert_eq!(mse.to_string(), "(pred - label)^2");
/// # Ok::<(), autolossgen_formula::FormulaError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    nodes: Vec<Node>,
}

impl Formula {
    /// The most nodes that a formula may have.
    pub const MAX_NODES: usize = limits::MAX_NODES;
    /// The most operations that may lie within each other, and the deepest nesting that text may have: what is printed
    /// needs no more levels than there are such operations.
    pub const MAX_DEPTH: usize = limits::MAX_DEPTH;
    /// The longest text, in bytes.
    pub const MAX_TEXT: usize = limits::MAX_TEXT;

    /// Checks that children come before parents, that the formula is within bounds and that its leaves are of one [`Scope`]. A constant −0 becomes 0, which
    /// it equals, so that equal formulas give equal values.
    ///
    /// # Errors
    /// Empty, longer than [`MAX_NODES`](Self::MAX_NODES), deeper than [`MAX_DEPTH`](Self::MAX_DEPTH), an operand that is not an earlier node, a constant that is
    /// NaN or ∞ (text has no word for it), leaves of both scopes, a reducer in a pointwise formula, or a reducer of what is one
    /// number a row already.
    pub fn new(mut nodes: Vec<Node>) -> Result<Self, FormulaError> {
        if nodes.is_empty() {
            return Err(FormulaError::Empty);
        }
        if nodes.len() > Self::MAX_NODES {
            return Err(FormulaError::TooLong(nodes.len()));
        }
        let mut scope = ScopeCheck::default();
        for (index, node) in nodes.iter_mut().enumerate() {
            if let Node::Constant(value) = node {
                if !value.is_finite() {
                    return Err(FormulaError::Constant { node: index, value: *value });
                }
                *value += 0.0;
            }
            if let Some(operand) = node.operands().into_iter().flatten().find(|&operand| operand >= index) {
                return Err(FormulaError::Order { node: index, operand });
            }
            scope.push(*node)?;
        }
        match depth(&nodes) {
            depth if depth > Self::MAX_DEPTH => Err(FormulaError::TooDeep(depth)),
            _ => Ok(Self { nodes }),
        }
    }

    /// The nodes, children first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Index of the root: the last node.
    pub fn root(&self) -> usize {
        self.nodes.len() - 1
    }

    /// What it is a loss of; `None` for a formula of constants, which is one of either.
    pub fn scope(&self) -> Option<Scope> {
        self.nodes.iter().find_map(|node| node.scope())
    }

    /// Canonical form: neutral operations removed, commutative children sorted, equal parts shared, the unreachable
    /// dropped. Two formulas with one canonical form are equal under every semantics that their operators share.
    #[must_use]
    pub fn canonical(&self) -> Formula {
        Self { nodes: canonical(&self.nodes, None) }
    }

    /// Canonical form under one clamp, where more neutral operations can go: under `Signed` and `None` −(−x) is x, and the
    /// identity of a leaf is the leaf.
    #[must_use]
    pub fn canonical_under(&self, clamp: Clamp) -> Formula {
        Self { nodes: canonical(&self.nodes, Some(clamp)) }
    }

    /// Number of distinct nodes of the canonical form.
    pub fn complexity(&self) -> usize {
        self.canonical().nodes.len()
    }

    /// Whether the value depends on ε: a leaf `eps`, a log or a reciprocal.
    pub fn depends_on_epsilon(&self) -> bool {
        let depends = |node: &Node| match node {
            Node::Unary(operator, _) => operator.depends_on_epsilon(),
            leaf => *leaf == Node::Eps,
        };
        self.canonical().nodes.iter().any(depends)
    }

    /// Whether the leaf `eps` occurs: ε is then a parameter of the loss, not only a protection.
    pub fn has_smoothing_parameter(&self) -> bool {
        self.canonical().nodes.contains(&Node::Eps)
    }
}

/// How many operations lie within each other at the most.
fn depth(nodes: &[Node]) -> usize {
    let mut depths: Vec<usize> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let operands = node.operands().into_iter().flatten().map(|operand| depths[operand] + 1);
        depths.push(operands.max().unwrap_or(0));
    }
    depths.into_iter().max().unwrap_or(0)
}

impl Serialize for Formula {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Formula {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
