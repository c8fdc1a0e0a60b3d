//! What a ranking loss computes, node by node, found out once for a formula under its semantics.

use super::pattern::LogSumExp;
use crate::number::{bounds, within};
use crate::operator::{BinaryLoop, UnaryLoop};
use crate::scope_check::NOT_POINTWISE;
use crate::{Binary, Clamp, Formula, Node, Reducer, Semantics, Unary};

/// How many numbers a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One a row
    Row,
    /// One a negative
    Grid,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Source {
    /// The same number everywhere
    Number(f32),
    /// The scores of the positives
    Pos,
    /// The scores of the negatives
    Neg,
    /// An earlier step
    Step(usize),
}

/// One operation and its operands, none of which is a number alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operation {
    Unary(Unary, Source),
    Binary(Binary, Source, Source),
    Reduce(Reducer, Source),
    /// log(c + exp(±x)), number by number
    Softplus {
        x: Source,
        sign: f32,
        log_constant: f32,
    },
    /// log(c + r(exp(±x))) over the negatives, r the mean or the sum; log c is −∞ without a c
    LogSumExp {
        x: Source,
        sign: f32,
        log_constant: f32,
        is_mean: bool,
    },
}

impl Operation {
    /// The operands, in the order in which their derivatives are added up.
    pub(crate) fn sources(self) -> [Option<Source>; 2] {
        match self {
            Operation::Binary(_, x, y) => [Some(x), Some(y)],
            Operation::Unary(_, x)
            | Operation::Reduce(_, x)
            | Operation::Softplus { x, .. }
            | Operation::LogSumExp { x, .. } => [Some(x), None],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) operation: Operation,
    pub(crate) shape: Shape,
    /// Whether the clamp acts on the result
    pub(crate) clamp: bool,
    /// Whether the derivative for each operand adds to what is there; the first one, from the root, does not.
    pub(crate) adds: [bool; 2],
}

/// The steps, operands first; every one depends on a score, and the root on every one.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) steps: Vec<Step>,
    /// The loss of a row: a number, the score of the positive, or the last step
    pub(crate) root: Source,
    /// Whether the loss depends on the scores of the positives and of the negatives
    pub(crate) reaches: [bool; 2],
    /// Whether ε is in the value
    pub(crate) has_epsilon: bool,
}

impl Program {
    pub(crate) fn new(formula: &Formula, semantics: Semantics) -> Self {
        let canonical = formula.canonical_under(semantics.clamp);
        let nodes = canonical.nodes();
        let places = vec![None; nodes.len()];
        let mut built = Builder { nodes, semantics, places, steps: Vec::new(), has_epsilon: false };
        let root = built.place(canonical.root());
        let root = match built.shape(root) {
            Some(Shape::Grid) => built.step(Operation::Reduce(Reducer::Mean, root), Shape::Row, false),
            _ => root,
        };
        let Builder { mut steps, has_epsilon, .. } = built;
        let reaches = orders(&mut steps, root);
        Self { steps, root, reaches, has_epsilon }
    }
}

/// Says of every step which derivatives are the first for their operands; returns whether there is one for either leaf.
fn orders(steps: &mut [Step], root: Source) -> [bool; 2] {
    let mut seen = vec![false; steps.len()];
    let mut reaches = [root == Source::Pos, false];
    for index in (0..steps.len()).rev() {
        for (place, source) in steps[index].operation.sources().into_iter().enumerate() {
            let seen = match source {
                Some(Source::Step(operand)) => &mut seen[operand],
                Some(Source::Pos) => &mut reaches[0],
                Some(Source::Neg) => &mut reaches[1],
                Some(Source::Number(_)) | None => continue,
            };
            steps[index].adds[place] = std::mem::replace(seen, true);
        }
    }
    reaches
}

struct Builder<'a> {
    nodes: &'a [Node],
    semantics: Semantics,
    /// Where the value of each node comes from, as far as known
    places: Vec<Option<Source>>,
    steps: Vec<Step>,
    has_epsilon: bool,
}

impl Builder<'_> {
    /// Where the value of a node comes from. Formulas are too shallow for the calls within each other to matter.
    fn place(&mut self, index: usize) -> Source {
        if let Some(known) = self.places[index] {
            return known;
        }
        let source = self.new_place(index);
        self.places[index] = Some(source);
        source
    }

    fn new_place(&mut self, index: usize) -> Source {
        if let Some(whole) = self.log_sum_exp(index) {
            return whole;
        }
        match self.nodes[index] {
            Node::Pos => Source::Pos,
            Node::Neg => Source::Neg,
            Node::Gap => self.step(Operation::Binary(Binary::Sub, Source::Pos, Source::Neg), Shape::Grid, false),
            Node::Eps => {
                self.has_epsilon = true;
                Source::Number(self.semantics.epsilon)
            }
            Node::Constant(value) => Source::Number(value),
            Node::Unary(operator, x) => self.unary(operator, x),
            Node::Binary(operator, x, y) => self.binary(operator, x, y),
            Node::Reduce(reducer, x) => {
                let x = self.place(x);
                self.step(Operation::Reduce(reducer, x), Shape::Row, self.clamps())
            }
            Node::Pred | Node::Label | Node::Logit => unreachable!("not pointwise: {NOT_POINTWISE}"),
        }
    }

    fn unary(&mut self, operator: Unary, x: usize) -> Source {
        self.has_epsilon |= operator.depends_on_epsilon();
        let x = self.place(x);
        match (x, self.shape(x)) {
            (Source::Number(x), _) => Source::Number(self.folded_unary(operator, x)),
            (_, shape) => self.step(Operation::Unary(operator, x), shape.unwrap_or(Shape::Row), self.clamps()),
        }
    }

    fn binary(&mut self, operator: Binary, x: usize, y: usize) -> Source {
        let (x, y) = (self.place(x), self.place(y));
        if let (Source::Number(x), Source::Number(y)) = (x, y) {
            return Source::Number(self.folded_binary(operator, x, y));
        }
        let is_grid = [x, y].iter().any(|&operand| self.shape(operand) == Some(Shape::Grid));
        let shape = if is_grid { Shape::Grid } else { Shape::Row };
        self.step(Operation::Binary(operator, x, y), shape, self.clamps())
    }

    fn log_sum_exp(&mut self, index: usize) -> Option<Source> {
        let found = LogSumExp::of(self.nodes, index, self.semantics.clamp)?;
        let x = self.place(found.exponent);
        let shape = self.shape(x)?;
        let sign = if found.negated { -1.0 } else { 1.0 };
        let log_constant = found.constant.map_or(f32::NEG_INFINITY, |constant| f64::from(constant).ln() as f32);
        let is_mean = found.reducer == Some(Reducer::Mean);
        let (operation, shape) = match found.reducer {
            None => (Operation::Softplus { x, sign, log_constant }, shape),
            Some(_) => (Operation::LogSumExp { x, sign, log_constant, is_mean }, Shape::Row),
        };
        Some(self.step(operation, shape, self.clamps()))
    }

    fn step(&mut self, operation: Operation, shape: Shape, clamp: bool) -> Source {
        self.steps.push(Step { operation, shape, clamp, adds: [false; 2] });
        Source::Step(self.steps.len() - 1)
    }

    /// `None` for a number.
    fn shape(&self, source: Source) -> Option<Shape> {
        match source {
            Source::Number(_) => None,
            Source::Pos => Some(Shape::Row),
            Source::Neg => Some(Shape::Grid),
            Source::Step(index) => Some(self.steps[index].shape),
        }
    }

    fn clamps(&self) -> bool {
        self.semantics.clamp != Clamp::None
    }

    fn folded_unary(&self, operator: Unary, x: f32) -> f32 {
        let mut out = 0.0;
        operator.evaluate(false, self.semantics.epsilon, Folded { operands: [x, x], out: &mut out });
        self.clamped(out)
    }

    fn folded_binary(&self, operator: Binary, x: f32, y: f32) -> f32 {
        let mut out = 0.0;
        operator.evaluate(Folded { operands: [x, y], out: &mut out });
        self.clamped(out)
    }

    fn clamped(&self, value: f32) -> f32 {
        bounds(self.semantics.clamp).map_or(value, |bounds| within(bounds, value, 0.0).0)
    }
}

/// The value of an operator of numbers.
struct Folded<'a> {
    operands: [f32; 2],
    out: &'a mut f32,
}

impl UnaryLoop<f32> for Folded<'_> {
    fn run(self, f: impl Fn(f32) -> (f32, f32)) {
        *self.out = f(self.operands[0]).0;
    }
}

impl BinaryLoop<f32> for Folded<'_> {
    fn run(self, f: impl Fn(f32, f32) -> (f32, f32, f32)) {
        *self.out = f(self.operands[0], self.operands[1]).0;
    }
}
