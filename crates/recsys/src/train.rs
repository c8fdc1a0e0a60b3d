//! Training to convergence, with early stopping on validation (§5.1.4 of the paper).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use autolossgen_formula::Loss;
use serde::{Deserialize, Serialize};

use crate::{EpochPlan, Hyperparameters, Metric, Model, SearchData, Workspace};

/// When training ends. Epochs count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopRule {
    /// Stop when validation has fallen in this many consecutive epochs; default 10
    pub falling: usize,
    /// Stop when the best epoch is this many epochs old; default 50 (reference: 100)
    pub patience: usize,
    /// Never before this epoch; default 0 (reference: 100)
    pub min_epochs: usize,
    /// At the latest here
    pub max_epochs: usize,
}

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Validation fell in `falling` consecutive epochs.
    Falling,
    /// The best epoch is `patience` epochs old.
    Patience,
    /// `max_epochs` reached.
    MaxEpochs,
    /// Loss, derivative or predictions became NaN or ∞; the best epoch before stands.
    NonFinite,
    /// The caller asked to stop.
    Interrupted,
}

/// A recommender trained to convergence.
#[derive(Clone, Debug)]
pub struct Converged<M> {
    /// Parameters of the best epoch; the initial ones if no epoch was finite.
    pub model: M,
    /// Best epoch by validation, counted from 1; 0 if no epoch was finite.
    pub best_epoch: usize,
    /// Epochs trained.
    pub epochs: usize,
    /// Validation metric at the best epoch; NaN if no epoch was finite.
    pub validation: f64,
    /// Why it ended.
    pub ending: Ending,
}

/// The epochs of one seed, planned on demand and shared by all trainings on them, whatever their threads. What is kept
/// changes the time and never a result: a plan depends on (seed, epoch) alone.
///
/// Every training begins at epoch 1, so the first epochs are those that the next one needs. They are kept for good in one
/// half of the memory; in the other half are the plans used last, for trainings side by side that are further on. Least
/// recent use alone would lose every plan before its epoch comes round again.
#[derive(Debug)]
pub struct EpochPlans {
    batch_size: usize,
    seed: u64,
    cache: Mutex<Cache>,
}

/// A plan, made by the first thread that asks for it while the others wait.
type SharedPlan = Arc<OnceLock<Arc<EpochPlan>>>;

/// Plans by epoch, each with the time of its last use, counted in uses.
#[derive(Debug, Default)]
struct Cache {
    uses: u64,
    plans: BTreeMap<u64, (u64, SharedPlan)>,
}

impl Cache {
    /// The plan of `epoch`, and room for it: `capacity` plans are kept at the most.
    fn get(&mut self, epoch: u64, capacity: usize) -> SharedPlan {
        self.uses += 1;
        let (last_use, plan) = self.plans.entry(epoch).or_default();
        *last_use = self.uses;
        let plan = Arc::clone(plan);
        while self.plans.len() > capacity {
            let passing = self.plans.range(capacity as u64 / 2 + 1..);
            let Some((&oldest, _)) = passing.min_by_key(|(_, (last_use, _))| *last_use) else { break };
            self.plans.remove(&oldest);
        }
        plan
    }
}

impl EpochPlans {
    /// Memory that the plans may take: 512 MiB, 280 epochs of ML-100K. One plan is always kept.
    const BYTES: usize = 512 << 20;

    /// Epochs of `batch_size` rows in an order that depends on (seed, epoch) alone.
    pub fn new(batch_size: usize, seed: u64) -> Self {
        Self { batch_size, seed, cache: Mutex::default() }
    }

    /// The plan of `epoch`, counted from 1.
    ///
    /// # Panics
    /// When another thread panicked while it held the plans.
    pub fn get(&self, data: &SearchData, epoch: u64) -> Arc<EpochPlan> {
        let capacity = Self::BYTES / EpochPlan::bytes(data.train.len()).max(1);
        let plan = self.cache.lock().expect("no thread panics with the plans").get(epoch, capacity.max(1));
        let make = || EpochPlan::new(&data.train, data.n_users, data.n_items, self.batch_size, self.seed, epoch);
        Arc::clone(plan.get_or_init(|| Arc::new(make())))
    }
}

/// How far a training has come, for the stopping rule.
struct Watch {
    best: f64,
    best_epoch: usize,
    last: f64,
    falling: usize,
}

impl Watch {
    /// Takes the gain (higher is better) of an epoch; says whether it is the best so far.
    fn see(&mut self, epoch: usize, gain: f64) -> bool {
        self.falling = if gain < self.last { self.falling + 1 } else { 0 };
        self.last = gain;
        let better = gain > self.best;
        if better {
            (self.best, self.best_epoch) = (gain, epoch);
        }
        better
    }

    fn ending(&self, epoch: usize, rule: &StopRule) -> Option<Ending> {
        if epoch >= rule.max_epochs {
            return Some(Ending::MaxEpochs);
        }
        if epoch < rule.min_epochs {
            return None;
        }
        if self.falling >= rule.falling {
            return Some(Ending::Falling);
        }
        (epoch - self.best_epoch >= rule.patience).then_some(Ending::Patience)
    }
}

/// Trains `model` with `loss` until `rule` says stop; keeps the epoch best by `metric` on validation. `stop` is asked
/// after each epoch.
#[allow(clippy::too_many_arguments)]
pub fn train_to_convergence<M: Model>(
    mut model: M,
    data: &SearchData,
    loss: &Loss,
    hyperparameters: &Hyperparameters,
    plans: &EpochPlans,
    rule: &StopRule,
    metric: Metric,
    stop: &(dyn Fn() -> bool + Sync),
) -> Converged<M> {
    let mut best = model.clone();
    let (mut workspace, mut logits) = (Workspace::default(), Vec::new());
    let mut watch = Watch { best: f64::NEG_INFINITY, best_epoch: 0, last: f64::NEG_INFINITY, falling: 0 };
    let mut epoch = 0;
    let ending = loop {
        epoch += 1;
        let summary = model.train_epoch(&plans.get(data, epoch as u64), loss, hyperparameters, &mut workspace);
        model.predict(&data.validation, &mut logits);
        let finite = summary.non_finite == 0 && logits.iter().all(|logit| logit.is_finite());
        let Some(value) = metric.evaluate(&logits, data.validation.labels(), 0.5).filter(|_| finite) else {
            break Ending::NonFinite;
        };
        if watch.see(epoch, metric.gain(value)) {
            best.copy_from(&model);
        }
        if let Some(ending) = watch.ending(epoch, rule) {
            break ending;
        }
        if stop() {
            break Ending::Interrupted;
        }
    };
    let validation = if watch.best_epoch == 0 { f64::NAN } else { metric.gain(watch.best) };
    Converged { model: best, best_epoch: watch.best_epoch, epochs: epoch, validation, ending }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(gains: &[f64], rule: StopRule) -> (usize, Ending) {
        let mut watch = Watch { best: f64::NEG_INFINITY, best_epoch: 0, last: f64::NEG_INFINITY, falling: 0 };
        for (epoch, &gain) in (1..).zip(gains) {
            watch.see(epoch, gain);
            if let Some(ending) = watch.ending(epoch, &rule) {
                return (epoch, ending);
            }
        }
        panic!("the rule never said stop");
    }

    #[test]
    fn the_rule_by_hand() {
        let rule = StopRule { falling: 2, patience: 3, min_epochs: 0, max_epochs: 6 };
        assert_eq!(epochs(&[0.5, 0.6, 0.5, 0.4, 0.3], rule), (4, Ending::Falling));
        assert_eq!(epochs(&[0.6, 0.5, 0.55, 0.54], rule), (4, Ending::Patience));
        assert_eq!(epochs(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], rule), (6, Ending::MaxEpochs));
        assert_eq!(epochs(&[0.6, 0.5, 0.4, 0.3, 0.2], StopRule { min_epochs: 5, ..rule }), (5, Ending::Falling));
    }

    #[test]
    fn first_epochs_and_recent_ones_are_kept() {
        let mut cache = Cache::default();
        let kept = |cache: &Cache| cache.plans.keys().copied().collect::<Vec<_>>();
        (1..=6).for_each(|epoch| drop(cache.get(epoch, 4)));
        assert_eq!(kept(&cache), [1, 2, 5, 6]);
        [1, 5, 9].into_iter().for_each(|epoch| drop(cache.get(epoch, 4)));
        assert_eq!(kept(&cache), [1, 2, 5, 9]);
        let mut cache = Cache::default();
        (1..=3).for_each(|epoch| drop(cache.get(epoch, 1)));
        assert_eq!(kept(&cache), [3]);
    }
}
