//! The losses that go to the test: the best over several seeds, for the best of many from one seed is lucky; and of those that differ in
//! their constants alone one, so that they are different losses.

use std::collections::HashSet;

use autolossgen_formula::{Formula, Node};

use super::super::error::RankingEvalError;
use super::individual::Individual;
use super::record::{RankingCandidate, Stage};
use super::trials::{Asked, Trials};

/// The best losses over several seeds, each where it was trained best.
pub(super) fn candidates<E: From<RankingEvalError>>(
    found: &[Individual],
    trials: &mut Trials<'_, E>,
) -> Result<Option<Vec<RankingCandidate>>, E> {
    let config = trials.config();
    let search = &config.search;
    let mut shapes = HashSet::new();
    let is_new = |one: &&Individual| shapes.insert(shape(&one.formula));
    let first: Vec<&Individual> = found.iter().filter(is_new).take(3 * search.candidates).collect();
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

/// The text of a formula whose constants are all 1.
fn shape(formula: &Formula) -> String {
    let erased = |node: &Node| if matches!(node, Node::Constant(_)) { Node::Constant(1.0) } else { *node };
    let nodes = formula.nodes().iter().map(erased).collect();
    Formula::new(nodes).map_or_else(|_| formula.to_string(), |formula| formula.to_string())
}
