//! The losses that go to the test: the best over several seeds, for the best of many from one seed is lucky.

use super::super::error::RankingEvalError;
use super::individual::Individual;
use super::record::{RankingCandidate, Stage};
use super::trials::{Asked, Trials};

/// The best losses over several seeds, each where it was trained best.
pub(super) fn candidates<E: From<RankingEvalError>>(
    population: &[Individual],
    trials: &mut Trials<'_, E>,
) -> Result<Option<Vec<RankingCandidate>>, E> {
    let config = trials.setting.config;
    let search = &config.search;
    let first: Vec<&Individual> = population.iter().take(3 * search.candidates).collect();
    let mut found: Vec<(f64, &Individual)> = first.iter().map(|one| (one.validation, *one)).collect();
    let further = search.seeds as u64 - 1;
    for (done, seed) in (1..=further).map(|more| config.seed + more).enumerate() {
        let asked = |one: &&Individual| Asked {
            formula: one.formula.clone(),
            stage: Stage::Seed(seed),
            points: vec![one.point],
        };
        let asked: Vec<Asked> = first.iter().map(asked).collect();
        let progress = ("tried again", done * first.len(), further as usize * first.len());
        let Some(tried) = trials.all(&asked, progress)? else { return Ok(None) };
        found.iter_mut().zip(&tried).for_each(|((sum, _), trial)| *sum += trial.validation());
    }
    found.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let candidate = |(sum, one): (f64, &Individual)| RankingCandidate {
        formula: one.formula.clone(),
        nodes: one.formula.complexity(),
        point: one.point,
        validation: sum / search.seeds as f64,
        is_of_complete: one.is_of_complete,
    };
    let finite = found.into_iter().filter(|(sum, _)| sum.is_finite());
    Ok(Some(finite.take(search.candidates).map(candidate).collect()))
}
