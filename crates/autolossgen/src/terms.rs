//! Trainings of fresh recommenders on the same terms.

use autolossgen_formula::Loss;
use autolossgen_recsys::{
    Conditions, Converged, EpochPlans, Hyperparameters, Metric, Model, SearchData, StopRule, Training,
};

use crate::race::{Racer, Standing};
use crate::test::Point;
use crate::{AnyModel, Config, Observer};

/// What every training from one seed shares: the rows, the batches and the stopping rule.
pub(crate) struct Terms<'a> {
    data: &'a SearchData,
    seed: u64,
    hyperparameters: Hyperparameters,
    metric: Metric,
    plans: EpochPlans,
    rule: StopRule,
    observer: &'a dyn Observer,
}

impl<'a> Terms<'a> {
    pub(crate) fn new(
        data: &'a SearchData,
        config: &Config,
        seed: u64,
        rule: StopRule,
        observer: &'a dyn Observer,
    ) -> Self {
        let plans = EpochPlans::new(config.training.batch_size, seed);
        let (hyperparameters, metric) = (config.hyperparameters(), config.metric());
        Self { data, seed, hyperparameters, metric, plans, rule, observer }
    }

    /// The same, with the memory for planned epochs divided by `n`, of which as many are alive.
    pub(crate) fn sharing_memory(self, n: usize) -> Self {
        Self { plans: self.plans.sharing_memory(n), ..self }
    }

    /// The recommender that every training of Phase III starts from.
    pub(crate) fn fresh(&self, config: &Config) -> AnyModel {
        AnyModel::fresh(&Config { seed: self.seed, ..config.clone() }, self.data, 0)
    }

    /// Trains `model` until the rule says stop.
    pub(crate) fn train<M: Model>(&self, model: M, loss: Loss, point: &Point) -> Converged<M> {
        let mut course = self.begin(model, loss, point);
        course.advance(None);
        course.converged().expect("without a limit it has ended")
    }

    /// `model`, about to be trained with `loss`, a loss as it trains.
    pub(crate) fn begin<M: Model>(&self, model: M, loss: Loss, point: &Point) -> Course<'_, M> {
        let Point { learning_rate, l2, .. } = *point;
        let hyperparameters = Hyperparameters { learning_rate, l2, ..self.hyperparameters };
        Course { terms: self, loss, hyperparameters, training: Training::new(model) }
    }
}

/// A training that can rest at an epoch.
pub(crate) struct Course<'a, M> {
    terms: &'a Terms<'a>,
    loss: Loss,
    hyperparameters: Hyperparameters,
    training: Training<M>,
}

impl<M: Model> Course<'_, M> {
    /// What it came to; `None` while it can go on.
    pub(crate) fn converged(self) -> Option<Converged<M>> {
        self.training.converged(self.terms.metric)
    }
}

impl<M: Model> Racer for Course<'_, M> {
    fn advance(&mut self, until: Option<usize>) {
        let Terms { data, metric, plans, rule, observer, .. } = self.terms;
        let (loss, hyperparameters) = (&self.loss, self.hyperparameters);
        let conditions = Conditions { data, loss, hyperparameters, plans, rule: *rule, metric: *metric };
        self.training.advance(&conditions, until.unwrap_or(usize::MAX), &|| observer.stop());
    }

    fn standing(&self) -> Standing {
        let training = &self.training;
        let (gain, best_epoch) = (training.gain(), training.best_epoch());
        Standing { gain, best_epoch, epochs: training.epochs(), ending: training.ending() }
    }
}

/// Order of two validation values: higher gain first, a diverged training last.
pub(crate) fn gain(metric: Metric, validation: f64) -> f64 {
    if validation.is_nan() { f64::NEG_INFINITY } else { metric.gain(validation) }
}
