//! Functions by the formulas that write them, level by level.

use std::ops::Range;

use crate::{Binary, Formula, Node, Reducer, Unary};

/// A formula by its root; the operands are functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Expression {
    Leaf(Node),
    Unary(Unary, u32),
    Binary(Binary, u32, u32),
    Reduce(Reducer, u32),
}

/// What makes formulas of formulas.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operators<'a> {
    pub(super) unary: &'a [Unary],
    pub(super) binary: &'a [Binary],
    pub(super) reducers: &'a [Reducer],
}

/// Every function, the fewest nodes first.
#[derive(Clone, Debug, Default)]
pub(super) struct Expressions {
    functions: Vec<Expression>,
    /// The functions of one node, of two, and so on.
    levels: Vec<Range<usize>>,
}

impl Expressions {
    /// Nodes of the largest formulas.
    pub(super) fn nodes(&self) -> usize {
        self.levels.len()
    }

    pub(super) fn all(&self) -> &[Expression] {
        &self.functions
    }

    pub(super) fn len(&self) -> usize {
        self.functions.len()
    }

    /// The functions of formulas of so many nodes.
    ///
    /// # Panics
    /// When there are none yet.
    pub(super) fn level(&self, nodes: usize) -> Range<usize> {
        self.levels[nodes - 1].clone()
    }

    /// Takes up the functions of one more node; returns where they are.
    ///
    /// # Panics
    /// When there are more than 2³² functions.
    pub(super) fn push_level(&mut self, new: impl Iterator<Item = Expression>) -> Range<usize> {
        let start = self.functions.len();
        self.functions.extend(new);
        assert!(u32::try_from(self.functions.len()).is_ok(), "more functions than can be counted");
        self.levels.push(start..self.functions.len());
        start..self.functions.len()
    }

    /// Every operator over functions whose nodes and its own are one more than there are; of both orders of commuting operands one.
    pub(super) fn next(&self, operators: Operators<'_>) -> Vec<Expression> {
        let n_operands = self.nodes();
        let level = |nodes: usize| self.level(nodes).map(|function| function as u32);
        let mut formulas = Vec::new();
        for &operator in operators.unary {
            formulas.extend(level(n_operands).map(|x| Expression::Unary(operator, x)));
        }
        for &reducer in operators.reducers {
            formulas.extend(level(n_operands).map(|x| Expression::Reduce(reducer, x)));
        }
        for &operator in operators.binary {
            for of_x in 1..n_operands {
                for x in level(of_x) {
                    let is_new = |&y: &u32| !operator.is_commutative() || x <= y;
                    let pairs = level(n_operands - of_x).filter(is_new);
                    formulas.extend(pairs.map(|y| Expression::Binary(operator, x, y)));
                }
            }
        }
        formulas
    }

    /// The text of an expression, shorter before longer.
    pub(super) fn text(&self, expression: Expression) -> (usize, String) {
        let text = self.formula(expression).to_string();
        (text.len(), text)
    }

    pub(super) fn formula(&self, root: Expression) -> Formula {
        let mut nodes = Vec::new();
        self.push(root, &mut nodes);
        Formula::new(nodes).expect("operands come before operators")
    }

    fn push(&self, expression: Expression, nodes: &mut Vec<Node>) -> usize {
        let mut operand = |function: u32| self.push(self.functions[function as usize], nodes);
        let node = match expression {
            Expression::Leaf(leaf) => leaf,
            Expression::Unary(operator, x) => Node::Unary(operator, operand(x)),
            Expression::Reduce(reducer, x) => Node::Reduce(reducer, operand(x)),
            Expression::Binary(operator, x, y) => {
                let x = operand(x);
                Node::Binary(operator, x, operand(y))
            }
        };
        nodes.push(node);
        nodes.len() - 1
    }
}
