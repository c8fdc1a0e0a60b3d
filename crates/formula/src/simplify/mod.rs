//! The simplest way to write a loss, for people.
//!
//! Rewrites that are true of real numbers are not true of protected and clamped operations in single precision. So a
//! rewrite is taken only where both sides evaluate alike at a few places under the semantics at hand (`rule`), an
//! e-graph holds all ways to write the loss that are found so, and the most readable of them (`cost`) counts only if its value
//! and derivative are those of the original over a fine grid (`agreement`). Nothing here depends on a clock, a thread or
//! the order of a hash table: the same loss gives the same text everywhere.

mod agreement;
mod arrange;
mod cost;
mod curve;
mod labels;
mod rule;
mod table;
mod term;

use egg::{CostFunction, Extractor, Language};

pub use agreement::{Agreement, SIMPLIFIED_UP_TO_LOGIT};

use self::agreement::Reference;
use self::cost::{Cost, Readability};
use self::curve::{Closeness, Graph, Places};
use self::term::Term;
use crate::{Formula, Loss, Node};

/// The largest [`Agreement`] between a loss and its simplified form.
pub const SIMPLIFIED_WITHIN: f64 = 1e-5;

/// Formulas with more distinct nodes are left as they are.
const LONGEST: usize = 64;

/// Times that what was found is simplified again.
const ROUNDS: usize = 3;

/// Times that all rules are tried.
const ITERATIONS: usize = 8;

/// Nodes of the e-graph after which no rule is tried.
const LARGEST: usize = 1_000;

/// Places at which one rule is tried in one iteration.
const MATCHES: usize = 120;

/// Ways to write a loss that are held against it, from the most readable.
const CANDIDATES: usize = 6;

/// Digits of a constant in single precision; fewer are tried.
const DIGITS: usize = 8;

/// First what can be told apart by nothing that matters, then what cannot be told apart but by rounding.
const CLOSENESS: [Closeness; 2] = [Closeness { own: 1e-5, typical: 1e-5 }, Closeness { own: 5e-7, typical: 0.0 }];

/// A loss written in a simpler way.
#[derive(Clone, Debug)]
pub struct Simplified {
    /// The same loss, under the same semantics and scale
    pub loss: Loss,
    /// How far it is from the original: [`SIMPLIFIED_WITHIN`] at most
    pub agreement: Agreement,
}

/// The simplest way to write `loss` that was found: easier to read, no more nodes, and of the same value and derivative under its
/// semantics, to within [`SIMPLIFIED_WITHIN`], for |logit| ≤ 20 and labels from 0 to 1: in steps of 1/64, and at and around every kink of
/// what depends on the label alone. Beyond these nothing is said. `None` where there is none,
/// where the loss is NaN or ∞ somewhere, and for more than 64 distinct nodes.
///
/// What holds under one ε or clamp need not hold under another.
///
/// ```
/// use autolossgen_formula::{Formula, Semantics, simplified};
/// let loss = "log(reciprocal(max(pred, pred * label)))".parse::<Formula>()?.compile(Semantics::default())?;
/// assert_eq!(simplified(&loss).unwrap().loss.formula().to_string(), "-log(pred)");
/// # Ok::<(), autolossgen_formula::FormulaError>(())
/// ```
pub fn simplified(loss: &Loss) -> Option<Simplified> {
    let longest = loss.formula().complexity();
    if longest > LONGEST {
        return None;
    }
    let mut search =
        Search { loss, reference: Reference::new(&loss.clone().scaled(1.0))?, longest, best: loss.formula().clone() };
    let mut found = search.canonical();
    for _ in 0..ROUNDS {
        let Some(better) = search.step() else { break };
        found = Some(better);
    }
    let (formula, agreement) = search.rounded(found?);
    let saved = cost::of(loss.formula()).symbols.saturating_sub(cost::of(&formula).symbols);
    (saved >= cost::SYMBOL).then(|| Simplified { loss: loss.rewritten(formula), agreement })
}

/// A search for simpler ways to write a loss.
struct Search<'a> {
    loss: &'a Loss,
    reference: Reference,
    /// Nodes of the original.
    longest: usize,
    /// The simplest way so far.
    best: Formula,
}

impl Search<'_> {
    /// The canonical form, if it is simpler than what was given.
    fn canonical(&mut self) -> Option<(Formula, Agreement)> {
        let found = self.accepted(&self.best.canonical_under(self.loss.semantics().clamp))?;
        self.best = found.0.clone();
        Some(found)
    }

    /// The first of the simpler ways that is the same loss.
    fn step(&mut self) -> Option<(Formula, Agreement)> {
        for closeness in CLOSENESS {
            let candidates = self.candidates(closeness);
            if candidates.is_empty() {
                return None;
            }
            if let Some(found) = candidates.iter().find_map(|formula| self.accepted(formula)) {
                self.best = found.0.clone();
                return Some(found);
            }
        }
        None
    }

    /// As people would order it, if it is simpler than the best so far and the same loss.
    fn accepted(&self, formula: &Formula) -> Option<(Formula, Agreement)> {
        let formula = arrange::arranged(&formula.canonical_under(self.loss.semantics().clamp));
        if formula.complexity() > self.longest || cost::of(&formula).symbols >= cost::of(&self.best).symbols {
            return None;
        }
        let agreement = self.reference.agreement(&formula)?;
        (agreement.largest() <= SIMPLIFIED_WITHIN).then_some((formula, agreement))
    }

    /// With each constant in as few digits as keep the loss what it is.
    fn rounded(&self, (mut formula, mut agreement): (Formula, Agreement)) -> (Formula, Agreement) {
        for index in 0..formula.nodes().len() {
            let Node::Constant(value) = formula.nodes()[index] else { continue };
            let shorter = (1..DIGITS).map(|digits| with_constant(&formula, index, round(value, digits)));
            let shorter = shorter.filter(|shorter| cost::of(shorter).symbols < cost::of(&formula).symbols);
            let good = shorter.filter_map(|shorter| Some((self.reference.agreement(&shorter)?, shorter)));
            let first = { good }.find(|(found, _)| found.largest() <= SIMPLIFIED_WITHIN);
            if let Some(better) = first {
                (agreement, formula) = better;
            }
        }
        (formula, agreement)
    }

    /// Other ways to write the best so far, from the most readable; none that is not more readable.
    fn candidates(&self, closeness: Closeness) -> Vec<Formula> {
        let mut graph = Graph::new(Places::new(self.loss.semantics(), closeness));
        let root = graph.add_expr(&term::expression(&self.best));
        saturate(&mut graph);
        let extractor = Extractor::new(&graph, Readability);
        let class = &graph[graph.find(root)];
        let cost = |term: &Term| Readability.cost(term, |id| extractor.find_best_cost(id));
        let mut ways: Vec<(Cost, &Term)> = class.iter().map(|term| (cost(term), term)).collect();
        ways.retain(|(cost, _)| cost.symbols < cost::of(&self.best).symbols);
        ways.sort_by_key(|(cost, _)| *cost);
        let expression = |term: &Term| term.build_recexpr(|id| extractor.find_best_node(id).clone());
        ways.iter().take(CANDIDATES).filter_map(|(_, term)| term::formula(&expression(term))).collect()
    }
}

/// Tries every rule until none finds anything new, or a limit is reached.
fn saturate(graph: &mut Graph) {
    graph.rebuild();
    for _ in 0..ITERATIONS {
        let before = (graph.total_size(), graph.number_of_classes());
        let found: Vec<_> = rule::rules().iter().map(|rule| rule.search_with_limit(graph, MATCHES)).collect();
        for (rule, matches) in rule::rules().iter().zip(&found) {
            rule.apply(graph, matches);
            if graph.total_size() > LARGEST {
                break;
            }
        }
        graph.rebuild();
        if graph.total_size() > LARGEST || (graph.total_size(), graph.number_of_classes()) == before {
            break;
        }
    }
}

/// To a number of significant digits.
fn round(value: f32, digits: usize) -> f32 {
    format!("{value:.0$e}", digits - 1).parse().expect("a number as it is printed")
}

fn with_constant(formula: &Formula, index: usize, value: f32) -> Formula {
    let mut nodes = formula.nodes().to_vec();
    nodes[index] = Node::Constant(value);
    Formula::new(nodes).expect("only a constant is another")
}

#[cfg(test)]
mod tests;
