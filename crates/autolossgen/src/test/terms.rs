//! Trainings of fresh recommenders on the same terms.

use autolossgen_formula::Loss;
use autolossgen_recsys::{Conditions, Converged, EpochPlans, Hyperparameters, Metric, SearchData, StopRule, Training};

use super::{Contender, Point};
use crate::{AnyModel, Config, Observer, scale};

/// What every training from one seed shares: the initial parameters, the batches and the stopping rule.
pub(super) struct Terms<'a> {
    data: &'a SearchData,
    config: Config,
    plans: EpochPlans,
    rule: StopRule,
    observer: &'a dyn Observer,
}

impl<'a> Terms<'a> {
    pub(super) fn new(
        data: &'a SearchData,
        config: &Config,
        seed: u64,
        rule: StopRule,
        observer: &'a dyn Observer,
    ) -> Self {
        let plans = EpochPlans::new(config.training.batch_size, seed);
        Self { data, config: Config { seed, ..config.clone() }, plans, rule, observer }
    }

    /// Trains a fresh recommender until the rule says stop.
    pub(super) fn train(&self, contender: &Contender, point: &Point) -> Converged<AnyModel> {
        let mut course = self.begin(contender, point);
        course.advance(usize::MAX);
        course.converged().expect("without a limit it has ended")
    }

    /// A fresh recommender, about to be trained.
    pub(super) fn begin(&self, contender: &Contender, point: &Point) -> Course<'_> {
        let loss = scale::as_trained(contender.compile(point.epsilon), &self.config);
        let Point { learning_rate, l2, .. } = *point;
        let hyperparameters = Hyperparameters { learning_rate, l2, ..self.config.hyperparameters() };
        let training = Training::new(AnyModel::fresh(&self.config, self.data, 0));
        Course { terms: self, loss, hyperparameters, training }
    }
}

/// A training that can rest at an epoch.
pub(super) struct Course<'a> {
    terms: &'a Terms<'a>,
    loss: Loss,
    hyperparameters: Hyperparameters,
    training: Training<AnyModel>,
}

impl Course<'_> {
    /// Trains until epoch `until`, or the end.
    pub(super) fn advance(&mut self, until: usize) {
        let Terms { data, config, plans, rule, observer } = self.terms;
        let (loss, hyperparameters, metric) = (&self.loss, self.hyperparameters, config.metric());
        let conditions = Conditions { data, loss, hyperparameters, plans, rule: *rule, metric };
        self.training.advance(&conditions, until, &|| observer.stop());
    }

    /// What it came to; `None` while it can go on.
    pub(super) fn converged(self) -> Option<Converged<AnyModel>> {
        self.training.converged(self.terms.config.metric())
    }

    /// How far it has come.
    pub(super) fn training(&self) -> &Training<AnyModel> {
        &self.training
    }
}

/// Order of two validation values: higher gain first, a diverged training last.
pub(super) fn gain(metric: Metric, validation: f64) -> f64 {
    if validation.is_nan() { f64::NEG_INFINITY } else { metric.gain(validation) }
}
