//! One small change of a formula.

use autolossgen_formula::{Binary, Formula, Node, Reducer, Unary};
use autolossgen_recsys::random::{Stream, below, normal};

/// Mutations that are tried before a parent is given back as it is.
const ATTEMPTS: usize = 50;

/// How formulas change.
#[derive(Clone, Debug)]
pub(crate) struct Mutation {
    /// Operators of one operand that may come in
    pub unary: Vec<Unary>,
    /// Operators of two operands that may come in
    pub binary: Vec<Binary>,
    /// Reducers that may come in
    pub reducers: Vec<Reducer>,
    /// Leaves that may come in
    pub inputs: Vec<Node>,
    /// Whether constants other than those may come in
    pub constants: bool,
    /// Whether one change may bring a coefficient
    pub coefficients: bool,
    /// Operations that a formula may have; one that has more already may keep as many
    pub operations: usize,
}

/// Kinds of change.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Another operator of as many operands
    Operator,
    /// Another operand
    Operand,
    /// An operation more
    Insert,
    /// An operation less
    Delete,
    /// Another value of a constant
    Constant,
    /// A factor before a node, or a number added to one
    Coefficient,
}

/// The same where a change may bring a coefficient, which the other kinds seldom do.
const KINDS_WITH_COEFFICIENTS: [Kind; 11] = [
    Kind::Operator,
    Kind::Operand,
    Kind::Operand,
    Kind::Insert,
    Kind::Insert,
    Kind::Delete,
    Kind::Delete,
    Kind::Constant,
    Kind::Constant,
    Kind::Coefficient,
    Kind::Coefficient,
];

/// With how many chances each.
const KINDS: [Kind; 7] =
    [Kind::Operator, Kind::Operand, Kind::Operand, Kind::Insert, Kind::Insert, Kind::Delete, Kind::Constant];

impl Mutation {
    /// A formula that differs from `parent` by one mutation and depends on a prediction or a score.
    pub(crate) fn of(&self, parent: &Formula, rng: &mut Stream) -> Formula {
        let parent = parent.canonical();
        let most = self.operations.max(operations(&parent));
        for _ in 0..ATTEMPTS {
            let kinds: &[Kind] = if self.coefficients { &KINDS_WITH_COEFFICIENTS } else { &KINDS };
            let kind = pick(kinds, rng);
            let Some(nodes) = self.mutate(parent.nodes(), kind, rng) else { continue };
            // A child too deep, with a constant out of range, or that reduces what is one number a row is no formula.
            let Ok(child) = Formula::new(nodes).map(|child| child.canonical()) else { continue };
            let depends = child.nodes().iter().any(is_score);
            if depends && child != parent && operations(&child) <= most {
                return child;
            }
        }
        parent
    }

    fn mutate(&self, nodes: &[Node], kind: Kind, rng: &mut Stream) -> Option<Vec<Node>> {
        match kind {
            Kind::Operator => self.other_operator(nodes, rng),
            Kind::Operand => self.other_operand(nodes, rng),
            Kind::Insert => Some(self.insert(nodes, rng)),
            Kind::Delete => delete(nodes, rng),
            Kind::Constant => self.other_constant(nodes, rng),
            Kind::Coefficient => Some(coefficient(nodes, rng)),
        }
    }

    fn other_operator(&self, nodes: &[Node], rng: &mut Stream) -> Option<Vec<Node>> {
        let index = any(nodes, is_operation, rng)?;
        let mut nodes = nodes.to_vec();
        nodes[index] = match nodes[index] {
            Node::Unary(_, x) | Node::Reduce(_, x) => self.of_one(x, rng),
            Node::Binary(_, x, y) => Node::Binary(pick(&self.binary, rng), x, y),
            leaf => leaf,
        };
        Some(nodes)
    }

    /// An operand becomes an input or an earlier node.
    fn other_operand(&self, nodes: &[Node], rng: &mut Stream) -> Option<Vec<Node>> {
        let (mut nodes, new) = self.with_input(nodes, rng);
        let index = any(&nodes, is_operation, rng)?;
        let operand = if below(rng, 2) == 0 { new } else { below(rng, index as u64) as usize };
        nodes[index] = match nodes[index] {
            Node::Unary(operator, _) => Node::Unary(operator, operand),
            Node::Reduce(reducer, _) => Node::Reduce(reducer, operand),
            Node::Binary(operator, x, _) if below(rng, 2) == 0 => Node::Binary(operator, x, operand),
            Node::Binary(operator, _, y) => Node::Binary(operator, operand, y),
            leaf => leaf,
        };
        Some(nodes)
    }

    /// An operation on a node, from which all that used the node now follow.
    fn insert(&self, nodes: &[Node], rng: &mut Stream) -> Vec<Node> {
        let (nodes, new) = self.with_input(nodes, rng);
        let index = 1 + below(rng, nodes.len() as u64 - 1) as usize;
        let operation = if below(rng, 2) == 0 {
            self.of_one(index, rng)
        } else {
            let other = if below(rng, 2) == 0 { new } else { below(rng, index as u64) as usize };
            let (x, y) = if below(rng, 2) == 0 { (index, other) } else { (other, index) };
            Node::Binary(pick(&self.binary, rng), x, y)
        };
        grown(&nodes, index, operation)
    }

    /// Any operator or reducer of one operand.
    fn of_one(&self, x: usize, rng: &mut Stream) -> Node {
        let drawn = below(rng, (self.unary.len() + self.reducers.len()) as u64) as usize;
        match self.unary.get(drawn) {
            Some(&operator) => Node::Unary(operator, x),
            None => Node::Reduce(self.reducers[drawn - self.unary.len()], x),
        }
    }

    fn other_constant(&self, nodes: &[Node], rng: &mut Stream) -> Option<Vec<Node>> {
        if !self.constants {
            return None;
        }
        let is_constant = |node: &Node| matches!(node, Node::Constant(_));
        let index = any(nodes, is_constant, rng)?;
        let mut nodes = nodes.to_vec();
        if let Node::Constant(value) = nodes[index] {
            nodes[index] = Node::Constant(two_digits(f64::from(value) * (0.5 * normal(rng)).exp()));
        }
        Some(nodes)
    }

    /// The nodes behind an input, or a constant, that is new; its index.
    fn with_input(&self, nodes: &[Node], rng: &mut Stream) -> (Vec<Node>, usize) {
        let is_constant = self.constants && below(rng, 4) == 0;
        let input = if is_constant { Node::Constant(two_digits(normal(rng).exp())) } else { pick(&self.inputs, rng) };
        (behind(input, nodes), 0)
    }
}

/// The nodes behind a leaf that is new.
fn behind(leaf: Node, nodes: &[Node]) -> Vec<Node> {
    let shifted = nodes.iter().map(|node| node.map_operands(|operand| operand + 1));
    std::iter::once(leaf).chain(shifted).collect()
}

/// The nodes with an operation on one of them, from which all that used that one now follow.
fn grown(nodes: &[Node], index: usize, operation: Node) -> Vec<Node> {
    let mut grown = nodes[..=index].to_vec();
    grown.push(operation);
    let follow = |operand: usize| if operand >= index { operand + 1 } else { operand };
    grown.extend(nodes[index + 1..].iter().map(|node| node.map_operands(follow)));
    grown
}

/// A factor before a node, log-normal about 1, or a number of either sign added to one.
fn coefficient(nodes: &[Node], rng: &mut Stream) -> Vec<Node> {
    let value = normal(rng).exp();
    let (value, operator) = match below(rng, 4) {
        0 => (value, Binary::Add),
        1 => (-value, Binary::Add),
        _ => (value, Binary::Mul),
    };
    let nodes = behind(Node::Constant(two_digits(value)), nodes);
    let index = 1 + below(rng, nodes.len() as u64 - 1) as usize;
    grown(&nodes, index, Node::Binary(operator, 0, index))
}

/// An operand takes the place of an operation.
fn delete(nodes: &[Node], rng: &mut Stream) -> Option<Vec<Node>> {
    let index = any(nodes, is_operation, rng)?;
    let operands: Vec<usize> = nodes[index].operands().into_iter().flatten().collect();
    let operand = pick(&operands, rng);
    if index + 1 == nodes.len() {
        return Some(nodes[..=operand].to_vec());
    }
    let replace = |other: usize| if other == index { operand } else { other };
    Some(nodes.iter().map(|node| node.map_operands(replace)).collect())
}

fn is_operation(node: &Node) -> bool {
    matches!(node, Node::Unary(..) | Node::Binary(..) | Node::Reduce(..))
}

/// Whether a leaf is what a recommender predicts.
fn is_score(node: &Node) -> bool {
    matches!(node, Node::Pred | Node::Logit | Node::Pos | Node::Neg | Node::Gap)
}

fn operations(formula: &Formula) -> usize {
    formula.nodes().iter().filter(|node| is_operation(node)).count()
}

/// Index of a random node of a kind; `None` where there is none.
fn any(nodes: &[Node], is: impl Fn(&Node) -> bool, rng: &mut Stream) -> Option<usize> {
    let indices: Vec<usize> = (0..nodes.len()).filter(|&index| is(&nodes[index])).collect();
    (!indices.is_empty()).then(|| pick(&indices, rng))
}

fn pick<T: Copy>(from: &[T], rng: &mut Stream) -> T {
    from[below(rng, from.len() as u64) as usize]
}

/// Two significant digits: more would be noise, and less to read.
pub(crate) fn two_digits(value: f64) -> f32 {
    format!("{value:.1e}").parse().expect("a number is one")
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen_formula::Choice;
    use autolossgen_recsys::random::stream;

    fn children_of(mutation: &Mutation, text: &str) -> Vec<Formula> {
        let (parent, mut rng) = (text.parse().unwrap(), stream(1, "mutation", 0));
        (0..2000).map(|_| mutation.of(&parent, &mut rng)).collect()
    }

    fn of_labels(constants: bool) -> Mutation {
        let unary = Unary::ALL.iter().copied().filter(|&operator| operator != Unary::Identity).collect();
        let mut inputs = vec![Node::Pred, Node::Label, Node::Constant(1.0)];
        inputs.extend(constants.then_some(Node::Logit));
        Mutation {
            unary,
            binary: Binary::ALL.to_vec(),
            reducers: Vec::new(),
            inputs,
            constants,
            coefficients: false,
            operations: 7,
        }
    }

    fn children(text: &str, extended: bool) -> Vec<Formula> {
        children_of(&of_labels(extended), text)
    }

    #[test]
    fn children_are_small_changes_of_their_parent() {
        let children = children("(pred - label)^2", false);
        let has = |text: &str| children.contains(&text.parse::<Formula>().unwrap().canonical());
        for child in ["(pred * label)^2", "pred - label", "(pred - 1)^2", "abs(pred - label)", "(pred - label^2)^2"] {
            assert!(has(child), "{child}");
        }
        assert!(children.iter().all(|child| operations(child) <= 7));
        let pure = |formula: &Formula| !formula.nodes().iter().any(|node| matches!(node, Node::Logit));
        assert!(children.iter().all(pure) && !has("(pred - label)^2"));
    }

    #[test]
    fn extended_inputs_bring_the_logit_and_constants() {
        let children = children("(pred - 2 * label)^2", true);
        let any = |is: &dyn Fn(&Node) -> bool| children.iter().any(|child| child.nodes().iter().any(is));
        assert!(any(&|node| *node == Node::Logit));
        assert!(any(&|node| matches!(node, Node::Constant(value) if *value != 2.0 && *value != 1.0)));
    }

    #[test]
    fn reducers_come_and_go_under_ranking() {
        let inputs = vec![Node::Pos, Node::Neg, Node::Gap, Node::Constant(1.0)];
        let mutation = Mutation { reducers: Reducer::ALL.to_vec(), inputs, coefficients: true, ..of_labels(true) };
        let children = children_of(&mutation, "log(1 + mean(exp(-gap)))");
        let has = |text: &str| children.contains(&text.parse::<Formula>().unwrap().canonical());
        for child in ["log(1 + sum(exp(-gap)))", "log(1 + exp(-gap))", "log(pos + mean(exp(-gap)))"] {
            assert!(has(child), "{child}");
        }
        let begins = |text: &str| children.iter().any(|child| child.to_string().starts_with(text));
        assert!(begins("log(1 + 1.") || begins("log(1 + 0."), "a factor before the mean");
        assert!(
            children
                .iter()
                .any(|child| child.to_string().starts_with("log(1.") || child.to_string().starts_with("log(0."))
        );
    }

    #[test]
    fn constants_have_two_digits() {
        assert_eq!([0.0123, 1.26, 987.0].map(two_digits), [0.012, 1.3, 990.0]);
    }
}
