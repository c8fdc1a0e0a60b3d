//! The `fixed` protocol, the paper's (§5.1.4): every loss at the same learning rate and L2, ε alone chosen for each.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::trained::{SeedRun, Selection, Trained, validation};
use crate::config::Config;
use crate::contract::ContractError;
use crate::execute::{Batch, Executor, Job, JobResult, run};
use crate::observer::Observer;
use crate::point::Point;
use crate::proposal::Proposal;
use crate::record::GridPoint;

/// The settings of every loss, at one ε.
pub(super) fn point(config: &Config, epsilon: f32) -> Point {
    Point { learning_rate: config.training.learning_rate, l2: config.training.l2, epsilon }
}

/// Trains every loss at each of its ε, from one seed, and keeps, by validation, the best; all side by side. Results are in the
/// order of `proposals`. `None` where the observer asked for an early end.
///
/// # Errors
/// An executor that does not keep its contract.
pub fn train(
    proposals: &[Proposal],
    config: &Config,
    executor: &dyn Executor,
    observer: &dyn Observer,
) -> Result<Option<Vec<Trained>>, ContractError> {
    let mut jobs: Vec<Job> = Vec::new();
    let mut groups = Vec::new();
    for (group, proposal) in proposals.iter().enumerate() {
        let points: Vec<Point> = proposal.epsilons.iter().map(|&epsilon| point(config, epsilon)).collect();
        jobs.extend(proposal.jobs(&points, config.seed, config));
        groups.extend(points.iter().map(|_| group));
    }
    let (done, titles): (_, Vec<String>) = (AtomicUsize::new(0), proposals.iter().map(Proposal::title).collect());
    let told = |index: usize, result: &JobResult| {
        let n_done = done.fetch_add(1, Ordering::Relaxed) + 1;
        observer.trained(n_done, jobs.len(), &titles[groups[index]], validation(result, config.metric()));
    };
    let results = run(executor, &Batch { jobs: &jobs, groups: &groups, keep: 1 }, &told)?;
    if results.iter().any(JobResult::was_interrupted) {
        return Ok(None);
    }
    let mut results = jobs.iter().zip(results);
    let trained = proposals.iter().map(|proposal| {
        let own: Vec<(&Job, JobResult)> = results.by_ref().take(proposal.epsilons.len()).collect();
        assemble(proposal, own, config)
    });
    Ok(Some(trained.collect()))
}

/// A loss at the ε with the best validation.
fn assemble(proposal: &Proposal, trainings: Vec<(&Job, JobResult)>, config: &Config) -> Trained {
    let grid = trainings.iter().map(|(job, result)| grid_point(job.point.epsilon, result, config)).collect();
    let seconds = trainings.iter().map(|(_, result)| result.seconds).sum();
    let best = trainings.into_iter().find(|(_, result)| result.parameters.is_some());
    let (job, result) = best.expect("the parameters of the best are kept");
    Trained {
        proposal: proposal.clone(),
        point: job.point,
        scale: job.scale,
        selection: Selection::Grid(grid),
        runs: vec![SeedRun { seed: config.seed, point: job.point, seconds, result }],
    }
}

fn grid_point(epsilon: f32, result: &JobResult, config: &Config) -> GridPoint {
    let &JobResult { best_epoch, epochs, ending, .. } = result;
    let ending = ending.expect("without a limit a training has ended");
    GridPoint { epsilon, validation: result.gain.map(|gain| config.metric().gain(gain)), best_epoch, epochs, ending }
}
