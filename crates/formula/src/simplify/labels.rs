//! Labels from 0 to 1 at which two ways to write a loss are compared.

use crate::{Binary, Loss, Node, Unary};

/// Steps of the even grid.
const STEPS: usize = 64;

/// Halvings after which a kink is known to single precision.
const HALVINGS: usize = 40;

/// The most labels; formulas with so many kinks are not written by people.
const MOST: usize = 256;

/// An even grid, and the kinks of what depends on the label alone with a label between each and its neighbours: on the grid
/// `relu(0.001 - abs(label - 0.6))` is 0, and at its kink 0.6 it is not.
pub(super) fn labels(loss: &Loss) -> Vec<f32> {
    let mut labels: Vec<f64> = (0..=STEPS).map(|index| index as f64 / STEPS as f64).collect();
    // Operands come before operators, so that a kink which only shows at another one is found.
    for (x, y) in kinks(loss.program()) {
        let side = |label: f64| {
            let values = loss.values_of_label(label);
            values[x] < y.map_or(0.0, |y| values[y])
        };
        let around = |ends: &[f64]| {
            let kink = kink(side, [ends[0], ends[1]])?;
            Some([(ends[0] + kink) / 2.0, kink, (kink + ends[1]) / 2.0])
        };
        let found: Vec<f64> = labels.windows(2).filter_map(around).flatten().collect();
        labels.extend(found);
        labels.sort_by(f64::total_cmp);
        labels.dedup();
        labels.truncate(MOST);
    }
    labels.into_iter().map(|label| label as f32).collect()
}

/// What a node compares, where both depend on the label and not on the logit: an operand and another, or 0.
fn kinks(program: &[Node]) -> Vec<(usize, Option<usize>)> {
    let mut depends: Vec<[bool; 2]> = Vec::with_capacity(program.len());
    for node in program {
        let of_operands = node.operands().into_iter().flatten();
        let joined = of_operands
            .fold([false; 2], |[label, logit], operand| [label | depends[operand][0], logit | depends[operand][1]]);
        depends.push(match node {
            Node::Label => [true, false],
            Node::Pred | Node::Logit => [false, true],
            _ => joined,
        });
    }
    let compares = |(index, node): (usize, &Node)| {
        let operands = match *node {
            Node::Unary(Unary::Abs | Unary::Relu | Unary::Log | Unary::Reciprocal | Unary::Sqrt, x) => (x, None),
            Node::Binary(Binary::Max | Binary::Min, x, y) => (x, Some(y)),
            _ => return None,
        };
        (depends[index] == [true, false]).then_some(operands)
    };
    program.iter().enumerate().filter_map(compares).collect()
}

/// Where the side changes between two labels.
fn kink(side: impl Fn(f64) -> bool, [mut low, mut high]: [f64; 2]) -> Option<f64> {
    let first = side(low);
    if side(high) == first {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        *(if side(middle) == first { &mut low } else { &mut high }) = middle;
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Formula, Semantics};

    #[test]
    fn kinks_within_kinks_are_found() {
        let of = |text: &str| labels(&text.parse::<Formula>().unwrap().compile(Semantics::unclamped(1e-6)).unwrap());
        assert_eq!(of("(pred - label)^2 + abs(pred - label)").len(), STEPS + 1);
        let found = of("pred * relu(0.001 - abs(5 * label - 3))");
        for kink in [0.6, 0.6 - 2e-4, 0.6 + 2e-4] {
            assert!(found.iter().any(|label| (label - kink).abs() < 1e-6), "{kink}: {found:?}");
        }
        assert!(of("min(label, 0.3) * pred").contains(&0.3) && found.is_sorted());
    }
}
