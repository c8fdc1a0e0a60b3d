//! One loss: what was chosen for it, and what it got.

use std::collections::BTreeMap;

use autolossgen_formula::Clamp;
use autolossgen_recsys::statistics::{auc_interval, mean_interval, rmse_interval};
use autolossgen_recsys::{Converged, Ending, Task};
use serde::{Deserialize, Serialize};

use super::{Logits, Metrics, Origin, Terms};
use crate::check::gradient_name;
use crate::finite::finite;
use crate::test::{GridPoint, RacePoint, SeedRun, Selection, Trained};
use crate::{AnyModel, scale};

/// One loss, trained and tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossResult {
    /// Name, or the formula's text
    pub loss: String,
    /// The formula in infix text
    pub formula: String,
    /// The named loss with the same derivative up to a positive constant, for a generated or given formula
    pub gradient_of: Option<String>,
    /// Where it comes from
    pub origin: Origin,
    /// ε that validation chose
    #[serde(deserialize_with = "finite")]
    pub epsilon: f32,
    /// Clamp of every operation
    pub clamp: Clamp,
    /// What the derivative was multiplied by in training; 1 without `training.normalize`
    #[serde(deserialize_with = "finite")]
    pub scale: f32,
    /// Learning rate
    #[serde(deserialize_with = "finite")]
    pub learning_rate: f32,
    /// L2 coefficient
    #[serde(deserialize_with = "finite")]
    pub l2: f32,
    /// Seed of the initial parameters and of the batches; the first, where there are several
    pub seed: u64,
    /// Epochs trained, with that seed
    pub epochs: usize,
    /// Best epoch by validation, counted from 1; 0 where no epoch was finite; with that seed
    pub best_epoch: usize,
    /// Why the training ended, with that seed
    pub ending: Ending,
    /// Metrics on validation; the mean over the seeds that have them
    pub validation: Metrics,
    /// Metrics on test; the mean over the seeds that have them
    pub test: Metrics,
    /// 95% interval of the test AUC over the rows, with that seed (DeLong); `None` where labels are graded
    pub auc_interval: Option<(f64, f64)>,
    /// 95% interval of the test RMSE, with that seed (squared errors of the rows, by the delta method); for regression
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rmse_interval: Option<(f64, f64)>,
    /// Every ε trained to convergence, under `fixed`
    pub grid: Vec<GridPoint>,
    /// What there is beside under `tuned`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuned: Option<TunedResult>,
}

/// What Phase III found of a loss under `tuned`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TunedResult {
    /// Root mean square of dL/dlogit over the probe of [`scale`](crate::scale), as the loss is trained, times its learning
    /// rate: the effective size of a step
    pub step_size: f64,
    /// Each seed by itself; the first is that of the race
    pub seeds: Vec<SeedResult>,
    /// 95% interval of the mean of each metric on test over the seeds (Student's t); absent for fewer than two
    pub test_interval: BTreeMap<String, (f64, f64)>,
    /// How much better validation looks than test
    pub optimism: Optimism,
    /// Every configuration, and how far it came
    pub race: Vec<RacePoint>,
}

/// A training at the chosen point from one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedResult {
    /// Seed of the initial parameters and of the batches
    pub seed: u64,
    /// Epochs trained
    pub epochs: usize,
    /// Best epoch by validation, counted from 1; 0 where no epoch was finite
    pub best_epoch: usize,
    /// Why the training ended
    pub ending: Ending,
    /// Metrics on validation
    pub validation: Metrics,
    /// Metrics on test
    pub test: Metrics,
}

/// Validation minus test of the metric that chose, stage by stage. The rows differ, so that only the change from one stage
/// to the next says how much the choice itself flatters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optimism {
    /// With the seed whose validation chose the point; `None` where it diverged
    pub chosen: Option<f64>,
    /// Mean over the seeds that chose nothing; `None` where there is none
    pub fresh: Option<f64>,
}

impl LossResult {
    /// Whether validation chose ε among several.
    pub fn chose_epsilon(&self) -> bool {
        let raced = self.tuned.iter().flat_map(|tuned| &tuned.race).map(|raced| raced.point.epsilon);
        let mut tried = self.grid.iter().map(|point| point.epsilon).chain(raced);
        tried.next().is_some_and(|first| tried.any(|epsilon| epsilon != first))
    }
}

impl Terms<'_> {
    /// The result of a loss whose recommenders give `logits`, seed by seed.
    pub(super) fn result(&self, trained: &Trained, logits: &[Logits]) -> LossResult {
        let (contender, first) = (&trained.contender, trained.first());
        let seeds: Vec<SeedResult> =
            trained.runs.iter().zip(logits).map(|(run, logits)| self.seed_result(run, logits)).collect();
        let [auc_interval, rmse_interval] = self.row_intervals(first, &logits[0]);
        let (grid, race) = match &trained.selection {
            Selection::Grid(grid) => (grid.clone(), None),
            Selection::Race(race) => (Vec::new(), Some(race)),
        };
        LossResult {
            loss: contender.loss.clone(),
            formula: contender.formula.to_string(),
            gradient_of: self.gradient_of(trained),
            origin: contender.origin,
            epsilon: trained.point.epsilon,
            clamp: contender.clamp,
            scale: trained.scale,
            learning_rate: trained.point.learning_rate,
            l2: trained.point.l2,
            seed: trained.runs[0].seed,
            epochs: first.epochs,
            best_epoch: first.best_epoch,
            ending: first.ending,
            validation: mean(seeds.iter().map(|seed| &seed.validation)),
            test: mean(seeds.iter().map(|seed| &seed.test)),
            auc_interval,
            rmse_interval,
            grid,
            tuned: race.map(|race| self.tuned(trained, race, seeds)),
        }
    }

    fn seed_result(&self, run: &SeedRun, logits: &Logits) -> SeedResult {
        let Converged { epochs, best_epoch, ending, .. } = run.converged;
        let (validation, test) = if best_epoch > 0 { self.metrics(logits) } else { Default::default() };
        SeedResult { seed: run.seed, epochs, best_epoch, ending, validation, test }
    }

    fn tuned(&self, trained: &Trained, race: &[RacePoint], seeds: Vec<SeedResult>) -> TunedResult {
        let loss = scale::as_trained(trained.contender.compile(trained.point.epsilon), self.config);
        let metric = self.config.metric().name();
        let step_size = scale::rms(&loss) * f64::from(trained.point.learning_rate);
        let (test_interval, optimism) = (intervals(&seeds), Optimism::of(&seeds, metric));
        TunedResult { step_size, seeds, test_interval, optimism, race: race.to_vec() }
    }

    /// 95% intervals over the test rows, of the AUC and of the RMSE.
    fn row_intervals(&self, first: &Converged<AnyModel>, logits: &Logits) -> [Option<(f64, f64)>; 2] {
        let (finite, labels) = (first.best_epoch > 0, self.test.labels());
        let auc = if finite && !self.graded { auc_interval(&logits.test, labels) } else { None };
        let is_regression = self.config.task == Task::Regression;
        let rmse = if finite && is_regression { rmse_interval(&logits.test, labels) } else { None };
        [auc, rmse].map(|found| found.map(|(_, low, high)| (low, high)))
    }

    fn gradient_of(&self, trained: &Trained) -> Option<String> {
        let contender = &trained.contender;
        let is_named = contender.origin == Origin::Baseline;
        let name = || gradient_name(&contender.compile(trained.point.epsilon), self.config, self.graded);
        if is_named { None } else { name().map(str::to_owned) }
    }
}

/// The values of each metric, of those that have it, by name.
fn by_metric<'a>(metrics: impl Iterator<Item = &'a Metrics>) -> BTreeMap<&'a str, Vec<f64>> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    metrics.flatten().for_each(|(name, value)| values.entry(name).or_default().push(*value));
    values
}

fn mean<'a>(metrics: impl Iterator<Item = &'a Metrics>) -> Metrics {
    let mean = |(name, values): (&str, Vec<f64>)| Some((name.to_owned(), mean_of(values.into_iter())?));
    by_metric(metrics).into_iter().filter_map(mean).collect()
}

fn intervals(seeds: &[SeedResult]) -> BTreeMap<String, (f64, f64)> {
    let values = by_metric(seeds.iter().map(|seed| &seed.test)).into_iter();
    values.filter_map(|(name, values)| Some((name.to_owned(), mean_interval(&values)?))).collect()
}

impl Optimism {
    fn of(seeds: &[SeedResult], metric: &str) -> Self {
        let of = |seed: &SeedResult| Some(seed.validation.get(metric)? - seed.test.get(metric)?);
        Self { chosen: of(&seeds[0]), fresh: mean_of(seeds[1..].iter().filter_map(of)) }
    }

    /// The mean of several losses, stage by stage.
    pub(super) fn mean<'a>(losses: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let chosen = mean_of(losses.clone().filter_map(|optimism| optimism.chosen));
        Self { chosen, fresh: mean_of(losses.filter_map(|optimism| optimism.fresh)) }
    }
}

/// `None` for no value.
fn mean_of(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
