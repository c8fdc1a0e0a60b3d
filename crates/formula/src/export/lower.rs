//! From the program that the evaluator runs to the terms that code computes.

use crate::range::Range;
use crate::scope_check::NOT_POINTWISE;
use crate::{Binary, Loss, Node, Unary, Workspace};

use super::bounds::{Bounds, bounds};
use super::graph::{Function, Graph, Operator, Term};
use super::print::written;

/// Where the derivative comes from, which decides how a clamped quotient is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The framework goes backward through the code; 0·∞ must not arise on the way.
    Backward,
    /// The code itself computes it.
    Forward,
}

/// Arguments beyond this are cut off by the evaluator's exponential.
const LARGEST_EXPONENT: f64 = 88.0;

/// Above it the inverse, its square, and its product with what a clamp leaves, are finite in single precision.
const APART_FROM_0: f64 = 1e-18;

/// A sum keeps its smaller part where its rounding is at most this share of that.
const KEPT: f64 = 1e-6;

struct Lowering<'a> {
    loss: &'a Loss,
    mode: Mode,
    bounds: Vec<Bounds>,
    graph: Graph,
    /// The term of each node so far.
    terms: Vec<usize>,
    /// Whether a node depends on the logit or the label.
    varies: Vec<bool>,
}

/// The terms of a loss, and the root among them, which is the value times the scale.
pub(super) fn lower(loss: &Loss, mode: Mode) -> (Graph, usize) {
    // As written and not as evaluated, which has commutative operands in an order of its own: the results are the same.
    let program = loss.formula().nodes();
    let bounds = bounds(program, loss.semantics());
    let mut lowering =
        Lowering { loss, mode, bounds, graph: Graph::default(), terms: Vec::new(), varies: vec![false; program.len()] };
    for index in 0..program.len() {
        let term = lowering.node(index);
        lowering.terms.push(term);
    }
    let Lowering { mut graph, terms, .. } = lowering;
    let root = terms[terms.len() - 1];
    if loss.scale() == 1.0 {
        return (graph, root);
    }
    let scale = graph.share(Term::Scale);
    let root = graph.mul(scale, root);
    (graph, root)
}

impl Lowering<'_> {
    fn node(&mut self, index: usize) -> usize {
        let node = self.loss.formula().nodes()[index];
        self.varies[index] = match node {
            Node::Pred | Node::Logit | Node::Label => true,
            Node::Eps | Node::Constant(_) => false,
            other => other.operands().into_iter().flatten().any(|operand| self.varies[operand]),
        };
        match node {
            Node::Pred => self.graph.share(Term::Pred),
            Node::Logit => self.graph.share(Term::Logit),
            Node::Label => self.graph.share(Term::Label),
            Node::Eps => self.graph.share(Term::Epsilon),
            Node::Constant(value) => self.graph.number(written(value)),
            _ if !self.varies[index] && !self.is_arithmetic(index) => {
                let value = self.constant(index);
                self.graph.number(value.into())
            }
            Node::Unary(operator, x) => {
                let term = self.unary(operator, self.terms[x], self.bounds[x].clamped);
                self.clamped(index, term)
            }
            Node::Binary(operator, x, y) => self.binary(index, operator, [x, y]),
            Node::Pos | Node::Neg | Node::Gap | Node::Reduce(..) => unreachable!("{NOT_POINTWISE}"),
        }
    }

    /// Whether a constant is better read as the sum, difference or product that it is, because ε is named in it. Not where
    /// single precision loses the smaller part of a sum: 1 + 1e-6 less 1 is 9.5e-7 in a search.
    fn is_arithmetic(&self, index: usize) -> bool {
        let Node::Binary(operator, x, y) = self.loss.formula().nodes()[index] else { return false };
        let named = |operand: usize| self.graph.terms()[self.terms[operand]] == Term::Epsilon;
        if !(named(x) || named(y)) || self.bounds[index].is_clamped() {
            return false;
        }
        let [x, y, rounded] = [x, y, index].map(|node| f64::from(self.constant(node)));
        let exact = match operator {
            Binary::Add => x + y,
            Binary::Sub => x - y,
            Binary::Mul => return true,
            _ => return false,
        };
        (exact - rounded).abs() <= KEPT * x.abs().min(y.abs())
    }

    /// What the evaluator makes of a node without variables: such a number is that of the search, to the bit, in whatever
    /// precision the code computes.
    fn constant(&self, index: usize) -> f32 {
        let nodes = self.loss.formula().nodes()[..=index].to_vec();
        let formula = crate::Formula::new(nodes).expect("the beginning of a program is one");
        let loss = formula.compile(self.loss.semantics()).expect("the semantics are those of a loss");
        let (mut value, mut grad) = ([0.0], [0.0]);
        loss.evaluate(&[0.0], &[0.0], &mut value, &mut grad, &mut Workspace::default());
        value[0]
    }

    fn clamped(&mut self, index: usize, term: usize) -> usize {
        if self.bounds[index].is_clamped() { self.graph.function(Function::Clamp, term) } else { term }
    }

    fn unary(&mut self, operator: Unary, x: usize, range: Range) -> usize {
        let graph = &mut self.graph;
        match operator {
            Unary::Neg => graph.neg(x),
            Unary::Identity => x,
            Unary::Square => graph.square(x),
            Unary::Abs | Unary::Relu if range.is_positive() => x,
            Unary::Abs => graph.function(Function::Abs, x),
            Unary::Relu => graph.function(Function::Relu, x),
            Unary::Sqrt if range.low > APART_FROM_0 => graph.function(Function::Sqrt, x),
            Unary::Sqrt => graph.function(Function::SignedRoot, x),
            Unary::Exp if range.high <= LARGEST_EXPONENT => graph.function(Function::Exp, x),
            Unary::Exp => graph.function(Function::CappedExp, x),
            Unary::Sigmoid => graph.function(Function::Sigmoid, x),
            Unary::Tanh => graph.function(Function::Tanh, x),
            Unary::Log => {
                let shifted = self.shifted(x, range);
                let log = self.graph.function(Function::Log, shifted);
                self.signed(x, range, log, Operator::Mul)
            }
            Unary::Reciprocal => {
                let shifted = self.shifted(x, range);
                self.signed(x, range, shifted, Operator::Div)
            }
        }
    }

    /// |x| + ε
    fn shifted(&mut self, x: usize, range: Range) -> usize {
        let magnitude = if range.low >= 0.0 { x } else { self.graph.function(Function::Abs, x) };
        let epsilon = self.graph.share(Term::Epsilon);
        self.graph.add(magnitude, epsilon)
    }

    /// sign(x) times or divided by a term; of what is positive the sign is 1.
    fn signed(&mut self, x: usize, range: Range, term: usize, operator: Operator) -> usize {
        let sign = if range.is_positive() { self.graph.number(1.0) } else { self.graph.function(Function::Sign, x) };
        self.graph.operator(operator, sign, term)
    }

    /// Whether a node can be divided by without care.
    fn is_apart_from_0(&self, node: usize) -> bool {
        let Range { low, high, .. } = self.bounds[node].clamped;
        low > APART_FROM_0 || high < -APART_FROM_0
    }

    fn binary(&mut self, index: usize, operator: Binary, [first, second]: [usize; 2]) -> usize {
        let (x, y) = (self.terms[first], self.terms[second]);
        let operator = match operator {
            Binary::Add => Operator::Add,
            Binary::Sub => Operator::Sub,
            Binary::Mul => Operator::Mul,
            Binary::Max => Operator::Max,
            Binary::Min => Operator::Min,
            Binary::Div
                if self.mode == Mode::Backward && self.bounds[index].is_clamped() && !self.is_apart_from_0(second) =>
            {
                return self.graph.operator(Operator::Quotient, x, y);
            }
            Binary::Div => Operator::Div,
        };
        let term = self.graph.operator(operator, x, y);
        self.clamped(index, term)
    }
}
