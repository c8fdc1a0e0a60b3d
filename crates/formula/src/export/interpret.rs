//! What the terms of exported code come to, in double precision: for tests, which have no Python.

use super::derivative::derivative;
use super::graph::{Function, Graph, Operator, Term};
use super::lower::{Mode, lower};
use crate::{Clamp, Loss};

/// Value, first and second derivative of a loss as the code of NumPy and the boosters computes them.
pub(super) fn derivatives(loss: &Loss, logit: f64, label: f64) -> [f64; 3] {
    let (mut graph, root) = lower(loss, Mode::Forward);
    let first = derivative(&mut graph, root);
    let second = first.and_then(|first| derivative(&mut graph, first));
    let values = values(&graph, loss, logit, label);
    [Some(root), first, second].map(|term| term.map_or(0.0, |term| values[term]))
}

fn values(graph: &Graph, loss: &Loss, logit: f64, label: f64) -> Vec<f64> {
    let (low, high) = match loss.semantics().clamp {
        Clamp::None => (f64::NEG_INFINITY, f64::INFINITY),
        Clamp::Signed(limit) => (f64::from(-limit), f64::from(limit)),
        Clamp::Positive(low, high) => (f64::from(low), f64::from(high)),
    };
    let mut values: Vec<f64> = Vec::with_capacity(graph.terms().len());
    for &term in graph.terms() {
        let value = match term {
            Term::Logit => logit,
            Term::Label => label,
            Term::Pred => sigmoid(logit),
            Term::PredSlope => sigmoid(logit) * sigmoid(-logit),
            Term::Epsilon => f64::from(loss.semantics().epsilon),
            Term::Scale => f64::from(loss.scale()),
            Term::Number(value) => value,
            Term::Neg(x) => -values[x],
            Term::Square(x) => values[x] * values[x],
            Term::Function(Function::Clamp, x) => values[x].clamp(low, high),
            Term::Function(function, x) => apply(function, values[x]),
            Term::Operator(Operator::Within, x, y) if values[x] < low || values[x] > high => 0.0 * values[y].signum(),
            Term::Operator(operator, x, y) => combine(operator, values[x], values[y]),
        };
        values.push(value);
    }
    values
}

fn apply(function: Function, x: f64) -> f64 {
    let sign = if x == 0.0 { 0.0 } else { x.signum() };
    match function {
        Function::Abs => x.abs(),
        Function::Sign => sign,
        Function::Exp => x.exp(),
        Function::CappedExp => x.min(88.0).exp(),
        Function::Log => x.ln(),
        Function::Sqrt => x.sqrt(),
        Function::SignedRoot => sign * x.abs().sqrt(),
        Function::RootSlope if x == 0.0 => 0.0,
        Function::RootSlope => 0.5 / x.abs().sqrt(),
        Function::Sigmoid => sigmoid(x),
        Function::Tanh => x.tanh(),
        Function::Relu => x.max(0.0),
        Function::Step => 0.5 + 0.5 * sign,
        Function::Clamp => unreachable!("a clamp has bounds"),
    }
}

fn combine(operator: Operator, x: f64, y: f64) -> f64 {
    match operator {
        Operator::Add => x + y,
        Operator::Sub => x - y,
        Operator::Mul => x * y,
        Operator::Div => x / y,
        Operator::Max => x.max(y),
        Operator::Min => x.min(y),
        Operator::Within => y,
        Operator::Quotient => unreachable!("code with derivatives of its own divides and then clamps"),
    }
}

fn sigmoid(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}

mod tests {
    use super::*;
    use crate::{NAMED_LOSSES, Semantics, Workspace, resolve};

    const FORMULAS: [&str; 6] = [
        "max(pred, label)^2 - log(pred - label) * sqrt(exp(logit))",
        "tanh(logit - label) * reciprocal(pred + 0.1)",
        "min(logit^2, 1 + pred) / (1 + label)",
        "-(label * log(pred) + (1 - label) * log(1 - pred))",
        "sqrt(abs(pred - label)) + relu(logit - 1)^2",
        "(1 + eps) * pred - pred + logit * (1 - eps - label)",
    ];

    fn losses() -> Vec<Loss> {
        let named = NAMED_LOSSES.iter().flat_map(|named| {
            [1e-6, 0.1].map(|epsilon| named.formula().compile(Semantics::unclamped(epsilon)).unwrap())
        });
        let formulas = FORMULAS.iter().flat_map(|text| {
            [Clamp::Signed(1e6), Clamp::Signed(1.5), Clamp::Positive(1e-6, 1e6)]
                .map(|clamp| resolve(text).unwrap().compile(Semantics { epsilon: 1e-3, clamp }).unwrap().scaled(0.75))
        });
        named.chain(formulas).collect()
    }

    fn close(found: f64, expected: f64, share: f64, size: f64) -> bool {
        (found - expected).abs() <= share * (expected.abs() + 1e-3 * size.max(1.0))
    }

    /// Logits at which no loss of the list has a kink: off the round numbers.
    fn places() -> impl Iterator<Item = (f64, f64)> {
        let logits = (-11..=11).map(|index| f64::from(index) * 0.71 + 0.137);
        logits.flat_map(|logit| [0.0, 1.0, 0.3].map(|label| (f64::from(logit as f32), f64::from(label as f32))))
    }

    #[test]
    fn code_computes_what_the_evaluator_does() {
        for loss in losses() {
            for (logit, label) in places() {
                let [found, slope, _] = derivatives(&loss, logit, label);
                let (mut value, mut grad) = ([0.0], [0.0]);
                loss.evaluate(&[logit as f32], &[label as f32], &mut value, &mut grad, &mut Workspace::default());
                let (value, grad) = (f64::from(loss.scale() * value[0]), f64::from(grad[0]));
                let place = format!("{} at {logit}, {label}", loss.formula());
                assert!(close(found, value, 1e-3, value.abs()), "{place}: {found} is not {value}");
                assert!(close(slope, grad, 1e-3, value.abs()), "{place}: {slope} is not {grad}");
            }
        }
    }

    #[test]
    fn the_hessian_is_the_derivative_of_the_gradient() {
        const STEP: f64 = 1e-5;
        for loss in losses() {
            for (logit, label) in places() {
                let [value, slope, second] = derivatives(&loss, logit, label);
                let [left, right] = [-STEP, STEP].map(|step| derivatives(&loss, logit + step, label)[1]);
                let expected = (right - left) / (2.0 * STEP);
                let place = format!("{} at {logit}, {label}", loss.formula());
                let size = value.abs().max(slope.abs());
                assert!(close(second, expected, 1e-3, size), "{place}: {second} is not {expected}");
            }
        }
    }

    /// What the code of the boosters takes for the second derivative: that of both sides, a small step away.
    #[test]
    fn at_the_score_where_boosters_start_cross_entropy_has_its_curvature() {
        let bce = resolve("bce").unwrap().compile(Semantics::unclamped(1e-6)).unwrap();
        for label in [0.0, 1.0, 0.3] {
            let [left, right] = [-1e-9, 1e-9].map(|logit| derivatives(&bce, logit, label)[2]);
            assert!((0.5 * (left + right) - 0.25).abs() < 1e-6, "{left}, {right}");
            assert!((derivatives(&bce, 0.0, label)[1] - (0.5 - label)).abs() < 1e-6);
        }
    }

    /// 1 + 1e-6 less 1 is 9.5e-7 in single precision; so is the factor of code in double precision.
    #[test]
    fn a_number_is_that_of_the_search() {
        for text in ["(1 + eps) * pred - pred", "reciprocal(log(1)) * pred", "log(1 + 1e-6) * pred"] {
            let loss = resolve(text).unwrap().compile(Semantics::unclamped(1e-6)).unwrap();
            let (mut value, mut grad) = ([0.0], [0.0]);
            loss.evaluate(&[0.0], &[0.0], &mut value, &mut grad, &mut Workspace::default());
            let [_, slope, _] = derivatives(&loss, 0.0, 0.0);
            assert!((slope / f64::from(grad[0]) - 1.0).abs() < 1e-6, "{text}: {slope} and {}", grad[0]);
        }
    }
}
