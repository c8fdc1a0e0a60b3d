//! One training: a fresh recommender, its epochs, and the best of them on validation.

use autolossgen_formula::RankingLoss;
use autolossgen_recsys::random::stream;
use autolossgen_recsys::ranking::{
    NegativesError, RankingEpoch, RankingMfOptions, RankingModel, RankingWorkspace, Sampler, SamplerOptions,
};
use autolossgen_recsys::{FactorScorer, FullRanking, RankingData, Rankings, Scorer};

use super::division;
use super::error::RankingEvalError;
use super::point::RankingPoint;
use crate::config::RankingConfig;

/// What every training of a comparison shares.
pub(super) struct Setting<'a> {
    pub data: &'a RankingData,
    pub config: &'a RankingConfig,
    /// Seed of its trainings; those of further seeds have their own.
    pub seed: u64,
    /// The ranking of the validation part.
    pub validation: FullRanking<'a>,
}

impl<'a> Setting<'a> {
    /// With the ranking of the validation part by the metric that chooses.
    ///
    /// # Errors
    /// More items asked for than there are.
    pub(super) fn new(data: &'a RankingData, config: &'a RankingConfig) -> Result<Self, RankingEvalError> {
        let validation = FullRanking::new(&data.validation, &data.train, &[config.selection.metric])?;
        Ok(Self { data, config, seed: config.seed, validation })
    }

    /// Those of further divisions, each with its own seed.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(super) fn of_divisions(
        divided: &'a [RankingData],
        config: &'a RankingConfig,
    ) -> Result<Vec<Self>, RankingEvalError> {
        let of = |(data, seed)| Ok(Self { seed, ..Self::new(data, config)? });
        divided.iter().zip(division::seeds(config)).map(of).collect()
    }
}

/// The embeddings of a recommender as they are compared: shapes (n_users, dimension) and (n_items, dimension), by rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    dimension: usize,
    users: Vec<f32>,
    items: Vec<f32>,
}

impl Factors {
    /// Embeddings of users and of items, by rows of `dimension` numbers.
    pub(super) fn new(dimension: usize, users: Vec<f32>, items: Vec<f32>) -> Self {
        Self { dimension, users, items }
    }

    /// Numbers of an embedding.
    pub(super) fn dimension(&self) -> usize {
        self.dimension
    }

    /// The embeddings of users and of items, by rows.
    pub(super) fn embeddings(&self) -> [&[f32]; 2] {
        [&self.users, &self.items]
    }

    /// The score of a user and an item.
    pub(super) fn score(&self, user: u32, item: u32) -> f32 {
        let mut scores = [0.0];
        let row = &self.items[item as usize * self.dimension..][..self.dimension];
        FactorScorer::new(self.dimension, &self.users, row).score(&[user], &mut scores);
        scores[0]
    }

    /// What scores by them.
    pub fn scorer(&self) -> FactorScorer<'_> {
        FactorScorer::new(self.dimension, &self.users, &self.items)
    }
}

/// How far a training is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It goes on.
    Open,
    /// The best epoch is as old as it may be, or the last epoch is done.
    Ended,
    /// A loss, a derivative or a parameter was not finite.
    Diverged,
}

/// A training that can rest after any epoch.
pub(super) struct Training {
    pub point: RankingPoint,
    pub state: State,
    pub epochs: usize,
    /// 0: no epoch had a metric.
    pub best_epoch: usize,
    /// At the best epoch; −∞ before there is one.
    pub validation: f64,
    pub factors: Option<Factors>,
    model: Box<dyn RankingModel>,
    sampler: Sampler,
    seed: u64,
}

impl Training {
    /// A fresh one.
    ///
    /// # Errors
    /// A user who has fewer items to draw negatives from than are asked for.
    pub(super) fn new(setting: &Setting<'_>, point: RankingPoint, seed: u64) -> Result<Self, NegativesError> {
        let Setting { data, config, .. } = setting;
        let (training, model) = (&config.training, &config.model);
        let options = SamplerOptions {
            negatives: training.negatives,
            n_negatives: point.n_negatives,
            exponent: training.exponent,
        };
        let sampler = Sampler::new(data.train.as_training(), data.n_items(), &options, training.batch_size, seed)?;
        let options = RankingMfOptions { dimension: model.dimension, init_std: point.init_std };
        let model = model.name.fresh(&data.train, &options, model.n_layers, &mut stream(seed, "ranking", 0));
        Ok(Self {
            point,
            state: State::Open,
            epochs: 0,
            best_epoch: 0,
            validation: f64::NEG_INFINITY,
            factors: None,
            model,
            sampler,
            seed,
        })
    }

    /// Trains until `until` epochs, or to the end; `stop` ends it early.
    ///
    /// # Errors
    /// Scores that are NaN, which finite parameters do not give.
    pub(super) fn advance(
        &mut self,
        setting: &Setting<'_>,
        loss: &RankingLoss,
        until: Option<usize>,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), RankingEvalError> {
        let rules = &setting.config.stop;
        let until = until.unwrap_or(usize::MAX).min(rules.max_epochs);
        let mut workspace = RankingWorkspace::default();
        while self.state == State::Open && self.epochs < until && !stop() {
            if self.epoch(setting, loss, &mut workspace) {
                self.judge(setting)?;
                let is_last = self.epochs >= rules.max_epochs || self.epochs >= self.best_epoch + rules.patience;
                self.state = if is_last { State::Ended } else { State::Open };
            }
        }
        Ok(())
    }

    /// Trains so many epochs and judges the last alone; `stop` ends it early, unjudged.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    pub(super) fn sprint(
        &mut self,
        setting: &Setting<'_>,
        loss: &RankingLoss,
        epochs: usize,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), RankingEvalError> {
        let mut workspace = RankingWorkspace::default();
        for _ in 0..epochs {
            if stop() || !self.epoch(setting, loss, &mut workspace) {
                return Ok(());
            }
        }
        self.judge(setting)
    }

    /// The embeddings after so many epochs, of which none is judged; `None` where one diverged, or `stop` ended it early.
    pub(super) fn after(
        mut self,
        setting: &Setting<'_>,
        loss: &RankingLoss,
        epochs: usize,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Option<Factors> {
        let mut workspace = RankingWorkspace::default();
        for _ in 0..epochs {
            if stop() || !self.epoch(setting, loss, &mut workspace) {
                return None;
            }
        }
        Some(self.factors_now(setting))
    }

    fn factors_now(&self, setting: &Setting<'_>) -> Factors {
        let [users, items] = self.model.factors(self.point.similarity);
        Factors { dimension: setting.config.model.dimension, users, items }
    }

    /// Trains an epoch; whether all of it stayed finite.
    fn epoch(&mut self, setting: &Setting<'_>, loss: &RankingLoss, workspace: &mut RankingWorkspace) -> bool {
        self.epochs += 1;
        let epoch = RankingEpoch::new(&self.sampler, self.epochs as u64);
        let summary = self.model.train_epoch(&epoch, loss, &self.point.hyperparameters(setting.config), workspace);
        let is_finite = summary.non_finite == 0 && self.model.is_finite();
        if !is_finite {
            self.state = State::Diverged;
        }
        is_finite
    }

    fn judge(&mut self, setting: &Setting<'_>) -> Result<(), RankingEvalError> {
        let factors = self.factors_now(setting);
        let metric = setting.config.selection.metric;
        let found = setting.validation.rank(&factors.scorer())?.mean(metric);
        if let Some(found) = found.filter(|&found| found > self.validation) {
            self.validation = found;
            self.best_epoch = self.epochs;
            self.factors = Some(factors);
        }
        Ok(())
    }

    /// The seed.
    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// How the best epoch ranks; `None` where no epoch had a metric.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    pub(super) fn rank(&self, ranking: &FullRanking<'_>) -> Result<Option<Rankings>, RankingEvalError> {
        let factors = self.factors.as_ref();
        Ok(factors.map(|factors| ranking.rank(&factors.scorer())).transpose()?)
    }
}
