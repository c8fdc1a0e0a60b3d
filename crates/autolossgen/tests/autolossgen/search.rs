//! Phase I and the run directory on a miniature of generated data.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use autolossgen::data::{LoadOptions, divide, synth};
use autolossgen::journal;
use autolossgen::record::{Candidate, Counts, Outcome, Record, Sample, SearchStatus, StopReason, Update};
use autolossgen::recsys::{Interactions, Metric};
use autolossgen::settings::Choice;
use autolossgen::{Config, Observer, Preset, Run, pool};

use crate::common::{self, Settings, dataset, samples};

fn config(settings: Settings<'_>) -> Config {
    preset(Preset::Default, settings)
}

fn preset(preset: Preset, settings: Settings<'_>) -> Config {
    let quick = [
        ("search.samples", "300"),
        ("test.protocol", "fixed"),
        ("stop.max_epochs", "15"),
        ("test.candidates", "3"),
        ("seed", "7"),
    ];
    common::config(preset, &[&quick, settings])
}

fn searched(settings: Settings<'_>, observer: &dyn Observer) -> (Vec<Record>, StopReason) {
    searched_by(&config(settings), observer)
}

fn searched_by(config: &Config, observer: &dyn Observer) -> (Vec<Record>, StopReason) {
    common::searched(config, &dataset().search, 2, observer)
}

fn journal_of(folder: &Path, threads: usize, settings: &[(&str, &str)]) -> Vec<u8> {
    let dataset = dataset();
    let mut run = Run::create(folder, config(settings), &dataset).unwrap();
    pool(threads).install(|| {
        run.search(&dataset, &()).unwrap();
        run.check().unwrap();
        run.test(dataset, &()).unwrap().unwrap();
    });
    std::fs::read(folder.join("journal.jsonl")).unwrap()
}

#[test]
fn same_seed_same_bytes_at_any_number_of_threads() {
    for (controller, model) in [("lstm", "mf"), ("random", "mf"), ("random", "mlp")] {
        let folder = tempfile::tempdir().unwrap();
        let settings = [("controller.name", controller), ("model.name", model)];
        let journals: Vec<Vec<u8>> =
            [1, 2, 3].map(|threads| journal_of(&folder.path().join(threads.to_string()), threads, &settings)).into();
        assert!(journals[0].len() > 10_000);
        assert!(journals[0] == journals[1] && journals[1] == journals[2], "{controller} {model}");
        let other = [settings.as_slice(), &[("seed", "8")]].concat();
        let other = journal_of(&folder.path().join("other"), 2, &other);
        assert_ne!(journals[0], other);
    }
}

#[test]
fn the_journal_follows_algorithm_1() {
    for &name in Preset::ALL {
        let config = preset(name, &[]);
        let (records, reason) = searched_by(&config, &());
        assert_eq!(reason, StopReason::Samples);
        assert_eq!(samples(&records).len(), 300);
        follows(&records, config.search.eta, Metric::Auc);
    }
}

#[test]
fn a_regression_is_rewarded_by_the_fall_of_the_rmse() {
    let config = config(&[("task", "regression")]);
    let (records, _) = searched_by(&config, &());
    follows(&records, config.search.eta, Metric::Rmse);
    let accepted = |sample: &&Sample| matches!(sample.outcome, Outcome::Trained { accepted: true, .. });
    let Some(Record::Recommender { validation, .. }) = records.iter().find(|r| matches!(r, Record::Recommender { .. }))
    else {
        panic!("a search begins with a recommender")
    };
    let first = samples(&records).into_iter().find(accepted).unwrap();
    assert!(matches!(first.outcome, Outcome::Trained { validation: reached, .. } if reached < *validation));
}

/// Replays the journal: every reward, acceptance and replacement follows from what was recorded before it.
fn follows(records: &[Record], eta: f64, metric: Metric) {
    let (mut validation, mut best, mut round) = (f64::NAN, f64::NEG_INFINITY, Vec::new());
    let mut counts = Counts::default();
    for record in records {
        match record {
            Record::Recommender { validation: fresh, .. } => validation = metric.gain(*fresh),
            Record::Sample(sample) => {
                counts.add(&sample.outcome);
                if let Outcome::Trained { validation: reached, accepted } = sample.outcome {
                    let reached = metric.gain(reached);
                    assert_eq!(sample.reward, reached - validation);
                    assert_eq!(accepted, sample.reward >= -eta);
                    best = f64::max(best, reached);
                }
                round.push(sample);
            }
            Record::Update(update) => {
                assert_eq!(update.replaced, best - validation >= -eta, "update {}", update.update);
                validation = if update.replaced { best } else { validation };
                assert_eq!(metric.gain(update.validation), validation);
                let mean = round.iter().map(|sample| sample.reward).sum::<f64>() / round.len() as f64;
                assert!((update.stats.mean_reward - mean).abs() < 1e-12);
                (best, round) = (f64::NEG_INFINITY, Vec::new());
            }
            Record::HallOfFame { entries } => {
                let known = entries.entries().iter().map(|famous| (famous.complexity, famous.reward));
                assert!(known.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1), "{entries:?}");
            }
            Record::End { counts: noted, .. } => assert_eq!(*noted, counts),
            _ => panic!("{record:?} belongs to no search"),
        }
    }
    let Counts { sampled, zero_gradient, duplicate, non_finite, diverged, saturated, trained, .. } = counts;
    assert_eq!(sampled, zero_gradient + duplicate + non_finite + diverged + saturated + trained);
    assert!(zero_gradient > 0 && duplicate > 0 && trained > 0, "{counts:?}");
}

/// The samples of each update, and the update.
fn updates(records: &[Record]) -> Vec<(Vec<&Sample>, &Update)> {
    let (mut updates, mut round) = (Vec::new(), Vec::new());
    for record in records {
        match record {
            Record::Sample(sample) => round.push(sample),
            Record::Update(update) => updates.push((std::mem::take(&mut round), update)),
            _ => {}
        }
    }
    updates
}

#[test]
fn without_the_proxy_test_every_sample_is_trained() {
    let counts = |records: &[Record]| {
        let mut counts = Counts::default();
        samples(records).iter().for_each(|sample| counts.add(&sample.outcome));
        counts
    };
    let without = counts(&searched(&[("search.proxy_test", "false")], &()).0);
    assert_eq!((without.zero_gradient, without.duplicate), (0, 0));
    assert_eq!(without.trained + without.diverged + without.saturated + without.non_finite, without.sampled);
    assert!(without.trained > 2 * counts(&searched(&[], &()).0).trained, "{without:?}");
}

#[test]
fn without_the_filter_the_first_trained_copy_takes_over_whatever_its_reward() {
    let settings = [("search.reward_filter", "false"), ("search.converged_after", "0")];
    let (records, _) = searched(&settings, &());
    let (mut validation, mut fell, mut passed_over) = (f64::NAN, 0, 0);
    for (samples, update) in updates(&records) {
        let trained: Vec<f64> = samples
            .iter()
            .filter_map(|sample| match sample.outcome {
                Outcome::Trained { validation, accepted } => accepted.then_some(validation),
                Outcome::Saturated => panic!("unfiltered, a saturated copy counts as trained"),
                _ => None,
            })
            .collect();
        assert_eq!(update.replaced, !trained.is_empty());
        if let Some(&first) = trained.first() {
            assert_eq!(update.validation, first);
            passed_over += usize::from(trained.iter().any(|&other| other > first));
        }
        fell += usize::from(update.validation < validation);
        validation = update.validation;
    }
    assert!(fell > 0 && passed_over > 0, "{fell} {passed_over}");
}

/// Measures the recommender on validation after every update.
struct Measuring<'a>(&'a Interactions, Mutex<Vec<(f64, Option<f64>)>>);

impl Observer for Measuring<'_> {
    fn searched(&self, status: &SearchStatus, measure: &dyn Fn(&Interactions) -> Option<f64>) {
        self.1.lock().unwrap().push((status.validation, measure(self.0)));
    }
}

#[test]
fn an_observer_measures_the_recommender_on_rows_of_its_choice() {
    let data = dataset();
    let measuring = Measuring(&data.search.validation, Mutex::default());
    searched(&[], &measuring);
    let measured = measuring.1.into_inner().unwrap();
    assert_eq!(measured.len(), 30);
    assert!(measured.iter().all(|&(validation, measured)| measured == Some(validation)));
}

#[test]
fn a_duplicate_gets_the_reward_of_its_original() {
    let (records, _) = searched(&[], &());
    let samples = samples(&records);
    let duplicates: Vec<_> = samples
        .iter()
        .filter_map(|sample| match sample.outcome {
            Outcome::Duplicate { of } => Some((sample, of)),
            _ => None,
        })
        .collect();
    assert!(!duplicates.is_empty());
    for (sample, of) in duplicates {
        let original = samples[of as usize];
        assert!(of < sample.sample && !matches!(original.outcome, Outcome::Duplicate { .. } | Outcome::ZeroGradient));
        assert_eq!(sample.reward, original.reward);
    }
}

#[test]
fn every_search_ends_for_a_reason() {
    let reason = |settings: &[(&str, &str)]| searched(settings, &()).1;
    assert_eq!(reason(&[("search.samples", "25")]), StopReason::Samples);
    assert_eq!(reason(&[("search.candidates", "1")]), StopReason::Candidates);
    assert_eq!(reason(&[("search.nothing_accepted", "10"), ("search.delta", "1e6")]), StopReason::NothingAccepted);
    let converged = [("search.converged_after", "3"), ("search.on_convergence", "\"end\""), ("search.delta", "1e6")];
    assert_eq!(reason(&converged), StopReason::Converged);
    assert_eq!(reason(&[("search.time", "1e-6")]), StopReason::Time);
    let (records, _) = searched(&[("search.samples", "25")], &());
    assert_eq!(samples(&records).len(), 25, "the last round is cut to the budget");
}

/// Asks for the end after some updates.
struct Impatient(AtomicUsize);

impl Observer for Impatient {
    fn stop(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= 3
    }

    fn searched(&self, _: &SearchStatus, _: &dyn Fn(&Interactions) -> Option<f64>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn an_interrupted_search_ends_cleanly_and_has_no_test() {
    let (records, reason) = searched(&[], &Impatient(AtomicUsize::new(0)));
    assert_eq!(reason, StopReason::Interrupted);
    assert_eq!(samples(&records).len(), 30);
    let whole = searched(&[], &()).0;
    assert_eq!(
        records[..],
        whole[..records.len()],
        "it is the beginning of the whole search, and nothing says that it ended"
    );
}

#[test]
fn phases_read_what_the_one_before_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("run");
    let data = dataset();
    let mut run = Run::create(&folder, config(&[]), &data).unwrap();
    run.search(&data, &()).unwrap();
    let n_records = run.records().len();
    assert_eq!(run.search(&data, &()).unwrap(), StopReason::Samples);
    assert_eq!(run.records().len(), n_records, "a search that has ended is not done again");
    assert!(run.test(dataset(), &()).unwrap_err().to_string().contains("has not been checked"));
    drop(run);
    let mut run = Run::open(&folder).unwrap();
    let candidates = Candidate::of(run.records());
    assert_eq!(run.check().unwrap().candidates.len(), candidates.len());
    drop(run);
    let mut run = Run::open(&folder).unwrap();
    assert!(run.checked().is_some());
    let other = divide("other".into(), synth::generate(&Default::default(), 1).unwrap(), &LoadOptions::default());
    assert!(run.test(other.unwrap(), &()).unwrap_err().to_string().contains("not those of the run"));
    let report = run.test(data, &()).unwrap().unwrap();
    let best: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("best.json")).unwrap()).unwrap();
    assert_eq!(best["formula"], report.results[report.best.unwrap()].formula);
    assert_eq!(journal::read::<autolossgen::record::Record>(&folder.join("journal.jsonl")).unwrap(), run.records());
    assert!(Run::create(&folder, config(&[]), &dataset()).unwrap_err().to_string().contains("holds another run"));
}
