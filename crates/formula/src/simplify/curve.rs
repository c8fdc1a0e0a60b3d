//! What a class of terms evaluates to at a few places, by the one evaluator: two terms are the same where these agree.

use std::collections::HashSet;

use egg::{Analysis, DidMerge, EGraph, Id, Language};

use super::term::Term;
use crate::lanes::{Dual, LANES, Lanes};
use crate::step::Step;
use crate::{Node, Semantics, math};

/// Labels of the places; the paper's two, and two graded ones.
const LABELS: [f32; 4] = [0.0, 1.0, 0.3, 0.8];

/// A block of places for each label.
pub(super) const BLOCKS: usize = LABELS.len();

/// The places at which terms are compared, and how.
pub(super) struct Places {
    semantics: Semantics,
    closeness: Closeness,
    logits: Lanes,
    /// dŷ/dlogit there.
    spread: Lanes,
    labels: [Lanes; BLOCKS],
    /// What was tried in vain: a rule, a class, and the classes that stand for its variables.
    pub refuted: HashSet<(usize, Id, Vec<Id>)>,
}

/// How near two curves are that count as the same: relative to the larger of both, or to the mean size over a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Closeness {
    pub own: f32,
    pub typical: f32,
}

/// A class of terms: what they evaluate to, and whether the leaf `eps` is needed to write them.
#[derive(Clone, Debug)]
pub(super) struct Class {
    pub curve: [Dual; BLOCKS],
    pub has_eps: bool,
}

pub(super) type Graph = EGraph<Term, Places>;

impl Places {
    pub(super) fn new(semantics: Semantics, closeness: Closeness) -> Self {
        // From about −20 to 20 with more of them around 0; the middle is a kink of many losses.
        let logits = std::array::from_fn(|lane| {
            let middle = LANES as f32 / 2.0;
            let t = (lane as f32 - middle) / (middle - 0.5);
            20.0 * t * t.abs()
        });
        let spread = logits.map(|logit| math::sigmoid(logit).1);
        let labels = LABELS.map(|label| [label; LANES]);
        Self { semantics, closeness, logits, spread, labels, refuted: HashSet::new() }
    }

    /// What `term` evaluates to on one block; `operand` gives its operands there.
    pub(super) fn evaluate<'a>(&self, term: &Term, block: usize, operand: impl Fn(Id) -> &'a Dual) -> Dual {
        let mut before = [Dual::ZERO; 2];
        for (&id, place) in term.children().iter().zip(&mut before) {
            *place = *operand(id);
        }
        let node = match *term {
            Term::Binary(operator, _) => Node::Binary(operator, 0, 1),
            _ => term.node(|_| 0),
        };
        let mut out = Dual::ZERO;
        Step::all(node).take(&before, (&self.logits, &self.labels[block]), self.semantics, &mut out);
        out
    }

    /// Whether two blocks agree in value and in derivative with respect to ŷ; what is not finite agrees with nothing.
    pub(super) fn agree(&self, x: &Dual, y: &Dual) -> bool {
        let by_prediction = |dual: &Dual| std::array::from_fn(|lane| dual.slope[lane] / self.spread[lane]);
        self.near(&x.value, &y.value) && self.near(&by_prediction(x), &by_prediction(y))
    }

    fn near(&self, x: &Lanes, y: &Lanes) -> bool {
        let typical = x.iter().map(|x| x.abs()).sum::<f32>() / LANES as f32;
        let Closeness { own, typical: share } = self.closeness;
        // What is large at one end only says nothing of the middle.
        let floor = share * typical.min(1.0);
        x.iter().zip(y).all(|(x, y)| (x - y).abs() <= own * x.abs().max(y.abs()) + floor && (x - y).is_finite())
    }
}

/// The value of a curve that is the same number everywhere.
fn constant(curve: &[Dual]) -> Option<f32> {
    let value = curve[0].value[0];
    let is_constant = |block: &Dual| block.value == [value; LANES] && block.slope == [0.0; LANES];
    (value.is_finite() && curve.iter().all(is_constant)).then_some(value)
}

impl Analysis<Term> for Places {
    type Data = Class;

    fn make(graph: &mut Graph, term: &Term, _id: Id) -> Class {
        let of_block = |block| graph.analysis.evaluate(term, block, |id| &graph[id].data.curve[block]);
        let has_eps = *term == Term::Eps || term.any(|id| graph[id].data.has_eps);
        Class { curve: std::array::from_fn(of_block), has_eps }
    }

    /// What was there first stays; both agree.
    fn merge(&mut self, class: &mut Class, other: Class) -> DidMerge {
        let needed = class.has_eps && other.has_eps;
        let merged = DidMerge(class.has_eps != needed, other.has_eps != needed);
        class.has_eps = needed;
        merged
    }

    /// Folds constants; what is written with `eps` stays so.
    fn modify(graph: &mut Graph, id: Id) {
        let class = &graph[id].data;
        if let (false, Some(value)) = (class.has_eps, constant(&class.curve)) {
            let number = graph.add(Term::constant(value));
            graph.union(id, number);
        }
    }
}
