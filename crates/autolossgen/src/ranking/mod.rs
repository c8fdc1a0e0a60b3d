//! Losses for ranking, compared: each at its own settings, on the same users.
//!
//! [`evaluate`] chooses learning rate, L2, similarity, temperature, scale of fresh embeddings and number of negatives for each loss on
//! validation, on one budget (`race`; the last choice on further divisions of training and validation, `division`), trains the choice from several seeds, and spends the test part once (`outcome`): beside
//! recommenders that are no loss, by full ranking, with tests over users and seeds.

mod contender;
mod division;
mod error;
mod explanation;
mod outcome;
mod point;
mod race;
mod recommender;
mod report;
mod search;
mod training;
mod verdict;

use autolossgen_data::RankingDataset;
use autolossgen_recsys::FullRanking;

pub use contender::Contender;
pub use error::RankingEvalError;
pub use explanation::{GapSlope, RankingExplanation, Weight, explain};
pub use point::{RankingAxis, RankingPoint};
pub use recommender::{About, Recommender, RecommenderError, TrainedOn};
pub use report::{
    Lists, RankingComparison, RankingReport, RankingResult, RankingSizes, ReferenceResult, SeedRanking, Values,
};
pub use search::{RankingCandidate, RankingEnumerated, RankingLog, RankingTrial, Stage, TriedPoint, search};

use crate::config::RankingConfig;
use crate::observer::Observer;
use race::{Tally, tune};
use training::Setting;

/// Compares losses. `None` where the observer asked for an early end; the test part is then not touched.
///
/// Results do not depend on the number of threads of the pool that calls.
///
/// # Errors
/// More items asked for than there are; more negatives than a user has items for.
pub fn evaluate(
    contenders: &[Contender],
    dataset: RankingDataset,
    config: &RankingConfig,
    observer: &dyn Observer,
) -> Result<Option<RankingReport>, RankingEvalError> {
    let data = &dataset.data;
    let setting = Setting::new(data, config)?;
    // A cutoff that the test cannot have is said before hours of training.
    FullRanking::new(&data.validation, &data.train, &config.metrics())?;
    let tally = Tally::of(contenders.len(), &setting, observer);
    let mut tuned = Vec::with_capacity(contenders.len());
    let divided = division::divisions(data, config);
    let divisions = Setting::of_divisions(&divided, config)?;
    for contender in contenders {
        let Some(found) = tune(&setting, &divisions, contender, &dataset.user_ids, &tally)? else { return Ok(None) };
        tuned.push(found);
    }
    let references = outcome::references(&setting, &divisions)?;
    let validation_users = setting.validation.users().len();
    outcome::spend(dataset, config, contenders, &tuned, references, validation_users).map(Some)
}
