//! Phase III under `tuned`, on a miniature of generated data.

use autolossgen::effectiveness::{self, Selection, Trained};
use autolossgen::execute::{Folds, Local, fresh};
use autolossgen::formula::resolve;
use autolossgen::record::{Decision, LossResult, Origin, RacePoint, SeedResult, TestReport};
use autolossgen::recsys::{Ending, EpochPlans, Hyperparameters, Metric, Model, Registry, Workspace};
use autolossgen::{Axis, Config, Point, Preset, Proposal, pool};

use crate::common::{self, Settings, dataset};

fn config(settings: Settings<'_>) -> Config {
    let quick = [
        ("test.protocol", "tuned"),
        ("model.mf.dimension", "8"),
        ("model.mlp.dimension", "8"),
        ("stop.max_epochs", "25"),
        ("test.tuned_learning_rates", "[0.3, 1.0, 3.0]"),
        ("test.tuned_l2", "[1e-5, 1e-4, 1e-3]"),
        ("halving.rung_epochs", "4"),
        ("test.rounds", "0"),
        ("test.folds", "0"),
        ("test.seeds", "3"),
        ("seed", "7"),
    ];
    common::config(Preset::Default, &[&quick, settings])
}

/// Losses by name, and formulas as if the search had found them.
fn proposals(texts: &[&str], config: &Config) -> Vec<Proposal> {
    let proposal = |text: &&str| {
        let baseline = Proposal::baselines(config).find(|proposal| proposal.name == Some(*text));
        baseline.unwrap_or_else(|| Proposal::generated(resolve(text).unwrap(), config))
    };
    texts.iter().map(proposal).collect()
}

fn trained(texts: &[&str], config: &Config, threads: usize) -> Vec<Trained> {
    let (proposals, dataset) = (proposals(texts, config), dataset());
    let builder = config.model_builder(&Registry::builtin()).unwrap();
    let (fresh, folds) = (fresh(&*builder, &dataset.search), Folds::of_test(&dataset.search, config));
    let local = Local::new(config, &folds, &fresh, &|| false);
    pool(threads).install(|| effectiveness::train(&proposals, &folds, config, &local, &())).unwrap().unwrap()
}

fn tested(texts: &[&str], config: &Config, threads: usize) -> TestReport {
    let (trained, dataset) = (trained(texts, config, threads), dataset());
    let builder = config.model_builder(&Registry::builtin()).unwrap();
    let fresh = fresh(&*builder, &dataset.search);
    effectiveness::spend(&trained, dataset, config, &fresh).unwrap()
}

fn epochs(trained: &Trained) -> Vec<(usize, usize)> {
    let Selection::Race(race) = &trained.selection else { panic!("it was raced") };
    race.iter().map(|point| (point.rungs, point.epochs)).collect()
}

#[test]
fn one_epsilon_and_seven_have_equal_budgets() {
    // No training ends by itself before the last rung.
    let config = config(&[("stop.falling", "1000"), ("stop.patience", "1000")]);
    let trained = trained(&["bce", "maxr"], &config, 2);
    assert_eq!((trained[0].proposal.epsilons.len(), trained[1].proposal.epsilons.len()), (1, 7));
    let sorted = |trained: &Trained| {
        let mut epochs = epochs(trained);
        epochs.sort_unstable();
        epochs
    };
    assert_eq!(sorted(&trained[0]), sorted(&trained[1]));
    assert_eq!(sorted(&trained[0]), [vec![(1, 4); 6], vec![(2, 25); 3]].concat(), "9 to epoch 4, 3 to the end");
    for trained in &trained {
        assert_eq!(trained.runs.iter().map(|run| run.seed).collect::<Vec<_>>(), [7, 8, 9]);
    }
}

#[test]
fn a_grid_goes_on_beyond_its_edge_and_every_loss_has_the_same_budget() {
    // Rates far below what these losses need.
    let settings = [("test.tuned_learning_rates", "[0.01, 0.02]"), ("test.tuned_l2", "[1e-5, 1e-4, 1e-3, 1e-2]")];
    let rounds = |rounds: &'static str, bounds: &'static str| {
        let more = [("test.rounds", rounds), ("test.learning_rate_bounds", bounds)];
        tested(&["bce", "maxr"], &config(&[&settings[..], &more].concat()), 2)
    };
    let (none, five) = (rounds("0", "[0.01, 100.0]"), rounds("5", "[0.01, 100.0]"));
    for (none, five) in none.results.iter().zip(&five.results) {
        let (before, after) = (none.tuned.as_ref().unwrap(), five.tuned.as_ref().unwrap());
        assert_eq!((before.race.len(), after.race.len()), (8, 8 + 5 * 6));
        assert_eq!((none.learning_rate, before.at_edge.contains(&Axis::LearningRate)), (0.02, true));
        assert!(five.learning_rate > 0.1, "{}", five.learning_rate);
        assert!(five.tuned.as_ref().unwrap().seeds[0].validation["auc"] > before.seeds[0].validation["auc"]);
        assert!(after.race.windows(2).all(|pair| pair[0].round <= pair[1].round));
    }
    let bound = rounds("5", "[0.01, 0.05]");
    for result in &bound.results {
        assert!(result.learning_rate <= 0.05);
        assert_eq!(result.tuned.as_ref().unwrap().at_edge.contains(&Axis::LearningRate), result.learning_rate == 0.05);
    }
}

/// The AUC over the rows of each fold of a recommender that is trained on the others for so many epochs, by the rows of the fold.
fn over_folds(trained: &Trained, config: &Config, epochs: usize) -> f64 {
    let dataset = dataset();
    let (builder, folds) =
        (config.model_builder(&Registry::builtin()).unwrap(), Folds::of_test(&dataset.search, config));
    let job = trained.proposal.compile(trained.point.epsilon).scaled(trained.scale);
    let Point { learning_rate, l2, .. } = trained.point;
    let terms = Hyperparameters { learning_rate, l2, ..config.hyperparameters() };
    let of_fold = |fold: usize| {
        let rows = folds.rows(Some(fold));
        let (mut model, mut logits) = (fresh(&*builder, rows)(config.seed, 0), Vec::new());
        let plans = EpochPlans::new(config.training.batch_size, config.seed);
        for epoch in 1..=epochs as u64 {
            model.train_epoch(&plans.get(rows, epoch), &job, &terms, &mut Workspace::default());
        }
        model.predict(&rows.validation, &mut logits);
        let auc = Metric::Auc.evaluate(&logits, rows.validation.labels(), 0.5).unwrap();
        (auc * rows.validation.len() as f64, rows.validation.len() as f64)
    };
    let parts: Vec<(f64, f64)> = (0..folds.len()).map(of_fold).collect();
    parts.iter().map(|part| part.0).sum::<f64>() / parts.iter().map(|part| part.1).sum::<f64>()
}

#[test]
fn folds_of_the_training_rows_choose_among_what_converged() {
    let config = config(&[("test.folds", "3"), ("test.rounds", "2")]);
    let [one, two] = [1, 2].map(|threads| trained(&["bce", "maxr"], &config, threads));
    for (trained, again) in one.iter().zip(&two) {
        let (Selection::Race(race), Selection::Race(raced_again)) = (&trained.selection, &again.selection) else {
            panic!("both were raced")
        };
        assert_eq!((race, trained.point), (raced_again, again.point), "at any number of threads");
        let judged: Vec<&RacePoint> = race.iter().filter(|tried| tried.over_folds.is_some()).collect();
        for round in 0..=2 {
            let of_round = || race.iter().filter(|tried| tried.round == round);
            let last = of_round().map(|tried| tried.rungs).max();
            assert!(of_round().all(|tried| tried.over_folds.is_some() == (Some(tried.rungs) == last)), "{race:#?}");
        }
        let best = judged.iter().max_by(|a, b| a.over_folds.unwrap().total_cmp(&b.over_folds.unwrap())).unwrap();
        assert_eq!(best.point, trained.point);
        let by_hand = over_folds(trained, &config, best.best_epoch);
        assert!((best.over_folds.unwrap() - by_hand).abs() < 1e-12, "{best:?} {by_hand}");
        assert!(trained.first().parameters.is_some() && trained.first().best_epoch == best.best_epoch);
    }
}

#[test]
fn a_verdict_names_both_losses_and_the_floor() {
    let report = tested(&["(label - pred)^2", "bce", "mse"], &config(&[]), 2);
    let verdict = report.verdict.as_ref().unwrap();
    assert_eq!((verdict.found.as_str(), verdict.metric.as_str()), ("(label - pred)^2", "auc"));
    assert!(["bce", "mse"].contains(&verdict.baseline.as_str()));
    if verdict.baseline == "mse" {
        assert_eq!(
            (verdict.decision, verdict.test.lead, verdict.p_rows),
            (Decision::Keep, 0.0, 1.0),
            "the same training"
        );
    }
    let floor = verdict.floor.as_ref().unwrap();
    let names: Vec<&str> = report.trivial.iter().map(|trivial| trivial.predictor.as_str()).collect();
    assert_eq!(names, ["constant", "popularity", "user mean + item mean"]);
    let best = report.trivial.iter().filter_map(|trivial| trivial.test.get("auc").copied()).fold(0.0, f64::max);
    assert_eq!(floor.test, best);
    let named = tested(&["bce", "mse"], &config(&[]), 2);
    let verdict = named.verdict.as_ref().unwrap();
    assert_eq!(
        (verdict.origin, verdict.found != verdict.baseline),
        (Origin::Baseline, true),
        "the first and the second"
    );
    assert_eq!((named.results[named.best.unwrap()].loss.as_str(), named.comparisons.len()), (&*verdict.found, 1));
    assert!(tested(&["bce"], &config(&[]), 2).verdict.is_none(), "there is no second");
}

#[test]
fn with_retune_each_seed_has_the_race_that_it_would_have_as_the_first() {
    let retuned = trained(&["mse", "maxr"], &config(&[("test.retune", "true")]), 2);
    for (at, seed) in ["7", "8", "9"].into_iter().enumerate() {
        let alone = trained(&["mse", "maxr"], &config(&[("seed", seed), ("test.seeds", "1")]), 2);
        for (retuned, alone) in retuned.iter().zip(&alone) {
            let (run, first) = (&retuned.runs[at], &alone.runs[0]);
            assert_eq!((run.seed, run.point, run.result.gain), (first.seed, first.point, first.result.gain), "{seed}");
        }
    }
    let report = tested(&["mse"], &config(&[("test.retune", "true")]), 2);
    let tuned = report.results[0].tuned.as_ref().unwrap();
    assert!(tuned.optimism.selection.is_none(), "every seed chose");
    let points: Vec<_> = retuned[0].runs.iter().map(|run| Some(run.point)).collect();
    assert_eq!(tuned.seeds.iter().map(|seed| seed.point).collect::<Vec<_>>(), points);
    assert!(report.budget.unwrap().retuned);
}

#[test]
fn the_winner_of_the_race_is_the_training_of_the_first_seed() {
    let trained = trained(&["mse"], &config(&[]), 2).remove(0);
    let Selection::Race(race) = &trained.selection else { panic!("it was raced") };
    let won = race.iter().find(|point| point.point == trained.point).unwrap();
    assert_eq!((won.best_epoch, won.validation), (trained.first().best_epoch, trained.first().gain));
    let reached = |rungs| race.iter().filter(move |point| point.rungs == rungs).filter_map(|point| point.validation);
    assert!(reached(2).all(|validation| Some(validation) <= trained.first().gain));
    // The same point under `fixed` is the same training, seed by seed.
    for run in &trained.runs {
        let settings = [
            ("test.protocol", "fixed".to_owned()),
            ("training.learning_rate", trained.point.learning_rate.to_string()),
            ("training.l2", trained.point.l2.to_string()),
            ("seed", run.seed.to_string()),
        ];
        let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let alone = self::trained(&["mse"], &config(&settings), 1).remove(0);
        assert_eq!(alone.first().gain, run.result.gain);
        assert_eq!(alone.first().best_epoch, run.result.best_epoch);
    }
}

#[test]
fn ten_times_a_loss_is_tuned_to_the_same_result() {
    let report = tested(&["(pred - label)^2", "10 * (pred - label)^2"], &config(&[]), 2);
    let [one, ten] = [&report.results[0], &report.results[1]];
    assert!((one.scale / ten.scale - 10.0).abs() < 1e-3);
    assert_eq!((one.learning_rate, one.l2), (ten.learning_rate, ten.l2));
    let step = |result: &LossResult| result.tuned.as_ref().unwrap().step_size;
    assert!(
        (step(one) - step(ten)).abs() < 1e-5
            && (step(one) - f64::from(one.learning_rate) / 3.0_f64.sqrt()).abs() < 1e-2
    );
    for (one, ten) in one.tuned.iter().flat_map(|t| &t.seeds).zip(ten.tuned.iter().flat_map(|t| &t.seeds)) {
        assert!((one.validation["auc"] - ten.validation["auc"]).abs() < 2e-3);
        assert!((one.test["auc"] - ten.test["auc"]).abs() < 2e-3);
    }
}

#[test]
fn threads_change_no_byte() {
    let bytes =
        |threads| serde_json::to_string(&tested(&["bce", "sumr", "max(pred, label)"], &config(&[]), threads)).unwrap();
    assert_eq!(bytes(1), bytes(3));
}

#[test]
fn the_report_has_every_seed_and_their_mean() {
    let report = tested(&["(label - pred)^2", "bce", "mse"], &config(&[]), 2);
    assert_eq!((report.protocol.as_str(), report.best), ("tuned", Some(0)));
    let budget = report.budget.as_ref().unwrap();
    assert_eq!(budget.rungs.iter().map(|rung| rung.configurations).sum::<usize>(), 12);
    for result in &report.results {
        let tuned = result.tuned.as_ref().unwrap();
        assert_eq!(tuned.seeds.iter().map(|seed| seed.seed).collect::<Vec<_>>(), budget.seeds);
        let values: Vec<f64> = tuned.seeds.iter().map(|seed| seed.test["auc"]).collect();
        let mean = values.iter().sum::<f64>() / 3.0;
        assert!((result.test["auc"] - mean).abs() < 1e-12);
        let (low, high) = tuned.test_interval["auc"];
        assert!(low < mean && mean < high && (low + high - 2.0 * mean).abs() < 1e-9);
        let validation = |seed: &SeedResult| seed.validation["auc"];
        let others = (validation(&tuned.seeds[1]) + validation(&tuned.seeds[2])) / 2.0;
        assert!((tuned.optimism.selection.unwrap() - (validation(&tuned.seeds[0]) - others)).abs() < 1e-12);
        assert_eq!((tuned.race.len(), result.grid.len()), (9, 0));
        assert_eq!((result.seed, result.best_epoch), (7, tuned.seeds[0].best_epoch));
    }
    let [bce, mse] = &report.comparisons[..] else { panic!("two baselines") };
    let over_seeds = bce.over_seeds.unwrap();
    assert_eq!((over_seeds.seeds, mse.over_seeds.unwrap().p_value, mse.p_value), (3, 1.0, 1.0), "the same training");
    let difference = report.results[0].test["auc"] - report.results[1].test["auc"];
    assert!((over_seeds.difference - difference).abs() < 1e-12);
    assert!(over_seeds.p_holm >= over_seeds.p_value && bce.p_holm >= bce.p_value);
    let read: TestReport = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!(read, report);
}

#[test]
fn one_seed_has_no_interval_and_nothing_to_pair() {
    let report = tested(&["(label - pred)^2", "bce"], &config(&[("test.seeds", "1")]), 2);
    let tuned = report.results[0].tuned.as_ref().unwrap();
    assert!(tuned.test_interval.is_empty() && tuned.optimism.selection.is_none() && tuned.seeds.len() == 1);
    assert!(
        report.comparisons.iter().all(|comparison| comparison.over_seeds.is_none()) && report.comparisons.len() == 1
    );
}

#[test]
fn what_diverges_is_last_and_what_always_diverges_stays() {
    let wild = [
        ("training.normalize", "false"),
        ("test.tuned_learning_rates", "[1e-1, 1e25, 1e30]"),
        ("test.tuned_l2", "[0.0]"),
    ];
    let settings = [&wild[..], &[("selection.epsilons", "[0.1]")]].concat();
    let result = tested(&["mse"], &config(&settings), 2).results.remove(0);
    assert_eq!(result.learning_rate, 0.1);
    let settings = [&settings[..], &[("test.tuned_learning_rates", "[1e30, 1e31]")]].concat();
    let report = tested(&["(label - pred)^2", "mse"], &config(&settings), 2);
    assert_eq!((report.best, report.comparisons.len(), report.results.len()), (None, 0, 2));
    for result in report.results {
        assert_eq!((result.best_epoch, result.ending, result.origin == Origin::Given), (0, Ending::NonFinite, false));
        let tuned = result.tuned.unwrap();
        assert!(result.test.is_empty() && tuned.seeds.iter().all(|seed| seed.test.is_empty()));
        assert_eq!(tuned.optimism.selection, None);
    }
}
