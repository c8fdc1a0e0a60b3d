//! Phase I: sample, try, reward, update the controller.
//!
//! One round takes `search.samples_per_update` formulas. How they are tried is `search.reward`: by one epoch on a copy of
//! the recommender (Algorithm 1, `one_epoch`) or by training to convergence (Eq. 5, `converged`). Rounds follow each
//! other, so results never depend on the number of threads.

mod converged;
mod fame;
mod folds;
mod one_epoch;
mod outcome;
mod proposal;
mod recommender;
mod resume;
mod trials;
mod words;

use std::borrow::Cow;
use std::time::Instant;

use autolossgen_formula::Loss;
use autolossgen_recsys::random::stream;
use autolossgen_recsys::{Model, SearchData};

pub use fame::{Famous, HallOfFame};
pub use outcome::{Counts, Outcome, SearchStatus, StopReason};
pub use resume::{SearchLog, SearchState};

use crate::checkpoint::ForeignState;
use crate::config::RewardRule;
use crate::controller::{Controller, Episode, controller};
use crate::journal::{Record, Sample, Update};
use crate::scale::Scales;
use crate::{Config, Observer};
use converged::ByConvergence;
use folds::folds;
use one_epoch::OneEpoch;
use proposal::Proposal;
use trials::{Numbered, Round, Trials};

/// Searches until a limit of `config.search` is reached and says which. `fresh` makes the recommender of a number,
/// counted from 0; `log` hears of everything in order. To be called inside a [`pool`](crate::pool).
///
/// Where the observer asks for the end, nothing says so in the log: the search can be [`resume`]d.
///
/// # Errors
/// The first error of `log` ends the search.
pub fn search<M: Model, L: SearchLog>(
    data: &SearchData,
    config: &Config,
    fresh: &(dyn Fn(u64) -> M + Sync),
    log: &mut L,
    observer: &dyn Observer,
) -> Result<StopReason, L::Error> {
    let folds = folds(data, config);
    let mut search = Search::new(config, trials(&folds, config, fresh));
    log.append(search.trials.opening())?;
    search.warm_start();
    search.run(log, observer)
}

/// Goes on with a search that was cut off: `past` is all that it had written when it was at `state`. From there it writes, and
/// ends, as it would have done.
///
/// # Errors
/// The first error of `log`; a state that is not that of a search by this configuration on these data.
pub fn resume<M: Model, L: SearchLog>(
    data: &SearchData,
    config: &Config,
    fresh: &(dyn Fn(u64) -> M + Sync),
    (past, state): (&[Record], SearchState),
    log: &mut L,
    observer: &dyn Observer,
) -> Result<StopReason, L::Error>
where
    L::Error: From<ForeignState>,
{
    let folds = folds(data, config);
    let mut search = Search::new(config, trials(&folds, config, fresh));
    search.restore(past, state)?;
    search.run(log, observer)
}

/// How losses are tried, by the configuration.
fn trials<'a, M: Model>(
    folds: &'a [Cow<'a, SearchData>],
    config: &'a Config,
    fresh: &'a (dyn Fn(u64) -> M + Sync),
) -> Box<dyn Trials + 'a> {
    match config.search.reward {
        RewardRule::OneEpoch => Box::new(OneEpoch::new(&folds[0], config, fresh)),
        RewardRule::Converged => Box::new(ByConvergence::new(folds, config, fresh(0))),
    }
}

struct Search<'a> {
    config: &'a Config,
    controller: Box<dyn Controller>,
    trials: Box<dyn Trials + 'a>,
    counts: Counts,
    updates: u64,
    /// Samples since a loss was last accepted.
    unaccepted: usize,
    fame: HallOfFame,
    /// The samples of the last round, and its update.
    samples: Vec<Sample>,
    update: Option<Update>,
    /// Validation metric of the recommender.
    validation: f64,
    started: Instant,
    /// Seconds that it took before it was cut off.
    seconds_before: f64,
}

impl<'a> Search<'a> {
    fn new(config: &'a Config, trials: Box<dyn Trials + 'a>) -> Self {
        Self {
            config,
            controller: controller(config),
            trials,
            counts: Counts::default(),
            updates: 0,
            unaccepted: 0,
            fame: HallOfFame::default(),
            samples: Vec::new(),
            update: None,
            validation: f64::NAN,
            started: Instant::now(),
            seconds_before: 0.0,
        }
    }

    /// Rounds until the end, from between two of them.
    fn run<L: SearchLog>(&mut self, log: &mut L, observer: &dyn Observer) -> Result<StopReason, L::Error> {
        loop {
            self.samples.drain(..).try_for_each(|sample| log.append(Record::Sample(sample)))?;
            self.update.take().map_or(Ok(()), |update| log.append(Record::Update(update)))?;
            if self.counts.sampled > 0 {
                observer.searched(&self.status(), &|rows| self.trials.measure(rows));
                if let Some(reason) = self.end(log.known(), observer) {
                    return self.finish(reason, log);
                }
                if log.is_due() {
                    log.keep(&self.state())?;
                }
            }
            if self.trials.has_converged() {
                self.trials.restart();
                log.append(self.trials.opening())?;
            }
            self.round();
        }
    }

    /// An interruption is no end: what comes is the same as if it had not been.
    fn finish<L: SearchLog>(&mut self, reason: StopReason, log: &mut L) -> Result<StopReason, L::Error> {
        if reason == StopReason::Interrupted {
            log.keep(&self.state())?;
        } else {
            log.append(Record::HallOfFame { entries: std::mem::take(&mut self.fame) })?;
            log.append(Record::End { reason, counts: self.counts })?;
        }
        Ok(reason)
    }

    fn seconds(&self) -> f64 {
        self.seconds_before + self.started.elapsed().as_secs_f64()
    }

    /// Tries the losses of `search.warm_start`: in one round, so that all meet the same recommender.
    fn warm_start(&mut self) {
        let mut proposals = Proposal::known(self.config);
        if self.config.search.reward == RewardRule::OneEpoch {
            proposals = proposals.into_iter().flat_map(Proposal::at_each_epsilon).collect();
        }
        if proposals.is_empty() {
            return;
        }
        let (round, scales) = self.try_all(&proposals);
        self.validation = round.validation;
        let known = proposals.iter().zip(&round.trials).map(|(known, trial)| (known.formula.clone(), trial.reward));
        self.controller.begin_with(&known.collect::<Vec<_>>());
        self.record(&proposals, &scales, &round, &vec![0.0; proposals.len()]);
    }

    /// One update of the controller; leaves its samples in `self.samples`.
    fn round(&mut self) {
        let mut rng = stream(self.config.seed, "samples", self.updates);
        let episodes = self.controller.ask(self.round_size(), &mut rng);
        let formulas = episodes.iter().map(|episode| episode.formula.clone());
        let proposals: Vec<Proposal> = formulas.map(|formula| Proposal::generated(formula, self.config)).collect();
        let (round, scales) = self.try_all(&proposals);
        let rewards = round.trials.iter().map(|trial| trial.reward);
        let rewarded: Vec<(Episode, f64)> = episodes.into_iter().zip(rewards).collect();
        let log_probs: Vec<f64> = rewarded.iter().map(|(episode, _)| episode.log_prob).collect();
        self.record(&proposals, &scales, &round, &log_probs);
        let goes_on = self.round_size() > 0;
        let prepare = || goes_on.then(|| self.trials.prepare());
        let (stats, _) = rayon::join(|| self.controller.tell(&rewarded), prepare);
        (self.validation, self.updates) = (round.validation, self.updates + 1);
        let Round { validation, replaced, .. } = round;
        self.update = Some(Update { update: self.updates - 1, stats, validation, replaced });
    }

    /// What became of the losses of a round, and how large their gradients are.
    fn try_all(&mut self, proposals: &[Proposal]) -> (Round, Vec<Option<Scales>>) {
        let compiled = proposals.iter().map(|proposal| proposal.loss(self.config));
        let (losses, scales): (Vec<Loss>, Vec<Option<Scales>>) = compiled.unzip();
        let numbers = self.counts.sampled..;
        let numbered = numbers.zip(proposals.iter().zip(&losses));
        let numbered = numbered.map(|(sample, (proposal, loss))| Numbered { sample, proposal, loss });
        (self.trials.round(&numbered.collect::<Vec<_>>()), scales)
    }

    /// Formulas of the next round: fewer at the end of the budget.
    fn round_size(&self) -> usize {
        let (size, budget) = (self.config.search.samples_per_update, self.config.search.samples as u64);
        if budget == 0 { size } else { size.min(budget.saturating_sub(self.counts.sampled) as usize) }
    }

    fn record(&mut self, proposals: &[Proposal], scales: &[Option<Scales>], round: &Round, log_probs: &[f64]) {
        let tried = proposals.iter().zip(scales).zip(&round.trials).zip(log_probs);
        for (((proposal, &scales), trial), &log_prob) in tried {
            let sample = Sample {
                sample: self.counts.sampled,
                formula: proposal.formula.canonical_under(proposal.clamp),
                known: proposal.known.map(str::to_owned),
                log_prob,
                outcome: trial.outcome,
                reward: trial.reward,
                scales,
            };
            self.counts.add(&trial.outcome);
            self.unaccepted = if trial.outcome.is_accepted() { 0 } else { self.unaccepted + 1 };
            self.fame.offer(&sample);
            self.samples.push(sample);
        }
    }

    /// Whether a limit is reached; `known` is what was written next before the search was cut off.
    fn end(&self, known: Option<&Record>, observer: &dyn Observer) -> Option<StopReason> {
        let limits = &self.config.search;
        let reached = |limit: usize, count: u64| limit > 0 && count >= limit as u64;
        let ends_converged = limits.on_convergence == "end" && self.trials.has_converged();
        [
            (reached(limits.samples, self.counts.sampled), StopReason::Samples),
            (reached(limits.candidates, self.counts.accepted), StopReason::Candidates),
            (reached(limits.nothing_accepted, self.unaccepted as u64), StopReason::NothingAccepted),
            (ends_converged, StopReason::Converged),
            (limits.time > 0.0 && self.is_time_up(known), StopReason::Time),
            (observer.stop(), StopReason::Interrupted),
        ]
        .into_iter()
        .find(|(holds, _)| *holds)
        .map(|(_, reason)| reason)
    }

    /// What was written is not undone by a clock that runs otherwise now.
    fn is_time_up(&self, known: Option<&Record>) -> bool {
        match known {
            None => self.seconds() >= self.config.search.time,
            Some(next) => matches!(next, Record::HallOfFame { .. }),
        }
    }

    fn status(&self) -> SearchStatus {
        SearchStatus { counts: self.counts, validation: self.validation, recommenders: self.trials.recommenders() }
    }
}
