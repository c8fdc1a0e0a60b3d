//! Logarithms of sums of exponentials, which are evaluated as a whole.

use crate::{Binary, Clamp, Node, Reducer, Unary};

/// log(c + r(exp(x))), with c > 0 or none, and r the sum or mean over the negatives or, with a c, the identity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LogSumExp {
    /// x, or −x where `negated`
    pub(super) exponent: usize,
    pub(super) negated: bool,
    pub(super) reducer: Option<Reducer>,
    pub(super) constant: Option<f32>,
}

impl LogSumExp {
    /// What the node `index` is, if it is one.
    pub(super) fn of(nodes: &[Node], index: usize, clamp: Clamp) -> Option<Self> {
        let Node::Unary(Unary::Log, inner) = nodes[index] else { return None };
        let found = match nodes[inner] {
            Node::Binary(Binary::Add, x, y) => with_constant(nodes, x, y).or_else(|| with_constant(nodes, y, x))?,
            _ => reduced(nodes, inner)?,
        };
        match nodes[found.exponent] {
            // Under a positive clamp −x is no negative number.
            Node::Unary(Unary::Neg, x) if !matches!(clamp, Clamp::Positive(..)) => {
                Some(Self { exponent: x, negated: true, ..found })
            }
            _ => Some(found),
        }
    }
}

fn with_constant(nodes: &[Node], constant: usize, rest: usize) -> Option<LogSumExp> {
    let Node::Constant(value) = nodes[constant] else { return None };
    let found = reduced(nodes, rest).or_else(|| exponential(nodes, rest))?;
    (value > 0.0).then_some(LogSumExp { constant: Some(value), ..found })
}

fn reduced(nodes: &[Node], index: usize) -> Option<LogSumExp> {
    match nodes[index] {
        Node::Reduce(reducer @ (Reducer::Sum | Reducer::Mean), x) => {
            Some(LogSumExp { reducer: Some(reducer), ..exponential(nodes, x)? })
        }
        _ => None,
    }
}

fn exponential(nodes: &[Node], index: usize) -> Option<LogSumExp> {
    match nodes[index] {
        Node::Unary(Unary::Exp, x) => Some(LogSumExp { exponent: x, negated: false, reducer: None, constant: None }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Formula;

    fn found(text: &str, clamp: Clamp) -> Option<(bool, Option<Reducer>, Option<f32>)> {
        let nodes = text.parse::<Formula>().unwrap().canonical_under(clamp).nodes().to_vec();
        let found = LogSumExp::of(&nodes, nodes.len() - 1, clamp)?;
        Some((found.negated, found.reducer, found.constant))
    }

    #[test]
    fn every_form_is_recognised_with_operands_in_any_order() {
        for (text, form) in [
            ("log(mean(exp(neg)))", (false, Some(Reducer::Mean), None)),
            ("log(sum(exp(-gap)))", (true, Some(Reducer::Sum), None)),
            ("log(1 + sum(exp(-gap)))", (true, Some(Reducer::Sum), Some(1.0))),
            ("log(mean(exp(neg * 2)) + 0.5)", (false, Some(Reducer::Mean), Some(0.5))),
            ("log(1 + exp(-gap))", (true, None, Some(1.0))),
            ("log(exp(pos) + 3)", (false, None, Some(3.0))),
        ] {
            assert_eq!(found(text, Clamp::None), Some(form), "{text}");
            assert_eq!(found(text, Clamp::Signed(1e6)), Some(form), "{text}");
        }
        assert_eq!(found("log(1 + exp(-gap))", Clamp::Positive(1e-6, 1e6)), Some((false, None, Some(1.0))));
    }

    #[test]
    fn what_is_another_function_is_left_alone() {
        for text in ["log(exp(neg))", "log(exp(neg) - 1)", "log(-1 + exp(neg))", "log(max(exp(neg)))", "log(1 + pos)"] {
            assert_eq!(found(text, Clamp::None), None, "{text}");
        }
    }
}
