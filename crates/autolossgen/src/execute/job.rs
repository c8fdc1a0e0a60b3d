//! A training as a plain value, what came of it, and who runs it.

use std::cmp::Ordering;

use autolossgen_formula::{Formula, Loss, Semantics};
use autolossgen_recsys::{Ending, Snapshot, StopRule};
use serde::{Deserialize, Serialize};

use crate::contract::{ContractError, Part, guard};
use crate::point::Point;

/// A training: a function of these values and the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The formula, node by node: another order of the nodes may have the same text and other last bits
    #[serde(with = "nodes")]
    pub formula: Formula,
    /// ε and clamp
    #[serde(flatten)]
    pub semantics: Semantics,
    /// What the loss is multiplied by; 1 without `training.normalize`
    pub scale: f32,
    /// Learning rate, L2 and ε
    pub point: Point,
    /// Epoch, counted from 1, at which the training rests; `None`: none, it trains until `stop` ends it
    pub until: Option<usize>,
    /// When the training ends
    pub stop: StopRule,
    /// Seed of the initial parameters and of the batches
    pub seed: u64,
    /// Fold of the training rows that is held out, counted from 0; `None`: the data as they are
    pub fold: Option<usize>,
}

impl Job {
    /// The loss as it trains.
    ///
    /// # Panics
    /// When the semantics are not valid, or the formula is one of ranking; a validated configuration has valid ones, and a study
    /// gives pointwise formulas.
    pub fn loss(&self) -> Loss {
        self.formula.compile(self.semantics).expect("ε and the clamp are validated").scaled(self.scale)
    }

    /// Whether `other` is the same training, wherever either rests.
    pub fn is_part_of(&self, other: &Job) -> bool {
        *self == Job { until: self.until, ..other.clone() }
    }
}

/// What came of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobResult {
    /// Validation metric at the best epoch, its sign turned so that higher is better; `None` where no epoch was finite
    pub gain: Option<f64>,
    /// The same at the last epoch that was trained; `None` where that was not finite
    pub last_gain: Option<f64>,
    /// Best epoch by validation, counted from 1; 0 where no epoch was finite
    pub best_epoch: usize,
    /// Epochs trained
    pub epochs: usize,
    /// Why the training ended; `None` while it can go on
    pub ending: Option<Ending>,
    /// Seconds of work
    pub seconds: f64,
    /// Parameters at the best epoch, of a training that has ended and is kept: see [`Batch::keep`]
    pub parameters: Option<Snapshot>,
}

impl JobResult {
    /// The gain; NaN where no epoch was finite.
    pub fn gain(&self) -> f64 {
        self.gain.unwrap_or(f64::NAN)
    }

    /// The gain of a training that was finite to its last epoch; NaN otherwise.
    pub fn finite_gain(&self) -> f64 {
        if self.ending == Some(Ending::NonFinite) { f64::NAN } else { self.gain() }
    }

    /// Whether the observer asked for the end.
    pub fn was_interrupted(&self) -> bool {
        self.ending == Some(Ending::Interrupted)
    }

    /// Whether parameters are due, and missing, if the training is kept.
    pub(crate) fn lacks_parameters(&self) -> bool {
        self.ending.is_some() && !self.was_interrupted() && self.parameters.is_none()
    }

    /// The better first. A training that became NaN or ∞ is behind all others, whatever it had reached.
    pub fn order(&self, other: &Self) -> Ordering {
        let diverged = |result: &Self| result.ending == Some(Ending::NonFinite);
        let gain = |result: &Self| result.gain.unwrap_or(f64::NEG_INFINITY);
        diverged(self).cmp(&diverged(other)).then(gain(other).total_cmp(&gain(self)))
    }
}

/// Trainings that may run side by side.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The trainings
    pub jobs: &'a [Job],
    /// The group of each, counted from 0: trainings of one group are rivals
    pub groups: &'a [usize],
    /// How many of each group are kept, the best first, of equals the earlier: of those that have ended the parameters are
    /// wanted, and those that rest may go on
    pub keep: usize,
}

impl Batch<'_> {
    pub(super) fn n_groups(&self) -> usize {
        self.groups.iter().max().map_or(0, |last| last + 1)
    }
}

/// Hears of each result as it comes, by the index of its job. Called from worker threads, in any order.
pub type OnResult<'a> = dyn Fn(usize, &JobResult) + Sync + 'a;

/// Runs trainings.
///
/// A training is a function of its [`Job`] and the data, so that it does not matter where, or how often, it runs: an executor
/// may run the trainings side by side, elsewhere, or again. A job whose beginning rests with the executor, because an earlier
/// batch kept it, goes on from there; any other is trained from its first epoch. Both give the same result.
pub trait Executor: Sync {
    /// One result a job, in the order of the jobs.
    ///
    /// # Errors
    /// A recommender that panics.
    fn run(&self, batch: &Batch<'_>, told: &OnResult<'_>) -> Result<Vec<JobResult>, ContractError>;
}

/// The results of an executor, which are held against its contract.
///
/// # Errors
/// What the executor says; a panic within; another number of results than of jobs.
pub(crate) fn run(
    executor: &dyn Executor,
    batch: &Batch<'_>,
    told: &OnResult<'_>,
) -> Result<Vec<JobResult>, ContractError> {
    if batch.jobs.is_empty() {
        return Ok(Vec::new());
    }
    let mut results = guard(Part::Executor, || executor.run(batch, told))??;
    ContractError::expect_count(Part::Executor, "results", batch.jobs.len(), results.len())?;
    for result in &mut results {
        result.gain = result.gain.filter(|gain| gain.is_finite());
        result.last_gain = result.last_gain.filter(|gain| gain.is_finite());
    }
    let is_kept = kept(batch, &results.iter().collect::<Vec<_>>());
    for (result, is_kept) in results.iter_mut().zip(is_kept) {
        let lacks = is_kept && result.lacks_parameters();
        ContractError::expect_count(Part::Executor, "recommenders", 1, usize::from(!lacks))?;
        result.parameters = result.parameters.take().filter(|_| is_kept);
    }
    Ok(results)
}

/// As [`run`], for trainings of which none is a rival of another: `keep` is 1 where they may go on, or parameters are wanted.
pub(crate) fn run_apart(
    executor: &dyn Executor,
    jobs: &[Job],
    keep: usize,
    told: &OnResult<'_>,
) -> Result<Vec<JobResult>, ContractError> {
    let groups: Vec<usize> = (0..jobs.len()).collect();
    run(executor, &Batch { jobs, groups: &groups, keep }, told)
}

/// Which results of a batch are kept.
pub(super) fn kept(batch: &Batch<'_>, results: &[&JobResult]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..results.len()).collect();
    order.sort_by(|&a, &b| results[a].order(results[b]).then(a.cmp(&b)));
    let mut counts = vec![0; batch.n_groups()];
    let mut kept = vec![false; results.len()];
    for index in order {
        let count = &mut counts[batch.groups[index]];
        kept[index] = *count < batch.keep;
        *count += 1;
    }
    kept
}

/// A formula as its nodes.
mod nodes {
    use autolossgen_formula::{Formula, Node};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(formula: &Formula, serializer: S) -> Result<S::Ok, S::Error> {
        formula.nodes().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Formula, D::Error> {
        Formula::new(Vec::<Node>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
