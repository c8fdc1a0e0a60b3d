//! Every function of scores that some leaves, operators and reducers can write, up to a number of nodes.
//!
//! As for labels, but a function is known by its value on rows of one positive and a few negatives, as ε goes to 0: under ranking ε is
//! a protection and no setting. What is not finite on the rows is no function.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use rayon::prelude::*;

use super::Level;
use super::expressions::{Expression, Expressions, Operators};
use super::signature::{self, Key};
use crate::operator::{BinaryLoop, UnaryLoop};
use crate::{Binary, Formula, Node, Reducer, Scope, Unary};

/// Rows of the probe, and negatives of each.
const ROWS: usize = 8;
const NEGATIVES: usize = 3;
/// Numbers of a function: one a negative.
const LEN: usize = ROWS * NEGATIVES;
/// Scores that a number depends on: that of the positive, and those of the negatives.
const SCORES: usize = 1 + NEGATIVES;
/// What protects logarithms and reciprocals; small against the 18 bits that are compared.
const EPSILON: f64 = 1e-9;
/// The share of its largest derivative below which a derivative is 0.
const NOTHING: f64 = 1e-9;

/// A number, and its derivatives with respect to the scores of its row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Dual {
    value: f64,
    slopes: [f64; SCORES],
}

impl Dual {
    fn constant(value: f64) -> Self {
        Self { value, slopes: [0.0; SCORES] }
    }

    fn is_finite(&self) -> bool {
        self.value.is_finite() && self.slopes.iter().all(|slope| slope.is_finite())
    }
}

/// A function on the probe: one number a negative, the same for all of a row where it is one number a row.
type Duals = [Dual; LEN];

/// What formulas of ranking are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct RankingGrammar {
    /// Leaves: the formulas of one node.
    pub leaves: Vec<Node>,
    /// Operators of one operand.
    pub unary: Vec<Unary>,
    /// Operators of two operands.
    pub binary: Vec<Binary>,
    /// Reducers over the negatives.
    pub reducers: Vec<Reducer>,
}

/// The derivatives of a loss on the probe; one number a negative is averaged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankingGradient {
    /// Two losses have the same if one's derivatives are the other's times a positive factor, as an optimiser that adapts its steps sees
    /// them
    pub key: u128,
    /// The shares of rows with dL/ds⁺ ≤ 0 and of negatives with dL/ds⁻ ≥ 0: both 1 for a loss that never pushes the wrong way, less for
    /// (1 − s⁺)² and (s⁻)², which turn where a score is beyond its target. 0 where no score of that side acts
    pub right_sign: [f32; 2],
}

impl RankingGradient {
    /// The smaller share.
    pub fn least_right_sign(&self) -> f32 {
        self.right_sign[0].min(self.right_sign[1])
    }
}

/// Every function of up to a number of nodes.
///
/// The thread pool of the caller (rayon's) does the work; the number of its threads changes no result. Memory: 960 bytes a function of
/// all levels but the last, and some 50 a function more.
///
/// ```
/// use autolossgen_formula::{Binary, Node, RankingEnumeration, RankingGrammar, Reducer, Unary};
///
/// let mut all = RankingEnumeration::new(RankingGrammar {
///     leaves: vec![Node::Gap, Node::Constant(1.0)],
///     unary: vec![Unary::Neg, Unary::Exp, Unary::Log],
///     binary: vec![Binary::Add],
///     reducers: vec![Reducer::Mean],
/// });
/// while all.nodes() < 6 {
///     all.grow();
/// }
/// let gradients = all.gradients();
/// let right = gradients.iter().filter(|(_, gradient)| gradient.least_right_sign() == 1.0);
/// let texts: Vec<String> = right.map(|&(function, _)| all.formula(function).to_string()).collect();
/// assert!(texts.contains(&"log(1 + exp(-gap))".to_string()), "{texts:?}");
/// ```
#[derive(Clone, Debug)]
pub struct RankingEnumeration {
    grammar: RankingGrammar,
    functions: Expressions,
    /// The functions that are operands, one after the other.
    operands: Vec<Duals>,
    known: HashSet<Key>,
}

impl RankingEnumeration {
    /// The functions of one node.
    ///
    /// # Panics
    /// When there is no leaf, or a leaf that is an operator or of labels.
    pub fn new(grammar: RankingGrammar) -> Self {
        let is_leaf = |leaf: &Node| !leaf.is_operator() && leaf.scope() != Some(Scope::Pointwise);
        assert!(!grammar.leaves.is_empty() && grammar.leaves.iter().all(is_leaf), "leaves of ranking are needed");
        let leaves = grammar.leaves.iter().map(|&leaf| Expression::Leaf(leaf)).collect();
        let mut all = Self { grammar, functions: Expressions::default(), operands: Vec::new(), known: HashSet::new() };
        all.add(leaves);
        all
    }

    /// Adds the functions that one more node writes.
    ///
    /// # Panics
    /// When there are more than 2³² functions.
    pub fn grow(&mut self) -> Level {
        let last = self.level(self.nodes());
        let mut duals = vec![[Dual::default(); LEN]; last.len()];
        let each = duals.par_iter_mut().zip(&self.functions.all()[last]);
        each.for_each(|(out, &expression)| *out = self.duals(expression));
        self.operands.append(&mut duals);
        let RankingGrammar { unary, binary, reducers, .. } = &self.grammar;
        let formulas = self.functions.next(Operators { unary, binary, reducers });
        let n_formulas = formulas.len();
        let functions = self.add(formulas);
        Level { nodes: self.nodes(), formulas: n_formulas, functions }
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

    /// The functions whose derivatives differ by more than a positive factor, each by the first that has it.
    pub fn gradients(&self) -> Vec<(usize, RankingGradient)> {
        let of = |&expression: &Expression| RankingGradient::on_probe(&self.duals(expression));
        let found: Vec<Option<RankingGradient>> = self.functions.all().par_iter().map(of).collect();
        let mut seen = HashSet::new();
        let numbered = found.into_iter().enumerate().filter_map(|(function, found)| Some((function, found?)));
        numbered.filter(|(_, gradient)| seen.insert(gradient.key)).collect()
    }

    /// Takes up the functions among some formulas of one number of nodes that are not known; returns how many.
    fn add(&mut self, formulas: Vec<Expression>) -> usize {
        let key = |&expression: &Expression| {
            let duals = self.duals(expression);
            duals.iter().all(Dual::is_finite).then(|| signature::of_values(duals.iter().map(|dual| dual.value)))
        };
        let keys: Vec<Option<Key>> = formulas.par_iter().map(key).collect();
        let mut new: Vec<(Key, Expression)> = Vec::new();
        let mut places: HashMap<Key, usize> = HashMap::new();
        for (expression, key) in formulas.into_iter().zip(keys) {
            let Some(key) = key.filter(|key| !self.known.contains(key)) else { continue };
            match places.get(&key) {
                Some(&place) if self.functions.text(expression) < self.functions.text(new[place].1) => {
                    new[place].1 = expression;
                }
                Some(_) => {}
                None => {
                    places.insert(key, new.len());
                    new.push((key, expression));
                }
            }
        }
        self.known.extend(new.iter().map(|(key, _)| *key));
        self.functions.push_level(new.into_iter().map(|(_, expression)| expression)).len()
    }

    /// An expression on the probe; operands of it that are no leaves have been computed.
    fn duals(&self, expression: Expression) -> Duals {
        let operand = |function: u32| &self.operands[function as usize];
        match expression {
            Expression::Leaf(leaf) => self::leaf(leaf),
            Expression::Unary(operator, x) => unary(operator, operand(x)),
            Expression::Binary(operator, x, y) => binary(operator, operand(x), operand(y)),
            Expression::Reduce(reducer, x) => reduce(reducer, operand(x)),
        }
    }
}

fn unary(operator: Unary, x: &Duals) -> Duals {
    let mut out = [Dual::default(); LEN];
    operator.evaluate(false, EPSILON, Step { operands: [x; 2], out: &mut out });
    out
}

fn binary(operator: Binary, x: &Duals, y: &Duals) -> Duals {
    let mut out = [Dual::default(); LEN];
    operator.evaluate(Step { operands: [x, y], out: &mut out });
    out
}

fn reduce(reducer: Reducer, x: &Duals) -> Duals {
    let mut out = [Dual::default(); LEN];
    for (out, x) in out.chunks_exact_mut(NEGATIVES).zip(x.chunks_exact(NEGATIVES)) {
        out.fill(reduced(reducer, x));
    }
    out
}

/// The scores of the probe. They are irrational to each other, of both signs and both orders, and none ties.
fn score(at: usize) -> f64 {
    let x = ((at + 1) as f64 * 0.754_877_666_246_693).fract() * 2.0 - 1.0;
    2.6 * x * (0.35 + 0.65 * x * x)
}

fn leaf(leaf: Node) -> Duals {
    let one = |at: usize| {
        let (row, negative) = (at / NEGATIVES, at % NEGATIVES);
        let (pos, neg) = (score(row), score(ROWS + at));
        let mut dual = Dual::default();
        match leaf {
            Node::Pos => {
                dual.value = pos;
                dual.slopes[0] = 1.0;
            }
            Node::Neg => {
                dual.value = neg;
                dual.slopes[1 + negative] = 1.0;
            }
            Node::Gap => {
                dual.value = pos - neg;
                dual.slopes[0] = 1.0;
                dual.slopes[1 + negative] = -1.0;
            }
            Node::Constant(value) => dual = Dual::constant(f64::from(value)),
            Node::Eps => dual = Dual::constant(EPSILON),
            _ => unreachable!("leaves are of ranking"),
        }
        dual
    };
    std::array::from_fn(one)
}

fn reduced(reducer: Reducer, x: &[Dual]) -> Dual {
    let sum = |share: f64| {
        let mut sum = Dual::default();
        for x in x {
            sum.value += share * x.value;
            sum.slopes.iter_mut().zip(x.slopes).for_each(|(sum, slope)| *sum += share * slope);
        }
        sum
    };
    match reducer {
        Reducer::Mean => sum(1.0 / x.len() as f64),
        Reducer::Sum => sum(1.0),
        Reducer::Max => x.iter().copied().max_by(|x, y| x.value.total_cmp(&y.value)).unwrap_or_default(),
    }
}

/// Takes a step, number by number; an operator of one operand uses the first.
struct Step<'a> {
    operands: [&'a Duals; 2],
    out: &'a mut Duals,
}

impl Step<'_> {
    #[inline(always)]
    fn each(self, f: impl Fn(f64, f64) -> (f64, f64, f64)) {
        let [x, y] = self.operands;
        for ((x, y), out) in x.iter().zip(y).zip(self.out) {
            let (value, by_x, by_y) = f(x.value, y.value);
            // What does not depend on a score stays so, however steep the operator is.
            let product = |by: f64, slope: f64| if slope == 0.0 { 0.0 } else { by * slope };
            out.value = value;
            out.slopes = std::array::from_fn(|at| product(by_x, x.slopes[at]) + product(by_y, y.slopes[at]));
        }
    }
}

impl UnaryLoop<f64> for Step<'_> {
    #[inline(always)]
    fn run(self, f: impl Fn(f64) -> (f64, f64)) {
        self.each(|x, _| {
            let (value, slope) = f(x);
            (value, slope, 0.0)
        });
    }
}

impl BinaryLoop<f64> for Step<'_> {
    #[inline(always)]
    fn run(self, f: impl Fn(f64, f64) -> (f64, f64, f64)) {
        self.each(f);
    }
}

impl RankingGradient {
    /// That of a formula of ranking; `None` where it is 0, or value or derivative are not finite on the probe.
    ///
    /// # Panics
    /// When the formula is one of labels.
    pub fn of(formula: &Formula) -> Option<Self> {
        let mut known: Vec<Duals> = Vec::with_capacity(formula.nodes().len());
        for &node in formula.nodes() {
            let duals = match node {
                Node::Unary(operator, x) => unary(operator, &known[x]),
                Node::Binary(operator, x, y) => binary(operator, &known[x], &known[y]),
                Node::Reduce(reducer, x) => reduce(reducer, &known[x]),
                leaf => self::leaf(leaf),
            };
            known.push(duals);
        }
        Self::on_probe(known.last()?)
    }

    fn on_probe(duals: &Duals) -> Option<Self> {
        let rows: Vec<Dual> = duals.chunks_exact(NEGATIVES).map(|row| reduced(Reducer::Mean, row)).collect();
        let largest = rows.iter().flat_map(|row| row.slopes).map(f64::abs).fold(0.0, f64::max);
        if largest <= NOTHING || !duals.iter().all(Dual::is_finite) {
            return None;
        }
        let scaled = || rows.iter().flat_map(|row| row.slopes).map(|slope| slope / largest);
        let of_pos = || scaled().step_by(SCORES);
        let of_neg = || scaled().enumerate().filter(|(at, _)| at % SCORES != 0).map(|(_, slope)| slope);
        let share = |acts: bool, right: usize, all: usize| if acts { right as f32 / all as f32 } else { 0.0 };
        let of_positives =
            share(of_pos().any(|slope| slope < -NOTHING), of_pos().filter(|&slope| slope <= NOTHING).count(), ROWS);
        let of_negatives =
            share(of_neg().any(|slope| slope > NOTHING), of_neg().filter(|&slope| slope >= -NOTHING).count(), LEN);
        Some(Self { key: signature::of_values(scaled()), right_sign: [of_positives, of_negatives] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prototype() -> RankingEnumeration {
        use Unary::{Exp, Log, Neg, Reciprocal, Sigmoid, Square};
        RankingEnumeration::new(RankingGrammar {
            leaves: vec![Node::Pos, Node::Neg, Node::Gap, Node::Constant(1.0)],
            unary: vec![Neg, Log, Square, Reciprocal, Exp, Sigmoid],
            binary: vec![Binary::Add, Binary::Mul, Binary::Max, Binary::Min],
            reducers: vec![Reducer::Mean],
        })
    }

    #[test]
    fn derivatives_are_those_of_the_evaluator() {
        let mut all = prototype();
        for _ in 0..3 {
            all.grow();
        }
        let (pos, neg): (Vec<f32>, Vec<f32>) =
            ((0..ROWS).map(|at| score(at) as f32).collect(), (0..LEN).map(|at| score(ROWS + at) as f32).collect());
        let mut workspace = crate::RankingWorkspace::default();
        let mut seen = 0;
        for function in all.level(4) {
            let formula = all.formula(function);
            if formula.scope().is_none() {
                continue;
            }
            let loss = formula.compile_ranking(crate::Semantics::unclamped(1e-9)).unwrap();
            let (mut of_pos, mut of_neg) = ([0.0; ROWS], [0.0; LEN]);
            loss.value_and_grad(&pos, &neg, &mut of_pos, &mut of_neg, &mut workspace);
            let duals = all.duals(all.functions.all()[function]);
            // Single precision ends earlier.
            if duals.iter().any(|dual| dual.value.abs() > 1e6 || dual.slopes.iter().any(|slope| slope.abs() > 1e6)) {
                continue;
            }
            for (row, duals) in duals.chunks_exact(NEGATIVES).enumerate() {
                let own = reduced(Reducer::Mean, duals).slopes;
                let other = std::iter::once(&of_pos[row]).chain(&of_neg[row * NEGATIVES..][..NEGATIVES]);
                for (own, &other) in own.iter().zip(other) {
                    let size = own.abs().max(1.0);
                    assert!((own - f64::from(other)).abs() < 1e-3 * size, "{formula}: {own} {other}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 10_000, "{seen}");
    }

    #[test]
    fn counts_are_near_those_of_the_prototype() {
        let mut all = prototype();
        let mut counts = Vec::new();
        for nodes in 2..=5 {
            assert_eq!(all.grow().nodes, nodes);
            let gradients = all.gradients();
            let right = gradients.iter().filter(|(_, gradient)| gradient.least_right_sign() == 1.0).count();
            counts.push((all.n_functions(), gradients.len(), right));
        }
        // 186, 124 and 9; 1,377, 904 and 69; 10,883, 6,921 and 521 in NumPy.
        assert_eq!(counts[1..], [(172, 122, 10), (1199, 887, 86), (9018, 6778, 710)]);
    }
    #[test]
    fn a_factor_leaves_a_gradient_and_a_constant_changes_it() {
        let of = |text: &str| RankingGradient::of(&text.parse().unwrap());
        let key = |text: &str| of(text).unwrap().key;
        assert_eq!(key("log(1 + exp(-gap))"), key("3 * log(1 + exp(neg - pos)) + 2"));
        assert_ne!(key("log(1 + exp(-gap))"), key("log(2 + exp(-gap))"));
        assert_eq!((of("pos - pos"), of("1 / (neg - neg)")), (None, None));
        let least = |text: &str| of(text).unwrap().least_right_sign();
        for named in crate::RANKING_LOSSES {
            let is_of_squares = ["mse", "squared-gap"].contains(&named.name);
            let least = least(&named.formula().to_string());
            assert!(if is_of_squares { (0.3..1.0).contains(&least) } else { least == 1.0 }, "{} {least}", named.name);
        }
        assert_eq!([least("gap"), least("neg"), least("pos")], [0.0; 3]);
    }
}
