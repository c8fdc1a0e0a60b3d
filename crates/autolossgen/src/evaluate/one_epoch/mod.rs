//! Algorithm 1: the reward of a loss is what one epoch on a copy of the recommender changes.
//!
//! Losses that pass the proxy test train copies of the same recommender on the same batches, side by side; every one with
//! reward ≥ −η is accepted, and the copy of the best replaces the recommender. `search.proxy_test` and
//! `search.reward_filter` switch either off (§5.5, §5.6).

mod proxy;
mod recommender;

use std::sync::Mutex;

use autolossgen_formula::Loss;
use autolossgen_recsys::random::{below, stream};
use autolossgen_recsys::{BoxedModel, EpochPlans, Hyperparameters, Interactions, Model, SearchData, Snapshot};
use serde::{Deserialize, Serialize};

use super::novelty::Novelty;
use super::{Evaluation, Evaluator};
use crate::config::{Config, OnConvergence};
use crate::contract::{ContractError, Part, guard};
use crate::execute::Fresh;
use crate::record::{Outcome, Record};
use crate::state::{ForeignState, State};
use crate::trial::{Told, Trial};
pub use proxy::ProxyTest;
use recommender::{Keep, Recommender, Tried};

/// Name and version of the state.
const STATE: &str = "one-epoch 1";

/// What [`OneEpoch`] is between two rounds.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct OneEpochState {
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
pub struct OneEpoch<'a> {
    data: &'a SearchData,
    config: &'a Config,
    fresh: &'a Fresh<'a>,
    hyperparameters: Hyperparameters,
    recommender: Recommender,
    /// Recommenders started before this one.
    number: u64,
    /// The recommender that follows on this one, once it is made.
    next: Mutex<Option<BoxedModel>>,
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

impl<'a> OneEpoch<'a> {
    /// The trials of Algorithm 1 on `data`, from the recommender of number 0 on.
    ///
    /// # Errors
    /// A recommender that panics.
    pub fn new(data: &'a SearchData, config: &'a Config, fresh: &'a Fresh<'a>) -> Result<Self, ContractError> {
        guard(Part::Model, || Self::begin(data, config, fresh))
    }

    fn begin(data: &'a SearchData, config: &'a Config, fresh: &'a Fresh<'a>) -> Self {
        let (model, metric) = (fresh(config.seed, 0), config.selection_metric());
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

    fn examine(&mut self, loss: &Loss, sample: u64) -> Novelty {
        match self.config.search.proxy_test {
            true => self.proxy.examine(loss, sample),
            false if self.proxy.is_finite(loss) => Novelty::New,
            false => Novelty::NonFinite,
        }
    }

    /// What became of a copy trained with each loss. Where the copies leave a thread idle, it makes what comes next.
    fn try_losses(&self, losses: &[Loss]) -> Result<Vec<Tried>, ContractError> {
        if losses.is_empty() {
            return Ok(Vec::new());
        }
        let Self { data, config, hyperparameters, recommender, plans, epoch, proxy, .. } = self;
        // Unfiltered is unfiltered: a copy that no loss can train further replaces the recommender like any other.
        let filters = config.search.reward_filter;
        let is_trainable = |model: &BoxedModel| !filters || proxy.is_trainable(model);
        let plan = plans.get(data, *epoch);
        let train = || recommender.try_losses(losses, data, &plan, hyperparameters, &is_trainable);
        let waits = !losses.len().is_multiple_of(rayon::current_num_threads());
        let make_ready = || {
            if waits && !self.make_next() {
                plans.get(data, epoch + 1);
            }
        };
        rayon::join(train, make_ready).0.into_iter().collect()
    }

    /// Makes the recommender that follows on this one; whether there was one to make.
    fn make_next(&self) -> bool {
        let restarts =
            self.config.search.converged_after > 0 && self.config.search.on_convergence == OnConvergence::Restart;
        let mut next = self.next.lock().expect("no thread panics with the next recommender");
        let lacks = restarts && next.is_none();
        if lacks {
            // What panics here panics again where the recommender is needed, and is said there.
            *next = guard(Part::Model, || (self.fresh)(self.config.seed, self.number + 1)).ok();
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
    fn rewarded(&mut self, sample: u64, outcome: Outcome) -> Told {
        let nothing = self.config.search.zero_gradient_reward;
        let reward = match outcome {
            Outcome::Diverged | Outcome::Saturated => self.original(sample, nothing),
            Outcome::Trained { validation, .. } => self.original(sample, self.recommender.reward(validation)),
            Outcome::Duplicate { of } => {
                self.rewards.iter().find(|(original, _)| *original == of).expect("an original comes first").1
            }
            _ => nothing,
        };
        Told { outcome, reward }
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

impl OneEpoch<'_> {
    fn round(&mut self, trials: &[Trial]) -> Result<Evaluation, ContractError> {
        let novelties: Vec<Novelty> = trials.iter().map(|trial| self.examine(trial.loss(), trial.number())).collect();
        let is_new = |(trial, novelty): (&Trial, &Novelty)| (*novelty == Novelty::New).then(|| trial.loss().clone());
        let to_try: Vec<Loss> = trials.iter().zip(&novelties).filter_map(is_new).collect();
        let mut tried = self.try_losses(&to_try)?.into_iter();
        let mut told = Vec::with_capacity(trials.len());
        for (trial, novelty) in trials.iter().zip(&novelties) {
            let trained = || self.outcome(tried.next().expect("every new loss was tried"));
            let outcome = novelty.outcome().unwrap_or_else(trained);
            told.push(self.rewarded(trial.number(), outcome));
        }
        let replaced = told.iter().any(|told| told.outcome.is_accepted());
        self.replace(replaced);
        Ok(Evaluation { told, validation: self.recommender.validation, replaced })
    }
}

impl Evaluator for OneEpoch<'_> {
    fn evaluate(&mut self, trials: &[Trial]) -> Result<Evaluation, ContractError> {
        guard(Part::Model, || self.round(trials))?
    }

    fn has_state(&self) -> bool {
        true
    }

    fn opening(&self) -> Option<Record> {
        Some(Record::Recommender { number: self.number, validation: self.recommender.validation })
    }

    fn recommenders(&self) -> u64 {
        self.number + 1
    }

    fn has_converged(&self) -> bool {
        let limit = self.config.search.converged_after;
        limit > 0 && self.stale >= limit
    }

    fn restart(&mut self) -> Result<(), ContractError> {
        guard(Part::Model, || {
            self.number += 1;
            self.stale = 0;
            let next = self.next.get_mut().expect("no thread panics with the next recommender").take();
            let next = next.unwrap_or_else(|| (self.fresh)(self.config.seed, self.number));
            self.recommender.restart(next, self.data);
            self.best = self.config.metric().gain(self.recommender.validation);
            self.follow();
        })
    }

    fn prepare(&self) {
        let epoch = self.epoch + u64::from(self.has_converged());
        rayon::join(|| self.plans.get(self.data, epoch), || self.make_next());
    }

    fn measure(&self, rows: &Interactions) -> Option<f64> {
        self.recommender.measure(rows)
    }

    fn state(&self) -> State {
        let state = OneEpochState {
            recommender: self.recommender.model().snapshot(),
            number: self.number,
            epoch: self.epoch,
            seen: self.proxy.seen().to_vec(),
            rewards: self.rewards.clone(),
            best: self.best,
            stale: self.stale,
        };
        State::of(STATE, &state)
    }

    fn restore(&mut self, state: &State) -> Result<(), ForeignState> {
        let OneEpochState { recommender, number, epoch, seen, rewards, best, stale } = state.read(STATE)?;
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
