//! The `tuned` protocol: learning rate, L2 and ε are chosen for each loss on validation, by successive halving with the same
//! budget for each: a grid, and then rounds of configurations beside the best, which go beyond the grid where the best lies at its
//! end; then the chosen point is trained from several seeds, or each seed chooses a point of its own (`test.retune`).

use std::sync::atomic::{AtomicUsize, Ordering};

use super::neighbours::{Bounds, PER_ROUND, neighbours};
use super::trained::{SeedRun, Selection, Trained, validation};
use crate::config::Config;
use crate::contract::ContractError;
use crate::execute::{Executor, Job, JobResult, run_apart};
use crate::halving::{self, Halved, halve};
use crate::observer::Observer;
use crate::point::{Grid, Point};
use crate::proposal::Proposal;
use crate::record::{RacePoint, Rung};

/// The rungs on which the grid of every loss is halved.
pub fn rungs(config: &Config) -> Vec<Rung> {
    halving::rungs(config.test.configurations(), config.halving.rung_epochs, config.halving.reduction)
}

/// The rungs on which the configurations of a later round are halved.
pub fn round_rungs(config: &Config) -> Vec<Rung> {
    halving::rungs(PER_ROUND, config.halving.rung_epochs, config.halving.reduction)
}

/// The seeds from which every loss is trained: the first chooses its point, and with `test.retune` every other chooses its own.
pub fn seeds(config: &Config) -> impl Iterator<Item = u64> {
    config.seed..config.seed + config.test.seeds as u64
}

/// The configurations of a loss.
fn points(proposal: &Proposal, config: &Config) -> Vec<Point> {
    let (test, base_rate) = (&config.test, config.training.learning_rate);
    let (learning_rates, l2) = (&test.tuned_learning_rates, &test.tuned_l2);
    Grid { learning_rates, base_rate, l2, epsilons: &proposal.epsilons }.configurations()
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
    config: &Config,
    executor: &dyn Executor,
    observer: &dyn Observer,
) -> Result<Option<Vec<Trained>>, ContractError> {
    let protocol = Tuned { proposals, config, executor, observer, started: AtomicUsize::new(0) };
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
    config: &'a Config,
    executor: &'a dyn Executor,
    observer: &'a dyn Observer,
    /// Trainings that were started and told of.
    started: AtomicUsize,
}

impl Tuned<'_> {
    /// The best configuration of each loss with a seed, whose training need not be done again.
    fn tune(&self, seed: u64) -> Result<Option<Vec<Trained>>, ContractError> {
        let Self { proposals, config, executor, observer, started } = self;
        let trainings = |rungs: &[Rung]| rungs.iter().map(|rung| rung.configurations).sum::<usize>();
        let of_each = trainings(&rungs(config)) + config.test.rounds * trainings(&round_rungs(config));
        let n_races = if config.test.retune { config.test.seeds } else { 1 };
        let total = proposals.len() * of_each * n_races;
        let mut trained = Vec::with_capacity(proposals.len());
        for proposal in *proposals {
            let title = proposal.title();
            let told = |result: &JobResult| {
                let n_started = started.fetch_add(1, Ordering::Relaxed) + 1;
                observer.tuned(n_started, total, &title, validation(result, config.metric()));
            };
            let mut race = Race::of(proposal, seed, config);
            if !race.run(points(proposal, config), &rungs(config), *executor, &told)? {
                return Ok(None);
            }
            for _ in 0..config.test.rounds {
                let points = race.neighbours();
                let rungs = halving::rungs(points.len(), config.halving.rung_epochs, config.halving.reduction);
                if !points.is_empty() && !race.run(points, &rungs, *executor, &told)? {
                    return Ok(None);
                }
            }
            trained.push(race.trained());
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
            let n_done = done.fetch_add(1, Ordering::Relaxed) + 1;
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

/// The configurations of one loss that were tried, and the best of them.
struct Race<'a> {
    proposal: &'a Proposal,
    seed: u64,
    config: &'a Config,
    tried: Vec<RacePoint>,
    /// Rounds that were run; the grid is the first.
    n_rounds: usize,
    best: Option<(Job, JobResult)>,
    seconds: f64,
}

impl<'a> Race<'a> {
    fn of(proposal: &'a Proposal, seed: u64, config: &'a Config) -> Self {
        Self { proposal, seed, config, tried: Vec::new(), n_rounds: 0, best: None, seconds: 0.0 }
    }

    /// Halves some configurations; the last of them becomes the best where it is better. False where the observer asked for an
    /// early end.
    fn run(
        &mut self,
        points: Vec<Point>,
        rungs: &[Rung],
        executor: &dyn Executor,
        told: &(dyn Fn(&JobResult) + Sync),
    ) -> Result<bool, ContractError> {
        let mut jobs = self.proposal.jobs(&points, self.seed, self.config);
        let halved = halve(executor, rungs, &jobs, &|_, result| told(result))?;
        let Some(Halved { mut tracks, winner, seconds }) = halved else { return Ok(false) };
        let round = self.n_rounds;
        let tried = points.iter().zip(&tracks).map(|(point, track)| race_point(*point, track, round, self.config));
        self.tried.extend(tried);
        let (job, (_, result)) = (jobs.swap_remove(winner), tracks.swap_remove(winner));
        if self.best.as_ref().is_none_or(|(_, best)| result.order(best).is_lt()) {
            self.best = Some((job, result));
        }
        self.n_rounds += 1;
        self.seconds += seconds;
        Ok(true)
    }

    /// What is to be tried next.
    fn neighbours(&self) -> Vec<Point> {
        let Some((best, _)) = &self.best else { return Vec::new() };
        let tried: Vec<Point> = self.tried.iter().map(|tried| tried.point).collect();
        neighbours(&tried, best.point, &Bounds::of(self.config))
    }

    fn trained(self) -> Trained {
        let (job, result) = self.best.expect("the grid has been run");
        Trained {
            proposal: self.proposal.clone(),
            point: job.point,
            scale: job.scale,
            selection: Selection::Race(self.tried),
            runs: vec![SeedRun { seed: self.seed, point: job.point, seconds: self.seconds, result }],
        }
    }
}

fn race_point(point: Point, (rungs, result): &(usize, JobResult), round: usize, config: &Config) -> RacePoint {
    let &JobResult { best_epoch, epochs, ending, .. } = result;
    let validation = result.gain.map(|gain| config.metric().gain(gain)).filter(|value| value.is_finite());
    RacePoint { point, round, rungs: *rungs, validation, best_epoch, epochs, ending }
}
