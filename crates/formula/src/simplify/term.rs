//! Nodes as an e-graph holds them: operands are classes of equal terms.

use std::fmt::{Display, Formatter};

use egg::{FromOp, FromOpError, Id, Language, RecExpr};

use crate::{Binary, Choice, Formula, Node, Reducer, Unary};

/// A node whose operands are classes of terms, or earlier nodes of a [`RecExpr`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Term {
    Pred,
    Label,
    Logit,
    Pos,
    Neg,
    Gap,
    Eps,
    /// The bits of a constant.
    Constant(u32),
    Unary(Unary, [Id; 1]),
    Binary(Binary, [Id; 2]),
    Reduce(Reducer, [Id; 1]),
}

impl Term {
    /// A constant; −0 is 0, as in a [`Formula`].
    pub(super) fn constant(value: f32) -> Self {
        Term::Constant((value + 0.0).to_bits())
    }

    /// As a node of a formula whose operands are numbered by `place`.
    pub(super) fn node(&self, place: impl Fn(Id) -> usize) -> Node {
        match *self {
            Term::Pred => Node::Pred,
            Term::Label => Node::Label,
            Term::Logit => Node::Logit,
            Term::Pos => Node::Pos,
            Term::Neg => Node::Neg,
            Term::Gap => Node::Gap,
            Term::Eps => Node::Eps,
            Term::Constant(bits) => Node::Constant(f32::from_bits(bits)),
            Term::Unary(operator, [x]) => Node::Unary(operator, place(x)),
            Term::Binary(operator, [x, y]) => Node::Binary(operator, place(x), place(y)),
            Term::Reduce(reducer, [x]) => Node::Reduce(reducer, place(x)),
        }
    }

    fn of(node: Node) -> Self {
        match node {
            Node::Pred => Term::Pred,
            Node::Label => Term::Label,
            Node::Logit => Term::Logit,
            Node::Pos => Term::Pos,
            Node::Neg => Term::Neg,
            Node::Gap => Term::Gap,
            Node::Eps => Term::Eps,
            Node::Constant(value) => Term::constant(value),
            Node::Unary(operator, x) => Term::Unary(operator, [Id::from(x)]),
            Node::Binary(operator, x, y) => Term::Binary(operator, [Id::from(x), Id::from(y)]),
            Node::Reduce(reducer, x) => Term::Reduce(reducer, [Id::from(x)]),
        }
    }
}

/// The formula as a term.
pub(super) fn expression(formula: &Formula) -> RecExpr<Term> {
    formula.nodes().iter().map(|&node| Term::of(node)).collect::<Vec<_>>().into()
}

/// The term as a formula; `None` where it has too many nodes for one.
pub(super) fn formula(expression: &RecExpr<Term>) -> Option<Formula> {
    let nodes = expression.as_ref().iter().map(|term| term.node(usize::from));
    Formula::new(nodes.collect()).ok()
}

impl Language for Term {
    type Discriminant = Term;

    fn discriminant(&self) -> Term {
        self.clone().map_children(|_| Id::from(0))
    }

    fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Term::Unary(operator, _), Term::Unary(other, _)) => operator == other,
            (Term::Binary(operator, _), Term::Binary(other, _)) => operator == other,
            (Term::Reduce(reducer, _), Term::Reduce(other, _)) => reducer == other,
            _ => self == other,
        }
    }

    fn children(&self) -> &[Id] {
        match self {
            Term::Unary(_, operand) | Term::Reduce(_, operand) => operand,
            Term::Binary(_, operands) => operands,
            _ => &[],
        }
    }

    fn children_mut(&mut self) -> &mut [Id] {
        match self {
            Term::Unary(_, operand) | Term::Reduce(_, operand) => operand,
            Term::Binary(_, operands) => operands,
            _ => &mut [],
        }
    }
}

impl FromOp for Term {
    type Error = FromOpError;

    fn from_op(op: &str, children: Vec<Id>) -> Result<Self, FromOpError> {
        let binary = || Binary::ALL.iter().find(|operator| operator.symbol() == op);
        let term = match children.as_slice() {
            [] => Node::leaf(op).map(Term::of).or_else(|| op.parse().ok().map(Term::constant)),
            &[x] => Unary::parse(op).ok().map(|operator| Term::Unary(operator, [x])),
            &[x, y] => binary().map(|&operator| Term::Binary(operator, [x, y])),
            _ => None,
        };
        term.ok_or_else(|| FromOpError::new(op, children))
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Term::Constant(bits) => write!(f, "{}", f32::from_bits(*bits)),
            Term::Unary(operator, _) => f.write_str(operator.name()),
            Term::Binary(operator, _) => write!(f, "{operator:?}"),
            Term::Reduce(reducer, _) => f.write_str(reducer.name()),
            leaf => write!(f, "{leaf:?}"),
        }
    }
}
