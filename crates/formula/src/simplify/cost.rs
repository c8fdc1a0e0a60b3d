//! How hard a term is to read.

use egg::{CostFunction, Id, Language};

use super::term::Term;
use crate::{Binary, Formula, Node, Unary};

/// What is less easier to read than this is not worth another form: a symbol.
pub(super) const SYMBOL: u64 = 10;

/// The sum over all symbols of a text, in tenths of one, and what kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost {
    pub symbols: u64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Other,
    Sum,
    Negated,
}

pub(super) struct Readability;

impl CostFunction<Term> for Readability {
    type Cost = Cost;

    fn cost<C: FnMut(Id) -> Cost>(&mut self, term: &Term, costs: C) -> Cost {
        of_node(term.node(|_| 0), term.children().iter().copied().map(costs))
    }
}

/// Of a formula, whose shared parts its text repeats.
pub(super) fn of(formula: &Formula) -> Cost {
    let mut costs: Vec<Cost> = Vec::with_capacity(formula.nodes().len());
    for &node in formula.nodes() {
        let operands = node.operands().into_iter().flatten().map(|operand| costs[operand]);
        costs.push(of_node(node, operands));
    }
    costs[formula.root()]
}

fn of_node(node: Node, operands: impl Iterator<Item = Cost>) -> Cost {
    let of_operand =
        |(place, operand): (usize, Cost)| operand.symbols.saturating_add(awkward(node, place, operand.kind));
    let symbols = operands.enumerate().map(of_operand).fold(of_symbol(node), u64::saturating_add);
    let kind = match node {
        Node::Unary(Unary::Neg, _) => Kind::Negated,
        Node::Binary(Binary::Add | Binary::Sub, ..) => Kind::Sum,
        _ => Kind::Other,
    };
    Cost { symbols, kind }
}

/// `x + -y`, `log(-x)` and `x + (y - z)` are harder to read than their symbols.
fn awkward(node: Node, place: usize, operand: Kind) -> u64 {
    let is_sum = matches!(node, Node::Binary(Binary::Add | Binary::Sub, ..));
    let is_odd = matches!(node, Node::Unary(Unary::Log | Unary::Sqrt | Unary::Reciprocal, _));
    match operand {
        Kind::Negated if is_sum || is_odd => 4,
        Kind::Sum if is_sum && place == 1 => 2,
        _ => 0,
    }
}

/// A sign weighs less than a function; a number weighs more the more digits it has. A reciprocal is no easier to read
/// than 1/x.
fn of_symbol(node: Node) -> u64 {
    match node {
        Node::Constant(value) => SYMBOL - 1 + value.to_string().len() as u64,
        Node::Unary(Unary::Neg | Unary::Square, _) => 8,
        Node::Unary(Unary::Reciprocal, _) => 2 * SYMBOL,
        _ => SYMBOL,
    }
}
