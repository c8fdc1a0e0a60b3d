//! What formulas are made of: the operators of each set, and what an enumeration of them takes.

use autolossgen_formula::{Binary, Enumeration, Grammar, Node, Unary};

use super::{Config, ControllerName, InputSet, OperatorSet};

/// An operator of a search space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Of one variable
    Unary(Unary),
    /// Of two distinct variables
    Binary(Binary),
}

impl Operator {
    /// How many variables it takes.
    pub fn arity(self) -> usize {
        match self {
            Operator::Unary(_) => 1,
            Operator::Binary(_) => 2,
        }
    }
}

/// The nine operators of Table 2.
const PAPER: [Operator; 9] = [
    Operator::Binary(Binary::Add),
    Operator::Binary(Binary::Mul),
    Operator::Binary(Binary::Max),
    Operator::Binary(Binary::Min),
    Operator::Unary(Unary::Neg),
    Operator::Unary(Unary::Identity),
    Operator::Unary(Unary::Log),
    Operator::Unary(Unary::Square),
    Operator::Unary(Unary::Reciprocal),
];

/// What `extended` adds.
const MORE: [Operator; 8] = [
    Operator::Binary(Binary::Sub),
    Operator::Binary(Binary::Div),
    Operator::Unary(Unary::Abs),
    Operator::Unary(Unary::Sqrt),
    Operator::Unary(Unary::Exp),
    Operator::Unary(Unary::Sigmoid),
    Operator::Unary(Unary::Tanh),
    Operator::Unary(Unary::Relu),
];

/// Labels of a probe where they lie between 0 and 1.
const GRADED: [f32; 3] = [0.0, 0.35, 1.0];

/// Nodes from whose enumeration that of more is foretold.
const FORETOLD_FROM: usize = 5;

impl OperatorSet {
    /// Its operators, in the order of their indices.
    pub fn operators(self) -> Vec<Operator> {
        let more = match self {
            OperatorSet::Paper => &[][..],
            OperatorSet::Extended => &MORE,
        };
        [&PAPER[..], more].concat()
    }
}

impl InputSet {
    /// The leaves of a complete enumeration.
    fn leaves(self) -> Vec<Node> {
        let paper = vec![Node::Pred, Node::Label, Node::Constant(1.0)];
        match self {
            InputSet::Paper => paper,
            InputSet::Extended => [paper, vec![Node::Logit, Node::Constant(0.5), Node::Constant(2.0)]].concat(),
        }
    }
}

impl Config {
    /// What formulas are made of under `controller.name = "complete"`, and what they mean.
    pub fn grammar(&self, graded: bool) -> Grammar {
        let (controller, operators) = (&self.controller, self.controller.operators.operators());
        let unary = operators.iter().filter_map(|operator| match operator {
            Operator::Unary(unary) => Some(*unary),
            Operator::Binary(_) => None,
        });
        let binary = operators.iter().filter_map(|operator| match operator {
            Operator::Binary(binary) => Some(*binary),
            Operator::Unary(_) => None,
        });
        Grammar {
            leaves: controller.inputs.leaves(),
            unary: unary.collect(),
            binary: binary.collect(),
            clamp: self.semantics().clamp,
            epsilons: self.selection.epsilons.clone(),
            labels: if graded { GRADED.to_vec() } else { vec![0.0, 1.0] },
        }
    }

    /// The most nodes, up to `nodes`, of an enumeration that `controller.memory` allows.
    pub(crate) fn largest_enumeration(&self, nodes: usize) -> usize {
        let fits = |bytes: &f64| *bytes <= self.controller.memory * GIB;
        self.enumeration_bytes(nodes).iter().take_while(|bytes| fits(bytes)).count().max(1)
    }

    /// Bytes that an enumeration takes up to one node, two, and so on to `nodes`; foretold beyond the first few.
    fn enumeration_bytes(&self, nodes: usize) -> Vec<f64> {
        let mut all = Enumeration::new(self.grammar(false));
        let mut bytes = vec![all.bytes() as f64];
        while all.nodes() < nodes.min(FORETOLD_FROM) {
            bytes.push(all.bytes_to_grow() as f64);
            all.grow();
        }
        while bytes.len() < nodes {
            let n = bytes.len();
            // What a node more brings grows a little from node to node.
            let growth = 1.04 * bytes[n - 1] / bytes[n - 2];
            bytes.push(bytes[n - 1] * growth);
        }
        bytes
    }

    /// Whether memory allows the nodes that are asked for: otherwise bytes that they take, and the nodes that it allows.
    pub(super) fn too_many_nodes(&self) -> Option<(f64, usize)> {
        let nodes = self.controller.max_nodes;
        if self.controller.name != ControllerName::Complete || nodes == 0 {
            return None;
        }
        let fits = self.largest_enumeration(nodes);
        (fits < nodes).then(|| (self.enumeration_bytes(nodes)[nodes - 1] / GIB, fits))
    }
}

const GIB: f64 = (1_u64 << 30) as f64;
