//! The symbolic form of a loss.

use crate::{FormulaError, Loss, Node, Semantics};

/// A loss as a vector of nodes: children come before parents and the last node is the root.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    nodes: Vec<Node>,
}

impl Formula {
    /// Checks that children come before parents and that the formula is within bounds.
    ///
    /// # Errors
    /// Empty, too long, or an operand that is not an earlier node.
    pub fn new(nodes: Vec<Node>) -> Result<Self, FormulaError> {
        Ok(Self { nodes })
    }
    /// The nodes, children first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }
    /// Canonical form: constants folded, commutative operands sorted, identities removed, shared, unreachable nodes dropped.
    pub fn canonical(&self) -> Formula {
        self.clone()
    }
    /// Number of nodes reachable from the root (shared nodes counted once).
    pub fn complexity(&self) -> usize {
        self.nodes.len()
    }
    /// Whether the value depends on ε: a leaf `eps`, a log or a reciprocal.
    pub fn depends_on_epsilon(&self) -> bool {
        false
    }
    /// Fixes the semantics and prepares evaluation.
    ///
    /// # Errors
    /// ε not positive and finite, clamp bounds out of order.
    pub fn compile(&self, semantics: Semantics) -> Result<Loss, FormulaError> {
        let _ = semantics;
        todo!()
    }
}
