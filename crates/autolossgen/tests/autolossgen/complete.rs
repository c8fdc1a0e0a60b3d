//! The complete search on a miniature of generated data.

use autolossgen::complete::{Complete, Extent};
use autolossgen::controller::Controller;
use autolossgen::fingerprint::{gradient_name, positive_rate};
use autolossgen::formula::Formula;
use autolossgen::record::{Enumerated, History, Outcome, Record, Sample, StopReason};
use autolossgen::recsys::random::stream;
use autolossgen::{Config, Preset, Run, gradient_scale, pool};

use crate::common::{self, Settings, dataset, samples};

fn config(settings: Settings<'_>) -> Config {
    let quick = [
        ("controller.name", "complete"),
        ("controller.max_nodes", "6"),
        ("check.both_classes", "true"),
        ("search.reward", "converged"),
        ("search.warm_start", "[\"bce\", \"mse\"]"),
        ("search.learning_rates", "[1.0, 3.0]"),
        ("search.l2_coefficients", "[1e-5, 1e-4]"),
        ("search.race_epochs", "2"),
        ("model.mf.dimension", "8"),
        ("stop.max_epochs", "12"),
        ("seed", "7"),
    ];
    common::config(Preset::Default, &[&quick, settings])
}

fn proposed(records: &[Record]) -> Vec<&Sample> {
    samples(records).into_iter().filter(|sample| sample.known.is_none()).collect()
}

fn formulas(config: &Config, threads: usize) -> (Enumerated, Vec<Formula>) {
    pool(threads).install(|| {
        let mut complete = Complete::new(config, &Extent::default());
        let n = complete.left().unwrap();
        let episodes = complete.ask(n, &mut stream(1, "samples", 0));
        (complete.counts(), episodes.into_iter().map(|episode| episode.formula).collect())
    })
}

#[test]
fn what_is_proposed_is_admissible_under_an_epsilon_each_once_and_the_smallest_first() {
    let config = config(&[]);
    let (counts, formulas) = formulas(&config, 2);
    assert_eq!(counts.admissible as usize, formulas.len());
    assert!(counts.functions > counts.gradients && counts.gradients > counts.right_sign, "{counts:?}");
    assert!(counts.right_sign > counts.both_classes && counts.both_classes >= counts.admissible, "{counts:?}");
    assert_eq!(formulas[0].to_string(), "(label + -pred)^2", "five nodes: (ŷ − y)² alone acts on both classes");
    // What occurs twice counts twice.
    assert!(formulas.is_sorted_by_key(|formula| formula.nodes().len()));
    for formula in &formulas {
        let rate = |&epsilon: &f32| {
            let semantics = autolossgen::formula::Semantics { epsilon, ..config.semantics() };
            let loss = gradient_scale::as_trained(formula.compile(semantics).unwrap(), &config);
            positive_rate(&loss, &config.check, config.seed, false)
        };
        assert!(config.selection.epsilons.iter().map(rate).fold(0.0, f64::max) >= 0.9, "{formula}");
    }
    let name = |formula: &Formula| gradient_name(&gradient_scale::compile(formula, &config), &config, false);
    assert_eq!(formulas.iter().filter(|formula| name(formula) == Some("mse")).count(), 1, "each gradient once");
}

#[test]
fn the_losses_do_not_depend_on_threads_and_the_paper_keeps_those_of_one_class() {
    assert_eq!(formulas(&config(&[]), 1), formulas(&config(&[]), 3));
    let (counts, _) = formulas(&config(&[("check.both_classes", "false"), ("controller.max_nodes", "5")]), 2);
    assert_eq!(counts.both_classes, counts.right_sign);
    assert!(counts.admissible > 20);
}

#[test]
fn a_complete_search_ends_with_its_last_loss_and_says_what_it_covers() {
    let (config, data) = (config(&[]), dataset().search);
    let (records, reason) = common::searched(&config, &data, 2, &());
    assert_eq!(reason, StopReason::Complete);
    assert!(matches!(records[..2], [Record::Reference { .. }, Record::Enumerated(_)]));
    let history = History::of(&records);
    let search = history.complete_search().unwrap();
    assert_eq!((search.tried, proposed(&records).len() as u64), (search.enumerated.admissible, search.tried));
    assert!(search.in_words().starts_with("Complete up to 6 nodes: "), "{}", search.in_words());
    let mse = proposed(&records).into_iter().find(|sample| sample.formula.to_string() == "(label + -pred)^2").unwrap();
    assert_eq!(mse.outcome, Outcome::Duplicate { of: 1 }, "it is a loss that the search began with");
    let placed = history.placed();
    assert_eq!(placed.iter().map(|placed| placed.name.as_str()).collect::<Vec<_>>(), ["bce", "mse"]);
    assert_eq!(placed[1].nodes, Some(5));
    let (one, three) = (common::searched(&config, &data, 1, &()).0, common::searched(&config, &data, 3, &()).0);
    assert!(one == records && three == records, "whatever the number of threads");
}

#[test]
fn a_budget_cuts_a_complete_search_or_goes_on_behind_it() {
    let data = dataset().search;
    let (records, reason) = common::searched(&config(&[("search.samples", "8")]), &data, 2, &());
    assert_eq!((reason, proposed(&records).len()), (StopReason::Samples, 6));
    let search = History::of(&records).complete_search().unwrap();
    assert!(search.in_words().starts_with("Not complete: 6 of the 16 losses"), "{}", search.in_words());
    let (records, reason) = common::searched(&config(&[("search.samples", "60")]), &data, 2, &());
    assert_eq!((reason, samples(&records).len()), (StopReason::Samples, 60));
    let search = History::of(&records).complete_search().unwrap();
    assert_eq!(search.tried, search.enumerated.admissible, "what evolution adds is not counted");
}

#[test]
fn the_epsilon_that_a_loss_was_best_with_is_chosen_among_the_grid() {
    let config = config(&[("selection.epsilons", "[1.0, 0.1, 1e-6]")]);
    let (records, _) = common::searched(&config, &dataset().search, 2, &());
    let epsilons: Vec<f32> = proposed(&records).iter().filter_map(|sample| sample.outcome.epsilon()).collect();
    assert!(epsilons.iter().any(|&epsilon| epsilon != 1e-6), "{epsilons:?}");
}

#[test]
fn the_test_begins_where_the_search_trained_a_loss_best() {
    let quick = [
        ("test.tuned_learning_rates", "[0.3]"),
        ("test.tuned_l2", "[3e-6, 1e-3]"),
        ("selection.epsilons", "[1e-2, 1e-6]"),
        ("test.rounds", "0"),
        ("test.folds", "0"),
        ("test.seeds", "1"),
        ("test.candidates", "3"),
        ("test.baselines", "[\"bce\", \"mse\"]"),
        ("halving.rung_epochs", "100"),
    ];
    let (config, folder) = (config(&quick), tempfile::tempdir().unwrap());
    let mut run = Run::create(&folder.path().join("run"), config, &dataset()).unwrap();
    run.search(&dataset(), &()).unwrap();
    run.check().unwrap();
    let report = run.test(dataset(), &()).unwrap().unwrap();
    let points = History::of(run.records()).points();
    assert_eq!(report.results.len(), 5);
    assert_eq!(report.budget.as_ref().unwrap().rungs[0].configurations, 3, "two of the grid, and one");
    for result in &report.results {
        let formula = result.formula.parse::<Formula>().unwrap();
        let start = points[&formula.canonical_under(result.clamp).to_string()];
        let race = &result.tuned.as_ref().unwrap().race;
        let tried = race.iter().find(|tried| tried.point == start).unwrap();
        let reached = |sample: &&Sample| sample.outcome.point() == Some(start);
        let samples = samples(run.records());
        let in_search = samples.iter().copied().filter(reached).map(|sample| match sample.outcome {
            Outcome::Converged { validation, .. } => validation,
            _ => unreachable!("it has a point"),
        });
        let tried = tried.validation.unwrap();
        assert!(in_search.into_iter().any(|validation| validation == tried), "the same training: {tried}");
        assert!(result.validation["auc"] >= tried, "{}: no worse than where it began", result.loss);
    }
}
