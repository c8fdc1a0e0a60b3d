//! How losses are tried and rewarded: by one epoch or by convergence.

use autolossgen_formula::Loss;
use autolossgen_recsys::Interactions;

use serde::{Deserialize, Serialize};

use super::converged::ConvergedState;
use super::one_epoch::OneEpochState;
use super::{Outcome, Proposal};
use crate::checkpoint::ForeignState;
use crate::journal::Record;

/// What is known between two rounds, of each kind of trials.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum TrialsState {
    OneEpoch(OneEpochState),
    Converged(ConvergedState),
}

/// What became of a loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trial {
    pub outcome: Outcome,
    /// Higher is better.
    pub reward: f64,
}

/// A loss to be tried, compiled, with the number of its sample.
pub(super) struct Numbered<'a> {
    pub sample: u64,
    pub proposal: &'a Proposal,
    pub loss: &'a Loss,
}

/// The losses of one round, tried.
pub(super) struct Round {
    /// In the order of the proposals.
    pub trials: Vec<Trial>,
    /// Validation metric of the recommender after them.
    pub validation: f64,
    /// Whether a copy took the place of the recommender.
    pub replaced: bool,
}

/// Tries losses, round by round; the result never depends on the number of threads.
pub(super) trait Trials: Sync {
    /// What became of each loss, in order.
    fn round(&mut self, losses: &[Numbered<'_>]) -> Round;

    /// Makes ready what comes next whatever its losses are; to be called while others compute.
    fn prepare(&self) {}

    /// What trials begin with, or began anew with: a recommender, or the loss that others are measured by.
    fn opening(&self) -> Record;

    /// Recommenders that were carried on so far; 0 where each loss trains its own.
    fn recommenders(&self) -> u64;

    /// Whether the recommender no longer improves.
    fn has_converged(&self) -> bool;

    /// Begins anew with a fresh recommender.
    fn restart(&mut self);

    /// Metric of the recommender on `rows`; `None` where it is undefined.
    fn measure(&self, rows: &Interactions) -> Option<f64>;

    /// What is known after a round.
    fn state(&self) -> TrialsState;

    /// Takes up what was known to trials of the same configuration and data.
    fn restore(&mut self, state: TrialsState) -> Result<(), ForeignState>;
}
