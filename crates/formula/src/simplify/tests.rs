//! Forms that people know.

use super::*;
use crate::{NAMED_LOSSES, Semantics, resolve};

fn under(semantics: Semantics, text: &str) -> Option<String> {
    simplified(&resolve(text).unwrap().compile(semantics).unwrap()).map(|found| found.loss.formula().to_string())
}

/// As a generated formula is read: ε = 1e-6, every result within ±1e6.
fn of(text: &str) -> Option<String> {
    under(Semantics::default(), text)
}

#[test]
fn simple_forms_are_found() {
    for (text, expected) in [
        ("pred * 1", "pred"),
        ("--pred", "pred"),
        ("max(pred, pred)", "pred"),
        ("log(exp(pred))", "pred"),
        ("(1 + pred) - 1", "pred"),
        ("pred / 2 + pred / 2", "pred"),
        ("pred + -label", "pred - label"),
        ("log(reciprocal(pred))", "-log(pred)"),
        ("(label - pred) * (label - pred)", "(label - pred)^2"),
        ("pred * pred - 2 * pred * label + label * label", "(pred - label)^2"),
        ("square(pred + -label) * 1", "(pred - label)^2"),
        ("sqrt(-(0.35)) * pred", "-0.59161 * pred"),
        ("min(pred, 2) + relu(pred) - abs(-label)", "2 * pred - label"),
    ] {
        assert_eq!(of(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_is_simple_stays() {
    for text in ["pred", "(pred - label)^2", "pred + 1 / (min(pred, label) + eps)", "max(label, pred) / (pred + eps)"] {
        assert_eq!(of(text), None, "{text}");
    }
    for named in NAMED_LOSSES.iter().filter(|named| named.name != "hinge-reference") {
        assert_eq!(under(Semantics::unclamped(1e-6), named.name), None, "{}", named.name);
    }
}

#[test]
fn protection_and_clamps_count() {
    let unprotected = Semantics::unclamped(1e-20);
    assert_eq!(under(unprotected, "1 / (1 / pred)").as_deref(), Some("pred"));
    assert_eq!(under(unprotected, "log(1 / pred)").as_deref(), Some("-log(pred)"));
    assert_eq!(under(unprotected, "1 / (1 + exp(-logit))").as_deref(), Some("pred"));
    // 1/ŷ is clamped below ŷ = 1e-6; log(1/ŷ + ε) is not −log(ŷ + ε) at such ŷ, with a clamp or without.
    assert_eq!(of("1 / (1 / pred)"), None);
    assert_eq!(under(Semantics::unclamped(1e-6), "1 / (1 / pred)").as_deref(), Some("pred"));
    for semantics in [Semantics::default(), Semantics::unclamped(1e-6)] {
        assert_eq!(under(semantics, "log(1 / pred)"), None);
    }
    // Under a positive clamp −ŷ is the lower bound.
    let positive = Semantics { epsilon: 1e-6, clamp: crate::Clamp::Positive(1e-6, 1e6) };
    assert_ne!(under(positive, "pred + -label").as_deref(), Some("pred - label"));
    // ε of one tenth is part of the loss.
    assert_eq!(under(Semantics::unclamped(0.1), "log(exp(pred))"), None);
}

#[test]
fn a_graded_label_is_not_its_square() {
    assert_eq!(of("label * label - pred").as_deref(), Some("label^2 - pred"));
    assert_eq!(of("max(label, pred * label * 0.5) - pred").as_deref(), Some("label - pred"));
}

#[test]
fn what_differs_at_few_labels_is_another_loss() {
    for bump in
        ["relu(0.04 - abs(label - 0.6))", "relu(0.002 - abs(5 * label - 3))", "max(min(label, 0.31) - 0.309, 0)"]
    {
        let text = format!("(pred - label)^2 + pred * {bump}");
        assert_ne!(of(&text).as_deref(), Some("(pred - label)^2"), "{text}");
    }
    assert_eq!(of("(pred - label)^2 + pred * relu(0.04 - abs(label - 1.6))").as_deref(), Some("(pred - label)^2"));
}

#[test]
fn logarithms_are_of_positive_numbers() {
    for (text, expected) in [
        ("label * -log(pred) + (1 - label) * -log(1 - pred)", "log(1 - pred) * (label - 1) - label * log(pred)"),
        ("pred * 1 + log(pred - 1)", "pred - log(1 - pred)"),
        ("-log(pred - 2) * 1", "log(2 - pred)"),
    ] {
        assert_eq!(of(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn the_long_one_of_table_8_is_short() {
    let text = "1 + pred + 1 / (min(pred, label) + eps) + max(1 / (min(pred, label) + eps), max(min(pred, label), \
                pred + 1 / (min(pred, label) + eps)))";
    assert_eq!(of(text).as_deref(), Some("2 * (pred + 1 / (min(pred, label) + eps)) + 1"));
    let text = "1 + min(min(1, pred + label), 1 / (label + pred + eps))";
    assert_eq!(of(text).as_deref(), Some("min(1 / (pred + label + eps), pred + label) + 1"));
}

#[test]
fn what_is_not_finite_or_too_long_is_left() {
    assert_eq!(under(Semantics::unclamped(1e-6), "1 * pred / label"), None);
    let sum = |term: &str| vec![term; 35].join(" + ");
    let long = format!("({}) + ({})", sum("pred * exp(label)"), sum("label * exp(pred)"));
    assert_eq!(of(&long), None);
}

#[test]
fn scale_and_semantics_stay() {
    let semantics = Semantics::default().with_epsilon(1e-3);
    let loss = resolve("1 * (pred + -label)").unwrap().compile(semantics).unwrap().scaled(0.5);
    let found = simplified(&loss).unwrap().loss;
    assert_eq!((found.scale(), found.semantics()), (0.5, semantics));
    assert_eq!(found.original(), Some(loss.formula()));
}
