//! How hard a term is to read.

use std::cmp::Ordering;

use egg::{CostFunction, Id, Language};

use super::term::Term;
use crate::range::Range;
use crate::{Binary, Formula, Node, Semantics, Unary};

/// What is less easier to read than this is not worth another form: a symbol.
pub(super) const SYMBOL: u64 = 10;

/// What the logarithm of a negative number costs more: a sign before the logarithm is easier to read.
const BELOW_ZERO: u64 = 12;

/// The sum over all symbols of a text, in tenths of one, and what kind of text it is. The values of the text make it harder to read
/// within another and are not compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    pub symbols: u64,
    kind: Kind,
    range: Range,
}

impl Ord for Cost {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.symbols, self.kind).cmp(&(other.symbols, other.kind))
    }
}

impl PartialOrd for Cost {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cost {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Cost {}

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

/// The operands of `node` are numbered by their place among `operands`, or have no numbers.
fn of_node(node: Node, operands: impl Iterator<Item = Cost>) -> Cost {
    let operands: Vec<Cost> = operands.collect();
    let of_operand = |(place, operand): (usize, &Cost)| operand.symbols.saturating_add(awkward(node, place, operand));
    let symbols = operands.iter().enumerate().map(of_operand).fold(of_symbol(node), u64::saturating_add);
    let kind = match node {
        Node::Unary(Unary::Neg, _) => Kind::Negated,
        Node::Binary(Binary::Add | Binary::Sub, ..) => Kind::Sum,
        _ => Kind::Other,
    };
    let by_place = match node {
        Node::Unary(operator, _) => Node::Unary(operator, 0),
        Node::Binary(operator, ..) => Node::Binary(operator, 0, 1),
        Node::Reduce(reducer, _) => Node::Reduce(reducer, 0),
        leaf => leaf,
    };
    let range = by_place.range(|place| operands[place].range, Semantics::default().epsilon);
    Cost { symbols, kind, range }
}

/// `x + -y` and `x + (y - z)` are harder to read than their symbols, and so is the logarithm of what is below 0, which only its
/// protection gives a meaning: `log(pred - 1)` is worse than `-log(1 - pred)`.
fn awkward(node: Node, place: usize, operand: &Cost) -> u64 {
    let is_sum = matches!(node, Node::Binary(Binary::Add | Binary::Sub, ..));
    let is_odd = matches!(node, Node::Unary(Unary::Log | Unary::Sqrt | Unary::Reciprocal, _));
    match operand.kind {
        _ if is_odd && operand.range.high <= 0.0 && operand.range.low < 0.0 => BELOW_ZERO,
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
