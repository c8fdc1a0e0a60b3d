//! Phase I (Algorithm 1): sample, proxy test, train a copy, reward, filter, update the controller.
//!
//! One round takes `search.samples_per_update` formulas. Those that pass the proxy test train copies of the same
//! recommender on the same batches, side by side; every one with reward ≥ −η is accepted, and the copy of the best
//! replaces the recommender. `search.proxy_test` and `search.reward_filter` switch either off (§5.5, §5.6). Rounds follow
//! each other, so results never depend on the number of threads.

mod outcome;
mod recommender;

use std::time::Instant;

use autolossgen_formula::Loss;
use autolossgen_recsys::random::{below, stream};
use autolossgen_recsys::{EpochPlans, Hyperparameters, Interactions, Model, SearchData};

pub use outcome::{Counts, Outcome, SearchStatus, StopReason};

use crate::controller::{Controller, Episode, controller};
use crate::journal::{Record, Sample, Update};
use crate::proxy::{ProxyTest, Verdict};
use crate::{Config, Observer, scale};
use recommender::{Keep, Recommender, Tried};

/// Searches until a limit of `config.search` is reached and says which. `fresh` makes the recommender of a number,
/// counted from 0; `journal` hears of everything in order, and its first error ends the search. To be called inside a
/// [`pool`](crate::pool).
///
/// # Errors
/// The first error of `journal`.
pub fn search<M: Model, E>(
    data: &SearchData,
    config: &Config,
    fresh: &dyn Fn(u64) -> M,
    journal: &mut dyn FnMut(Record) -> Result<(), E>,
    observer: &dyn Observer,
) -> Result<StopReason, E> {
    let started = Instant::now();
    let mut search = Search::new(data, config, fresh);
    journal(search.recommender_record())?;
    loop {
        let update = search.round();
        search.samples.drain(..).try_for_each(|sample| journal(Record::Sample(sample)))?;
        journal(Record::Update(update))?;
        observer.searched(&search.status(), &|rows| search.recommender.measure(rows));
        if let Some(reason) = search.end(started, observer) {
            let counts = search.counts;
            journal(Record::End { reason, counts })?;
            return Ok(reason);
        }
        if search.has_converged() {
            search.restart();
            journal(search.recommender_record())?;
        }
    }
}

struct Search<'a, M> {
    data: &'a SearchData,
    config: &'a Config,
    fresh: &'a dyn Fn(u64) -> M,
    hyperparameters: Hyperparameters,
    controller: Box<dyn Controller>,
    recommender: Recommender<M>,
    /// Recommenders started before this one.
    number: u64,
    plans: EpochPlans,
    /// The epoch that the next copies train, counted from 1.
    epoch: u64,
    proxy: ProxyTest,
    /// Rewards of the losses in the proxy test's list, by sample.
    rewards: Vec<(u64, f64)>,
    counts: Counts,
    updates: u64,
    /// Best validation gain of this recommender, and the updates since it was reached.
    best: f64,
    stale: usize,
    /// Samples since a loss was last accepted.
    unaccepted: usize,
    /// The samples of the last round.
    samples: Vec<Sample>,
}

impl<'a, M: Model> Search<'a, M> {
    fn new(data: &'a SearchData, config: &'a Config, fresh: &'a dyn Fn(u64) -> M) -> Self {
        let (model, metric) = (fresh(0), config.metric());
        let proxy = ProxyTest::new(proxy_batch(data, config), config.search.delta, &model);
        let mut hyperparameters = config.hyperparameters();
        if !config.search.l2 {
            hyperparameters.l2 = 0.0;
        }
        let keep = if config.search.reward_filter { Keep::Best } else { Keep::First };
        let recommender = Recommender::new(model, metric, keep, data);
        let best = metric.gain(recommender.validation);
        Self {
            data,
            config,
            fresh,
            hyperparameters,
            controller: controller(config),
            recommender,
            number: 0,
            plans: EpochPlans::new(config.training.batch_size, config.seed).passing(),
            epoch: 1,
            proxy,
            rewards: Vec::new(),
            counts: Counts::default(),
            updates: 0,
            best,
            stale: 0,
            unaccepted: 0,
            samples: Vec::new(),
        }
    }

    /// One update of the controller; leaves its samples in `self.samples`.
    fn round(&mut self) -> Update {
        let mut rng = stream(self.config.seed, "samples", self.updates);
        let episodes = self.controller.ask(self.round_size(), &mut rng);
        let losses: Vec<Loss> = episodes.iter().map(|episode| scale::compile(&episode.formula, self.config)).collect();
        let first = self.counts.sampled;
        let verdicts: Vec<Verdict> = (first..).zip(&losses).map(|(sample, loss)| self.examine(loss, sample)).collect();
        let new: Vec<usize> = (0..verdicts.len()).filter(|&index| verdicts[index] == Verdict::New).collect();
        let to_try: Vec<Loss> = new.iter().map(|&index| losses[index].clone()).collect();
        let tried = self.try_losses(&to_try);
        let mut outcomes: Vec<Outcome> = verdicts.iter().map(without_training).collect();
        for (&index, &tried) in new.iter().zip(&tried) {
            outcomes[index] = self.outcome(tried);
        }
        let rewards = self.rewards(&outcomes);
        let rewarded: Vec<(Episode, f64)> = episodes.into_iter().zip(rewards).collect();
        let stats = self.controller.tell(&rewarded);
        self.record_samples(&rewarded, &outcomes);
        let replaced = self.replace(&outcomes);
        self.updates += 1;
        Update { update: self.updates - 1, stats, validation: self.recommender.validation, replaced }
    }

    /// What became of a copy trained with each loss. The plan of the next epoch is made beside them, by a thread that would
    /// have to wait for the last copies.
    fn try_losses(&self, losses: &[Loss]) -> Vec<Tried> {
        if losses.is_empty() {
            return Vec::new();
        }
        let Self { data, config, hyperparameters, recommender, plans, epoch, proxy, .. } = self;
        // Unfiltered is unfiltered: a copy that no loss can train further replaces the recommender like any other.
        let filters = config.search.reward_filter;
        let is_trainable = |model: &M| !filters || proxy.is_trainable(model);
        let plan = plans.get(data, *epoch);
        let train = || recommender.try_losses(losses, data, &plan, hyperparameters, &is_trainable);
        rayon::join(train, || plans.get(data, epoch + 1)).0
    }

    fn examine(&mut self, loss: &Loss, sample: u64) -> Verdict {
        match self.config.search.proxy_test {
            true => self.proxy.examine(loss, sample),
            false if self.proxy.is_finite(loss) => Verdict::New,
            false => Verdict::NonFinite,
        }
    }

    /// Formulas of the next round: fewer at the end of the budget.
    fn round_size(&self) -> usize {
        let (size, budget) = (self.config.search.samples_per_update, self.config.search.samples as u64);
        if budget == 0 { size } else { size.min((budget - self.counts.sampled) as usize) }
    }

    fn outcome(&self, tried: Tried) -> Outcome {
        match tried {
            Tried::Diverged => Outcome::Diverged,
            Tried::Saturated => Outcome::Saturated,
            Tried::Validated(validation) => {
                let settings = &self.config.search;
                let accepted = !settings.reward_filter || self.recommender.reward(validation) >= -settings.eta;
                Outcome::Trained { validation, accepted }
            }
        }
    }

    /// The reward of each outcome; a duplicate gets that of its original.
    fn rewards(&mut self, outcomes: &[Outcome]) -> Vec<f64> {
        let first = self.counts.sampled;
        let mut rewards = Vec::with_capacity(outcomes.len());
        for (sample, outcome) in (first..).zip(outcomes) {
            let reward = match *outcome {
                Outcome::ZeroGradient | Outcome::NonFinite => self.config.search.zero_gradient_reward,
                Outcome::Diverged | Outcome::Saturated => {
                    self.originals(sample, self.config.search.zero_gradient_reward)
                }
                Outcome::Trained { validation, .. } => self.originals(sample, self.recommender.reward(validation)),
                Outcome::Duplicate { of } => {
                    self.rewards.iter().find(|(original, _)| *original == of).expect("an original comes first").1
                }
            };
            rewards.push(reward);
        }
        rewards
    }

    /// Remembers the reward of a loss that was new.
    fn originals(&mut self, sample: u64, reward: f64) -> f64 {
        self.rewards.push((sample, reward));
        reward
    }

    fn record_samples(&mut self, rewarded: &[(Episode, f64)], outcomes: &[Outcome]) {
        for ((episode, reward), &outcome) in rewarded.iter().zip(outcomes) {
            let formula = episode.formula.canonical_under(self.config.semantics().clamp);
            let sample = self.counts.sampled;
            self.samples.push(Sample { sample, formula, log_prob: episode.log_prob, outcome, reward: *reward });
            self.counts.add(&outcome);
            self.unaccepted += 1;
            if matches!(outcome, Outcome::Trained { accepted: true, .. }) {
                self.unaccepted = 0;
            }
        }
    }

    /// Reward filtering (§4.1.3): the best copy replaces the recommender if its reward is ≥ −η. Without it, the first does.
    fn replace(&mut self, outcomes: &[Outcome]) -> bool {
        let accepted = outcomes.iter().any(|outcome| matches!(outcome, Outcome::Trained { accepted: true, .. }));
        if accepted {
            self.recommender.replace();
            self.follow();
        } else {
            self.recommender.discard();
        }
        let gain = self.config.metric().gain(self.recommender.validation);
        let better = gain > self.best + self.config.search.converged_tolerance;
        (self.best, self.stale) = if better { (gain, 0) } else { (self.best, self.stale + 1) };
        accepted
    }

    /// What follows a change of the recommender.
    fn follow(&mut self) {
        self.epoch += 1;
        self.rewards.clear();
        self.proxy.renew(self.recommender.model());
    }

    fn end(&self, started: Instant, observer: &dyn Observer) -> Option<StopReason> {
        let limits = &self.config.search;
        let reached = |limit: usize, count: u64| limit > 0 && count >= limit as u64;
        let ends_converged = limits.on_convergence == "end" && self.has_converged();
        [
            (reached(limits.samples, self.counts.sampled), StopReason::Samples),
            (reached(limits.candidates, self.counts.accepted), StopReason::Candidates),
            (reached(limits.nothing_accepted, self.unaccepted as u64), StopReason::NothingAccepted),
            (ends_converged, StopReason::Converged),
            (limits.time > 0.0 && started.elapsed().as_secs_f64() >= limits.time, StopReason::Time),
            (observer.stop(), StopReason::Interrupted),
        ]
        .into_iter()
        .find(|(holds, _)| *holds)
        .map(|(_, reason)| reason)
    }

    fn has_converged(&self) -> bool {
        let limit = self.config.search.converged_after;
        limit > 0 && self.stale >= limit
    }

    fn restart(&mut self) {
        self.number += 1;
        self.stale = 0;
        self.recommender.restart((self.fresh)(self.number), self.data);
        self.best = self.config.metric().gain(self.recommender.validation);
        self.follow();
    }

    fn recommender_record(&self) -> Record {
        Record::Recommender { number: self.number, validation: self.recommender.validation }
    }

    fn status(&self) -> SearchStatus {
        SearchStatus { counts: self.counts, validation: self.recommender.validation, recommenders: self.number + 1 }
    }
}

/// The outcome of a verdict; one that is new is diverged until it is trained.
fn without_training(verdict: &Verdict) -> Outcome {
    match *verdict {
        Verdict::ZeroGradient => Outcome::ZeroGradient,
        Verdict::Duplicate { of } => Outcome::Duplicate { of },
        Verdict::NonFinite => Outcome::NonFinite,
        Verdict::New => Outcome::Diverged,
    }
}

/// The fixed batch B: distinct training rows, drawn by the seed; not all of one label, if it has
/// room for two rows and there is another.
fn proxy_batch(data: &SearchData, config: &Config) -> Interactions {
    let mut rng = stream(config.seed, "proxy", 0);
    let mut rows: Vec<usize> = Vec::new();
    let (labels, n) = (data.train.labels(), config.search.proxy_batch.min(data.train.len()));
    let differ = labels.iter().any(|&label| label != labels[0]);
    while rows.len() < n {
        let row = below(&mut rng, labels.len() as u64) as usize;
        // The last row has another label if all before it have one.
        let is_last = differ && rows.len() + 1 == n && n > 1;
        let one_label = is_last && rows.iter().all(|&other| labels[other] == labels[row]);
        if !one_label && !rows.contains(&row) {
            rows.push(row);
        }
    }
    data.train.select(&rows)
}
