//! Contracts as tests: what a recommender, a controller or an executor from outside has to hold, for the tests of whoever writes
//! one. The parts that come with the crate run the same tests.
//!
//! ```
//! use autolossgen::controller::{Controller, Random};
//! use autolossgen::testing;
//!
//! let config = testing::config(&[]);
//! testing::controller(&|| Box::new(Random::new(&config.controller)) as Box<dyn Controller>);
//! ```

use autolossgen_data::{Dataset, LoadOptions, divide, synth};
use autolossgen_formula::{Loss, NamedLoss, Semantics};
use autolossgen_recsys::models::ModelBuilder;
use autolossgen_recsys::random::{Stream, stream};
use autolossgen_recsys::{BoxedModel, EpochPlan, Interactions, Model, SearchData, Snapshot, Workspace};

use crate::config::{Config, Preset};
use crate::controller::{Controller, Episode};
use crate::execute::{Batch, Executor, Folds, Fresh, Job, JobResult, Local};
use crate::point::Point;
use crate::proposal::Proposal;
use crate::state::State;

/// Generated ratings of 60 users and 80 items, split by the paper's rule.
///
/// # Panics
/// Never: the sizes are sound.
pub fn dataset() -> Dataset {
    let options = synth::SynthOptions { n_users: 60, n_items: 80, n_rows: 1500, ..Default::default() };
    let ratings = synth::generate(&options, 5).expect("sound sizes");
    divide("miniature".into(), ratings, &LoadOptions::default()).expect("both classes in every part")
}

/// The preset `default` with few epochs, and settings laid over it.
///
/// # Panics
/// When a setting cannot be.
pub fn config(settings: &[(&str, &str)]) -> Config {
    let quick = [("stop.max_epochs", "12"), ("search.samples", "100"), ("seed", "7")];
    Config::with(Preset::Default, &[&quick, settings].concat()).expect("sound settings")
}

fn loss(name: &str) -> Loss {
    let named = NamedLoss::find(name).expect("a named loss");
    named.formula().compile(Semantics::unclamped(1e-6)).expect("sound semantics")
}

fn logits(model: &BoxedModel, rows: &Interactions) -> Vec<f32> {
    let mut logits = vec![f32::NAN; 3];
    model.predict(rows, &mut logits);
    assert_eq!(logits.len(), rows.len(), "predict: one logit a row, whatever the vector held");
    logits
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Trains `model` for some epochs with a named loss.
fn train(model: &mut BoxedModel, data: &SearchData, name: &str, epochs: std::ops::RangeInclusive<u64>) {
    let (config, loss, mut workspace) =
        (config(&[("training.learning_rate", "0.3")]), loss(name), Workspace::default());
    for epoch in epochs {
        let plan = EpochPlan::new(&data.train, data.n_users, data.n_items, 64, 7, epoch);
        let summary = model.train_epoch(&plan, &loss, &config.hyperparameters(), &mut workspace);
        assert_eq!(summary.non_finite, 0, "train_epoch: bce is finite everywhere");
    }
}

/// What every recommender has to hold.
///
/// # Panics
/// When the recommender does not.
pub fn model(builder: &dyn ModelBuilder) {
    let data = dataset().search;
    let fresh = |number| builder.fresh(data.n_users, data.n_items, &mut stream(7, "model", number));
    let (rows, first) = (&data.validation, fresh(0));
    let untrained = logits(&first, rows);
    assert!(first.is_finite() && untrained.iter().all(|logit| logit.is_finite()), "a fresh recommender is finite");
    assert_eq!(bits(&untrained), bits(&logits(&fresh(0), rows)), "fresh: the same stream, the same parameters");
    assert_eq!(bits(&untrained), bits(&logits(&first.clone(), rows)), "clone: the same predictions");

    let (mut trained, mut again) = (first.clone(), fresh(0));
    train(&mut trained, &data, "bce", 1..=4);
    train(&mut again, &data, "bce", 1..=4);
    let learned = logits(&trained, rows);
    assert_eq!(bits(&learned), bits(&logits(&again, rows)), "train_epoch: a function of its arguments");
    assert_ne!(bits(&learned), bits(&untrained), "train_epoch: learns");
    assert_eq!(bits(&untrained), bits(&logits(&first, rows)), "clone: what one learns another does not");

    let mut copy = fresh(1);
    copy.copy_from(&trained);
    assert_eq!(bits(&learned), bits(&logits(&copy, rows)), "copy_from: the same predictions");
    train(&mut copy, &data, "bce", 5..=6);
    train(&mut trained, &data, "bce", 5..=6);
    assert_eq!(bits(&logits(&trained, rows)), bits(&logits(&copy, rows)), "copy_from: the optimiser's state too");

    let snapshot = trained.snapshot();
    let mut restored = fresh(2);
    restored.restore(&snapshot).expect("restore: a snapshot of the same shape");
    assert_eq!(bits(&logits(&trained, rows)), bits(&logits(&restored, rows)), "restore: bit for bit");
    trained.reset_optimizer();
    train(&mut trained, &data, "mse", 7..=8);
    train(&mut restored, &data, "mse", 7..=8);
    let both = [logits(&trained, rows), logits(&restored, rows)];
    assert_eq!(bits(&both[0]), bits(&both[1]), "restore: the optimiser's next step is its first");
    let before = bits(&both[0]);
    assert!(trained.restore(&Snapshot::new(vec![0.0], 1.0)).is_err(), "restore: another shape is refused");
    assert_eq!(before, bits(&logits(&trained, rows)), "restore: what is refused changes nothing");
    gram(&trained, &data.train.select(&[0, 1, 2, 3, 0]));
}

/// K is symmetric, finite and no row has a negative square; of one row twice both are the same.
fn gram(model: &BoxedModel, batch: &Interactions) {
    let (gram, n) = (model.gram(batch), batch.len());
    assert_eq!((gram.size, gram.values.len()), (n, n * n), "gram: shape (|B|, |B|)");
    let at = |i: usize, j: usize| gram.values[i * n + j];
    for i in 0..n {
        assert!(at(i, i) > 0.0, "gram: every row has a gradient");
        for j in 0..n {
            assert!(at(i, j).is_finite() && (at(i, j) - at(j, i)).abs() <= 1e-9 * at(i, i), "gram: symmetric, finite");
            assert!(at(i, j).abs() <= (1.0 + 1e-9) * (at(i, i) * at(j, j)).sqrt(), "gram: Cauchy and Schwarz");
        }
    }
    assert!((at(0, n - 1) - at(0, 0)).abs() <= 1e-9 * at(0, 0), "gram: the same row has the same gradient");
}

/// What every controller has to hold; `make` makes it as it is before a search.
///
/// # Panics
/// When the controller does not.
pub fn controller(make: &dyn Fn() -> Box<dyn Controller>) {
    let (mut first, mut second) = (make(), make());
    let known = [("bce", 0.02), ("mse", 0.01)].map(|(name, reward)| (loss(name).formula().clone(), reward));
    first.begin_with(&known);
    second.begin_with(&known);
    for round in 0..20 {
        assert_eq!(
            texts(&round_of(&mut *first, round)),
            texts(&round_of(&mut *second, round)),
            "ask: by its arguments"
        );
    }
    let state: State = {
        let bytes = postcard::to_allocvec(&first.state()).expect("a state is bytes");
        postcard::from_bytes(&bytes).expect("a state reads back")
    };
    let mut third = make();
    third.restore(&state).expect("restore: its own state");
    for round in 20..30 {
        assert_eq!(
            texts(&round_of(&mut *first, round)),
            texts(&round_of(&mut *third, round)),
            "restore: goes on the same"
        );
    }
    assert!(make().restore(&State::of("of nobody", &7_u8)).is_err(), "restore: a foreign state is refused");
    assert!(first.ask(0, &mut stream(7, "samples", 99)).is_empty(), "ask: as many as are asked for");
    assert_eq!(first.ask(3, &mut stream(7, "samples", 99)).len(), 3, "ask: as many as are asked for");
}

/// Asks for ten formulas and tells rewards that prefer short ones.
fn round_of(controller: &mut dyn Controller, round: u64) -> Vec<Episode> {
    let mut rng: Stream = stream(7, "samples", round);
    let episodes = controller.ask(10, &mut rng);
    assert_eq!(episodes.len(), 10, "ask: as many as are asked for");
    for episode in &episodes {
        assert!(episode.log_prob.is_finite() && episode.entropy.is_finite(), "ask: finite numbers");
        assert!(episode.formula.compile(Semantics::default()).is_ok(), "ask: formulas that compile");
    }
    let reward = |episode: &Episode| 0.01 / episode.formula.complexity() as f64;
    let rewarded: Vec<(Episode, f64)> = episodes.iter().map(|episode| (episode.clone(), reward(episode))).collect();
    let stats = controller.tell(&rewarded);
    for value in [stats.mean_reward, stats.baseline, stats.entropy, stats.grad_norm] {
        assert!(value.is_finite(), "tell: finite statistics");
    }
    episodes
}

fn texts(episodes: &[Episode]) -> Vec<String> {
    episodes.iter().map(|episode| episode.formula.to_string()).collect()
}

/// Trainings for a test of an executor: three losses at two learning rates.
///
/// # Panics
/// Never: the losses have names.
pub fn jobs(config: &Config) -> Vec<Job> {
    let named = ["bce", "mse", "focal"].map(|name| Proposal::named(NamedLoss::find(name).expect("a name"), config));
    let point = |learning_rate| Point { learning_rate, l2: 1e-5, epsilon: config.search.epsilon };
    named.iter().flat_map(|proposal| proposal.jobs(&[point(0.3), point(1.0)], config.seed, config)).collect()
}

/// What every executor has to hold. `executor` trains, by `config`, on [`dataset`] with the recommenders of `fresh`, and never
/// stops early.
///
/// # Panics
/// When the executor does not.
pub fn executor(executor: &dyn Executor, config: &Config, fresh: &Fresh<'_>) {
    let (data, jobs) = (dataset(), jobs(config));
    let folds = Folds::whole(&data.search);
    let own = || Local::new(config, &folds, fresh, &|| false);
    let apart: Vec<usize> = (0..jobs.len()).collect();
    let whole = results(executor, &Batch { jobs: &jobs, groups: &apart, keep: 1 });
    assert_eq!(whole, results(&own(), &Batch { jobs: &jobs, groups: &apart, keep: 1 }), "run: the same as here");
    assert_eq!(whole, results(executor, &Batch { jobs: &jobs, groups: &apart, keep: 1 }), "run: the same again");
    assert!(whole.iter().all(|result| result.parameters.is_some()), "run: the parameters of who is kept");

    let together = vec![0; jobs.len()];
    let one = results(executor, &Batch { jobs: &jobs, groups: &together, keep: 1 });
    let best = (0..one.len()).min_by(|&a, &b| one[a].order(&one[b]).then(a.cmp(&b))).expect("there are jobs");
    assert_eq!(one[best], whole[best], "run: the best of a group is kept");

    let until = |until| jobs.iter().map(|job| Job { until, ..job.clone() }).collect::<Vec<Job>>();
    for epoch in [2, 5] {
        let rests = results(executor, &Batch { jobs: &until(Some(epoch)), groups: &apart, keep: 1 });
        assert!(rests.iter().all(|rest| rest.epochs <= epoch), "run: rests at its epoch");
    }
    let pieces = results(executor, &Batch { jobs: &jobs, groups: &apart, keep: 1 });
    assert_eq!(pieces, whole, "run: in pieces as in one go");
    let reversed: Vec<Job> = jobs.iter().rev().cloned().collect();
    let mut backwards = results(executor, &Batch { jobs: &reversed, groups: &apart, keep: 1 });
    backwards.reverse();
    assert_eq!(backwards, whole, "run: results in the order of the jobs");
}

/// The results without what depends on the clock; each job is told once.
fn results(executor: &dyn Executor, batch: &Batch<'_>) -> Vec<JobResult> {
    let told = std::sync::Mutex::new(vec![0; batch.jobs.len()]);
    let count = |index: usize, _: &JobResult| told.lock().expect("no thread panics with it")[index] += 1;
    let results = crate::execute::run(executor, batch, &count).expect("run: keeps its contract");
    assert!(told.into_inner().expect("no thread panicked").iter().all(|n| *n == 1), "told: once for each job");
    results.into_iter().map(|result| JobResult { seconds: 0.0, ..result }).collect()
}
