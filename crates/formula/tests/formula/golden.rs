//! Named losses against PyTorch in double precision (`golden/named_losses.py`), each in its textbook form.

use autolossgen_formula::{NAMED_LOSSES, NamedLoss, Semantics, Workspace};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    logits: Vec<f32>,
    cases: Vec<Case>,
}

/// One loss at one label and ε, over all logits.
#[derive(Deserialize)]
struct Case {
    loss: String,
    /// `textbook`, or `protected` for the logarithm of Table 2.
    form: String,
    label: f32,
    epsilon: f32,
    value: Vec<f64>,
    slope: Vec<f64>,
}

/// Single precision: a few roundings of relative 6e-8 each, and the approximations of exp and ln (3e-7).
const RELATIVE: f64 = 2e-6;
/// Rounding of 1 + e⁻ʰ and of (1 + ε)/(ŷ + ε) near 1 before their logarithm, times at most ŷ + y + min(ŷ, y) < 3.
const ABSOLUTE: f64 = 6e-7;

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/named_losses.json")).unwrap()
}

/// What the protection of the logarithm may change: the textbook has log x, we have log(x + ε), so the logarithm
/// differs by at most ε/x, and so does, relatively, its derivative.
fn protection(case: &Case, logit: f32) -> f64 {
    let epsilon = f64::from(case.epsilon);
    let signed = f64::from(if case.label == 1.0 { logit } else { -logit });
    match (case.loss.as_str(), case.form.as_str()) {
        // x = p_t, down to σ(−8) = 3e-4; the factor (1 − p_t)² is at most 1, and so is the derivative's scale.
        ("focal", _) => epsilon * (1.0 + (-signed).exp()),
        // x = 1 + e⁻ʰ ≥ 1.
        ("bce", _) => epsilon,
        // x = (1 + ε)/(min(ŷ, y) + ε) ≥ 1, with a factor below 3.
        ("logmin", "textbook") => 3.0 * epsilon,
        _ => 0.0,
    }
}

fn check(case: &Case, logit: f32, what: &str, ours: f32, theirs: f64) {
    let difference = (f64::from(ours) - theirs).abs();
    let allowed = RELATIVE * theirs.abs() + ABSOLUTE + protection(case, logit);
    assert!(
        difference <= allowed,
        "{what} of {} ({}) at logit {logit}, label {}, ε {}: {ours} instead of {theirs}, off by {difference:e}",
        case.loss,
        case.form,
        case.label,
        case.epsilon
    );
}

fn mean_and_largest(values: &[f32]) -> (f64, f64) {
    let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
    let largest = values.iter().fold(0.0, |largest: f64, &value| largest.max(f64::from(value.abs())));
    (sum / values.len() as f64, largest)
}

#[test]
fn named_losses_are_those_of_pytorch() {
    let Golden { logits, cases } = golden();
    let n = logits.len();
    for case in &cases {
        let formula = NamedLoss::find(&case.loss).unwrap().formula();
        let loss = formula.compile(Semantics::unclamped(case.epsilon)).unwrap();
        let (mut value, mut slope) = (vec![0.0; n], vec![0.0; n]);
        let labels = vec![case.label; n];
        let found = loss.evaluate(&logits, &labels, &mut value, &mut slope, &mut Workspace::default());
        assert_eq!(found.non_finite, 0, "{}", case.loss);
        assert_eq!((case.value.len(), case.slope.len()), (n, n));
        for i in 0..n {
            check(case, logits[i], "value", value[i], case.value[i]);
            check(case, logits[i], "slope", slope[i], case.slope[i]);
        }
        let (mean, largest) = mean_and_largest(&value);
        assert!((f64::from(found.mean) - mean).abs() <= RELATIVE * largest, "mean of {}", case.loss);
    }
}

#[test]
fn every_named_loss_is_covered_for_both_labels() {
    let cases = golden().cases;
    for named in NAMED_LOSSES {
        for label in [0.0, 1.0] {
            let covered = cases.iter().any(|case| case.loss == named.name && case.label == label);
            assert!(covered, "no golden value of {} for label {label}", named.name);
        }
    }
}
