//! The search space: operators, rounds, and how a sequence of actions becomes a formula (§3.3).

use autolossgen_formula::{Formula, Node};

use super::Action;
use crate::config::{Operator, OperatorSet};

/// Variables at the start of every episode: ŷ, y and 1.
pub const N_INPUTS: usize = 3;

/// Operators and number of rounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// Operators, in the order of their indices.
    pub operators: Vec<Operator>,
    /// Rounds of an episode: the largest number of variables less the three inputs.
    pub rounds: usize,
}

impl Space {
    /// A set of operators, and at most `max_variables` variables (default 10, the three inputs included).
    ///
    /// # Panics
    /// When there is no room for a fourth variable.
    pub fn new(operators: OperatorSet, max_variables: usize) -> Self {
        assert!(max_variables > N_INPUTS, "a formula needs a variable beside its inputs");
        Self { operators: operators.operators(), rounds: max_variables - N_INPUTS }
    }

    /// The last variable, as a formula.
    ///
    /// # Panics
    /// When an action names an operator or a variable that is not there.
    pub fn formula(&self, actions: &[Action]) -> Formula {
        let mut nodes = vec![Node::Pred, Node::Label, Node::Constant(1.0)];
        for action in actions {
            let variables = &action.variables;
            nodes.push(match self.operators[action.operator] {
                Operator::Unary(unary) => Node::Unary(unary, variables[0]),
                Operator::Binary(binary) => Node::Binary(binary, variables[0], variables[1]),
            });
        }
        Formula::new(nodes).expect("variables come before what uses them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squared_error_in_the_paper_s_operators() {
        let space = Space::new(OperatorSet::Paper, 6);
        let action = |operator, variables: &[usize]| Action { operator, variables: variables.to_vec() };
        let formula = space.formula(&[action(4, &[1]), action(0, &[0, 3]), action(7, &[4])]);
        assert_eq!(formula.canonical().to_string(), "(pred + -label)^2");
        assert_eq!((space.operators.len(), space.rounds), (9, 3));
        assert_eq!(Space::new(OperatorSet::Extended, 10).operators.len(), 17);
    }
}
