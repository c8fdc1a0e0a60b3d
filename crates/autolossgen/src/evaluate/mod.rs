//! How losses are tried and rewarded: by one epoch (Algorithm 1) or by training to convergence (Eq. 5).

pub mod converged;
mod measure;
mod novelty;
pub mod one_epoch;

use autolossgen_recsys::Interactions;

pub use converged::Converged;
pub use novelty::Novelty;
pub use one_epoch::OneEpoch;

use crate::config::{Config, RewardRule};
use crate::contract::ContractError;
use crate::execute::{Executor, Folds, Fresh};
use crate::record::Record;
use crate::state::{ForeignState, State};
use crate::trial::{Told, Trial};

/// The trials of one round, evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// What became of each trial, in the order of the trials
    pub told: Vec<Told>,
    /// Validation metric of the recommender after the round, or of the best that was trained
    pub validation: f64,
    /// Whether the recommender, or the best, is another than before
    pub replaced: bool,
}

/// Tries losses, round by round. What comes of a round depends on the rounds before and never on the number of threads.
pub trait Evaluator: Sync {
    /// What became of each trial.
    ///
    /// # Errors
    /// A recommender or an executor that does not keep its contract.
    fn evaluate(&mut self, trials: &[Trial]) -> Result<Evaluation, ContractError>;

    /// Whether what comes of a trial depends on the trials before. A search that goes on tells an evaluator without state
    /// nothing; one with state is [`restore`](Self::restore)d, or evaluates all trials again.
    fn has_state(&self) -> bool;

    /// Makes ready what comes next whatever its losses are; called while others compute.
    fn prepare(&self) {}

    /// What the trials begin with, or began anew with: a recommender, or the loss that others are measured by.
    fn opening(&self) -> Option<Record> {
        None
    }

    /// Recommenders that were carried on so far; 0 where each loss trains its own.
    fn recommenders(&self) -> u64 {
        0
    }

    /// Whether the recommender no longer improves.
    fn has_converged(&self) -> bool {
        false
    }

    /// Begins anew with a fresh recommender.
    ///
    /// # Errors
    /// A recommender that does not keep its contract.
    fn restart(&mut self) -> Result<(), ContractError> {
        Ok(())
    }

    /// Metric of the recommender, or of the best that was trained, on `rows`; `None` where it is undefined.
    fn measure(&self, _rows: &Interactions) -> Option<f64> {
        None
    }

    /// What is known after a round.
    fn state(&self) -> State {
        State::of("no state", &())
    }

    /// Takes up what was known to an evaluator of the same configuration and data.
    ///
    /// # Errors
    /// A state that is not that of such an evaluator.
    fn restore(&mut self, _state: &State) -> Result<(), ForeignState> {
        Ok(())
    }
}

/// The evaluator that `search.reward` names, on the rows of `folds`.
///
/// # Errors
/// A recommender or an executor that does not keep its contract: the reference of the converged reward is trained at once.
pub fn evaluator<'a>(
    config: &'a Config,
    folds: &'a Folds<'a>,
    fresh: &'a Fresh<'a>,
    executor: &'a dyn Executor,
) -> Result<Box<dyn Evaluator + 'a>, ContractError> {
    Ok(match config.search.reward {
        RewardRule::OneEpoch => Box::new(OneEpoch::new(folds.rows(folds.first()), config, fresh)?),
        RewardRule::Converged => Box::new(Converged::new(folds, config, fresh, executor)?),
    })
}
