//! Phase III: every loss trains a fresh recommender to convergence on the same terms; then the test set is spent.
//!
//! Two protocols say what the same terms are. [`fixed`]: one learning rate and L2 for every loss, as in the paper. [`tuned`]:
//! the same budget for every loss to find its own, and then several seeds. The trainings are jobs of an executor.

pub mod fixed;
mod neighbours;
mod outcome;
mod screen;
mod trained;
pub mod tuned;

pub use outcome::{spend, spend_to};
pub use screen::screen;
pub use trained::{SeedRun, Selection, Trained, best};

use crate::config::{Config, Protocol};
use crate::contract::ContractError;
use crate::execute::{Executor, Folds};
use crate::observer::Observer;
use crate::proposal::Proposal;

/// Trains every loss by the protocol of the configuration. Results are in the order of `proposals`; to be called inside a
/// [`pool`](crate::pool). `None` where the observer asked for an early end.
///
/// # Errors
/// An executor that does not keep its contract.
///
/// # Panics
/// When a proposal has no ε.
pub fn train(
    proposals: &[Proposal],
    folds: &Folds<'_>,
    config: &Config,
    executor: &dyn Executor,
    observer: &dyn Observer,
) -> Result<Option<Vec<Trained>>, ContractError> {
    match config.test.protocol {
        Protocol::Tuned => tuned::train(proposals, folds, config, executor, observer),
        Protocol::Fixed => fixed::train(proposals, config, executor, observer),
    }
}
