//! Algorithm 1: the reward of a loss is what one epoch on a copy of the recommender changes.
//!
//! Losses that pass the proxy test train copies of the same recommender on the same batches, side by side; every one with
//! reward ≥ −η is accepted, and the copy of the best replaces the recommender. `search.proxy_test` and
//! `search.reward_filter` switch either off (§5.5, §5.6).

use std::sync::Mutex;

use autolossgen_formula::Loss;
use autolossgen_recsys::random::{below, stream};
use autolossgen_recsys::{EpochPlans, Hyperparameters, Interactions, Model, SearchData, Snapshot};
use serde::{Deserialize, Serialize};

use super::Outcome;
use super::recommender::{Keep, Recommender, Tried};
use super::trials::{Numbered, Round, Trial, Trials, TrialsState};
use crate::Config;
use crate::checkpoint::ForeignState;
use crate::journal::Record;
use crate::proxy::{ProxyTest, Verdict};

/// What [`OneEpoch`] is between two rounds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OneEpochState {
    recommender: Snapshot,
    number: u64,
    epoch: u64,
    /// The list of the proxy test.
    seen: Vec<(u64, Vec<f64>)>,
    rewards: Vec<(u64, f64)>,
    best: f64,
    stale: usize,
}

/// The recommender of Algorithm 1 and what is known of losses at its present state.
pub(super) struct OneEpoch<'a, M> {
    data: &'a SearchData,
    config: &'a Config,
    fresh: &'a (dyn Fn(u64) -> M + Sync),
    hyperparameters: Hyperparameters,
    recommender: Recommender<M>,
    /// Recommenders started before this one.
    number: u64,
    /// The recommender that follows on this one, once it is made.
    next: Mutex<Option<M>>,
    plans: EpochPlans,
    /// The epoch that the next copies train, counted from 1.
    epoch: u64,
    proxy: ProxyTest,
    /// Rewards of the losses in the proxy test's list, by sample.
    rewards: Vec<(u64, f64)>,
    /// Best validation gain of this recommender, and the updates since it was reached.
    best: f64,
    stale: usize,
}

impl<'a, M: Model> OneEpoch<'a, M> {
    pub(super) fn new(data: &'a SearchData, config: &'a Config, fresh: &'a (dyn Fn(u64) -> M + Sync)) -> Self {
        let (model, metric) = (fresh(0), config.metric());
        let proxy = ProxyTest::new(proxy_batch(data, config), config.search.delta, &model);
        let mut hyperparameters = config.hyperparameters();
        if !config.search.l2 {
            hyperparameters.l2 = 0.0;
        }
        let keep = if config.search.reward_filter { Keep::Best } else { Keep::First };
        let recommender = Recommender::new(model, metric, keep, data);
        let best = metric.gain(recommender.validation);
        let plans = EpochPlans::new(config.training.batch_size, config.seed).passing();
        let (number, epoch, rewards, stale) = (0, 1, Vec::new(), 0);
        let next = Mutex::default();
        Self {
            data,
            config,
            fresh,
            hyperparameters,
            recommender,
            number,
            next,
            plans,
            epoch,
            proxy,
            rewards,
            best,
            stale,
        }
    }

    fn examine(&mut self, loss: &Loss, sample: u64) -> Verdict {
        match self.config.search.proxy_test {
            true => self.proxy.examine(loss, sample),
            false if self.proxy.is_finite(loss) => Verdict::New,
            false => Verdict::NonFinite,
        }
    }

    /// What became of a copy trained with each loss. Where the copies leave a thread idle, it makes what comes next.
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
        let waits = !losses.len().is_multiple_of(rayon::current_num_threads());
        let make_ready = || {
            if waits && !self.make_next() {
                plans.get(data, epoch + 1);
            }
        };
        rayon::join(train, make_ready).0
    }

    /// Makes the recommender that follows on this one; whether there was one to make.
    fn make_next(&self) -> bool {
        let restarts = self.config.search.converged_after > 0 && self.config.search.on_convergence == "restart";
        let mut next = self.next.lock().expect("no thread panics with the next recommender");
        let lacks = restarts && next.is_none();
        if lacks {
            *next = Some((self.fresh)(self.number + 1));
        }
        lacks
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

    /// The outcome of a loss with its reward; a duplicate gets that of its original.
    fn rewarded(&mut self, sample: u64, outcome: Outcome) -> Trial {
        let nothing = self.config.search.zero_gradient_reward;
        let reward = match outcome {
            Outcome::Diverged | Outcome::Saturated => self.original(sample, nothing),
            Outcome::Trained { validation, .. } => self.original(sample, self.recommender.reward(validation)),
            Outcome::Duplicate { of } => {
                self.rewards.iter().find(|(original, _)| *original == of).expect("an original comes first").1
            }
            _ => nothing,
        };
        Trial { outcome, reward }
    }

    /// Remembers the reward of a loss that was new.
    fn original(&mut self, sample: u64, reward: f64) -> f64 {
        self.rewards.push((sample, reward));
        reward
    }

    /// Reward filtering (§4.1.3): the best copy replaces the recommender if its reward is ≥ −η. Without it, the first does.
    fn replace(&mut self, accepted: bool) {
        if accepted {
            self.recommender.replace();
            self.follow();
        } else {
            self.recommender.discard();
        }
        let gain = self.config.metric().gain(self.recommender.validation);
        let better = gain > self.best + self.config.search.converged_tolerance;
        (self.best, self.stale) = if better { (gain, 0) } else { (self.best, self.stale + 1) };
    }

    /// What follows a change of the recommender.
    fn follow(&mut self) {
        self.epoch += 1;
        self.rewards.clear();
        self.proxy.renew(self.recommender.model());
    }
}

impl<M: Model> Trials for OneEpoch<'_, M> {
    fn round(&mut self, losses: &[Numbered<'_>]) -> Round {
        let verdicts: Vec<Verdict> = losses.iter().map(|new| self.examine(new.loss, new.sample)).collect();
        let is_new = |(new, verdict): (&Numbered<'_>, &Verdict)| (*verdict == Verdict::New).then(|| new.loss.clone());
        let to_try: Vec<Loss> = losses.iter().zip(&verdicts).filter_map(is_new).collect();
        let mut tried = self.try_losses(&to_try).into_iter();
        let mut trials = Vec::with_capacity(losses.len());
        for (new, verdict) in losses.iter().zip(&verdicts) {
            let trained = || self.outcome(tried.next().expect("every new loss was tried"));
            let outcome = Outcome::untrained(verdict).unwrap_or_else(trained);
            trials.push(self.rewarded(new.sample, outcome));
        }
        let replaced = trials.iter().any(|trial| trial.outcome.is_accepted());
        self.replace(replaced);
        Round { trials, validation: self.recommender.validation, replaced }
    }

    fn opening(&self) -> Record {
        Record::Recommender { number: self.number, validation: self.recommender.validation }
    }

    fn recommenders(&self) -> u64 {
        self.number + 1
    }

    fn has_converged(&self) -> bool {
        let limit = self.config.search.converged_after;
        limit > 0 && self.stale >= limit
    }

    fn restart(&mut self) {
        self.number += 1;
        self.stale = 0;
        let next = self.next.get_mut().expect("no thread panics with the next recommender").take();
        self.recommender.restart(next.unwrap_or_else(|| (self.fresh)(self.number)), self.data);
        self.best = self.config.metric().gain(self.recommender.validation);
        self.follow();
    }

    fn prepare(&self) {
        let epoch = self.epoch + u64::from(self.has_converged());
        rayon::join(|| self.plans.get(self.data, epoch), || self.make_next());
    }

    fn measure(&self, rows: &Interactions) -> Option<f64> {
        self.recommender.measure(rows)
    }

    fn state(&self) -> TrialsState {
        TrialsState::OneEpoch(OneEpochState {
            recommender: self.recommender.model().snapshot(),
            number: self.number,
            epoch: self.epoch,
            seen: self.proxy.seen().to_vec(),
            rewards: self.rewards.clone(),
            best: self.best,
            stale: self.stale,
        })
    }

    fn restore(&mut self, state: TrialsState) -> Result<(), ForeignState> {
        let TrialsState::OneEpoch(state) = state else { return Err(ForeignState) };
        let OneEpochState { recommender, number, epoch, seen, rewards, best, stale } = state;
        let has_reward = |(sample, _): &(u64, Vec<f64>)| rewards.iter().any(|(original, _)| original == sample);
        if number.max(epoch) > u64::from(u32::MAX) || !seen.iter().all(has_reward) {
            return Err(ForeignState);
        }
        self.recommender.restore(&recommender, self.data)?;
        self.proxy.renew(self.recommender.model());
        self.proxy.restore(seen)?;
        (self.number, self.epoch, self.rewards, self.best) = (number, epoch, rewards, best);
        self.next = Mutex::default();
        self.stale = stale.min(usize::MAX / 2);
        Ok(())
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
