//! The settings of a loss, chosen on validation: successive halving of a field of configurations, then rounds beside the best.

use std::cmp::Ordering;
use std::sync::atomic::{self, AtomicUsize};

use rayon::prelude::*;

use super::contender::Contender;
use super::error::RankingEvalError;
use super::point::{PER_ROUND, RankingAxis, RankingPoint, edges, field, neighbours};
use super::training::{Setting, State, Training};
use crate::halving::rungs;
use crate::observer::Observer;
use crate::record::Rung;

/// A loss at the settings that were chosen for it.
pub(super) struct Tuned {
    /// Of the first seed, and then of the others.
    pub trainings: Vec<Training>,
    pub at_edge: Vec<RankingAxis>,
    pub configurations: usize,
    pub diverged: usize,
    pub epochs: usize,
}

/// Trainings that were started, of how many.
pub(super) struct Tally<'a> {
    observer: &'a dyn Observer,
    done: AtomicUsize,
    total: usize,
}

impl<'a> Tally<'a> {
    /// Of `n` losses.
    pub(super) fn of(n: usize, setting: &Setting<'_>, observer: &'a dyn Observer) -> Self {
        let config = setting.config;
        let all = |rungs: Vec<Rung>| rungs.iter().map(|rung| rung.configurations).sum::<usize>();
        let of_field = all(rungs_of(field(config).len(), setting));
        let of_rounds = config.test.rounds * all(rungs_of(PER_ROUND, setting));
        let total = n * (of_field + of_rounds + config.test.seeds - 1);
        Self { observer, done: AtomicUsize::new(0), total }
    }

    /// Of trainings that tell nothing.
    pub(super) fn silent(observer: &'a dyn Observer) -> Self {
        Self { observer, done: AtomicUsize::new(0), total: 0 }
    }

    fn told(&self, contender: &Contender, training: &Training) {
        if self.total == 0 {
            return;
        }
        let done = self.done.fetch_add(1, atomic::Ordering::Relaxed) + 1;
        let found = if training.state == State::Diverged { f64::NAN } else { training.validation };
        self.observer.tuned(done, self.total, &contender.title, found);
    }

    fn stop(&self) -> bool {
        self.observer.stop()
    }
}

fn rungs_of(configurations: usize, setting: &Setting<'_>) -> Vec<Rung> {
    let halving = &setting.config.halving;
    rungs(configurations, halving.rung_epochs, halving.reduction)
}

/// Chooses the settings of a loss and trains it from every seed. `None` where the observer asked for an early end.
///
/// # Errors
/// Negatives that cannot be drawn.
pub(super) fn tune(
    setting: &Setting<'_>,
    contender: &Contender,
    user_ids: &[String],
    tally: &Tally<'_>,
) -> Result<Option<Tuned>, RankingEvalError> {
    let config = setting.config;
    let fresh = |point: RankingPoint, seed: u64| {
        Training::new(setting, point, seed).map_err(|error| RankingEvalError::of_negatives(error, user_ids))
    };
    let (mut tried, mut best): (Vec<RankingPoint>, Option<Training>) = (Vec::new(), None);
    let (mut diverged, mut epochs) = (0, 0);
    for round in 0..=config.test.rounds {
        let runs = match &best {
            None if round == 0 => {
                field(config).into_iter().map(|point| fresh(point, config.seed)).collect::<Result<Vec<_>, _>>()?
            }
            None => break,
            // More negatives than a user has items for end the growth.
            Some(best) => neighbours(&tried, best.point, config)
                .into_iter()
                .filter_map(|point| fresh(point, config.seed).ok())
                .collect(),
        };
        tried.extend(runs.iter().map(|run| run.point));
        let Some(runs) = halve(runs, setting, contender, tally)? else { return Ok(None) };
        diverged += runs.iter().filter(|run| run.state == State::Diverged).count();
        epochs += runs.iter().map(|run| run.epochs).sum::<usize>();
        let ended = runs.into_iter().filter(|run| run.factors.is_some() && run.state != State::Open);
        best = best.into_iter().chain(ended).min_by(order);
    }
    let configurations = tried.len();
    let Some(best) = best else {
        return Ok(Some(Tuned { trainings: Vec::new(), at_edge: Vec::new(), configurations, diverged, epochs }));
    };
    let at_edge = edges(&tried, &best.point);
    let seeds = (config.seed + 1..).take(config.test.seeds - 1);
    let further = seeds.map(|seed| fresh(best.point, seed)).collect::<Result<Vec<_>, _>>()?;
    let Some(further) = advance(further, None, setting, contender, tally)? else { return Ok(None) };
    epochs += further.iter().map(|run| run.epochs).sum::<usize>();
    let trainings = std::iter::once(best).chain(further).collect();
    Ok(Some(Tuned { trainings, at_edge, configurations, diverged, epochs }))
}

/// The better first, on validation; of equals the one of fewer epochs. Of two that are as good in both the earlier stays first, as the
/// sort is stable.
pub(super) fn order(one: &Training, other: &Training) -> Ordering {
    other.validation.total_cmp(&one.validation).then(one.best_epoch.cmp(&other.best_epoch))
}

/// All trainings, of which those that were left train to the end.
pub(super) fn halve(
    mut open: Vec<Training>,
    setting: &Setting<'_>,
    contender: &Contender,
    tally: &Tally<'_>,
) -> Result<Option<Vec<Training>>, RankingEvalError> {
    let mut out = Vec::new();
    for rung in rungs_of(open.len(), setting) {
        open.sort_by(order);
        out.extend(open.split_off(rung.configurations.min(open.len())));
        let Some(advanced) = advance(open, rung.until, setting, contender, tally)? else { return Ok(None) };
        open = advanced;
    }
    out.extend(open);
    Ok(Some(out))
}

/// The trainings, each on a thread of its own, until some epochs or to the end.
fn advance(
    mut runs: Vec<Training>,
    until: Option<usize>,
    setting: &Setting<'_>,
    contender: &Contender,
    tally: &Tally<'_>,
) -> Result<Option<Vec<Training>>, RankingEvalError> {
    let stop = || tally.stop();
    runs.par_iter_mut().with_max_len(1).try_for_each(|run| {
        run.advance(setting, &contender.loss, until, &stop)?;
        tally.told(contender, run);
        Ok::<(), RankingEvalError>(())
    })?;
    Ok((!tally.stop()).then_some(runs))
}
