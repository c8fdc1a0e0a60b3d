//! Parts that keep their contract, and parts that do not: an error or an outcome, never a lost journal, a poisoned lock or a hang.

use autolossgen::complete::{Complete, Extent};
use autolossgen::controller::{Controller, Episode, controller};
use autolossgen::execute::{Batch, Executor, Finished, Folds, Job, JobResult, Local, OnResult, Remembered, fresh};
use autolossgen::formula::{Formula, Loss};
use autolossgen::journal;
use autolossgen::record::{Outcome, Record, Sample, StopReason, UpdateStats};
use autolossgen::recsys::models::{ModelBuilder, ModelSpec};
use autolossgen::recsys::random::Stream;
use autolossgen::recsys::{
    BiasedMf, BoxedModel, EpochPlan, EpochSummary, Gram, Hyperparameters, Interactions, MfOptions, Model, OtherShape,
    Registry, Snapshot, Workspace,
};
use autolossgen::settings::{range, section};
use autolossgen::study::{Study, StudyError};
use autolossgen::{
    Assignment, Base, Config, ContractError, ForeignState, Part, Preset, Run, RunError, State, Told, pool, testing,
};

use crate::common::{self, dataset};

#[test]
fn the_recommenders_keep_their_contract() {
    for spec in &Registry::builtin() {
        println!("{}", spec.name);
        testing::model(&*spec.build(&Default::default()).unwrap());
    }
}

#[test]
fn the_controllers_keep_their_contract() {
    for name in ["lstm", "random", "evolution"] {
        println!("{name}");
        let config = testing::config(&[("controller.name", name), ("controller.population", "30")]);
        testing::controller(&|| controller(&config).unwrap());
    }
    // 149 losses, and evolution behind them.
    let further = [("controller.max_nodes", "7"), ("search.samples", "1000"), ("controller.population", "30")];
    let config = testing::config(&[&[("controller.name", "complete")], &further[..]].concat());
    testing::controller(&|| Box::new(Complete::new(&config, &Extent::default())));
}

#[test]
fn the_executors_keep_their_contract() {
    let (config, data) = (testing::config(&[("model.mf.dimension", "8")]), testing::dataset());
    let builder = config.model_builder(&Registry::builtin()).unwrap();
    let (fresh, folds) = (fresh(&*builder, &data.search), Folds::whole(&data.search));
    let local = || Local::new(&config, &folds, &fresh, &|| false);
    pool(3).install(|| testing::executor(&local(), &config, &fresh));
    let folder = tempfile::tempdir().unwrap();
    let finished = Finished::open(&folder.path().join("test.bin"), "origin").unwrap();
    pool(2).install(|| testing::executor(&Remembered::new(&local(), &finished), &config, &fresh));
}

/// How a part breaks its contract.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Panics,
    NotFinite,
    TooFew,
}

section! {
    /// A recommender that breaks.
    pub struct BrokenOptions {
        /// Epoch from which on the recommender is broken
        pub from_epoch: usize [range::any] = 4;
        /// 0: train_epoch panics; 1: predictions are NaN; 2: a logit lacks
        pub fault: usize [range::count(0, 2)] = 0;
    }
}

impl ModelBuilder for BrokenOptions {
    fn fresh(&self, n_users: usize, n_items: usize, rng: &mut Stream) -> BoxedModel {
        let options = MfOptions { dimension: 4, init_std: 0.1, global_bias: 0.0 };
        let fault = [Fault::Panics, Fault::NotFinite, Fault::TooFew][self.fault];
        let inner = BiasedMf::new(n_users, n_items, &options, rng);
        BoxedModel::new(Broken { inner, fault, epochs: 0, from: self.from_epoch })
    }
}

#[derive(Clone)]
struct Broken {
    inner: BiasedMf,
    fault: Fault,
    epochs: usize,
    from: usize,
}

impl Model for Broken {
    fn predict(&self, data: &Interactions, logits: &mut Vec<f32>) {
        self.inner.predict(data, logits);
        match self.fault {
            _ if self.epochs < self.from => {}
            Fault::NotFinite => logits.fill(f32::NAN),
            Fault::TooFew => drop(logits.pop()),
            Fault::Panics => {}
        }
    }

    fn train_epoch(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary {
        self.epochs += 1;
        assert!(self.fault != Fault::Panics || self.epochs < self.from, "planted");
        self.inner.train_epoch(plan, loss, hyperparameters, workspace)
    }

    fn gram(&self, batch: &Interactions) -> Gram {
        self.inner.gram(batch)
    }

    fn copy_from(&mut self, other: &Self) {
        self.clone_from(other);
    }

    fn reset_optimizer(&mut self) {
        self.inner.reset_optimizer();
    }

    fn is_finite(&self) -> bool {
        self.inner.is_finite()
    }

    fn snapshot(&self) -> Snapshot {
        self.inner.snapshot()
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), OtherShape> {
        self.inner.restore(snapshot)
    }
}

/// The registry with the broken recommender.
fn models() -> Registry {
    Registry::builtin().with(ModelSpec::of::<BrokenOptions>("broken", "A recommender that breaks")).unwrap()
}

fn broken(models: &Registry, fault: &str, reward: &str) -> Config {
    let settings = [
        ("model.name", "broken"),
        ("model.broken.fault", fault),
        ("search.reward", reward),
        ("search.samples", "60"),
        ("search.rungs", "[1, 2]"),
        ("search.converged_after", "0"),
        ("stop.max_epochs", "8"),
        ("test.protocol", "fixed"),
        ("training.learning_rate", "0.1"),
    ];
    // What is said here comes last: the reward is that of the test.
    let settings = common::SAMPLED.iter().chain(&settings);
    let assignments: Vec<_> = settings.map(|(key, text)| Assignment::of_text(key, text)).collect();
    Config::layer(&Base { models, ..Base::default() }, None, &assignments).unwrap()
}

#[test]
fn a_recommender_that_panics_ends_the_search_and_the_journal_stays_whole() {
    let models = models();
    for (fault, said) in [("0", "the recommender panicked: planted"), ("2", "one logit a row")] {
        for reward in ["one-epoch", "converged"] {
            let (folder, data) = (tempfile::tempdir().unwrap(), dataset());
            let path = folder.path().join("run");
            let mut run = Run::create_over(&path, broken(&models, fault, reward), &data, &models).unwrap();
            let error = pool(2).install(|| run.search(&data, &())).unwrap_err();
            assert!(matches!(error, RunError::Contract(ContractError::Panicked { part: Part::Model, .. })), "{error}");
            assert!(error.to_string().contains(said), "{reward} {fault}: {error}");
            drop(run);
            let records = journal::read::<autolossgen::record::Record>(&path.join("journal.jsonl")).unwrap();
            assert!(
                matches!(records[0], Record::Start { .. }) && !records.iter().any(|r| matches!(r, Record::End { .. }))
            );
        }
    }
}

#[test]
fn a_recommender_that_predicts_nan_is_an_outcome() {
    let models = models();
    for reward in ["one-epoch", "converged"] {
        let (folder, data) = (tempfile::tempdir().unwrap(), dataset());
        let path = folder.path().join("run");
        let mut run = Run::create_over(&path, broken(&models, "1", reward), &data, &models).unwrap();
        assert_eq!(pool(2).install(|| run.search(&data, &())).unwrap(), StopReason::Samples);
        let diverged = |sample: &&Sample| sample.outcome == Outcome::Diverged;
        assert!(common::samples(run.records()).iter().any(diverged), "{reward}");
    }
}

/// A controller that breaks in its third round.
struct Rebel {
    inner: Box<dyn Controller>,
    fault: Fault,
    in_tell: bool,
    asked: usize,
}

impl Controller for Rebel {
    fn ask(&mut self, n: usize, rng: &mut Stream) -> Vec<Episode> {
        self.asked += 1;
        let mut episodes = self.inner.ask(n, rng);
        match self.fault {
            _ if self.asked < 3 || self.in_tell => {}
            Fault::Panics => panic!("planted"),
            Fault::NotFinite => episodes[0].log_prob = f64::NAN,
            Fault::TooFew => drop(episodes.pop()),
        }
        episodes
    }

    fn tell(&mut self, rewarded: &[(Episode, f64)]) -> UpdateStats {
        let stats = self.inner.tell(rewarded);
        match self.fault {
            _ if self.asked < 3 || !self.in_tell => stats,
            Fault::Panics => panic!("planted"),
            _ => UpdateStats { baseline: f64::INFINITY, ..stats },
        }
    }

    fn state(&self) -> State {
        self.inner.state()
    }

    fn restore(&mut self, state: &State) -> Result<(), ForeignState> {
        self.inner.restore(state)
    }
}

#[test]
fn a_controller_that_breaks_is_an_error_and_the_run_goes_on_with_a_sound_one() {
    let config =
        common::config(Preset::Default, &[&[("search.samples", "60"), ("seed", "7"), ("search.checkpoint", "0")]]);
    let whole = {
        let (folder, data) = (tempfile::tempdir().unwrap(), dataset());
        let mut run = Run::create(&folder.path().join("run"), config.clone(), &data).unwrap();
        run.search(&data, &()).unwrap();
        std::fs::read(folder.path().join("run/journal.jsonl")).unwrap()
    };
    for (fault, in_tell, said) in [
        (Fault::Panics, false, "the controller panicked: planted"),
        (Fault::NotFinite, false, "the controller gave a log-probability that is not finite"),
        (Fault::TooFew, false, "the controller gave 9 formulas where 10 were asked for"),
        (Fault::Panics, true, "the controller panicked: planted"),
        (Fault::NotFinite, true, "the controller gave a statistic of an update that is not finite"),
    ] {
        let (folder, data) = (tempfile::tempdir().unwrap(), dataset());
        let path = folder.path().join("run");
        let mut run = Run::create(&path, config.clone(), &data).unwrap();
        let rebel = Rebel { inner: controller(&config).unwrap(), fault, in_tell, asked: 0 };
        let study = Study::with_controller(&config, Box::new(rebel));
        let error = pool(2).install(|| run.search_with(&data, study, None, &())).unwrap_err().to_string();
        assert_eq!(error, said);
        drop(run);
        let mut run = Run::open(&path).unwrap();
        assert!(run.records().len() > 2, "two rounds are in the journal");
        run.search(&data, &()).unwrap();
        assert!(std::fs::read(path.join("journal.jsonl")).unwrap() == whole, "{said}");
    }
}

/// An executor that breaks.
struct Saboteur<'a> {
    inner: &'a dyn Executor,
    fault: Fault,
}

impl Executor for Saboteur<'_> {
    fn run(&self, batch: &Batch<'_>, told: &OnResult<'_>) -> Result<Vec<JobResult>, ContractError> {
        // Of every training, because without a gain another may be the best.
        let all_kept = Batch { jobs: batch.jobs, groups: batch.groups, keep: batch.jobs.len() };
        let mut results = self.inner.run(&all_kept, told)?;
        match self.fault {
            Fault::Panics => panic!("planted"),
            Fault::NotFinite => results.iter_mut().for_each(|result| result.gain = Some(f64::NAN)),
            Fault::TooFew => drop(results.pop()),
        }
        Ok(results)
    }
}

#[test]
fn an_executor_that_breaks_is_an_error_or_an_outcome() {
    let settings = [
        ("search.samples", "150"),
        ("stop.max_epochs", "6"),
        ("test.protocol", "fixed"),
        ("test.candidates", "2"),
        ("test.baselines", "[\"bce\"]"),
        ("seed", "7"),
    ];
    let (config, folder) = (common::config(Preset::Default, &[&settings]), tempfile::tempdir().unwrap());
    let path = folder.path().join("run");
    let mut run = Run::create(&path, config.clone(), &dataset()).unwrap();
    run.search(&dataset(), &()).unwrap();
    run.check().unwrap();
    let data = dataset();
    let builder = config.model_builder(&Registry::builtin()).unwrap();
    let (fresh, folds) = (fresh(&*builder, &data.search), Folds::whole(&data.search));
    let local = Local::new(&config, &folds, &fresh, &|| false);
    for (fault, said) in [(Fault::Panics, "the executor panicked: planted"), (Fault::TooFew, "results where")] {
        let saboteur = Saboteur { inner: &local, fault };
        let error = run.test_with(dataset(), Some(&saboteur), None, &()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let n_records = run.records().len();
    drop(run);
    let mut run = Run::open(&path).unwrap();
    assert_eq!(run.records().len(), n_records, "nothing was written, nothing lost");
    assert!(run.test(dataset(), &()).unwrap().is_some(), "with a sound executor the test is done");
    let mut fresh_run = Run::create(&folder.path().join("nan"), config.clone(), &dataset()).unwrap();
    fresh_run.search(&dataset(), &()).unwrap();
    fresh_run.check().unwrap();
    let saboteur = Saboteur { inner: &local, fault: Fault::NotFinite };
    let report = fresh_run.test_with(dataset(), Some(&saboteur), None, &()).unwrap().unwrap();
    assert_eq!(report.best, None, "a training without a finite gain is one that diverged");
}

fn short(formula: &Formula) -> f64 {
    1.0 / formula.complexity() as f64
}

#[test]
fn tells_are_committed_in_the_order_of_asking() {
    let config = common::config(
        Preset::Default,
        &[&[("search.samples", "60"), ("controller.name", "evolution"), ("controller.population", "10")]],
    );
    let records = |order: &dyn Fn(&mut Vec<usize>)| {
        let mut study = Study::new(&config);
        while study.wants_more() {
            let trials = study.ask(6).unwrap();
            let mut indices: Vec<usize> = (0..trials.len()).collect();
            order(&mut indices);
            for index in indices {
                let trial = &trials[index];
                study.tell(trial, short(trial.formula())).unwrap();
                study.tell(trial, f64::NAN).unwrap();
            }
            assert!(study.waiting().is_empty());
        }
        study.take_records()
    };
    let inner = records(&|_| ());
    assert!(inner == records(&|indices| indices.reverse()));
    assert_eq!(common::samples(&inner).len(), 60);
    // Two rounds open at a time: the second is committed behind the first, whenever it is told.
    let mut study = Study::new(&config);
    let (first, second) = (study.ask(3).unwrap(), study.ask(3).unwrap());
    second.iter().for_each(|trial| study.tell(trial, short(trial.formula())).unwrap());
    assert!(study.take_records().is_empty() && study.waiting().len() == 3);
    first.iter().for_each(|trial| study.tell(trial, short(trial.formula())).unwrap());
    let numbers: Vec<u64> = common::samples(&study.take_records()).iter().map(|sample| sample.sample).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_study_that_is_told_again_goes_on_as_it_would_have_done() {
    let settings = [
        ("search.samples", "80"),
        ("controller.name", "lstm"),
        ("controller.hidden", "8"),
        ("search.warm_start", "[\"bce\", \"focal\"]"),
    ];
    let config = common::config(Preset::Default, &[&settings]);
    let go_on = |study: &mut Study, rounds: usize| {
        for _ in 0..rounds {
            for trial in study.ask(10).unwrap() {
                study.tell(&trial, short(trial.formula())).unwrap();
            }
        }
        study.take_records()
    };
    let mut whole = Study::new(&config);
    for trial in whole.ask_warm_start() {
        whole.tell(&trial, short(trial.formula())).unwrap();
    }
    let past = go_on(&mut whole, 3);
    let mut again = Study::new(&config);
    again.tell_again(&past).unwrap();
    assert!(go_on(&mut whole, 9) == go_on(&mut again, 9));
    let mut other = Study::new(&Config { seed: 8, ..config.clone() });
    assert!(matches!(other.tell_again(&past), Err(StudyError::Foreign { .. })));
}

#[test]
fn what_is_told_wrongly_is_refused() {
    let config = common::config(Preset::Default, &[&[("search.samples", "20")]]);
    let mut study = Study::new(&config);
    let trials = study.ask(2).unwrap();
    let told = |reward| Told { outcome: Outcome::Diverged, reward };
    assert_eq!(study.tell_outcome(7, told(0.0)), Err(StudyError::Unknown(7)));
    let error = study.tell_outcome(0, told(f64::NAN)).unwrap_err().to_string();
    assert_eq!(error, "the evaluator gave a reward that is not finite");
    study.tell(&trials[0], f64::INFINITY).unwrap();
    study.tell(&trials[1], 0.5).unwrap();
    let records = study.take_records();
    let samples = common::samples(&records);
    assert_eq!((samples[0].outcome, samples[0].reward), (Outcome::Diverged, config.search.zero_gradient_reward));
    assert!(matches!(samples[1].outcome, Outcome::Trained { validation: 0.5, accepted: true }));
    assert_eq!(study.front().entries().len(), 1);
}

#[test]
fn a_job_is_a_plain_value() {
    let config = testing::config(&[]);
    for job in testing::jobs(&config) {
        let text = serde_json::to_string(&job).unwrap();
        assert_eq!(serde_json::from_str::<Job>(&text).unwrap(), job);
    }
}
