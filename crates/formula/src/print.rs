//! Infix text of a formula, with the fewest parentheses that parse back to the same tree.

use std::fmt::{Display, Formatter, Result};

use crate::{Binary, Choice, Formula, Node, Unary};

/// How tightly an expression binds; higher binds tighter.
const SUM: u8 = 1;
const PRODUCT: u8 = 2;
const NEGATION: u8 = 3;
const POWER: u8 = 4;
const ATOM: u8 = 5;

impl Display for Formula {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write_node(self.nodes(), self.root(), 0, f)
    }
}

fn binding(node: Node) -> u8 {
    match node {
        Node::Binary(Binary::Add | Binary::Sub, ..) => SUM,
        Node::Binary(Binary::Mul | Binary::Div, ..) => PRODUCT,
        Node::Unary(Unary::Neg, _) => NEGATION,
        Node::Unary(Unary::Square, _) => POWER,
        Node::Constant(value) if value.is_sign_negative() => NEGATION,
        _ => ATOM,
    }
}

/// Writes a node in a place that needs at least the binding `needed`.
fn write_node(nodes: &[Node], index: usize, needed: u8, f: &mut Formatter<'_>) -> Result {
    if binding(nodes[index]) < needed {
        f.write_str("(")?;
        write_bare(nodes, index, f)?;
        return f.write_str(")");
    }
    write_bare(nodes, index, f)
}

fn write_bare(nodes: &[Node], index: usize, f: &mut Formatter<'_>) -> Result {
    match nodes[index] {
        Node::Constant(value) => write!(f, "{value}"),
        Node::Unary(Unary::Neg, x) => {
            // A minus before a number would read as a negative constant.
            let needed = if matches!(nodes[x], Node::Constant(_)) { ATOM + 1 } else { NEGATION };
            f.write_str("-")?;
            write_node(nodes, x, needed, f)
        }
        Node::Unary(Unary::Square, x) => {
            write_node(nodes, x, ATOM, f)?;
            f.write_str("^2")
        }
        Node::Unary(operator, x) => {
            write!(f, "{}(", operator.name())?;
            write_node(nodes, x, 0, f)?;
            f.write_str(")")
        }
        Node::Binary(operator, x, y) => write_binary(nodes, operator, x, y, f),
        Node::Reduce(reducer, x) => {
            write!(f, "{}(", reducer.name())?;
            write_node(nodes, x, 0, f)?;
            f.write_str(")")
        }
        leaf => f.write_str(leaf.word().expect("every leaf but a constant has a word")),
    }
}

fn write_binary(nodes: &[Node], operator: Binary, x: usize, y: usize, f: &mut Formatter<'_>) -> Result {
    let left = match operator {
        Binary::Add | Binary::Sub => SUM,
        Binary::Mul | Binary::Div => PRODUCT,
        Binary::Max | Binary::Min => return write_call(operator.symbol(), nodes, x, y, f),
    };
    write_node(nodes, x, left, f)?;
    write!(f, " {} ", operator.symbol())?;
    write_node(nodes, y, left + 1, f)
}

fn write_call(name: &str, nodes: &[Node], x: usize, y: usize, f: &mut Formatter<'_>) -> Result {
    write!(f, "{name}(")?;
    write_node(nodes, x, 0, f)?;
    f.write_str(", ")?;
    write_node(nodes, y, 0, f)?;
    f.write_str(")")
}
