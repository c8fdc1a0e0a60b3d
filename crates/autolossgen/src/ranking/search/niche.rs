//! Niches of a population: losses that differ by their coefficients alone are one idea.

use autolossgen_formula::{Binary, Formula, Node, Unary};

/// What losses of one niche share: the text of the formula without its factors and summands that are numbers; a number that `max`
/// or `min` compares with is 1.
pub(super) fn niche(formula: &Formula) -> String {
    let mut nodes: Vec<Node> = Vec::new();
    // Where the node went; a number went nowhere.
    let mut places: Vec<Option<usize>> = Vec::new();
    for &node in formula.nodes() {
        let mut push = |node: Node| {
            nodes.push(node);
            nodes.len() - 1
        };
        let place = match node {
            Node::Constant(_) | Node::Eps => None,
            Node::Unary(operator, x) => places[x].map(|x| push(Node::Unary(operator, x))),
            Node::Reduce(reducer, x) => places[x].map(|x| push(Node::Reduce(reducer, x))),
            Node::Binary(operator, x, y) => match (operator, places[x], places[y]) {
                (_, None, None) => None,
                (_, Some(x), Some(y)) => Some(push(Node::Binary(operator, x, y))),
                (Binary::Max | Binary::Min, Some(x), None) | (Binary::Max | Binary::Min, None, Some(x)) => {
                    let one = push(Node::Constant(1.0));
                    Some(push(Node::Binary(operator, one, x)))
                }
                (Binary::Sub, None, Some(y)) => Some(push(Node::Unary(Unary::Neg, y))),
                (Binary::Div, None, Some(y)) => Some(push(Node::Unary(Unary::Reciprocal, y))),
                (_, Some(x), None) | (_, None, Some(x)) => Some(x),
            },
            leaf => Some(push(leaf)),
        };
        places.push(place);
    }
    let Some(&Some(root)) = places.last() else { return String::new() };
    nodes.truncate(root + 1);
    Formula::new(nodes).map_or_else(|_| formula.to_string(), |formula| formula.canonical().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        niche(&text.parse().unwrap())
    }

    #[test]
    fn coefficients_make_no_niche() {
        let of_one = [
            "max(neg, -sigmoid(pos))",
            "max(neg, -(0.31 + sigmoid(pos + -1.7)))",
            "max(2 * neg, -sigmoid(pos * 0.6 * 0.5))",
        ];
        assert_eq!(of_one.map(of), [of(of_one[0]), of(of_one[0]), of(of_one[0])]);
        let others = ["max(pos, -sigmoid(neg))", "max(neg, -exp(pos))", "max(1, neg)", "-sigmoid(pos)"];
        assert!(others.iter().all(|other| of(other) != of(of_one[0])), "{:?}", others.map(of));
        assert_eq!(of("relu(1 - pos) + 10 * mean(relu(neg - 0.5))"), of("relu(-pos) + mean(relu(neg))"));
        assert_eq!([of("max(0.5, pos)"), of("min(3, mean(neg))")], [of("max(1, pos)"), of("min(1, mean(neg))")]);
        assert_eq!(of("2 + 3"), "");
    }
}
