//! Losses on trial: each trained at some configurations, in the order of asking.

use std::cmp::Ordering;

use autolossgen_formula::Formula;
use rayon::prelude::*;

use super::super::contender::Contender;
use super::super::error::RankingEvalError;
use super::super::point::RankingPoint;
use super::super::race::{Tally, halve, order};
use super::super::training::{Setting, State, Training};
use super::record::{RankingLog, RankingTrial, Stage, TriedPoint};
use crate::config::RankingConfig;
use crate::observer::Observer;

/// Losses that are trained side by side, and written together.
const TOGETHER: usize = 16;

/// A loss to be tried.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub formula: Formula,
    pub stage: Stage,
    /// The configurations; not empty
    pub points: Vec<RankingPoint>,
}

/// Tries losses.
pub(super) struct Trials<'a, E> {
    trainer: Trainer<'a>,
    log: &'a mut dyn RankingLog<E>,
    /// Number of the next trial
    next: u64,
    best: f64,
}

impl<'a, E: From<RankingEvalError>> Trials<'a, E> {
    pub(super) fn new(
        setting: &'a Setting<'a>,
        divisions: &'a [Setting<'a>],
        user_ids: &'a [String],
        log: &'a mut dyn RankingLog<E>,
        observer: &'a dyn Observer,
    ) -> Self {
        Self { trainer: Trainer { setting, divisions, user_ids, observer }, log, next: 0, best: f64::NEG_INFINITY }
    }

    /// The configuration.
    pub(super) fn config(&self) -> &'a RankingConfig {
        self.trainer.setting.config
    }

    /// Tries some losses; `part` and `total` say how far the search is. `None` where the observer asked for an end.
    pub(super) fn all(
        &mut self,
        asked: &[Asked],
        (part, done, total): (&'static str, usize, usize),
    ) -> Result<Option<Vec<RankingTrial>>, E> {
        let mut trials = Vec::with_capacity(asked.len());
        for asked in asked.chunks(TOGETHER) {
            let numbers = self.next..self.next + asked.len() as u64;
            let kept: Vec<Option<RankingTrial>> = numbers.map(|trial| self.log.kept(trial)).collect();
            let fresh: Vec<&Asked> =
                asked.iter().zip(&kept).filter(|(_, kept)| kept.is_none()).map(|(asked, _)| asked).collect();
            let trainer = &self.trainer;
            let trained = fresh.par_iter().with_max_len(1).map(|asked| trainer.train(asked));
            let mut trained = trained.collect::<Result<Vec<_>, RankingEvalError>>()?.into_iter();
            for (asked, kept) in asked.iter().zip(kept) {
                let trial = match kept {
                    Some(kept) => self.expect_same(kept, asked)?,
                    None => {
                        let Some(points) = trained.next().flatten() else { return Ok(None) };
                        let Asked { formula, stage, .. } = asked.clone();
                        let trial = RankingTrial { trial: self.next, formula, stage, points };
                        self.log.tried(&trial)?;
                        trial
                    }
                };
                self.next += 1;
                self.best = self.best.max(trial.validation());
                trials.push(trial);
                self.trainer.observer.tried(part, done + trials.len(), total, self.best);
            }
        }
        Ok(Some(trials))
    }

    /// A kept trial, if it is of the loss that is asked for.
    fn expect_same(&self, kept: RankingTrial, asked: &Asked) -> Result<RankingTrial, E> {
        let is_same = kept.formula.to_string() == asked.formula.to_string() && kept.stage == asked.stage;
        if is_same { Ok(kept) } else { Err(self.log.foreign(self.next)) }
    }
}

/// What a training needs.
struct Trainer<'a> {
    setting: &'a Setting<'a>,
    /// Those of further divisions
    divisions: &'a [Setting<'a>],
    user_ids: &'a [String],
    observer: &'a dyn Observer,
}

impl Trainer<'_> {
    /// What came of a loss at its configurations, the best first; `None` where the observer asked for an end.
    fn train(&self, asked: &Asked) -> Result<Option<Vec<TriedPoint>>, RankingEvalError> {
        let contender = Contender::new(&asked.formula).expect("a search proposes losses of ranking");
        let setting = match asked.stage {
            Stage::Division(number) => &self.divisions[number],
            Stage::Rung(_) | Stage::Complete | Stage::Evolution => self.setting,
        };
        let seed = setting.seed;
        let fresh = |point: &RankingPoint| Training::new(setting, *point, seed);
        // More negatives than a user has items for are no configuration, where there is another.
        let (begun, mut refused): (Vec<_>, Vec<_>) = asked.points.iter().map(fresh).partition(Result::is_ok);
        let mut runs: Vec<Training> = begun.into_iter().flatten().collect();
        if let (true, Some(Err(error))) = (runs.is_empty(), refused.pop()) {
            return Err(RankingEvalError::of_negatives(error, self.user_ids));
        }
        match asked.stage {
            Stage::Rung(epochs) => {
                let stop = || self.observer.stop();
                let advance = |run: &mut Training| run.sprint(setting, &contender.loss, epochs, &stop);
                runs.par_iter_mut().with_max_len(1).try_for_each(advance)?;
            }
            Stage::Complete | Stage::Evolution | Stage::Division(_) => {
                let raced = halve(runs, setting, &contender, &Tally::silent(self.observer))?;
                let Some(raced) = raced else { return Ok(None) };
                runs = raced;
            }
        }
        if self.observer.stop() {
            return Ok(None);
        }
        runs.sort_by(ended_first);
        let tried = |run: &Training| TriedPoint {
            point: run.point,
            validation: run.validation.is_finite().then_some(run.validation),
            epochs: run.epochs,
        };
        Ok(Some(runs.iter().map(tried).collect()))
    }
}

/// What trained to the end before what was given up, and the better first.
fn ended_first(one: &Training, other: &Training) -> Ordering {
    let is_open = |run: &Training| run.state == State::Open;
    is_open(one).cmp(&is_open(other)).then(order(one, other))
}
