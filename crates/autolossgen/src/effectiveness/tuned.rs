//! The `tuned` protocol: learning rate, L2 and ε are chosen for each loss on validation, by successive halving with the same
//! budget for each: a grid, and then rounds of configurations beside the best, which go beyond the grid where the best lies at its
//! end; then the chosen point is trained from several seeds, or each seed chooses a point of its own (`test.retune`).

use std::cmp::Ordering;
use std::sync::atomic::{self, AtomicUsize};

use super::neighbours::{Bounds, PER_ROUND, neighbours};
use super::trained::{SeedRun, Selection, Trained, validation};
use crate::config::Config;
use crate::contract::ContractError;
use crate::execute::{Executor, Folds, Job, JobResult, run_apart};
use crate::halving::{self, Halved, halve};
use crate::observer::Observer;
use crate::point::{Grid, Point};
use crate::proposal::Proposal;
use crate::record::{RacePoint, Rung};
use autolossgen_recsys::StopRule;

/// The rungs on which the grid of a loss is halved, and with it what the search found.
pub fn rungs(configurations: usize, config: &Config) -> Vec<Rung> {
    halving::rungs(configurations, config.halving.rung_epochs, config.halving.reduction)
}

/// The rungs on which the configurations of a later round are halved.
pub fn round_rungs(config: &Config) -> Vec<Rung> {
    rungs(PER_ROUND, config)
}

/// The seeds from which every loss is trained: the first chooses its point, and with `test.retune` every other chooses its own.
pub fn seeds(config: &Config) -> impl Iterator<Item = u64> {
    config.seed..config.seed + config.test.seeds as u64
}

/// The configurations of a loss: the grid, and where the search trained it best. The values of ε share the grid, so that a good one
/// may meet the learning rate that it needs in none of its pairs.
fn points(proposal: &Proposal, config: &Config) -> Vec<Point> {
    let (test, base_rate) = (&config.test, config.training.learning_rate);
    let (learning_rates, l2) = (&test.tuned_learning_rates, &test.tuned_l2);
    let mut points = Grid { learning_rates, base_rate, l2, epsilons: &proposal.epsilons }.configurations();
    let start = proposal.start.filter(|start| Bounds::of(config).hold(start) && !points.contains(start));
    points.extend(start);
    points
}

/// Halves the configurations of every loss and trains the best of each from every seed; with `test.retune` each seed halves them
/// for itself. Results are in the order of `proposals`. `None` where the observer asked for an early end.
///
/// One loss and one seed are worked on at a time, so that memory holds the trainings of one loss and the plans of one seed.
///
/// # Errors
/// An executor that does not keep its contract.
pub fn train(
    proposals: &[Proposal],
    folds: &Folds<'_>,
    config: &Config,
    executor: &dyn Executor,
    observer: &dyn Observer,
) -> Result<Option<Vec<Trained>>, ContractError> {
    let protocol = Tuned { proposals, folds, config, executor, observer, started: AtomicUsize::new(0) };
    let Some(mut trained) = protocol.tune(config.seed)? else { return Ok(None) };
    for seed in seeds(config).skip(1) {
        let further = if config.test.retune {
            protocol.tune(seed)?.map(|tuned| tuned.into_iter().flat_map(|tuned| tuned.runs).collect())
        } else {
            protocol.train_again(&trained, seed)?
        };
        let Some(further): Option<Vec<SeedRun>> = further else { return Ok(None) };
        trained.iter_mut().zip(further).for_each(|(trained, run)| trained.runs.push(run));
    }
    Ok(Some(trained))
}

/// What is trained, and how.
struct Tuned<'a> {
    proposals: &'a [Proposal],
    folds: &'a Folds<'a>,
    config: &'a Config,
    executor: &'a dyn Executor,
    observer: &'a dyn Observer,
    /// Trainings that were started and told of.
    started: AtomicUsize,
}

impl Tuned<'_> {
    /// The best configuration of each loss with a seed, whose training need not be done again.
    fn tune(&self, seed: u64) -> Result<Option<Vec<Trained>>, ContractError> {
        let Self { proposals, folds, config, observer, started, .. } = self;
        let trainings = |n: usize| -> usize {
            let rungs = rungs(n, config);
            let all: usize = rungs.iter().map(|rung| rung.configurations).sum();
            all + folds.len() * rungs[rungs.len() - 1].configurations
        };
        let of_rounds = config.test.rounds * trainings(PER_ROUND);
        let of_each = |proposal| trainings(points(proposal, config).len()) + of_rounds;
        let n_races = if config.test.retune { config.test.seeds } else { 1 };
        let total = proposals.iter().map(of_each).sum::<usize>() * n_races;
        let mut trained = Vec::with_capacity(proposals.len());
        for proposal in *proposals {
            let title = proposal.title();
            let told = |result: &JobResult| {
                let n_started = started.fetch_add(1, atomic::Ordering::Relaxed) + 1;
                observer.tuned(n_started, total, &title, validation(result, config.metric()));
            };
            let mut race = Race::of(proposal, seed, self);
            if !race.run(points(proposal, config), &told)? {
                return Ok(None);
            }
            for _ in 0..config.test.rounds {
                let points = race.neighbours();
                if !points.is_empty() && !race.run(points, &told)? {
                    return Ok(None);
                }
            }
            let Some(best) = race.trained(&told)? else { return Ok(None) };
            trained.push(best);
        }
        Ok(Some(trained))
    }

    /// Each loss from another seed, at the point that was chosen for it.
    fn train_again(&self, trained: &[Trained], seed: u64) -> Result<Option<Vec<SeedRun>>, ContractError> {
        let Self { config, executor, observer, .. } = self;
        let jobs: Vec<Job> =
            trained.iter().map(|trained| trained.proposal.job(trained.point, trained.scale, seed, config)).collect();
        let titles: Vec<String> = trained.iter().map(|trained| trained.proposal.title()).collect();
        let total = trained.len() * (config.test.seeds - 1);
        let before = trained.iter().map(|trained| trained.runs.len() - 1).sum::<usize>();
        let done = AtomicUsize::new(before);
        let told = |index: usize, result: &JobResult| {
            let n_done = done.fetch_add(1, atomic::Ordering::Relaxed) + 1;
            observer.trained(n_done, total, &titles[index], validation(result, config.metric()));
        };
        let results = run_apart(*executor, &jobs, 1, &told)?;
        if results.iter().any(JobResult::was_interrupted) {
            return Ok(None);
        }
        let again = |(trained, result): (&Trained, JobResult)| SeedRun {
            seed,
            point: trained.point,
            seconds: result.seconds,
            result,
        };
        Ok(Some(trained.iter().zip(results).map(again).collect()))
    }
}

/// The configurations of one loss that were tried, and those of the grid and of each round that were trained to the end.
struct Race<'a> {
    proposal: &'a Proposal,
    seed: u64,
    protocol: &'a Tuned<'a>,
    tried: Vec<RacePoint>,
    n_rounds: usize,
    finalists: Vec<Finalist>,
    seconds: f64,
}

/// A configuration that was trained to the end.
struct Finalist {
    /// Index among what was tried.
    at: usize,
    job: Job,
    /// With parameters, if it is the best of its round on validation.
    result: JobResult,
    /// Gain over the held-out rows of the folds, where there are folds.
    over_folds: Option<f64>,
}

impl Finalist {
    /// The better first; of equals the earlier.
    fn order(&self, other: &Self) -> Ordering {
        let folds = self.over_folds.zip(other.over_folds);
        let by_folds = folds.map_or(Ordering::Equal, |(own, other)| other.total_cmp(&own));
        by_folds.then(self.result.order(&other.result)).then(self.at.cmp(&other.at))
    }
}

/// Hears of each result as it comes.
type Told<'a> = dyn Fn(&JobResult) + Sync + 'a;

impl<'a> Race<'a> {
    fn of(proposal: &'a Proposal, seed: u64, protocol: &'a Tuned<'a>) -> Self {
        Self { proposal, seed, protocol, tried: Vec::new(), n_rounds: 0, finalists: Vec::new(), seconds: 0.0 }
    }

    /// Halves some configurations; those that are left train with each fold held out. False where the observer asked for an early
    /// end.
    fn run(&mut self, points: Vec<Point>, told: &Told<'_>) -> Result<bool, ContractError> {
        let Tuned { config, executor, .. } = self.protocol;
        let rungs = rungs(points.len(), config);
        let jobs = self.proposal.jobs(&points, self.seed, config);
        let halved = halve(*executor, &rungs, &jobs, &|_, result| told(result))?;
        let Some(Halved { tracks, seconds, .. }) = halved else { return Ok(false) };
        let n_tried = self.tried.len();
        let round = self.n_rounds;
        let tried = points.iter().zip(&tracks).map(|(point, track)| race_point(*point, track, round, config));
        self.tried.extend(tried);
        let left = jobs.into_iter().zip(tracks).enumerate().filter(|(_, (_, track))| track.0 == rungs.len());
        let finalist = |(at, (job, (_, result)))| Finalist { at: n_tried + at, job, result, over_folds: None };
        let left: Vec<Finalist> = left.map(finalist).collect();
        self.n_rounds += 1;
        self.seconds += seconds;
        self.meet_folds(left, told)
    }

    /// Trains finalists with each fold held out. False where the observer asked for an early end.
    fn meet_folds(&mut self, mut finalists: Vec<Finalist>, told: &Told<'_>) -> Result<bool, ContractError> {
        let Tuned { folds, config, executor, .. } = self.protocol;
        let on_folds = |Finalist { job, result, .. }: &Finalist| -> Vec<Job> {
            folds.held_out().map(|fold| on_fold(job, result.best_epoch, fold)).collect()
        };
        let jobs: Vec<Job> = finalists.iter().flat_map(on_folds).collect();
        let results = run_apart(*executor, &jobs, 0, &|_, result| told(result))?;
        if results.iter().any(JobResult::was_interrupted) {
            return Ok(false);
        }
        self.seconds += results.iter().map(|result| result.seconds).sum::<f64>();
        for (finalist, results) in finalists.iter_mut().zip(results.chunks(folds.len().max(1))) {
            let gain = over_rows(folds, results);
            finalist.over_folds = Some(gain);
            self.tried[finalist.at].over_folds = Some(config.metric().gain(gain)).filter(|value| value.is_finite());
        }
        self.finalists.append(&mut finalists);
        Ok(true)
    }

    /// The best so far: over the folds, where there are folds, or else on validation.
    fn best(&self) -> Option<&Finalist> {
        self.finalists.iter().min_by(|a, b| a.order(b))
    }

    /// What is to be tried next.
    fn neighbours(&self) -> Vec<Point> {
        let Some(best) = self.best() else { return Vec::new() };
        let tried: Vec<Point> = self.tried.iter().map(|tried| tried.point).collect();
        neighbours(&tried, best.job.point, &Bounds::of(self.protocol.config))
    }

    /// The loss at the best configuration. `None` where the observer asked for an early end.
    fn trained(mut self, told: &Told<'_>) -> Result<Option<Trained>, ContractError> {
        let Finalist { job, result, .. } = self.best().expect("the grid has been run");
        let (job, mut result) = (job.clone(), result.clone());
        if result.lacks_parameters() {
            let again = run_apart(self.protocol.executor, std::slice::from_ref(&job), 1, &|_, result| told(result))?;
            let Some(again) = again.into_iter().next().filter(|result| !result.was_interrupted()) else {
                return Ok(None);
            };
            self.seconds += again.seconds;
            result = again;
        }
        Ok(Some(Trained {
            proposal: self.proposal.clone(),
            point: job.point,
            scale: job.scale,
            selection: Selection::Race(self.tried),
            runs: vec![SeedRun { seed: self.seed, point: job.point, seconds: self.seconds, result }],
        }))
    }
}

/// A training with a fold held out, to the epoch that was best on validation. The rows of the fold do not choose the epoch: the best of
/// many epochs flatters a large learning rate, whose validation metric goes up and down.
fn on_fold(job: &Job, best_epoch: usize, fold: usize) -> Job {
    let epochs = best_epoch.max(1);
    let stop = StopRule { falling: usize::MAX, patience: usize::MAX, min_epochs: 0, max_epochs: epochs };
    Job { stop, fold: Some(fold), ..job.clone() }
}

/// The gain at the last epoch over the held-out rows of every fold, each by its number of rows; −∞ where a training was not finite.
fn over_rows(folds: &Folds<'_>, results: &[JobResult]) -> f64 {
    let (mut sum, mut n_rows) = (0.0, 0.0);
    for (fold, result) in folds.held_out().zip(results) {
        let rows = folds.rows(Some(fold)).validation.len() as f64;
        let Some(gain) = result.last_gain else { return f64::NEG_INFINITY };
        sum += rows * gain;
        n_rows += rows;
    }
    sum / n_rows
}

fn race_point(point: Point, (rungs, result): &(usize, JobResult), round: usize, config: &Config) -> RacePoint {
    let &JobResult { best_epoch, epochs, ending, .. } = result;
    let validation = result.gain.map(|gain| config.metric().gain(gain)).filter(|value| value.is_finite());
    RacePoint { point, round, rungs: *rungs, validation, over_folds: None, best_epoch, epochs, ending }
}
