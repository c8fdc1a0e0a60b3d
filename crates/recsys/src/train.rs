//! Training to convergence, with early stopping on validation (§5.1.4 of the paper).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use autolossgen_formula::Loss;
use serde::{Deserialize, Serialize};

use crate::hyperparameters::Hyperparameters;
use crate::interactions::SearchData;
use crate::kernel::plan::{EpochPlan, Planner};
use crate::kernel::workspace::Workspace;
use crate::metric::SelectionMetric;
use crate::model::Model;

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
    least: usize,
    most: usize,
    bytes: usize,
    cache: Mutex<Cache>,
}

/// A plan, made by the first thread that asks for it while the others wait.
type SharedPlan = Arc<OnceLock<Arc<EpochPlan>>>;

/// Plans by epoch, each with the time of its last use, counted in uses; and memory for plans to come.
#[derive(Debug, Default)]
struct Cache {
    uses: u64,
    plans: BTreeMap<u64, (u64, SharedPlan)>,
    /// Plans that were dropped, for their memory.
    dropped: Vec<EpochPlan>,
    /// The one planner that is kept, while no thread has it.
    planner: Option<Planner>,
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
            self.dropped.extend(self.plans.remove(&oldest).and_then(|(_, plan)| unshared(plan)));
        }
        plan
    }
}

impl EpochPlans {
    /// Memory that the plans may take: 512 MiB, 350 epochs of ML-100K. One plan is always kept,
    /// two where they pass.
    const BYTES: usize = 512 << 20;

    /// Epochs of `batch_size` rows in an order that depends on (seed, epoch) alone.
    pub fn new(batch_size: usize, seed: u64) -> Self {
        Self { batch_size, seed, least: 1, most: usize::MAX, bytes: Self::BYTES, cache: Mutex::default() }
    }

    /// The same, for trainings that never go back to an epoch but the one before: four plans are kept, or two if they are large.
    #[must_use]
    pub fn passing(self) -> Self {
        Self { least: 2, most: 4, ..self }
    }

    /// The same, with a share of the memory for each of `n` that are kept at once; 0 counts as 1.
    #[must_use]
    pub fn sharing_memory(self, n: usize) -> Self {
        Self { bytes: self.bytes / n.max(1), ..self }
    }

    /// The plan of `epoch`, counted from 1; the data are the same at every call.
    ///
    /// # Panics
    /// When another thread panicked while it held the plans.
    pub fn get(&self, data: &SearchData, epoch: u64) -> Arc<EpochPlan> {
        let capacity = (self.bytes / EpochPlan::bytes(data.train.len()).max(1)).clamp(self.least, self.most);
        let plan = self.cache().get(epoch, capacity);
        Arc::clone(plan.get_or_init(|| Arc::new(self.make(data, epoch))))
    }

    fn make(&self, data: &SearchData, epoch: u64) -> EpochPlan {
        let (planner, used) = {
            let mut cache = self.cache();
            (cache.planner.take(), cache.dropped.pop())
        };
        let new = || Planner::new(data.n_users, data.n_items, self.batch_size, self.seed);
        let mut planner = planner.unwrap_or_else(new);
        let plan = planner.plan(&data.train, epoch, used);
        self.cache().planner = Some(planner);
        plan
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().expect("no thread panics with the plans")
    }
}

/// A plan that nobody trains on any more.
fn unshared(plan: SharedPlan) -> Option<EpochPlan> {
    Arc::into_inner(Arc::into_inner(plan)?.into_inner()?)
}

/// How far a training has come, for the stopping rule.
#[derive(Clone, Debug)]
struct Watch {
    best: f64,
    best_epoch: usize,
    last: f64,
    falling: usize,
}

impl Default for Watch {
    fn default() -> Self {
        Self { best: f64::NEG_INFINITY, best_epoch: 0, last: f64::NEG_INFINITY, falling: 0 }
    }
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

/// What a training goes by, beside its recommender.
#[derive(Clone, Copy, Debug)]
pub struct Conditions<'a> {
    /// Rows to train on, and rows that judge each epoch
    pub data: &'a SearchData,
    /// The loss
    pub loss: &'a Loss,
    /// Settings of the optimiser
    pub hyperparameters: Hyperparameters,
    /// The batches
    pub plans: &'a EpochPlans,
    /// When it ends
    pub rule: StopRule,
    /// What an epoch is judged by, on validation
    pub metric: SelectionMetric,
}

/// A training that can rest at an epoch and go on from there: in pieces it gives the same bytes as in one go, if the
/// [`Conditions`] stay the same.
#[derive(Clone, Debug)]
pub struct Training<M> {
    model: M,
    best: M,
    watch: Watch,
    epochs: usize,
    ending: Option<Ending>,
}

impl<M: Model> Training<M> {
    /// A training of `model` that has not begun.
    pub fn new(model: M) -> Self {
        let best = model.clone();
        Self { model, best, watch: Watch::default(), epochs: 0, ending: None }
    }

    /// Trains until epoch `until`, counted from 1, or until the rule ends the training; one that has ended stays as it is.
    /// `stop` is asked after each epoch.
    pub fn advance(&mut self, conditions: &Conditions<'_>, until: usize, stop: &(dyn Fn() -> bool + Sync)) {
        let mut scratch = (Workspace::default(), Vec::new());
        while self.ending.is_none() && self.epochs < until {
            self.ending = self.epoch(conditions, &mut scratch).or_else(|| stop().then_some(Ending::Interrupted));
        }
    }

    fn epoch(
        &mut self,
        conditions: &Conditions<'_>,
        (workspace, logits): &mut (Workspace, Vec<f32>),
    ) -> Option<Ending> {
        let Conditions { data, loss, hyperparameters, plans, rule, metric } = conditions;
        self.epochs += 1;
        let plan = plans.get(data, self.epochs as u64);
        let summary = self.model.train_epoch(&plan, loss, hyperparameters, workspace);
        self.model.predict(&data.validation, logits);
        assert_eq!(logits.len(), data.validation.len(), "a prediction has one logit a row");
        let finite = summary.non_finite == 0 && logits.iter().all(|logit| logit.is_finite()) && self.model.is_finite();
        let Some(value) = metric.evaluate(logits, data.validation.labels()).filter(|_| finite) else {
            return Some(Ending::NonFinite);
        };
        if self.watch.see(self.epochs, metric.gain(value)) {
            self.best.copy_from(&self.model);
        }
        self.watch.ending(self.epochs, rule)
    }

    /// Gain on validation of the best epoch so far, higher is better; NaN if no epoch was finite.
    pub fn gain(&self) -> f64 {
        if self.watch.best_epoch == 0 { f64::NAN } else { self.watch.best }
    }

    /// Gain on validation of the last epoch, higher is better; NaN if that was not finite, or if there was none.
    pub fn last_gain(&self) -> f64 {
        let is_finite = self.epochs > 0 && self.ending != Some(Ending::NonFinite);
        if is_finite { self.watch.last } else { f64::NAN }
    }

    /// Best epoch so far by validation, counted from 1; 0 if no epoch was finite.
    pub fn best_epoch(&self) -> usize {
        self.watch.best_epoch
    }

    /// The recommender of the best epoch so far; as it began if no epoch was finite.
    pub fn best(&self) -> &M {
        &self.best
    }

    /// Epochs trained so far.
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// Why it ended; `None` while it can go on.
    pub fn ending(&self) -> Option<Ending> {
        self.ending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BiasedMf, Interactions, Metric, MfOptions, Optimizer, ThresholdRule};

    fn epochs(gains: &[f64], rule: StopRule) -> (usize, Ending) {
        let mut watch = Watch::default();
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
    fn a_training_in_pieces_is_the_same_training() {
        let mut rng = crate::random::stream(1, "rows", 0);
        let mut rows = |n: usize| {
            let mut ids = || (0..n).map(|_| crate::random::below(&mut rng, 9) as u32).collect::<Vec<_>>();
            let (users, items) = (ids(), ids());
            let labels = users.iter().zip(&items).map(|(user, item)| ((user + item) % 2) as f32).collect();
            Interactions::new(users, items, labels)
        };
        let data = SearchData { n_users: 9, n_items: 9, train: rows(60), validation: rows(30) };
        let loss = &autolossgen_formula::resolve("bce")
            .and_then(|bce| bce.compile(autolossgen_formula::Semantics::unclamped(1e-6)))
            .unwrap();
        let hyperparameters = Hyperparameters {
            optimizer: Optimizer::Adam,
            learning_rate: 0.05,
            l2: 1e-3,
            l2_multiplier: 1.0,
            clip: 0.0,
        };
        let plans = &EpochPlans::new(8, 1);
        let metric = SelectionMetric { metric: Metric::Auc, threshold: ThresholdRule::Own };
        let rule = StopRule { falling: 30, patience: 30, min_epochs: 0, max_epochs: 23 };
        let options = MfOptions { dimension: 4, init_std: 0.1, global_bias: 0.0 };
        let model = BiasedMf::new(9, 9, &options, &mut crate::random::stream(1, "model", 0));
        let conditions = Conditions { data: &data, loss, hyperparameters, plans, rule, metric };
        let mut training = Training::new(model.clone());
        for until in [1, 2, 7, 7, 3] {
            training.advance(&conditions, until, &|| false);
        }
        assert_eq!((training.epochs(), training.ending()), (7, None));
        training.advance(&conditions, 1000, &|| false);
        let pieces = training;
        let mut whole = Training::new(model);
        whole.advance(&conditions, usize::MAX, &|| false);
        assert_eq!((pieces.epochs(), pieces.ending()), (23, Some(Ending::MaxEpochs)));
        assert_eq!((pieces.best_epoch(), pieces.gain()), (whole.best_epoch(), whole.gain()));
        assert_eq!(pieces.best().parameters(), whole.best().parameters());
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
