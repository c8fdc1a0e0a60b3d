//! The `tuned` protocol: learning rate, L2 and ε are chosen for each loss on validation, by successive halving with the same
//! budget for each; then the chosen point is trained from several seeds.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::trained::{SeedRun, Selection, Trained, validation};
use crate::config::Config;
use crate::contract::ContractError;
use crate::execute::{Executor, Job, JobResult, run_apart};
use crate::halving::{self, Halved, halve};
use crate::observer::Observer;
use crate::point::{Grid, Point};
use crate::proposal::Proposal;
use crate::record::{RacePoint, Rung};

/// The rungs on which the configurations of every loss are halved.
pub fn rungs(config: &Config) -> Vec<Rung> {
    halving::rungs(config.test.configurations(), config.halving.rung_epochs, config.halving.reduction)
}

/// The seeds from which every loss is trained at its point; the first is the one that chose it.
pub fn seeds(config: &Config) -> impl Iterator<Item = u64> {
    config.seed..config.seed + config.test.seeds as u64
}

/// The configurations of a loss.
fn points(proposal: &Proposal, config: &Config) -> Vec<Point> {
    let (test, base_rate) = (&config.test, config.training.learning_rate);
    let (learning_rates, l2) = (&test.tuned_learning_rates, &test.tuned_l2);
    Grid { learning_rates, base_rate, l2, epsilons: &proposal.epsilons }.configurations()
}

/// Halves the configurations of every loss and trains the best of each from every seed. Results are in the order of
/// `proposals`. `None` where the observer asked for an early end.
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
    let Some(mut trained) = tune(proposals, config, executor, observer)? else { return Ok(None) };
    let (done, total) = (AtomicUsize::new(0), trained.len() * (config.test.seeds - 1));
    for seed in seeds(config).skip(1) {
        let again = |trained: &Trained| trained.proposal.job(trained.point, trained.scale, seed, config);
        let jobs: Vec<Job> = trained.iter().map(again).collect();
        let titles: Vec<String> = trained.iter().map(|trained| trained.proposal.title()).collect();
        let told = |index: usize, result: &JobResult| {
            let n_done = done.fetch_add(1, Ordering::Relaxed) + 1;
            observer.trained(n_done, total, &titles[index], validation(result, config.metric()));
        };
        let results = run_apart(executor, &jobs, 1, &told)?;
        if results.iter().any(JobResult::was_interrupted) {
            return Ok(None);
        }
        for (trained, result) in trained.iter_mut().zip(results) {
            trained.seconds += result.seconds;
            trained.runs.push(SeedRun { seed, result });
        }
    }
    Ok(Some(trained))
}

/// The best configuration of each loss. Its training is the first of its seeds: it need not be done again.
fn tune(
    proposals: &[Proposal],
    config: &Config,
    executor: &dyn Executor,
    observer: &dyn Observer,
) -> Result<Option<Vec<Trained>>, ContractError> {
    let rungs = rungs(config);
    let starts = proposals.len() * rungs.iter().map(|rung| rung.configurations).sum::<usize>();
    let done = AtomicUsize::new(0);
    let mut trained = Vec::with_capacity(proposals.len());
    for proposal in proposals {
        let (title, points) = (proposal.title(), points(proposal, config));
        let told = |_: usize, result: &JobResult| {
            let n_done = done.fetch_add(1, Ordering::Relaxed) + 1;
            observer.tuned(n_done, starts, &title, validation(result, config.metric()));
        };
        let jobs = proposal.jobs(&points, config.seed, config);
        let Some(halved) = halve(executor, &rungs, &jobs, &told)? else { return Ok(None) };
        trained.push(assemble(proposal, &jobs, halved, config));
    }
    Ok(Some(trained))
}

fn assemble(proposal: &Proposal, jobs: &[Job], halved: Halved, config: &Config) -> Trained {
    let Halved { tracks, winner, seconds } = halved;
    let race = jobs.iter().zip(&tracks).map(|(job, track)| race_point(job.point, track, config)).collect();
    let (job, (_, result)) = (&jobs[winner], tracks[winner].clone());
    Trained {
        proposal: proposal.clone(),
        point: job.point,
        scale: job.scale,
        selection: Selection::Race(race),
        runs: vec![SeedRun { seed: config.seed, result }],
        seconds,
    }
}

fn race_point(point: Point, (rungs, result): &(usize, JobResult), config: &Config) -> RacePoint {
    let &JobResult { best_epoch, epochs, ending, .. } = result;
    let validation = result.gain.map(|gain| config.metric().gain(gain)).filter(|value| value.is_finite());
    RacePoint { point, rungs: *rungs, validation, best_epoch, epochs, ending }
}
