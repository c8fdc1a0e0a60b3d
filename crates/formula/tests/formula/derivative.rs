//! Value and derivative against the reference in double precision.

use std::cell::Cell;

use autolossgen_formula::{Formula, Loss, Semantics, Workspace};
use proptest::prelude::*;

use crate::random::{formula, label, logit, plain_constant, runner, semantics};
use crate::reference::{Estimate, Reference};

const CASES: u32 = 50_000;

/// How many comparisons were made, of what kind.
#[derive(Default)]
struct Count {
    values: Cell<u32>,
    slopes: Cell<u32>,
    slopes_not_zero: Cell<u32>,
}

fn add_one(count: &Cell<u32>) {
    count.set(count.get() + 1);
}

/// Value and derivative of one sample.
fn ours(formula: &Formula, semantics: Semantics, logit: f32, label: f32) -> (f32, f32) {
    let (mut value, mut slope) = ([0.0], [0.0]);
    let loss = formula.compile(semantics).unwrap();
    loss.evaluate(&[logit], &[label], &mut value, &mut slope, &mut Workspace::default());
    (value[0], slope[0])
}

fn compare(estimate: Estimate, ours: f32, what: &str, count: &Cell<u32>) -> Result<(), TestCaseError> {
    if estimate.is_sharp() {
        add_one(count);
        prop_assert!(estimate.admits(ours), "{what} {ours:e} instead of {estimate:?}");
    }
    Ok(())
}

#[test]
fn value_and_derivative_are_those_of_the_reference() {
    let count = Count::default();
    let cases = (formula(plain_constant(), 12), semantics(), logit(), label());
    let checked = runner(CASES).run(&cases, |(formula, semantics, logit, label)| {
        let reference = Reference { nodes: formula.nodes(), semantics, label: f64::from(label) };
        let Some((value, slope)) = reference.estimates(f64::from(logit)) else { return Ok(()) };
        let (our_value, our_slope) = ours(&formula, semantics, logit, label);
        compare(value, our_value, "value", &count.values)?;
        compare(slope, our_slope, "derivative", &count.slopes)?;
        if slope.is_sharp() && slope.exact != 0.0 {
            add_one(&count.slopes_not_zero);
        }
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
    let counts = [count.values.get(), count.slopes.get(), count.slopes_not_zero.get()];
    assert!(counts[0] > CASES / 2 && counts[1] > CASES / 2 && counts[2] > CASES / 5, "too few compared: {counts:?}");
}

/// The square of the divisor is 0 in single precision; nothing else here is far from 1.
#[test]
fn a_quotient_of_tiny_numbers_has_a_derivative() {
    let formula: Formula = "(pred * 1e-30) / (logit * 1e-30)".parse().unwrap();
    let (value, slope) = ours(&formula, Semantics::default(), 2.0, 0.0);
    let (sigma, h) = (1.0 / (1.0 + (-2.0_f64).exp()), 2.0);
    assert!((f64::from(value) - sigma / h).abs() < 1e-6, "{value}");
    assert!((f64::from(slope) - (sigma * (1.0 - sigma) / h - sigma / h / h)).abs() < 1e-6, "{slope}");
}

/// By a power of two, so that the product is exact.
#[test]
fn a_scale_multiplies_the_derivative_and_nothing_else() {
    let loss = "(pred - label)^2".parse::<Formula>().unwrap().compile(Semantics::default()).unwrap();
    let run = |loss: &Loss| {
        let (mut value, mut slope) = ([0.0; 2], [0.0; 2]);
        let found = loss.evaluate(&[-1.0, 3.0], &[0.0, 1.0], &mut value, &mut slope, &mut Workspace::default());
        (found, value, slope)
    };
    let (found, value, slope) = run(&loss);
    assert_eq!(run(&loss.scaled(8.0)), (found, value, slope.map(|slope| 8.0 * slope)));
}
