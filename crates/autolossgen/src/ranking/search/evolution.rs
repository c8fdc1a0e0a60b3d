//! Evolution: a new loss differs from one of the population by a mutation, a constant's among them, and its settings from where that
//! one was trained best.

use std::collections::HashSet;

use autolossgen_formula::RankingGradient;
use autolossgen_recsys::random::{Stream, below, normal, stream};
use autolossgen_recsys::ranking::{Negatives, Similarity};

use super::super::error::RankingEvalError;
use super::super::point::{RankingAxis, RankingPoint};
use super::admissible::{Admissible, LEAVES};
use super::individual::Individual;
use super::population::settle;
use super::record::Stage;
use super::trials::{Asked, Trials};
use crate::config::RankingConfig;
use crate::mutation::{Mutation, two_digits};

/// New losses that are tried before the population is another.
const CHILDREN: usize = 16;
/// Mutations that are drawn for a loss whose derivative is new.
const ATTEMPTS: usize = 100;
/// Configurations at which a new loss is raced.
const POINTS: usize = 4;
/// Standard deviation of the logarithm of a setting's change.
const SPREAD: f64 = 0.6;

/// Every loss of the population and of so many new ones as the configuration says, the best first.
pub(super) fn evolve<E: From<RankingEvalError>>(
    admissible: &Admissible,
    mut population: Vec<Individual>,
    trials: &mut Trials<'_, E>,
) -> Result<Option<Vec<Individual>>, E> {
    let config = trials.config();
    let search = &config.search;
    let mutation = Mutation {
        unary: search.unary.clone(),
        binary: search.binary.clone(),
        reducers: search.reducers.clone(),
        inputs: LEAVES.to_vec(),
        constants: true,
        coefficients: true,
        operations: search.operations,
    };
    let mut known: HashSet<u128> = admissible.keys.iter().copied().collect();
    let mut everyone = population.clone();
    settle(&mut population, search.population, search.niche);
    let (mut tried, mut round) = (0, 0);
    while tried < search.samples && !population.is_empty() {
        let mut rng = stream(config.seed, "children", round);
        let wanted = CHILDREN.min(search.samples - tried);
        let child = |_| child(&population, &mutation, &mut known, config, &mut rng);
        let children: Vec<Asked> = (0..wanted).filter_map(child).collect();
        if children.is_empty() {
            break;
        }
        let Some(found) = trials.all(&children, ("evolved", tried, search.samples))? else { return Ok(None) };
        let found: Vec<Individual> = found.into_iter().filter_map(|trial| Individual::of(trial, false)).collect();
        everyone.extend(found.iter().cloned());
        population.extend(found);
        settle(&mut population, search.population, search.niche);
        tried += wanted;
        round += 1;
    }
    everyone.sort_by(Individual::better_first);
    Ok(Some(everyone))
}

/// A loss whose derivative is new and has the right sign often enough; `None` where none comes up.
fn child(
    population: &[Individual],
    mutation: &Mutation,
    known: &mut HashSet<u128>,
    config: &RankingConfig,
    rng: &mut Stream,
) -> Option<Asked> {
    for _ in 0..ATTEMPTS {
        let parent = parent(population, config.search.tournament, rng);
        let formula = mutation.of(&parent.formula, rng);
        let gradient = RankingGradient::of(&formula)
            .filter(|gradient| f64::from(gradient.least_right_sign()) >= config.search.right_sign);
        if gradient.is_some_and(|gradient| known.insert(gradient.key)) {
            return Some(Asked { formula, stage: Stage::Evolution, points: points(parent.point, config, rng) });
        }
    }
    None
}

/// The best of a random few; of equals the one drawn first.
fn parent<'a>(population: &'a [Individual], tournament: usize, rng: &mut Stream) -> &'a Individual {
    let mut draw = || &population[below(rng, population.len() as u64) as usize];
    let first = draw();
    (1..tournament).fold(first, |best, _| {
        let other = draw();
        if other.validation > best.validation { other } else { best }
    })
}

/// The configuration of the parent, and others near it.
fn points(point: RankingPoint, config: &RankingConfig, rng: &mut Stream) -> Vec<RankingPoint> {
    let mut points = vec![point];
    let mut axes = vec![RankingAxis::LearningRate, RankingAxis::L2, RankingAxis::InitStd];
    if point.similarity == Similarity::Cosine {
        axes.push(RankingAxis::Temperature);
    }
    if config.training.negatives != Negatives::InBatch {
        axes.push(RankingAxis::NNegatives);
    }
    while points.len() < POINTS {
        // Two of them change.
        let changed = (0..2).fold(point, |point, _| {
            let axis = axes[below(rng, axes.len() as u64) as usize];
            let [low, high] = axis.bounds(&config.test);
            let value = f64::from(axis.of(&point)) * (SPREAD * normal(rng)).exp();
            axis.set(point, two_digits(value).clamp(low, high))
        });
        points.push(changed);
    }
    points
}
