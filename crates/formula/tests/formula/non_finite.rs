//! NaN and ∞: never in a gradient, always counted.

use std::cell::Cell;

use autolossgen_formula::{Clamp, Evaluation, Formula, Node, Semantics, Workspace};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::random::{any_constant, formula, label, logit, plain_constant, runner, semantics};
use crate::reference::Reference;

const CASES: u32 = 10_000;

/// Samples of a batch: more than two blocks of lanes.
const N: usize = 150;

struct Evaluated {
    found: Evaluation,
    value: Vec<f32>,
    slope: Vec<f32>,
}

fn evaluate(formula: &Formula, semantics: Semantics, logit: &[f32], label: &[f32]) -> Evaluated {
    let (mut value, mut slope) = (vec![0.0; logit.len()], vec![0.0; logit.len()]);
    let loss = formula.compile(semantics).unwrap();
    let found = loss.evaluate(logit, label, &mut value, &mut slope, &mut Workspace::default());
    Evaluated { found, value, slope }
}

/// What a training takes of a loss is what an evaluation finds, though it computes less; labels are those of data.
#[test]
fn the_gradient_alone_is_that_of_an_evaluation() {
    let sample = (prop_oneof![9 => logit(), 1 => broken()], label());
    let cases = (formula(any_constant(), 12), semantics(), vec(sample, 1..N));
    let (n_counted, n_moving) = (Cell::new(0), Cell::new(0));
    let checked = runner(CASES).run(&cases, |(formula, semantics, samples)| {
        let (logit, label): (Vec<f32>, Vec<f32>) = samples.into_iter().unzip();
        let whole = evaluate(&formula, semantics, &logit, &label);
        let mut slope = vec![f32::NAN; logit.len()];
        let loss = formula.compile(semantics).unwrap();
        prop_assert_eq!(loss.grad(&logit, &label, &mut slope, &mut Workspace::default()), whole.found.non_finite);
        prop_assert_eq!(&slope, &whole.slope);
        n_counted.set(n_counted.get() + whole.found.non_finite);
        n_moving.set(n_moving.get() + usize::from(slope.iter().any(|&slope| slope != 0.0)));
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
    assert!(n_counted.get() > 1000 && n_moving.get() > 1000, "{} {}", n_counted.get(), n_moving.get());
}

fn broken() -> impl Strategy<Value = f32> {
    select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY])
}

/// A batch counts what its samples count alone, so that one bad sample changes nothing for the others.
#[test]
fn gradients_are_finite_and_the_rest_is_counted() {
    let sample = (prop_oneof![4 => logit(), 1 => broken()], prop_oneof![9 => label(), 1 => broken()]);
    let cases = (formula(any_constant(), 12), semantics(), vec(sample, 1..N));
    let n_counted = Cell::new(0);
    let checked = runner(1000).run(&cases, |(formula, semantics, samples)| {
        let (logit, label): (Vec<f32>, Vec<f32>) = samples.into_iter().unzip();
        let batch = evaluate(&formula, semantics, &logit, &label);
        let mut counted = 0;
        for i in 0..logit.len() {
            let alone = evaluate(&formula, semantics, &logit[i..=i], &label[i..=i]);
            prop_assert!(batch.slope[i].is_finite());
            prop_assert_eq!(batch.slope[i].to_bits(), alone.slope[0].to_bits());
            prop_assert!(batch.value[i].is_finite() || alone.found.non_finite == 1);
            prop_assert!(alone.found.non_finite == 0 || alone.slope[0] == 0.0);
            counted += alone.found.non_finite;
        }
        prop_assert_eq!(batch.found.non_finite, counted);
        prop_assert!(batch.found.mean.is_finite(), "mean {}", batch.found.mean);
        n_counted.set(n_counted.get() + counted);
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
    assert!(n_counted.get() > 1000, "{} counted", n_counted.get());
}

/// Whether the canonical form, which has only what counts, has the logit in it.
fn depends_on_logit(formula: &Formula) -> bool {
    formula.canonical().nodes().iter().any(|node| matches!(node, Node::Pred | Node::Logit))
}

#[test]
fn a_nan_logit_is_always_counted() {
    let cases = (formula(any_constant(), 12), semantics(), label());
    let n_dependent = Cell::new(0);
    let checked = runner(CASES).run(&cases, |(formula, semantics, label)| {
        let dependent = depends_on_logit(&formula);
        let found = evaluate(&formula, semantics, &[f32::NAN], &[label]).found;
        prop_assert!(!dependent || found == Evaluation { mean: 0.0, non_finite: 1 }, "{found:?}");
        n_dependent.set(n_dependent.get() + u32::from(dependent));
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
    assert!(n_dependent.get() > CASES / 3, "{} depend on the logit", n_dependent.get());
}

/// An infinite logit gives an infinite value where the documentation says so, and a finite one elsewhere: σ, tanh, exp
/// and the reciprocal are finite there, max(−∞, x) is x, a clamp makes ∞ its limit.
#[test]
fn an_infinite_logit_gives_what_the_reference_gives() {
    let infinite = select(vec![f32::INFINITY, f32::NEG_INFINITY]);
    let cases = (formula(plain_constant(), 12), semantics(), infinite, label());
    let (n_finite, n_not) = (Cell::new(0), Cell::new(0));
    let checked = runner(CASES).run(&cases, |(formula, semantics, logit, label)| {
        let reference = Reference { nodes: formula.nodes(), semantics, label: f64::from(label) };
        let values = reference.values(f64::from(logit));
        // What is finite, or not 0, in double precision only.
        let overflows = |x: &f64| x.is_finite() && *x != 0.0 && !(1e-36..1e36).contains(&x.abs());
        if values.iter().any(overflows) || reference.jumps(f64::from(logit)) {
            return Ok(());
        }
        let exact = *values.last().unwrap();
        let ours = evaluate(&formula, semantics, &[logit], &[label]);
        prop_assert_eq!(ours.value[0].is_finite(), exact.is_finite(), "{} instead of {}", ours.value[0], exact);
        let count = if exact.is_finite() { &n_finite } else { &n_not };
        count.set(count.get() + 1);
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
    let counts = (n_finite.get(), n_not.get());
    assert!(counts.0 > CASES / 4 && counts.1 > CASES / 40, "{counts:?}");
}

#[test]
fn a_finite_value_with_an_infinite_derivative_is_counted() {
    let formula: Formula = "logit * 1e38 * 10".parse().unwrap();
    let semantics = Semantics { epsilon: 1e-6, clamp: Clamp::None };
    let steep = evaluate(&formula, semantics, &[0.01], &[0.0]);
    assert!(steep.value[0].is_finite());
    assert_eq!((steep.found.non_finite, steep.slope[0]), (1, 0.0));
}
