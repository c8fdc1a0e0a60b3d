//! Metrics against scikit-learn, DeLong's test and Holm's correction against their definitions: `golden/metrics.py`
//! writes the values.

use std::collections::BTreeMap;

use autolossgen_recsys::metric::best_threshold;
use autolossgen_recsys::statistics::{auc_interval, delong, holm};
use autolossgen_recsys::{Choice, Metric};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    labels: Vec<f32>,
    /// On ŷ.
    thresholds: Vec<f32>,
    scores: BTreeMap<String, Scores>,
    delong: Vec<GoldenDeLong>,
    holm: Vec<GoldenHolm>,
}

#[derive(Deserialize)]
struct Scores {
    logits: Vec<f32>,
    auc: f64,
    log_loss: f64,
    rmse: f64,
    mae: f64,
    /// At each threshold.
    f1: Vec<f64>,
    accuracy: Vec<f64>,
    best: Best,
    interval: [f64; 2],
}

/// Highest value over all thresholds.
#[derive(Deserialize)]
struct Best {
    f1: f64,
    accuracy: f64,
}

#[derive(Deserialize)]
struct GoldenDeLong {
    scores: [String; 2],
    difference: f64,
    standard_error: f64,
    p_value: f64,
}

#[derive(Deserialize)]
struct GoldenHolm {
    p_values: Vec<f64>,
    adjusted: Vec<f64>,
}

impl Golden {
    fn load() -> Self {
        serde_json::from_str(include_str!("../golden/metrics.json")).unwrap()
    }
}

#[track_caller]
fn assert_close(ours: f64, theirs: f64, what: &str) {
    let difference = (ours - theirs).abs();
    assert!(difference <= 1e-12 * theirs.abs().max(1.0), "{what}: {ours} where {theirs} is expected");
}

#[test]
fn metrics_are_those_of_scikit_learn() {
    let golden = Golden::load();
    for (name, scores) in &golden.scores {
        let check = |metric: Metric, threshold: f32, expected: f64| {
            let logit = (threshold / (1.0 - threshold)).ln();
            let ours = metric.evaluate(&scores.logits, &golden.labels, logit).unwrap();
            assert_close(ours, expected, &format!("{} of {name} at {threshold}", metric.name()));
        };
        check(Metric::Auc, 0.5, scores.auc);
        check(Metric::LogLoss, 0.5, scores.log_loss);
        check(Metric::Rmse, 0.5, scores.rmse);
        check(Metric::Mae, 0.5, scores.mae);
        for (index, &threshold) in golden.thresholds.iter().enumerate() {
            check(Metric::F1, threshold, scores.f1[index]);
            check(Metric::Accuracy, threshold, scores.accuracy[index]);
        }
    }
}

#[test]
fn the_best_threshold_reaches_the_best_value() {
    let golden = Golden::load();
    for (name, scores) in &golden.scores {
        for (metric, expected) in [(Metric::F1, scores.best.f1), (Metric::Accuracy, scores.best.accuracy)] {
            let threshold = best_threshold(metric, &scores.logits, &golden.labels);
            let ours = metric.evaluate(&scores.logits, &golden.labels, threshold).unwrap();
            assert_close(ours, expected, &format!("best {} of {name}, at {threshold}", metric.name()));
        }
    }
}

#[test]
fn delong_is_as_counted_pair_by_pair() {
    let golden = Golden::load();
    for expected in &golden.delong {
        let [first, second] = expected.scores.each_ref().map(|name| golden.scores[name].logits.as_slice());
        let ours = delong(first, second, &golden.labels).unwrap();
        let what = format!("{:?}", expected.scores);
        assert_close(ours.difference, expected.difference, &what);
        assert_close(ours.standard_error, expected.standard_error, &what);
        let relative = (ours.p_value / expected.p_value - 1.0).abs();
        assert!(relative < 1e-9, "{what}: p = {:e} where {:e} is expected", ours.p_value, expected.p_value);
    }
}

#[test]
fn intervals_are_as_counted_pair_by_pair() {
    let golden = Golden::load();
    for (name, scores) in &golden.scores {
        let (auc, low, high) = auc_interval(&scores.logits, &golden.labels).unwrap();
        assert_close(auc, scores.auc, name);
        for (ours, theirs) in [low, high].into_iter().zip(scores.interval) {
            // The quantile of the normal distribution is approximate in both libraries.
            assert!((ours - theirs).abs() < 1e-9, "{name}: {ours} where {theirs} is expected");
        }
    }
}

#[test]
fn holm_follows_from_the_closure_principle() {
    for GoldenHolm { p_values, adjusted } in &Golden::load().holm {
        for (ours, theirs) in holm(p_values).into_iter().zip(adjusted) {
            assert_close(ours, *theirs, &format!("{p_values:?}"));
        }
    }
}
