//! The search by convergence (Eq. 5) on a miniature of generated data.

use autolossgen::record::{Candidate, Outcome, ParetoFront, Record, Sample};
use autolossgen::recsys::{Interactions, SearchData};
use autolossgen::{Config, Preset};

use crate::common::{self, Settings, dataset, samples};

fn data() -> SearchData {
    dataset().search
}

fn config(settings: Settings<'_>) -> Config {
    let quick = [
        ("search.reward", "converged"),
        ("search.samples", "200"),
        ("search.rungs", "[1, 3]"),
        ("search.learning_rates", "[0.5, 1.0]"),
        ("search.l2_coefficients", "[1e-5, 1e-4]"),
        ("controller.name", "evolution"),
        ("controller.population", "40"),
        ("stop.max_epochs", "15"),
        ("halving.rung_epochs", "5"),
        ("seed", "7"),
    ];
    common::config(Preset::Default, &[&quick, settings])
}

fn searched(data: &SearchData, threads: usize, settings: Settings<'_>) -> Vec<Record> {
    common::searched(&config(settings), data, threads, &()).0
}

fn reference(records: &[Record]) -> (String, Vec<f64>) {
    match &records[0] {
        Record::Reference { name, validation, .. } => (name.clone(), validation.clone()),
        other => panic!("a search by convergence begins with its reference, not with {other:?}"),
    }
}

#[test]
fn same_seed_same_journal_at_any_number_of_threads() {
    let data = data();
    for settings in [&[][..], &[("search.folds", "3")], &[("model.name", "mlp"), ("training.learning_rate", "0.3")]] {
        let one = searched(&data, 1, settings);
        assert!(one == searched(&data, 2, settings) && one == searched(&data, 3, settings), "{settings:?}");
    }
}

#[test]
fn a_reward_is_what_the_loss_reaches_above_the_reference() {
    let data = data();
    let records = searched(&data, 2, &[("search.warm_start", "[\"mse\", \"bce\", \"focal\"]")]);
    let (name, validation) = reference(&records);
    let samples = samples(&records);
    assert_eq!((name.as_str(), validation.len()), ("mse", 1));
    assert_eq!(samples[0].known.as_deref(), Some("mse"));
    assert_eq!(samples[0].reward, 0.0, "the reference is itself");
    let (mut dropped, mut converged) = (0, 0);
    for sample in &samples {
        match sample.outcome {
            Outcome::Dropped { validation: reached, epochs } => {
                assert!((1..=3).contains(&epochs));
                assert_eq!(sample.reward, reached - validation[0]);
                dropped += 1;
            }
            Outcome::Converged { validation: reached, folds, .. } => {
                assert_eq!((sample.reward, folds), (reached - validation[0], 1));
                converged += 1;
            }
            Outcome::Duplicate { of } => assert_eq!(sample.reward, samples[of as usize].reward),
            Outcome::Trained { .. } | Outcome::Saturated => panic!("{sample:?} belongs to Algorithm 1"),
            Outcome::ZeroGradient | Outcome::NonFinite | Outcome::Diverged => {
                assert!(sample.reward < -0.1, "as good as no training: {sample:?}");
            }
        }
    }
    assert!(dropped > 10 && converged > 4, "{dropped} {converged}");
    assert!(Candidate::of(&records).len() <= converged - 3, "named losses are no candidates");
}

#[test]
fn ten_times_a_loss_is_the_same_loss() {
    let data = data();
    let records = searched(&data, 2, &[("search.samples", "400")]);
    let samples = samples(&records);
    let scales = |sample: &Sample| sample.scales.expect("losses are normalised by default");
    // Of a pair found by the search one is a duplicate of the other, though it is larger as generated.
    let larger = samples.iter().find_map(|sample| match sample.outcome {
        Outcome::Duplicate { of } => {
            let original = samples[of as usize];
            let ratio = scales(sample).rms / scales(original).rms;
            ((ratio - 1.0).abs() > 0.5).then_some((sample, original))
        }
        _ => None,
    });
    let (sample, original) = larger.expect("evolution finds multiples");
    assert_eq!(sample.reward, original.reward);
    let trained = |sample: &Sample| f64::from(scales(sample).scale) * scales(sample).rms;
    assert!((trained(sample) - trained(original)).abs() < 1e-5);
}

#[test]
fn with_folds_the_validation_rows_are_not_seen() {
    let data = data();
    let warm = ("search.warm_start", "[\"bce\"]");
    let settings = [("search.folds", "3"), ("search.samples", "300"), warm];
    let records = searched(&data, 2, &settings);
    let turned = data.validation.labels().iter().map(|label| 1.0 - label).collect();
    let validation = Interactions::new(data.validation.users().to_vec(), data.validation.items().to_vec(), turned);
    let other = SearchData { validation, ..data.clone() };
    assert_eq!(records, searched(&other, 2, &settings));
    assert_eq!(reference(&records).1.len(), 3);
    let folds: Vec<usize> = samples(&records)
        .iter()
        .filter_map(|sample| match sample.outcome {
            Outcome::Converged { folds, .. } => Some(folds),
            _ => None,
        })
        .collect();
    assert!(folds.contains(&3) && folds.contains(&1), "the best of the first fold meet the others: {folds:?}");
    // Under Algorithm 1 as well.
    let one_epoch = [("search.folds", "3"), ("search.samples", "100"), ("search.reward", "one-epoch"), warm];
    assert_eq!(searched(&data, 2, &one_epoch), searched(&other, 2, &one_epoch));
}

#[test]
fn the_hall_of_fame_is_journaled() {
    let records = searched(&data(), 2, &[]);
    let journaled = records.iter().rev().find_map(|record| match record {
        Record::HallOfFame { entries } => Some(entries),
        _ => None,
    });
    let hall = ParetoFront::of(&records);
    assert_eq!(journaled, Some(&hall));
    let best = samples(&records).into_iter().filter(|sample| sample.outcome.is_accepted()).map(|sample| sample.reward);
    assert_eq!(hall.entries().last().unwrap().reward, best.fold(f64::NEG_INFINITY, f64::max));
}

#[test]
fn algorithm_1_begins_with_the_warm_start_too() {
    let data = data();
    let settings = [("search.reward", "one-epoch"), ("search.warm_start", "[\"bce\", \"maxr\"]")];
    let records = searched(&data, 2, &settings);
    let known: Vec<&str> = samples(&records).iter().filter_map(|sample| sample.known.as_deref()).collect();
    assert_eq!(known.len(), 8, "bce, and maxr at each ε");
    assert_eq!(samples(&records).len(), 200);
    assert!(samples(&records)[0].outcome.is_accepted());
}
