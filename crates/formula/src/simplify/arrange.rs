//! The order in which people write sums and products.

use crate::{Binary, Formula, Node};

/// The same formula with the operands of each sum and product in order, and without parentheses among them:
/// `pred + label + eps`, `2 * pred * log(label)`.
pub(super) fn arranged(formula: &Formula) -> Formula {
    let mut built = Arranged { from: formula.nodes(), uses: uses(formula), nodes: Vec::new() };
    let mut places = vec![None; formula.nodes().len()];
    built.visit(formula.root(), &mut places);
    Formula::new(built.nodes).expect("the nodes are those of a formula in another order")
}

/// How many nodes have each as an operand.
fn uses(formula: &Formula) -> Vec<usize> {
    let mut uses = vec![0; formula.nodes().len()];
    let operands = formula.nodes().iter().flat_map(|node| node.operands().into_iter().flatten());
    operands.for_each(|operand| uses[operand] += 1);
    uses
}

struct Arranged<'a> {
    from: &'a [Node],
    uses: Vec<usize>,
    nodes: Vec<Node>,
}

impl Arranged<'_> {
    fn visit(&mut self, index: usize, places: &mut [Option<usize>]) -> usize {
        if let Some(done) = places[index] {
            return done;
        }
        let place = match self.from[index] {
            Node::Binary(operator, ..) if operator.is_commutative() => {
                let mut operands = Vec::new();
                self.flatten(operator, index, true, &mut operands);
                operands.sort_by_key(|&operand| rank(operator, self.from[operand]));
                let mut operands = operands.into_iter().map(|operand| self.visit(operand, places)).collect::<Vec<_>>();
                let rest = operands.split_off(1);
                rest.into_iter().fold(operands[0], |left, right| self.push(Node::Binary(operator, left, right)))
            }
            Node::Unary(operator, x) => {
                let x = self.visit(x, places);
                self.push(Node::Unary(operator, x))
            }
            Node::Reduce(reducer, x) => {
                let x = self.visit(x, places);
                self.push(Node::Reduce(reducer, x))
            }
            Node::Binary(operator, x, y) => {
                let (x, y) = (self.visit(x, places), self.visit(y, places));
                self.push(Node::Binary(operator, x, y))
            }
            leaf => self.push(leaf),
        };
        places[index] = Some(place);
        place
    }

    /// The operands of a chain of one operator; a part that is used elsewhere stays whole.
    fn flatten(&self, operator: Binary, index: usize, is_top: bool, operands: &mut Vec<usize>) {
        match self.from[index] {
            Node::Binary(other, x, y) if other == operator && (is_top || self.uses[index] == 1) => {
                self.flatten(operator, x, false, operands);
                self.flatten(operator, y, false, operands);
            }
            _ => operands.push(index),
        }
    }

    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}

/// Numbers first in a product and last in all else, but for ε, which is last.
fn rank(operator: Binary, node: Node) -> u8 {
    match node {
        Node::Constant(_) if operator == Binary::Mul => 0,
        Node::Pred => 1,
        Node::Label => 2,
        Node::Logit => 3,
        Node::Constant(_) => 5,
        Node::Eps => 6,
        _ => 4,
    }
}
