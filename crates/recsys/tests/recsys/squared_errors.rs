//! Errors against graded labels: scikit-learn's metrics, SciPy's paired t-test and intervals by the delta method;
//! `golden/squared_errors.py` writes the values.

use std::collections::BTreeMap;

use autolossgen_recsys::Metric;
use autolossgen_recsys::statistics::{rmse_interval, squared_error_test};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    labels: Vec<f32>,
    scores: BTreeMap<String, Scores>,
    tests: Vec<GoldenTest>,
}

#[derive(Deserialize)]
struct Scores {
    logits: Vec<f32>,
    rmse: f64,
    mae: f64,
    interval: [f64; 2],
}

#[derive(Deserialize)]
struct GoldenTest {
    scores: [String; 2],
    difference: f64,
    standard_error: f64,
    p_value: f64,
}

impl Golden {
    fn load() -> Self {
        serde_json::from_str(include_str!("../golden/squared_errors.json")).unwrap()
    }
}

#[track_caller]
fn assert_close(ours: f64, theirs: f64, tolerance: f64, what: &str) {
    let difference = (ours - theirs).abs();
    assert!(difference <= tolerance * theirs.abs(), "{what}: {ours:e} where {theirs:e} is expected");
}

#[test]
fn errors_and_intervals_of_graded_labels() {
    let Golden { labels, scores, .. } = Golden::load();
    for (name, Scores { logits, rmse, mae, interval }) in &scores {
        let value = |metric: Metric| metric.evaluate(logits, &labels, 0.0).unwrap();
        assert_close(value(Metric::Rmse), *rmse, 1e-12, name);
        assert_close(value(Metric::Mae), *mae, 1e-12, name);
        let (ours, low, high) = rmse_interval(logits, &labels).unwrap();
        assert_close(ours, *rmse, 1e-12, name);
        // The quantile of the normal distribution is approximate in both libraries.
        assert_close(low, interval[0], 1e-9, name);
        assert_close(high, interval[1], 1e-9, name);
    }
}

#[test]
fn squared_errors_are_paired_as_scipy_pairs_them() {
    let Golden { labels, scores, tests } = Golden::load();
    for expected in &tests {
        let [first, second] = expected.scores.each_ref().map(|name| scores[name].logits.as_slice());
        let ours = squared_error_test(first, second, &labels).unwrap();
        let what = format!("{:?}", expected.scores);
        assert_close(ours.difference, expected.difference, 1e-9, &what);
        assert_close(ours.standard_error, expected.standard_error, 1e-9, &what);
        assert_close(ours.p_value, expected.p_value, 1e-8, &what);
    }
}
