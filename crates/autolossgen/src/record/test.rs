//! What Phase III found.

use std::collections::BTreeMap;

use autolossgen_data::Dataset;
use autolossgen_formula::Clamp;
use autolossgen_recsys::{Ending, Metric};
use autolossgen_settings::Choice;
use serde::{Deserialize, Serialize};

use super::{Origin, TestVerdict};
use crate::point::{Axis, Point, finite};

/// Metric values by name; one that is undefined is absent.
pub type Metrics = BTreeMap<String, f64>;

/// Sizes of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetSizes {
    /// Name
    pub name: String,
    /// Users
    pub users: usize,
    /// Items
    pub items: usize,
    /// Rows to train on
    pub train: usize,
    /// Rows to choose by
    pub validation: usize,
    /// Rows to test on
    pub test: usize,
    /// Whether a label is neither 0 nor 1; absent where none is
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub graded: bool,
}

impl DatasetSizes {
    /// Sizes of a dataset.
    pub fn of(dataset: &Dataset) -> Self {
        let search = &dataset.search;
        Self {
            name: dataset.name.clone(),
            users: search.n_users,
            items: search.n_items,
            train: search.train.len(),
            validation: search.validation.len(),
            test: dataset.test.len(),
            graded: dataset.is_graded(),
        }
    }
}

/// One value of ε and what it reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GridPoint {
    /// ε
    #[serde(deserialize_with = "finite")]
    pub epsilon: f32,
    /// Validation metric at the best epoch; `None` where no epoch was finite
    pub validation: Option<f64>,
    /// Best epoch, counted from 1
    pub best_epoch: usize,
    /// Epochs trained
    pub epochs: usize,
    /// Why it ended
    pub ending: Ending,
}

/// One configuration of a race and how far it came.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RacePoint {
    /// What was tried
    #[serde(flatten)]
    pub point: Point,
    /// 0 for the grid, or the round of configurations beside the best, counted from 1
    #[serde(default)]
    pub round: usize,
    /// Rungs that it took part in; at least 1
    pub rungs: usize,
    /// Validation metric at the best epoch; `None` where no epoch was finite
    pub validation: Option<f64>,
    /// The metric over the held-out rows of the folds at the best epoch, each fold by its number of rows; of the best of the grid and of
    /// each round, where there are folds
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_folds: Option<f64>,
    /// Best epoch, counted from 1; 0 where no epoch was finite
    pub best_epoch: usize,
    /// Epochs trained
    pub epochs: usize,
    /// Why its training ended; `None` where it could have gone on and others were better
    pub ending: Option<Ending>,
}

/// How many configurations train until which epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Configurations that train on it
    pub configurations: usize,
    /// The epoch, counted from 1; `None` for the end of the training
    pub until: Option<usize>,
}

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
    /// Root mean square of dL/dlogit over the probe of [`gradient_scale`](crate::gradient_scale), as the loss is trained, times its learning
    /// rate: the effective size of a step
    pub step_size: f64,
    /// Each seed by itself; the first is that of the race that is listed
    pub seeds: Vec<SeedResult>,
    /// 95% interval of the mean of each metric on test over the seeds (Student's t); absent for fewer than two
    pub test_interval: BTreeMap<String, (f64, f64)>,
    /// How much the choice of settings flatters
    pub optimism: Optimism,
    /// Every configuration, and how far it came
    pub race: Vec<RacePoint>,
    /// Where the chosen point is the smallest or the largest of what was tried
    #[serde(default)]
    pub at_edge: Vec<Axis>,
}

/// A training from one seed, at the chosen point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedResult {
    /// Seed of the initial parameters and of the batches
    pub seed: u64,
    /// With `test.retune`, the point that was chosen with this seed
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
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

/// Optimism of selection, on the same rows: what the metric that chose says on validation with the seed that chose the settings, above
/// what it says with seeds that chose nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optimism {
    /// The first minus the mean of the others, in the metric's gain (higher is better); `None` where there is one seed, where one
    /// diverged, or where each chose for itself
    #[serde(default)]
    pub selection: Option<f64>,
}

impl LossResult {
    /// Whether validation chose ε among several.
    pub fn chose_epsilon(&self) -> bool {
        let raced = self.tuned.iter().flat_map(|tuned| &tuned.race).map(|raced| raced.point.epsilon);
        let mut tried = self.grid.iter().map(|point| point.epsilon).chain(raced);
        tried.next().is_some_and(|first| tried.any(|epsilon| epsilon != first))
    }
}

/// The best loss against one baseline, on the same test rows; with the first seed, where there are several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The baseline
    pub baseline: String,
    /// Test AUC of the best loss minus that of the baseline; for regression, test RMSE
    pub difference: f64,
    /// Standard error of the difference (DeLong; for regression, the delta method)
    pub standard_error: f64,
    /// Two-sided p-value (DeLong; for regression, the paired t-test on the squared errors of the rows)
    pub p_value: f64,
    /// The same, corrected over all baselines (Holm)
    pub p_holm: f64,
    /// The same question over the seeds, where there are several
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_seeds: Option<SeedComparison>,
}

/// The best loss against one baseline, seed by seed: paired t-test over the seeds that neither diverged with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedComparison {
    /// Seeds
    pub seeds: usize,
    /// Mean difference of the same metric
    pub difference: f64,
    /// Its standard error
    pub standard_error: f64,
    /// Two-sided p-value
    pub p_value: f64,
    /// The same, corrected over all baselines (Holm)
    pub p_holm: f64,
}

/// What a predictor without a model gets on test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrivialResult {
    /// constant, or popularity
    pub predictor: String,
    /// Metrics on test
    pub test: Metrics,
}

/// Everything Phase III found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    /// The data
    pub dataset: DatasetSizes,
    /// The recommender
    pub model: String,
    /// The preset
    pub preset: String,
    /// The protocol
    pub protocol: String,
    /// Index in `results` of the best on validation of the generated losses, or else of the given, or else of the named
    pub best: Option<usize>,
    /// One entry a loss
    pub results: Vec<LossResult>,
    /// constant, and popularity where it has a metric
    pub trivial: Vec<TrivialResult>,
    /// That loss against each baseline
    pub comparisons: Vec<Comparison>,
    /// What it comes to; `None` where no loss stands beside a baseline
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Box<TestVerdict>>,
    /// What each loss was given under `tuned`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
}

impl TestReport {
    /// The optimism of selection, as a mean over the losses; of nothing under `fixed`.
    pub fn optimism(&self) -> Optimism {
        Optimism::mean(self.results.iter().filter_map(|result| result.tuned.as_ref()).map(|tuned| &tuned.optimism))
    }
}

/// What each loss is given under `tuned`, whatever its grid of ε.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Configurations and epochs of the grid
    pub rungs: Vec<Rung>,
    /// Rounds of configurations beside the best, after the grid
    #[serde(default)]
    pub rounds: usize,
    /// Configurations and epochs of a round, at most
    #[serde(default)]
    pub round_rungs: Vec<Rung>,
    /// Folds of the training rows that chose among what was trained to convergence; 0 where validation alone chose
    #[serde(default, skip_serializing_if = "is_none")]
    pub folds: usize,
    /// Seeds from which the best configuration is trained; the first is that of the race
    pub seeds: Vec<u64>,
    /// Whether every seed had a race of its own (`test.retune`)
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retuned: bool,
}

fn is_none(n: &usize) -> bool {
    *n == 0
}

/// The lead of the best generated loss over a baseline at each stage, in the metric's gain (higher is better). What shrinks
/// from stage to stage is optimism.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Advantage {
    /// Validation, with the seed that chose settings and loss
    pub chosen: Option<f64>,
    /// Validation, mean over the other seeds
    pub fresh: Option<f64>,
    /// Test, mean over all seeds
    pub test: Option<f64>,
}

impl TestReport {
    /// The lead over `baseline`; `None` where that was not trained, where nothing was found, or under `fixed`.
    pub fn advantage(&self, metric: Metric, baseline: &str) -> Option<Advantage> {
        let baseline = self.results.iter().find(|result| result.loss == baseline)?;
        let (own, other) = (seeds(&self.results[self.best?])?, seeds(baseline)?);
        let lead = |from: usize, to: usize, of: fn(&SeedResult) -> &Metrics| {
            let pairs = own[from..to].iter().zip(&other[from..to]);
            let differences = pairs.map(|(own, other)| {
                let gain = |seed| Some(metric.gain(*of(seed).get(metric.name())?));
                Some(gain(own)? - gain(other)?)
            });
            let differences: Vec<f64> = differences.collect::<Option<_>>()?;
            (!differences.is_empty()).then(|| differences.iter().sum::<f64>() / differences.len() as f64)
        };
        let n = own.len().min(other.len());
        Some(Advantage {
            chosen: lead(0, 1, |seed| &seed.validation),
            fresh: lead(1, n, |seed| &seed.validation),
            test: lead(0, n, |seed| &seed.test),
        })
    }
}

fn seeds(result: &LossResult) -> Option<&[SeedResult]> {
    Some(&result.tuned.as_ref()?.seeds)
}

impl Optimism {
    /// The mean of several losses.
    fn mean<'a>(losses: impl Iterator<Item = &'a Self>) -> Self {
        Self { selection: mean_of(losses.filter_map(|optimism| optimism.selection)) }
    }
}

/// `None` for no value.
pub(crate) fn mean_of(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
