//! Random formulas of ranking: text, and derivatives against differences in double precision.

use std::cell::Cell;

use autolossgen_formula::{Binary, Choice, Formula, Node, RankingWorkspace, Reducer, Semantics, Unary};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::random::{any_constant, plain_constant, runner};

/// A node before it is known what its operands can be.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Leaf(Node),
    Unary(Unary),
    Binary(Binary),
    Reduce(Reducer),
}

fn kind(constant: impl Strategy<Value = f32> + 'static) -> impl Strategy<Value = Kind> {
    prop_oneof![
        4 => select(vec![Node::Pos, Node::Neg, Node::Gap, Node::Gap, Node::Eps]).prop_map(Kind::Leaf),
        1 => constant.prop_map(|value| Kind::Leaf(Node::Constant(value))),
        3 => select(Unary::ALL.to_vec()).prop_map(Kind::Unary),
        4 => select(Binary::ALL.to_vec()).prop_map(Kind::Binary),
        2 => select(Reducer::ALL.to_vec()).prop_map(Kind::Reduce),
    ]
}

/// The first operand is one of the last nodes; a reducer of what is one number a row reduces `gap` times it.
fn build(kinds: &[(Kind, Index, Index)]) -> Formula {
    let (mut nodes, mut is_vector) = (vec![Node::Gap], vec![true]);
    for (kind, near, far) in kinds {
        let index = nodes.len();
        let (near, far) = (index - 1 - near.index(index.min(3)), far.index(index));
        let new: &[(Node, bool)] = match *kind {
            Kind::Leaf(node) => &[(node, matches!(node, Node::Neg | Node::Gap))],
            Kind::Unary(operator) => &[(Node::Unary(operator, near), is_vector[near])],
            Kind::Binary(operator) => &[(Node::Binary(operator, near, far), is_vector[near] || is_vector[far])],
            Kind::Reduce(reducer) if is_vector[near] => &[(Node::Reduce(reducer, near), false)],
            Kind::Reduce(reducer) => {
                &[(Node::Binary(Binary::Mul, 0, near), true), (Node::Reduce(reducer, index), false)]
            }
        };
        nodes.extend(new.iter().map(|(node, _)| node));
        is_vector.extend(new.iter().map(|(_, is_vector)| is_vector));
    }
    Formula::new(nodes).unwrap()
}

fn formula(constant: impl Strategy<Value = f32> + 'static, longest: usize) -> impl Strategy<Value = Formula> {
    vec((kind(constant), any::<Index>(), any::<Index>()), 1..=longest)
        .prop_map(|kinds| build(&kinds))
        .prop_filter("a text that can be parsed", |formula| formula.to_string().len() < 2000)
}

#[test]
fn printed_text_parses_back() {
    let checked = runner(20_000).run(&formula(any_constant(), 8), |formula| {
        let text = formula.to_string();
        let again: Formula = text.parse().map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(again.canonical(), formula.canonical(), "{}", text);
        prop_assert_eq!(again.to_string(), text);
        prop_assert_eq!(formula.canonical().canonical(), formula.canonical());
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}

const EPSILON: f64 = 1e-3;

/// The loss of one row in double precision, operator by operator, and the largest number on the way.
fn reference(formula: &Formula, pos: f64, neg: &[f64]) -> (f64, f64) {
    let (mut values, mut largest): (Vec<Vec<f64>>, f64) = (Vec::new(), 0.0);
    for &node in formula.nodes() {
        let at = |x: usize, j: usize| values[x][j % values[x].len()];
        let n_of = |x: usize| values[x].len();
        let value: Vec<f64> = match node {
            Node::Pos => vec![pos],
            Node::Neg => neg.to_vec(),
            Node::Gap => neg.iter().map(|neg| pos - neg).collect(),
            Node::Eps => vec![f64::from(EPSILON as f32)],
            Node::Constant(value) => vec![f64::from(value)],
            Node::Unary(operator, x) => (0..n_of(x)).map(|j| unary(operator, at(x, j))).collect(),
            Node::Binary(operator, x, y) => {
                (0..n_of(x).max(n_of(y))).map(|j| binary(operator, at(x, j), at(y, j))).collect()
            }
            Node::Reduce(reducer, x) => vec![reduced(reducer, &values[x])],
            Node::Pred | Node::Label | Node::Logit => unreachable!("the formula is of ranking"),
        };
        largest =
            value.iter().fold(largest, |largest, x| if x.is_nan() { f64::INFINITY } else { largest.max(x.abs()) });
        values.push(value);
    }
    (reduced(Reducer::Mean, values.last().unwrap()), largest)
}

fn unary(operator: Unary, x: f64) -> f64 {
    let sign = if x == 0.0 { 0.0 } else { x.signum() };
    match operator {
        Unary::Neg => -x,
        Unary::Identity => x,
        Unary::Log => sign * (x.abs() + EPSILON).ln(),
        Unary::Square => x * x,
        Unary::Reciprocal => sign / (x.abs() + EPSILON),
        Unary::Abs => x.abs(),
        Unary::Sqrt => sign * x.abs().sqrt(),
        Unary::Exp => x.exp(),
        Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Unary::Tanh => x.tanh(),
        Unary::Relu => x.max(0.0),
    }
}

fn binary(operator: Binary, x: f64, y: f64) -> f64 {
    match operator {
        Binary::Add => x + y,
        Binary::Sub => x - y,
        Binary::Mul => x * y,
        Binary::Div => x / y,
        Binary::Max => x.max(y),
        Binary::Min => x.min(y),
    }
}

fn reduced(reducer: Reducer, x: &[f64]) -> f64 {
    match reducer {
        Reducer::Mean => x.iter().sum::<f64>() / x.len() as f64,
        Reducer::Sum => x.iter().sum(),
        Reducer::Max => x.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

/// The derivative by differences, where two steps agree on it: not at a kink.
fn difference(value: impl Fn(f64) -> f64) -> Option<f64> {
    let over = |step: f64| (value(step) - value(-step)) / (2.0 * step);
    let (coarse, fine) = (over(2e-5), over(1e-5));
    (coarse.is_finite() && (coarse - fine).abs() <= 1e-4 * (1.0 + fine.abs())).then_some(fine)
}

#[test]
fn derivatives_are_those_of_differences() {
    let compared = Cell::new(0);
    let scores = (-3.0_f32..3.0, vec(-3.0_f32..3.0, 1..=4));
    let checked = runner(20_000).run(&(formula(plain_constant(), 10), scores), |(formula, (pos, neg))| {
        let pos_and_neg: Vec<f64> = [pos].iter().chain(&neg).map(|&score| f64::from(score)).collect();
        let (value, largest) = reference(&formula, pos_and_neg[0], &pos_and_neg[1..]);
        // Larger numbers lose in single precision what is compared.
        if largest > 100.0 {
            return Ok(());
        }
        let loss = formula.compile_ranking(Semantics::unclamped(EPSILON as f32)).unwrap();
        let (mut ours, mut by_pos, mut by_neg) = ([0.0], [0.0], vec![0.0; neg.len()]);
        loss.evaluate(&[pos], &neg, &mut ours, &mut by_pos, &mut by_neg, &mut RankingWorkspace::default());
        let slopes: Vec<Option<f64>> = (0..pos_and_neg.len())
            .map(|place| {
                difference(|step| {
                    let mut moved = pos_and_neg.clone();
                    moved[place] += step;
                    reference(&formula, moved[0], &moved[1..]).0
                })
            })
            .collect();
        // Near a kink or a pole values and derivatives hang on a rounding, and ε of a log-sum-exp is left out.
        if slopes.iter().any(|slope| slope.is_none_or(|slope| slope.abs() > 100.0)) {
            return Ok(());
        }
        let near = |ours: f32, theirs: f64| (f64::from(ours) - theirs).abs() <= 1e-2 * (1.0 + theirs.abs());
        prop_assert!(near(ours[0], value), "{formula} is {} and not {value}", ours[0]);
        for (ours, theirs) in by_pos.iter().chain(&by_neg).zip(slopes) {
            prop_assert!(near(*ours, theirs.unwrap()), "{formula}: {ours} and not {theirs:?}");
        }
        compared.set(compared.get() + 1);
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
    assert!(compared.get() > 8_000, "{}", compared.get());
}
