//! Every function that some leaves and operators can write, up to a number of nodes.
//!
//! Bottom-up enumeration with observational equivalence, as program synthesis does it (Albarghouthi, Gulwani and Kincaid,
//! CAV 2013; Udupa et al., PLDI 2013): a formula of n nodes is an operator over functions of fewer, a function is known by its
//! value and derivative on a probe of logits, labels and ε, and of equal functions one formula stays: the one with the fewest
//! nodes, then the shortest text, then the first in alphabetical order. Formulas are trees here: what occurs twice counts twice.
//!
//! Two functions are one if they agree under every ε of the grid: log(pred) and log(pred + ε) are nearly equal at 1e-6 and are
//! two at 0.1. Functions that agree on the coarse probe are told apart on a finer one before one is dropped.

mod arithmetic;
mod expressions;
mod probe;
mod ranking;
mod signature;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use crate::scope_check::NOT_POINTWISE;
use crate::{Binary, Clamp, Formula, Node, Scope, Unary};
use arithmetic::Point;
use expressions::{Expression, Expressions, Operators};
pub use probe::Place;
use probe::Probe;
pub use ranking::{RankingEnumeration, RankingGradient, RankingGrammar};
use signature::Key;

/// Functions that are kept on the fine probe: with two labels and seven ε some 23 MB.
const N_FINE: usize = 4096;

/// What formulas are made of, and what they mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Grammar {
    /// Leaves: the formulas of one node.
    pub leaves: Vec<Node>,
    /// Operators of one operand.
    pub unary: Vec<Unary>,
    /// Operators of two operands.
    pub binary: Vec<Binary>,
    /// The clamp after every operation.
    pub clamp: Clamp,
    /// Every ε under which two formulas have to agree to be one; positive and finite.
    pub epsilons: Vec<f32>,
    /// Labels of the data: 0 and 1 for two classes, more where labels are graded.
    pub labels: Vec<f32>,
}

/// What one more node added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Nodes of its formulas.
    pub nodes: usize,
    /// Formulas that were looked at: an operator over functions that were there.
    pub formulas: usize,
    /// Functions among them that no formula before writes.
    pub functions: usize,
}

/// Every function of up to a number of nodes.
///
/// The thread pool of the caller (rayon's) does the work; the number of its threads changes no result. Memory: some 100 bytes a
/// function, and of each that is an operand another 16 for every logit, label and ε of the coarse probe (864 bytes for two labels
/// and three ε or more).
///
/// ```
/// use autolossgen_formula::{Binary, Clamp, Enumeration, Grammar, Node, Unary};
///
/// let mut all = Enumeration::new(Grammar {
///     leaves: vec![Node::Pred, Node::Label],
///     unary: vec![Unary::Neg, Unary::Square],
///     binary: vec![Binary::Add],
///     clamp: Clamp::None,
///     epsilons: vec![1e-6],
///     labels: vec![0.0, 1.0],
/// });
/// while all.nodes() < 5 {
///     all.grow();
/// }
/// // y² is y on these labels; of texts as long the first in alphabetical order stays.
/// let texts: Vec<String> = all.level(2).map(|index| all.formula(index).to_string()).collect();
/// assert_eq!(texts, ["-pred", "-label", "pred^2"]);
/// assert!(all.level(5).any(|index| all.formula(index).to_string() == "(label + -pred)^2"));
/// ```
#[derive(Clone, Debug)]
pub struct Enumeration {
    grammar: Grammar,
    coarse: Probe,
    fine: Probe,
    functions: Expressions,
    /// The functions that are operands, on the coarse probe, one after the other.
    points: Vec<Point>,
    /// The first functions on the fine probe, [`N_FINE`] at the most, of which larger ones are made.
    fine_points: Vec<Point>,
    /// The functions of each key on the coarse probe.
    known: HashMap<Key, Vec<u32>>,
}

impl Enumeration {
    /// The functions of one node.
    ///
    /// # Panics
    /// When there is no leaf, label or ε, a leaf that is an operator, or a leaf of [`Scope::Ranking`]: the probe has samples and no
    /// rows of negatives.
    pub fn new(grammar: Grammar) -> Self {
        let Grammar { leaves, epsilons, labels, .. } = &grammar;
        assert!(
            !leaves.is_empty() && !epsilons.is_empty() && !labels.is_empty(),
            "a leaf, a label and an ε are needed"
        );
        assert!(!leaves.iter().any(|leaf| leaf.is_operator()), "an operator is no leaf");
        assert!(!leaves.iter().any(|leaf| leaf.scope() == Some(Scope::Ranking)), "{NOT_POINTWISE}");
        let (coarse, fine) = (Probe::coarse(&grammar), Probe::fine(&grammar));
        let leaves: Vec<Expression> = leaves.iter().map(|&leaf| Expression::Leaf(leaf)).collect();
        let (functions, points, fine_points, known) = Default::default();
        let mut all = Self { grammar, coarse, fine, functions, points, fine_points, known };
        all.add(leaves);
        all
    }

    /// Adds the functions that one more node writes.
    ///
    /// # Panics
    /// When there are more than 2³² functions.
    pub fn grow(&mut self) -> Level {
        self.make_operands();
        let Grammar { unary, binary, .. } = &self.grammar;
        let formulas = self.functions.next(Operators { unary, binary, reducers: &[] });
        let n_formulas = formulas.len();
        let n_functions = self.add(formulas);
        Level { nodes: self.nodes(), formulas: n_formulas, functions: n_functions }
    }

    /// Nodes of the largest formulas.
    pub fn nodes(&self) -> usize {
        self.functions.nodes()
    }

    /// Number of functions; their indices are those below it, by number of nodes.
    pub fn n_functions(&self) -> usize {
        self.functions.len()
    }

    /// The functions of formulas of so many nodes.
    ///
    /// # Panics
    /// When there are none yet.
    pub fn level(&self, nodes: usize) -> Range<usize> {
        self.functions.level(nodes)
    }

    /// The formula of a function: of all that write it the one with the fewest nodes, and of these the one with the shortest text.
    ///
    /// # Panics
    /// When there is no such function.
    pub fn formula(&self, function: usize) -> Formula {
        self.functions.formula(self.functions.all()[function])
    }

    /// For each function the first whose derivative is the same up to a positive factor, under every ε: itself where no function
    /// before has it. `None` for a function without a derivative.
    ///
    /// A training under a step that is set for each loss does not tell such losses apart.
    pub fn gradients(&self) -> Vec<Option<usize>> {
        let n = self.coarse.n_of_epsilon();
        let coarse = self.coarse_keys(self.functions.all(), |points| signature::of_gradient(points, n));
        let mut counts: HashMap<Key, usize> = HashMap::new();
        coarse.iter().flatten().for_each(|key| *counts.entry(*key).or_default() += 1);
        // The finer probe is for those that the coarse one does not tell apart.
        let fine = self.functions.all().par_iter().zip(&coarse).map(|(&expression, key)| {
            key.filter(|key| counts[key] > 1).and_then(|_| {
                self.fine_key(expression, |points| signature::of_gradient(points, self.fine.n_of_epsilon()))
            })
        });
        let fine: Vec<Option<Key>> = fine.collect();
        let mut first: HashMap<(Key, Option<Key>), usize> = HashMap::new();
        let keys = coarse.into_iter().zip(fine).enumerate();
        keys.map(|(function, (coarse, fine))| Some(*first.entry((coarse?, fine)).or_insert(function))).collect()
    }

    /// The points of the finer probe: each logit under each label and each ε.
    pub fn places(&self) -> Vec<Place> {
        self.fine.places()
    }

    /// What `of` says of dL/dlogit of each of some functions at every one of [`places`](Self::places).
    ///
    /// # Panics
    /// When there is no such function.
    pub fn derivatives<T: Send>(&self, functions: &[usize], of: impl Fn(&[f64]) -> T + Sync) -> Vec<T> {
        let scratch = || (vec![Point::default(); self.fine.len()], Vec::with_capacity(self.fine.len()));
        let one = |(points, slopes): &mut (Vec<Point>, Vec<f64>), &function: &usize| {
            self.fine_points(self.functions.all()[function], points);
            slopes.clear();
            slopes.extend(points.iter().map(|point| point.slope));
            of(slopes)
        };
        functions.par_iter().map_init(scratch, one).collect()
    }

    /// Formulas that [`grow`](Self::grow) would look at.
    pub fn n_next_formulas(&self) -> usize {
        let (n_operands, len) = (self.nodes(), |nodes: usize| self.level(nodes).len());
        let pairs = |operator: &Binary| {
            let of = |x: usize| match (operator.is_commutative(), x.cmp(&(n_operands - x))) {
                (false, _) | (true, Ordering::Less) => len(x) * len(n_operands - x),
                (true, Ordering::Equal) => len(x) * (len(x) + 1) / 2,
                (true, Ordering::Greater) => 0,
            };
            (1..n_operands).map(of).sum::<usize>()
        };
        self.grammar.unary.len() * len(n_operands) + self.grammar.binary.iter().map(pairs).sum::<usize>()
    }

    /// Bytes that the functions take, to within a third or so.
    pub fn bytes(&self) -> usize {
        const FUNCTION: usize = 120;
        FUNCTION * self.n_functions() + size_of::<Point>() * (self.points.len() + self.fine_points.len())
    }

    /// Bytes that [`grow`](Self::grow) takes at its height, those of the functions that are there included.
    pub fn bytes_to_grow(&self) -> usize {
        // A formula with its key and its place, and the functions among them: two of three, at the most.
        const FORMULA: usize = 150;
        let operands = self.level(self.nodes()).len() * self.coarse.len() * size_of::<Point>();
        self.bytes() + operands + FORMULA * self.n_next_formulas()
    }

    /// Computes the functions of the last level on the coarse probe, from which those of the next are computed.
    fn make_operands(&mut self) {
        let n = self.coarse.len();
        let last = self.level(self.nodes());
        let mut points = vec![Point::default(); last.len() * n];
        let each = points.par_chunks_mut(n).zip(&self.functions.all()[last]);
        each.for_each(|(out, &expression)| self.coarse_points(expression, out));
        self.points.append(&mut points);
        self.make_fine_operands();
    }

    /// Computes the first functions on the fine probe.
    fn make_fine_operands(&mut self) {
        let (n, known) = (self.fine.len(), self.fine_points.len() / self.fine.len());
        let wanted = self.functions.len().min(N_FINE);
        let mut points = vec![Point::default(); wanted.saturating_sub(known) * n];
        let each = points.par_chunks_mut(n).zip(&self.functions.all()[known.min(wanted)..wanted]);
        each.for_each(|(out, &expression)| self.fine_points(expression, out));
        self.fine_points.append(&mut points);
    }

    /// Takes up the functions among some formulas of one number of nodes that are not known, in their order; returns how many.
    fn add(&mut self, formulas: Vec<Expression>) -> usize {
        let keys = self.coarse_keys(&formulas, signature::of_function);
        let mut order: Vec<u32> = (0..formulas.len() as u32).collect();
        order.par_sort_unstable_by_key(|&at| (keys[at as usize], at));
        let alike: Vec<&[u32]> = order.chunk_by(|&a, &b| keys[a as usize] == keys[b as usize]).collect();
        let none = Vec::new();
        let new: Vec<Vec<(u32, Expression)>> = alike
            .par_iter()
            .map(|alike| {
                let known = self.known.get(&keys[alike[0] as usize]).unwrap_or(&none);
                self.distinct(known, alike, &formulas)
            })
            .collect();
        let mut new: Vec<(u32, Expression)> = new.into_iter().flatten().collect();
        new.par_sort_unstable_by_key(|&(first, _)| first);
        let added = self.functions.push_level(new.iter().map(|&(_, expression)| expression));
        let count = added.len();
        for (function, (first, _)) in added.zip(new) {
            self.known.entry(keys[first as usize]).or_default().push(function as u32);
        }
        count
    }

    /// Which of some formulas that agree on the coarse probe are functions that are not known: the first formula that writes each,
    /// and the shortest.
    fn distinct(&self, known: &[u32], alike: &[u32], formulas: &[Expression]) -> Vec<(u32, Expression)> {
        if let ([], &[only]) = (known, alike) {
            return vec![(only, formulas[only as usize])];
        }
        let key = |expression| self.fine_key(expression, signature::of_function);
        let known: Vec<Key> = known.iter().map(|&function| key(self.functions.all()[function as usize])).collect();
        let mut new: Vec<(Key, u32, Expression)> = Vec::new();
        for &at in alike {
            let expression = formulas[at as usize];
            let key = key(expression);
            if known.contains(&key) {
                continue;
            }
            match new.iter_mut().find(|(other, ..)| *other == key) {
                Some((_, _, other)) if self.functions.text(expression) < self.functions.text(*other) => {
                    *other = expression
                }
                Some(_) => {}
                None => new.push((key, at, expression)),
            }
        }
        new.into_iter().map(|(_, at, expression)| (at, expression)).collect()
    }

    /// A key of each expression by its points on the coarse probe.
    fn coarse_keys<K: Send>(&self, expressions: &[Expression], key: impl Fn(&[Point]) -> K + Sync) -> Vec<K> {
        let of = |points: &mut Vec<Point>, &expression: &Expression| {
            self.coarse_points(expression, points);
            key(points)
        };
        expressions.par_iter().map_init(|| vec![Point::default(); self.coarse.len()], of).collect()
    }

    /// An expression on the coarse probe; operands of it that are no leaves have been computed.
    fn coarse_points(&self, expression: Expression, out: &mut [Point]) {
        let n = self.coarse.len();
        let points = |function: u32| &self.points[function as usize * n..][..n];
        match expression {
            Expression::Leaf(leaf) => self.coarse.leaf(leaf, out),
            Expression::Unary(operator, x) => self.coarse.unary(operator, points(x), out),
            Expression::Binary(operator, x, y) => self.coarse.binary(operator, points(x), points(y), out),
            Expression::Reduce(..) => unreachable!("{NOT_POINTWISE}"),
        }
    }

    /// An expression on the fine probe, from the functions up that are known there.
    fn fine_points(&self, expression: Expression, out: &mut [Point]) {
        match expression {
            Expression::Leaf(leaf) => self.fine.leaf(leaf, out),
            Expression::Unary(operator, x) => self.fine.unary(operator, &self.fine_operand(x), out),
            Expression::Binary(operator, x, y) => {
                self.fine.binary(operator, &self.fine_operand(x), &self.fine_operand(y), out);
            }
            Expression::Reduce(..) => unreachable!("{NOT_POINTWISE}"),
        }
    }

    fn fine_operand(&self, function: u32) -> Cow<'_, [Point]> {
        let (function, n) = (function as usize, self.fine.len());
        if let Some(points) = self.fine_points.get(function * n..(function + 1) * n) {
            return Cow::Borrowed(points);
        }
        let mut out = vec![Point::default(); n];
        self.fine_points(self.functions.all()[function], &mut out);
        Cow::Owned(out)
    }

    /// What `key` says of an expression on the fine probe.
    fn fine_key<K>(&self, expression: Expression, key: impl Fn(&[Point]) -> K) -> K {
        let mut out = vec![Point::default(); self.fine.len()];
        self.fine_points(expression, &mut out);
        key(&out)
    }
}
