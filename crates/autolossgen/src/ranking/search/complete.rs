//! The complete part: every loss of few nodes, of which fewer and fewer are trained for longer and longer.

use autolossgen_formula::Formula;
use autolossgen_recsys::ranking::{Negatives, Similarity};

use super::super::error::RankingEvalError;
use super::super::point::RankingPoint;
use super::admissible::Admissible;
use super::individual::Individual;
use super::record::{RankingTrial, Stage};
use super::trials::{Asked, Trials};
use crate::config::RankingConfig;
use crate::mutation::two_digits;

/// The configurations at which every loss is tried first.
fn field(config: &RankingConfig) -> Vec<RankingPoint> {
    let (test, training) = (&config.test, &config.training);
    fn middle<T: Copy>(values: &[T]) -> T {
        values[values.len() / 2]
    }
    let in_batch = training.negatives == Negatives::InBatch;
    let of = |&similarity: &Similarity| {
        let temperature = if similarity == Similarity::Inner { 1.0 } else { middle(&test.temperatures) };
        config.search.learning_rates.iter().map(move |&learning_rate| RankingPoint {
            similarity,
            learning_rate,
            l2: middle(&test.l2),
            temperature,
            init_std: middle(&test.init_std),
            n_negatives: if in_batch { training.batch_size } else { test.n_negatives[0] },
        })
    };
    test.similarities.iter().flat_map(of).collect()
}

/// The best losses, trained to convergence; the best first.
pub(super) fn climb<E: From<RankingEvalError>>(
    admissible: &Admissible,
    trials: &mut Trials<'_, E>,
) -> Result<Option<Vec<Individual>>, E> {
    let config = trials.config();
    let search = &config.search;
    let first = field(config);
    let mut open: Vec<(Formula, Vec<RankingPoint>)> =
        admissible.losses.iter().map(|loss| (loss.clone(), first.clone())).collect();
    for &epochs in &search.rungs {
        let Some(tried) = ask(trials, &open, Stage::Rung(epochs))? else { return Ok(None) };
        let keep = open.len().div_ceil(search.reduction).max(search.population);
        open = best(tried, keep)
            .into_iter()
            .map(|trial| {
                let half = trial.points.len().div_ceil(2);
                (trial.formula, trial.points.iter().take(half).map(|tried| tried.point).collect())
            })
            .collect();
    }
    if !search.rungs.is_empty() {
        open.truncate(search.population);
    }
    for (_, points) in &mut open {
        *points = around(points[0], config);
    }
    let Some(tried) = ask(trials, &open, Stage::Complete)? else { return Ok(None) };
    Ok(Some(best(tried, search.population).into_iter().filter_map(|trial| Individual::of(trial, true)).collect()))
}

/// A configuration, and beside it others that differ in the number of negatives, the learning rate, the scale or the L2 coefficient.
fn around(point: RankingPoint, config: &RankingConfig) -> Vec<RankingPoint> {
    let test = &config.test;
    let scaled =
        |value: f32, factor: f64, [low, high]: [f32; 2]| two_digits(factor * f64::from(value)).clamp(low, high);
    let mut points = vec![point];
    let mut add = |point: RankingPoint| {
        if !points.contains(&point) {
            points.push(point);
        }
    };
    if config.training.negatives != Negatives::InBatch {
        let most = test.n_negatives.iter().copied().max().unwrap_or(point.n_negatives);
        add(RankingPoint { n_negatives: most, ..point });
    }
    add(RankingPoint { learning_rate: scaled(point.learning_rate, 0.3, test.learning_rate_bounds), ..point });
    for factor in [0.3, 3.0] {
        add(RankingPoint { init_std: scaled(point.init_std, factor, test.init_std_bounds), ..point });
        add(RankingPoint { l2: scaled(point.l2, factor, test.l2_bounds), ..point });
    }
    points
}

fn ask<E: From<RankingEvalError>>(
    trials: &mut Trials<'_, E>,
    open: &[(Formula, Vec<RankingPoint>)],
    stage: Stage,
) -> Result<Option<Vec<RankingTrial>>, E> {
    let asked = |(formula, points): &(Formula, Vec<RankingPoint>)| Asked {
        formula: formula.clone(),
        stage,
        points: points.clone(),
    };
    let asked: Vec<Asked> = open.iter().map(asked).collect();
    let part = if stage == Stage::Complete { "trained to convergence" } else { "tried" };
    trials.all(&asked, (part, 0, asked.len()))
}

/// The best, the best first; of equals the earlier. What diverged everywhere goes.
fn best(mut tried: Vec<RankingTrial>, keep: usize) -> Vec<RankingTrial> {
    tried.retain(|trial| trial.validation().is_finite());
    tried.sort_by(|one, other| other.validation().total_cmp(&one.validation()));
    tried.truncate(keep);
    tried
}
