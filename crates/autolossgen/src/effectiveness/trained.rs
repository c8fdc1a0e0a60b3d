//! A loss at the point that validation chose, and what it was chosen among.

use autolossgen_recsys::Metric;

use crate::execute::JobResult;
use crate::point::Point;
use crate::proposal::Proposal;
use crate::record::{GridPoint, RacePoint};

/// A training to convergence from one seed.
#[derive(Clone, Debug)]
pub struct SeedRun {
    /// Seed of the initial parameters and of the batches.
    pub seed: u64,
    /// At which it was trained.
    pub point: Point,
    /// Seconds of work, with all trainings among which the point was chosen.
    pub seconds: f64,
    /// What came of it, parameters included.
    pub result: JobResult,
}

/// What the point was chosen among, on validation.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Every ε, each trained to convergence, in order.
    Grid(Vec<GridPoint>),
    /// Every configuration that was halved, in order.
    Race(Vec<RacePoint>),
}

/// A loss at the point that validation chose.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The loss.
    pub proposal: Proposal,
    /// What was chosen.
    pub point: Point,
    /// What its derivative was multiplied by.
    pub scale: f32,
    /// Among what.
    pub selection: Selection,
    /// Trainings, one a seed; not empty, and the first is of the seed that chose the point. The others are at that point too, or
    /// with `test.retune` at their own.
    pub runs: Vec<SeedRun>,
}

impl Trained {
    /// The training of the seed that chose.
    pub fn first(&self) -> &JobResult {
        &self.runs[0].result
    }

    /// Every configuration that was halved, where the loss was raced.
    pub fn race(&self) -> Option<&[RacePoint]> {
        match &self.selection {
            Selection::Race(race) => Some(race),
            Selection::Grid(_) => None,
        }
    }

    /// Seconds of work on it, all trainings together.
    pub fn seconds(&self) -> f64 {
        self.runs.iter().map(|run| run.seconds).sum()
    }

    /// How good the loss is on validation, for comparing losses: the mean gain over the seeds that did not diverge, higher is
    /// better, behind every loss of which fewer diverged. `None` where all did.
    fn standing(&self) -> Option<(usize, f64)> {
        let gains: Vec<f64> = self.runs.iter().filter_map(|run| run.result.gain).collect();
        (!gains.is_empty()).then(|| (gains.len(), gains.iter().sum::<f64>() / gains.len() as f64))
    }
}

/// The best on validation of those that `is_eligible`, by index; of equals the first.
pub fn best(trained: &[Trained], is_eligible: impl Fn(&Trained) -> bool) -> Option<usize> {
    let eligible = trained.iter().enumerate().filter(|(_, trained)| is_eligible(trained));
    let standings = eligible.filter_map(|(index, trained)| Some((index, trained.standing()?)));
    let order = |a: (usize, f64), b: (usize, f64)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
    standings.rev().max_by(|a, b| order(a.1, b.1)).map(|(index, _)| index)
}

/// The validation metric of a result; NaN where no epoch was finite.
pub(super) fn validation(result: &JobResult, metric: Metric) -> f64 {
    metric.gain(result.gain())
}
