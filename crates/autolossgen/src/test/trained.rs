//! A contender at the point that validation chose, and what it was chosen among.

use autolossgen_recsys::{Converged, Ending, Metric};
use serde::{Deserialize, Serialize};

use super::Contender;
use crate::AnyModel;
use crate::finite::finite;

/// What is chosen for a loss on validation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Learning rate, of the loss as it is scaled; positive
    #[serde(deserialize_with = "finite")]
    pub learning_rate: f32,
    /// L2 coefficient, 0 or more
    #[serde(deserialize_with = "finite")]
    pub l2: f32,
    /// ε, positive
    #[serde(deserialize_with = "finite")]
    pub epsilon: f32,
}

/// One value of ε and what it reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GridPoint {
    /// ε
    #[serde(deserialize_with = "finite")]
    pub epsilon: f32,
    /// Validation metric at the best epoch; `None` where no epoch was finite
    pub validation: Option<f64>,
    /// Best epoch, counted from 1
    pub best_epoch: usize,
    /// Epochs trained
    pub epochs: usize,
    /// Why it ended
    pub ending: Ending,
}

/// One configuration of a race and how far it came.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RacePoint {
    /// What was tried
    #[serde(flatten)]
    pub point: Point,
    /// Rungs that it took part in; at least 1
    pub rungs: usize,
    /// Validation metric at the best epoch; `None` where no epoch was finite
    pub validation: Option<f64>,
    /// Best epoch, counted from 1; 0 where no epoch was finite
    pub best_epoch: usize,
    /// Epochs trained
    pub epochs: usize,
    /// Why its training ended; `None` where it could have gone on and others were better
    pub ending: Option<Ending>,
}

/// A training to convergence from one seed.
#[derive(Clone, Debug)]
pub struct SeedRun {
    /// Seed of the initial parameters and of the batches.
    pub seed: u64,
    /// The recommender.
    pub converged: Converged<AnyModel>,
}

impl SeedRun {
    /// Whether the observer asked for its end.
    pub(super) fn was_interrupted(&self) -> bool {
        self.converged.ending == Ending::Interrupted
    }
}

/// What the point was chosen among, on validation.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Every ε, each trained to convergence, in order.
    Grid(Vec<GridPoint>),
    /// Every configuration of a race, in order.
    Race(Vec<RacePoint>),
}

/// A contender at the point that validation chose.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The loss.
    pub contender: Contender,
    /// What was chosen.
    pub point: Point,
    /// What its derivative was multiplied by.
    pub scale: f32,
    /// Among what.
    pub selection: Selection,
    /// Trainings at the point, one a seed; not empty, and the first is of the seed that chose.
    pub runs: Vec<SeedRun>,
    /// Seconds of work on it, all trainings together.
    pub seconds: f64,
}

impl Trained {
    /// The training of the seed that chose.
    pub fn first(&self) -> &Converged<AnyModel> {
        &self.runs[0].converged
    }

    /// How good it is on validation, for comparing losses: the mean gain over the seeds that did not diverge, higher is
    /// better, behind every loss of which fewer diverged. `None` where all did.
    pub fn standing(&self, metric: Metric) -> Option<(usize, f64)> {
        let values = self.runs.iter().map(|run| metric.gain(run.converged.validation));
        let gains: Vec<f64> = values.filter(|gain| !gain.is_nan()).collect();
        (!gains.is_empty()).then(|| (gains.len(), gains.iter().sum::<f64>() / gains.len() as f64))
    }
}

/// The best by [`Trained::standing`] of those that `is_eligible`, by index; of equals the first.
pub(crate) fn best(trained: &[Trained], metric: Metric, is_eligible: impl Fn(&Trained) -> bool) -> Option<usize> {
    let eligible = trained.iter().enumerate().filter(|(_, trained)| is_eligible(trained));
    let standings = eligible.filter_map(|(index, trained)| Some((index, trained.standing(metric)?)));
    let order = |a: (usize, f64), b: (usize, f64)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
    standings.rev().max_by(|a, b| order(a.1, b.1)).map(|(index, _)| index)
}
