//! What metrics keep under changes of their input, for any logits and labels.

use autolossgen_recsys::metric::best_threshold;
use autolossgen_recsys::random::{shuffle, stream};
use autolossgen_recsys::statistics::{auc_interval, delong};
use autolossgen_recsys::{Choice, Metric};
use proptest::prelude::*;

fn evaluate(metric: Metric, logits: &[f32], labels: &[f32]) -> Option<f64> {
    metric.evaluate(logits, labels, 0.0)
}

/// Logits from −10 to 10 in eighths, with many ties, and labels of both classes.
fn rows() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
    let row = (-80..=80_i8, any::<bool>());
    proptest::collection::vec(row, 2..60)
        .prop_map(|rows| {
            let labels = rows.iter().map(|&(_, positive)| f32::from(u8::from(positive))).collect::<Vec<_>>();
            (rows.iter().map(|&(logit, _)| f32::from(logit) / 8.0).collect::<Vec<_>>(), labels)
        })
        .prop_filter("both classes", |(_, labels)| labels.contains(&0.0) && labels.contains(&1.0))
}

/// Logits up to ±600, whose ŷ single precision cannot tell apart, or no further from 1 than a few of its steps.
fn wide_and_near_rows() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
    let maps: [fn(f32) -> f32; 2] = [|logit| 60.0 * logit, |logit| 1.0 + logit * f32::EPSILON];
    (rows(), proptest::sample::select(maps.to_vec()))
        .prop_map(|((logits, labels), map)| (logits.into_iter().map(map).collect(), labels))
}

/// The definition: the share of pairs that are in order, a tie counting half.
fn auc_by_pairs(logits: &[f32], labels: &[f32]) -> f64 {
    let of_class = |class: f32| logits.iter().zip(labels).filter(move |(_, label)| **label == class).map(|row| row.0);
    let (mut won, mut pairs) = (0.0, 0.0);
    for positive in of_class(1.0) {
        for negative in of_class(0.0) {
            won += if positive > negative { 1.0 } else { 0.5 * f64::from(u8::from(positive == negative)) };
            pairs += 1.0;
        }
    }
    won / pairs
}

/// Thresholds at and beside every logit, below all and above all.
fn thresholds(logits: &[f32]) -> Vec<f32> {
    let beside = logits.iter().flat_map(|h| [h.next_down(), *h, h.next_up()]);
    beside.chain([f32::NEG_INFINITY, 0.0, f32::INFINITY]).collect()
}

proptest! {
    #[test]
    fn auc_is_the_share_of_pairs_in_order((logits, labels) in rows()) {
        let auc = evaluate(Metric::Auc, &logits, &labels).unwrap();
        prop_assert!((auc - auc_by_pairs(&logits, &labels)).abs() < 1e-12);
        prop_assert!((auc_interval(&logits, &labels).unwrap().0 - auc).abs() < 1e-12);
    }

    #[test]
    fn auc_keeps_under_increasing_maps((logits, labels) in rows()) {
        let auc = evaluate(Metric::Auc, &logits, &labels);
        let maps: [fn(f32) -> f32; 4] = [|x| 3.0 * x - 7.0, |x| x * x * x, |x| (0.5 * x).exp(), |x| x.atan()];
        for map in maps {
            let mapped: Vec<f32> = logits.iter().copied().map(map).collect();
            prop_assert_eq!(evaluate(Metric::Auc, &mapped, &labels), auc);
        }
    }

    #[test]
    fn auc_of_turned_logits_or_labels_is_the_complement((logits, labels) in rows()) {
        let auc = evaluate(Metric::Auc, &logits, &labels).unwrap();
        let turned: Vec<f32> = logits.iter().map(|logit| -logit).collect();
        let swapped: Vec<f32> = labels.iter().map(|label| 1.0 - label).collect();
        for other in [evaluate(Metric::Auc, &turned, &labels), evaluate(Metric::Auc, &logits, &swapped)] {
            prop_assert!((other.unwrap() - (1.0 - auc)).abs() < 1e-12);
        }
    }

    #[test]
    fn metrics_do_not_see_the_order_of_rows((logits, labels) in rows(), seed in any::<u64>()) {
        let mut rows: Vec<(f32, f32)> = logits.iter().copied().zip(labels.iter().copied()).collect();
        shuffle(&mut stream(seed, "order", 0), &mut rows);
        let (other_logits, other_labels): (Vec<f32>, Vec<f32>) = rows.into_iter().unzip();
        for &metric in Metric::ALL {
            let values = [evaluate(metric, &logits, &labels), evaluate(metric, &other_logits, &other_labels)];
            prop_assert!((values[0].unwrap() - values[1].unwrap()).abs() < 1e-12, "{metric:?}: {values:?}");
        }
    }

    #[test]
    fn delong_turns_with_its_arguments((first, labels) in rows(), seed in any::<u64>()) {
        let mut second = first.clone();
        shuffle(&mut stream(seed, "second", 0), &mut second);
        let there = delong(&first, &second, &labels).unwrap();
        let back = delong(&second, &first, &labels).unwrap();
        prop_assert_eq!((there.difference, there.standard_error), (-back.difference, back.standard_error));
        prop_assert_eq!(there.p_value, back.p_value);
        prop_assert!((0.0..=1.0).contains(&there.p_value));
    }

    #[test]
    fn no_threshold_is_better_than_the_best((logits, labels) in wide_and_near_rows()) {
        for metric in [Metric::F1, Metric::Accuracy] {
            let best = best_threshold(metric, &logits, &labels);
            let value = metric.evaluate(&logits, &labels, best).unwrap();
            for threshold in thresholds(&logits) {
                let other = metric.evaluate(&logits, &labels, threshold).unwrap();
                prop_assert!(value >= other, "{metric:?}: {value} at {best}, {other} at {threshold}");
            }
        }
    }
}

#[test]
fn infinite_logits_are_certain_predictions() {
    let (logits, labels) = ([f32::INFINITY, f32::NEG_INFINITY, 0.0], [1.0, 0.0, 1.0]);
    assert_eq!(evaluate(Metric::Auc, &logits, &labels), Some(1.0));
    assert!((evaluate(Metric::LogLoss, &logits, &labels).unwrap() - 2.0_f64.ln() / 3.0).abs() < 1e-12);
    assert_eq!(evaluate(Metric::LogLoss, &logits, &[0.0, 0.0, 1.0]), Some(f64::INFINITY));
    assert_eq!(evaluate(Metric::Mae, &logits, &labels), Some(0.5 / 3.0));
}
