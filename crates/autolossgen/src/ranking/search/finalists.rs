//! The losses that go to the test: the best over further divisions of training and validation, for the best of hundreds on one
//! validation part is partly luck; and of each niche one, so that they are different losses.

use std::collections::HashSet;

use super::super::error::RankingEvalError;
use super::individual::Individual;
use super::record::{RankingCandidate, Stage};
use super::trials::{Asked, Trials};

/// Losses that are trained on the divisions, to one that goes to the test.
const FINALISTS: usize = 6;

/// The best losses over the divisions, each where it was trained best; without divisions by what the search saw of them.
pub(super) fn candidates<E: From<RankingEvalError>>(
    found: &[Individual],
    trials: &mut Trials<'_, E>,
) -> Result<Option<Vec<RankingCandidate>>, E> {
    let config = trials.config();
    let (search, divisions) = (&config.search, config.selection.divisions);
    let mut niches = HashSet::new();
    let of_new_niches = found.iter().filter(|one| niches.insert(&one.niche));
    let finalists: Vec<&Individual> = of_new_niches.take(FINALISTS * search.candidates).collect();
    let mut sums = vec![0.0; finalists.len()];
    for number in 0..divisions {
        let asked = |one: &&Individual| Asked {
            formula: one.formula.clone(),
            stage: Stage::Division(number),
            points: vec![one.point],
        };
        let asked: Vec<Asked> = finalists.iter().map(asked).collect();
        let progress = ("tried again", number * finalists.len(), divisions * finalists.len());
        let Some(tried) = trials.all(&asked, progress)? else { return Ok(None) };
        sums.iter_mut().zip(&tried).for_each(|(sum, trial)| *sum += trial.validation());
    }
    let validation =
        |(one, sum): (&Individual, f64)| if divisions == 0 { one.validation } else { sum / divisions as f64 };
    let mut ranked: Vec<(f64, &Individual)> =
        finalists.into_iter().zip(sums).map(|(one, sum)| (validation((one, sum)), one)).collect();
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let candidate = |(validation, one): (f64, &Individual)| RankingCandidate {
        formula: one.formula.clone(),
        nodes: one.formula.complexity(),
        point: one.point,
        validation,
        is_of_complete: one.is_of_complete,
    };
    let finite = ranked.into_iter().filter(|(validation, _)| validation.is_finite());
    Ok(Some(finite.take(search.candidates).map(candidate).collect()))
}
