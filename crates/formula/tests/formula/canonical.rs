//! The canonical form means the same as the formula.

use autolossgen_formula::{Formula, Semantics, Workspace};
use proptest::prelude::*;

use crate::random::{any_constant, formula, label, logit, runner, semantics};
use crate::reference::Reference;

const CASES: u32 = 10_000;

/// Equal, or both NaN.
fn same(x: f64, y: f64) -> bool {
    x == y || (x.is_nan() && y.is_nan())
}

/// Bits of value and derivative of one sample.
fn bits(formula: &Formula, semantics: Semantics, logit: f32, label: f32) -> [u32; 2] {
    let (mut value, mut slope) = ([0.0], [0.0]);
    let loss = formula.compile(semantics).unwrap();
    loss.evaluate(&[logit], &[label], &mut value, &mut slope, &mut Workspace::default());
    [value[0].to_bits(), slope[0].to_bits()]
}

/// The reference evaluates the formula as given, which `compile` does not: it is the judge of the canonical form. All
/// rewrites are exact (commuted operands, equal parts shared, x·x as a square), hence equality without a tolerance.
#[test]
fn canonical_form_keeps_value_and_derivative() {
    let cases = (formula(any_constant(), 12), semantics(), logit(), label());
    let checked = runner(CASES).run(&cases, |(formula, semantics, logit, label)| {
        let canonical = formula.canonical();
        let before = Reference { nodes: formula.nodes(), semantics, label: f64::from(label) };
        let after = Reference { nodes: canonical.nodes(), ..before };
        let h = f64::from(logit);
        prop_assert!(same(before.value(h), after.value(h)), "{} to {}", before.value(h), after.value(h));
        let (slope, other) = (before.slope(h, 0, 1e-3), after.slope(h, 0, 1e-3));
        prop_assert!(same(slope, other), "derivative {slope} to {other}");
        prop_assert_eq!(bits(&formula, semantics, logit, label), bits(&canonical, semantics, logit, label));
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn canonical_form_is_idempotent_and_never_longer() {
    let checked = runner(CASES).run(&formula(any_constant(), 12), |formula| {
        let canonical = formula.canonical();
        prop_assert_eq!(&canonical.canonical(), &canonical);
        prop_assert!(canonical.nodes().len() <= formula.nodes().len());
        prop_assert_eq!(formula.complexity(), canonical.nodes().len());
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}
