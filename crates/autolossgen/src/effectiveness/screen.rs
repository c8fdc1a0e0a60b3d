//! Which candidates are worth a training to convergence.

use std::sync::atomic::{AtomicUsize, Ordering};

use autolossgen_recsys::StopRule;

use super::fixed::point;
use super::trained::validation;
use crate::config::{Config, RewardRule};
use crate::contract::ContractError;
use crate::execute::{Executor, Job, JobResult, run_apart};
use crate::observer::Observer;
use crate::proposal::Proposal;
use crate::record::Validated;

/// The `test.candidates` candidates with the best validation metric after `test.screening` epochs of a fresh recommender, best
/// first, or with the best reward of a search by convergence; all of them, in their order, where no more are there. `None`
/// where the observer asked for an early end.
///
/// # Errors
/// An executor that does not keep its contract.
pub fn screen(
    candidates: Vec<Validated>,
    config: &Config,
    executor: &dyn Executor,
    observer: &dyn Observer,
) -> Result<Option<Vec<Validated>>, ContractError> {
    let keep = config.test.candidates;
    if keep == 0 || candidates.len() <= keep {
        return Ok(Some(candidates));
    }
    if config.search.reward == RewardRule::Converged {
        // Each has been trained to convergence: nothing would be learned by another look.
        let mut ranked = candidates;
        ranked.sort_by(|a, b| b.candidate().reward.total_cmp(&a.candidate().reward));
        ranked.truncate(keep);
        return Ok(Some(ranked));
    }
    let jobs: Vec<Job> = candidates.iter().map(|candidate| job(candidate, config)).collect();
    let (done, metric) = (AtomicUsize::new(0), config.metric());
    let told = |index: usize, result: &JobResult| {
        let loss = candidates[index].candidate().formula.to_string();
        let n_done = done.fetch_add(1, Ordering::Relaxed) + 1;
        observer.screened(n_done, jobs.len(), &loss, validation(result, metric));
    };
    let results = run_apart(executor, &jobs, 0, &told)?;
    if observer.stop() || results.iter().any(JobResult::was_interrupted) {
        return Ok(None);
    }
    let gain = |result: &JobResult| result.gain.unwrap_or(f64::NEG_INFINITY);
    let mut ranked: Vec<(f64, Validated)> = results.iter().map(gain).zip(candidates).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(Some(ranked.into_iter().take(keep).map(|(_, candidate)| candidate).collect()))
}

/// A training of `test.screening` epochs, whatever they bring.
fn job(candidate: &Validated, config: &Config) -> Job {
    let proposal = Proposal::generated(candidate.candidate().formula.clone(), config);
    let point = point(config, config.search.epsilon);
    let (never, epochs) = (usize::MAX, config.test.screening);
    let stop = StopRule { falling: never, patience: never, min_epochs: 0, max_epochs: epochs };
    Job { stop, ..proposal.job(point, proposal.scale(point.epsilon, config), config.seed, config) }
}
