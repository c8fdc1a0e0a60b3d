//! The search for losses of ranking: every one of few nodes (`complete`), and then evolution with coefficients (`evolution`).
//!
//! A loss is tried by training it: after a few epochs most are given up (`complete`), the others are raced to convergence
//! (`trials`), and the best are trained again on other divisions (`finalists`). What was tried is told to a [`RankingLog`], trial by trial in one order, whatever the number of threads; a search that
//! goes on is told again what the log holds and trains the rest.

mod admissible;
mod complete;
mod evolution;
mod finalists;
mod individual;
mod niche;
mod population;
mod record;
mod trials;

use autolossgen_data::RankingDataset;

pub use record::{RankingCandidate, RankingEnumerated, RankingLog, RankingTrial, Stage, TriedPoint};

use super::division::divisions;
use super::error::RankingEvalError;
use super::training::Setting;
use crate::config::RankingConfig;
use crate::observer::Observer;
use admissible::Admissible;
use trials::Trials;

/// Searches. `None` where the observer asked for an early end; what was tried by then is in the log.
///
/// Results do not depend on the number of threads of the pool that calls.
///
/// # Errors
/// More items asked for than there are; more negatives than a user has items for; what the log refuses.
pub fn search<E: From<RankingEvalError>>(
    dataset: &RankingDataset,
    config: &RankingConfig,
    log: &mut dyn RankingLog<E>,
    observer: &dyn Observer,
) -> Result<Option<Vec<RankingCandidate>>, E> {
    let setting = Setting::new(&dataset.data, config)?;
    let admissible = Admissible::of(&config.search);
    log.enumerated(&admissible.counts)?;
    let divided = divisions(&dataset.data, config);
    let divisions = Setting::of_divisions(&divided, config)?;
    let mut trials = Trials::new(&setting, &divisions, &dataset.user_ids, log, observer);
    let Some(population) = complete::climb(&admissible, &mut trials)? else { return Ok(None) };
    let Some(found) = evolution::evolve(&admissible, population, &mut trials)? else { return Ok(None) };
    finalists::candidates(&found, &mut trials)
}
