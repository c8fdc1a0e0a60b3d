//! Whether the nodes of a formula go together: leaves of one scope, reducers over vectors.

use autolossgen_settings::Choice;

use crate::{FormulaError, Node, Reducer, Scope};

/// Why what is pointwise has no arm for a leaf or a reducer of ranking: [`Formula::compile`](crate::Formula::compile) refuses the
/// formula before.
pub(crate) const NOT_POINTWISE: &str = "what is pointwise has no leaf and no reducer of ranking";

/// Looks at the nodes of a formula one after the other, operands first.
#[derive(Default)]
pub(crate) struct ScopeCheck {
    /// The word of the first leaf of each scope
    first: [Option<&'static str>; 2],
    /// Whether each node so far is a vector a row
    is_vector: Vec<bool>,
}

impl ScopeCheck {
    /// Takes the next node.
    ///
    /// # Errors
    /// A leaf of the other scope than one before; a reducer in a pointwise formula; a reducer of what is one number a row.
    pub(crate) fn push(&mut self, node: Node) -> Result<(), FormulaError> {
        if let (Some(scope), Some(word)) = (node.scope(), node.word()) {
            self.first[scope as usize].get_or_insert(word);
        }
        if let [Some(pointwise), Some(ranking)] = self.first {
            return Err(FormulaError::Mixed { pointwise, ranking });
        }
        if let Node::Reduce(reducer, x) = node {
            self.reduces(reducer, x)?;
        }
        let is_vector = match node {
            Node::Neg | Node::Gap => true,
            Node::Reduce(..) => false,
            other => other.operands().into_iter().flatten().any(|operand| self.is_vector[operand]),
        };
        self.is_vector.push(is_vector);
        Ok(())
    }

    fn reduces(&self, reducer: Reducer, x: usize) -> Result<(), FormulaError> {
        match self.first[Scope::Pointwise as usize] {
            Some(leaf) => Err(FormulaError::PointwiseReducer { reducer: reducer.name(), leaf }),
            None if self.is_vector[x] => Ok(()),
            None => Err(FormulaError::ReducedNumber(reducer.name())),
        }
    }
}

/// Expects a formula of scope `found` to be of the scope `wanted`.
pub(crate) fn expect_scope(wanted: Scope, found: Option<Scope>) -> Result<(), FormulaError> {
    match found {
        Some(found) if found != wanted => Err(FormulaError::Scope { found, wanted }),
        _ => Ok(()),
    }
}
