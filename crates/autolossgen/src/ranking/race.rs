//! The settings of a loss, chosen on validation: for each similarity, successive halving of a field of configurations, then rounds
//! beside the best; among the best few, further divisions choose.

use std::cmp::Ordering;
use std::sync::atomic::{self, AtomicUsize};

use autolossgen_recsys::ranking::Similarity;
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
    /// By which its settings were chosen: mean over the further divisions, or without them of the first seed.
    pub validation: f64,
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
        let similarities = config.test.similarities.len();
        let of_field = all(rungs_of(field(config).len() / similarities, setting));
        let of_rounds = config.test.rounds * all(rungs_of(PER_ROUND, setting));
        let of_divisions = FINALISTS * config.selection.divisions;
        let total = n * (similarities * (of_field + of_rounds + of_divisions) + config.test.seeds - 1);
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

/// Configurations of each similarity that are trained on the further divisions.
const FINALISTS: usize = 2;

/// Chooses the settings of a loss, among the best of each similarity by the further divisions, and trains it from every seed. `None`
/// where the observer asked for an early end.
///
/// # Errors
/// Negatives that cannot be drawn.
pub(super) fn tune(
    setting: &Setting<'_>,
    divisions: &[Setting<'_>],
    contender: &Contender,
    user_ids: &[String],
    tally: &Tally<'_>,
) -> Result<Option<Tuned>, RankingEvalError> {
    let config = setting.config;
    let mut race = Race { setting, contender, user_ids, tally, tried: Vec::new(), diverged: 0, epochs: 0 };
    let mut finalists = Vec::new();
    for &similarity in &config.test.similarities {
        let Some(best) = race.of_similarity(similarity)? else { return Ok(None) };
        finalists.extend(best);
    }
    finalists.sort_by(order);
    let Some(validations) = race.again(divisions, &finalists)? else { return Ok(None) };
    // Of equals the better on validation.
    let both = finalists.into_iter().zip(validations);
    let chosen = both.reduce(|best, other| if other.1 > best.1 { other } else { best });
    let Some((best, validation)) = chosen else {
        return Ok(Some(race.ended(Vec::new(), f64::NEG_INFINITY, Vec::new())));
    };
    let at_edge = edges(&race.tried, &best.point);
    let seeds = (config.seed + 1..).take(config.test.seeds - 1);
    let further = seeds.map(|seed| race.fresh(setting, best.point, seed)).collect::<Result<Vec<_>, _>>()?;
    let Some(further) = race.finish(further, setting)? else { return Ok(None) };
    let trainings = std::iter::once(best).chain(further).collect();
    Ok(Some(race.ended(trainings, validation, at_edge)))
}

/// The race of the configurations of one loss.
struct Race<'a> {
    setting: &'a Setting<'a>,
    contender: &'a Contender,
    user_ids: &'a [String],
    tally: &'a Tally<'a>,
    tried: Vec<RankingPoint>,
    diverged: usize,
    epochs: usize,
}

impl Race<'_> {
    fn fresh(&self, setting: &Setting<'_>, point: RankingPoint, seed: u64) -> Result<Training, RankingEvalError> {
        Training::new(setting, point, seed).map_err(|error| RankingEvalError::of_negatives(error, self.user_ids))
    }

    /// The best trainings of one similarity, the best first: of the field, and of the rounds beside the best.
    fn of_similarity(&mut self, similarity: Similarity) -> Result<Option<Vec<Training>>, RankingEvalError> {
        let (setting, config) = (self.setting, self.setting.config);
        let of_field = field(config).into_iter().filter(|point| point.similarity == similarity);
        let mut runs = of_field.map(|point| self.fresh(setting, point, setting.seed)).collect::<Result<Vec<_>, _>>()?;
        let mut best: Vec<Training> = Vec::new();
        for round in 0..=config.test.rounds {
            if let (1.., Some(best)) = (round, best.first()) {
                // More negatives than a user has items for end the growth.
                let beside = neighbours(&self.tried, best.point, config).into_iter();
                runs = beside.filter_map(|point| self.fresh(setting, point, setting.seed).ok()).collect();
            }
            self.tried.extend(runs.iter().map(|run| run.point));
            let Some(raced) = halve(std::mem::take(&mut runs), setting, self.contender, self.tally)? else {
                return Ok(None);
            };
            self.diverged += raced.iter().filter(|run| run.state == State::Diverged).count();
            self.epochs += raced.iter().map(|run| run.epochs).sum::<usize>();
            best.extend(raced.into_iter().filter(|run| run.factors.is_some() && run.state != State::Open));
            best.sort_by(order);
            best.truncate(FINALISTS);
        }
        Ok(Some(best))
    }

    /// By which configurations are chosen: of each the mean over the divisions, or without them what it has.
    fn again(
        &mut self,
        divisions: &[Setting<'_>],
        finalists: &[Training],
    ) -> Result<Option<Vec<f64>>, RankingEvalError> {
        if divisions.is_empty() {
            return Ok(Some(finalists.iter().map(|one| one.validation).collect()));
        }
        let mut means = vec![0.0; finalists.len()];
        for division in divisions {
            let runs = finalists.iter().map(|one| self.fresh(division, one.point, division.seed));
            let Some(runs) = self.finish(runs.collect::<Result<Vec<_>, _>>()?, division)? else { return Ok(None) };
            means.iter_mut().zip(&runs).for_each(|(mean, run)| *mean += run.validation / divisions.len() as f64);
        }
        Ok(Some(means))
    }

    fn finish(
        &mut self,
        runs: Vec<Training>,
        setting: &Setting<'_>,
    ) -> Result<Option<Vec<Training>>, RankingEvalError> {
        let ended = advance(runs, None, setting, self.contender, self.tally)?;
        self.epochs += ended.iter().flatten().map(|run| run.epochs).sum::<usize>();
        Ok(ended)
    }

    fn ended(self, trainings: Vec<Training>, validation: f64, at_edge: Vec<RankingAxis>) -> Tuned {
        let Self { tried, diverged, epochs, .. } = self;
        Tuned { trainings, validation, at_edge, configurations: tried.len(), diverged, epochs }
    }
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
