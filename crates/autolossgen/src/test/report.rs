//! What Phase III found: metrics on test beside every baseline, intervals, p-values, and what trivial predictors get.

use std::collections::BTreeMap;

use autolossgen_formula::Clamp;
use autolossgen_recsys::data::Dataset;
use autolossgen_recsys::metric::best_threshold;
use autolossgen_recsys::statistics::{Difference, auc_interval, delong, holm, rmse_interval, squared_error_test};
use autolossgen_recsys::{Ending, Interactions, Metric, Model, SearchData, Task};
use serde::{Deserialize, Serialize};

use super::{GridPoint, Trained};
use crate::Config;
use crate::check::gradient_name;

/// Metric values by name; one that is undefined is absent.
pub type Metrics = BTreeMap<String, f64>;

/// Where a loss comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The search found it.
    Generated,
    /// A named loss.
    Baseline,
    /// Given on the command line.
    Given,
}

/// Sizes of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetRow {
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

impl DatasetRow {
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
    pub epsilon: f32,
    /// Clamp of every operation
    pub clamp: Clamp,
    /// What the derivative was multiplied by in training; 1 without `training.normalize`
    pub scale: f32,
    /// Learning rate
    pub learning_rate: f32,
    /// L2 coefficient
    pub l2: f32,
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
    /// 95% interval of the test AUC (DeLong); `None` where labels are graded
    pub auc_interval: Option<(f64, f64)>,
    /// 95% interval of the test RMSE (squared errors of the rows, by the delta method); for regression
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rmse_interval: Option<(f64, f64)>,
    /// Every ε tried
    pub grid: Vec<GridPoint>,
}

/// What a predictor without a model gets on test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrivialResult {
    /// constant, or popularity
    pub predictor: String,
    /// Metrics on test
    pub test: Metrics,
}

/// The best generated loss against one baseline, on the same test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The baseline
    pub baseline: String,
    /// Test AUC of the best generated loss minus that of the baseline; for regression, test RMSE
    pub difference: f64,
    /// Standard error of the difference (DeLong; for regression, the delta method)
    pub standard_error: f64,
    /// Two-sided p-value (DeLong; for regression, the paired t-test on the squared errors of the rows)
    pub p_value: f64,
    /// The same, corrected over all baselines (Holm)
    pub p_holm: f64,
}

/// Everything Phase III found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    /// The data
    pub dataset: DatasetRow,
    /// The recommender
    pub model: String,
    /// The preset
    pub preset: String,
    /// The protocol
    pub protocol: String,
    /// Index in `results` of the generated loss that is best on validation
    pub best: Option<usize>,
    /// One entry a loss
    pub results: Vec<LossResult>,
    /// constant, and popularity where it has a metric
    pub trivial: Vec<TrivialResult>,
    /// The best generated loss against each baseline
    pub comparisons: Vec<Comparison>,
}

/// Logits of one recommender on both sets.
struct Logits {
    validation: Vec<f32>,
    test: Vec<f32>,
}

/// What predictions are measured against, and how.
struct Terms<'a> {
    data: &'a SearchData,
    test: &'a Interactions,
    config: &'a Config,
    /// Whether a label is neither 0 nor 1.
    graded: bool,
}

/// Spends the test set on the trained recommenders. Thresholds of F1 and accuracy are chosen on validation, or where
/// `test.threshold_on` says.
pub fn report(trained: &[Trained], dataset: Dataset, config: &Config) -> TestReport {
    let row = DatasetRow::of(&dataset);
    let Dataset { search: data, test, .. } = dataset;
    let test = test.spend();
    let terms = Terms { data: &data, test: &test, config, graded: row.graded };
    let logits: Vec<Logits> = trained.iter().map(|trained| predict(trained, &data, &test)).collect();
    let results: Vec<LossResult> =
        trained.iter().zip(&logits).map(|(trained, logits)| terms.result(trained, logits)).collect();
    let best = best_generated(trained, config.metric());
    let comparisons = best.map_or(Vec::new(), |best| terms.compare(best, &results, &logits));
    let trivial = std::iter::once(terms.constant()).chain(terms.popularity()).collect();
    let (model, preset, protocol) = (config.model.name.clone(), config.preset.clone(), config.test.protocol.clone());
    TestReport { dataset: row, model, preset, protocol, best, results, trivial, comparisons }
}

fn predict(trained: &Trained, data: &SearchData, test: &Interactions) -> Logits {
    let mut logits = Logits { validation: Vec::new(), test: Vec::new() };
    trained.converged.model.predict(&data.validation, &mut logits.validation);
    trained.converged.model.predict(test, &mut logits.test);
    logits
}

impl Terms<'_> {
    fn result(&self, trained: &Trained, logits: &Logits) -> LossResult {
        let (contender, config) = (&trained.contender, self.config);
        let finite = trained.converged.best_epoch > 0;
        let (validation, tested) = if finite { self.metrics(logits) } else { Default::default() };
        let (tested_logits, labels) = (&logits.test, self.test.labels());
        let auc = if finite && !self.graded { auc_interval(tested_logits, labels) } else { None };
        let is_regression = config.task == Task::Regression;
        let rmse = if finite && is_regression { rmse_interval(tested_logits, labels) } else { None };
        let ends = |(_, low, high): (f64, f64, f64)| (low, high);
        LossResult {
            loss: contender.loss.clone(),
            formula: contender.formula.to_string(),
            gradient_of: self.gradient_of(trained),
            origin: contender.origin,
            epsilon: trained.epsilon,
            clamp: contender.clamp,
            scale: trained.scale,
            learning_rate: config.training.learning_rate,
            l2: config.training.l2,
            seed: config.seed,
            epochs: trained.converged.epochs,
            best_epoch: trained.converged.best_epoch,
            ending: trained.converged.ending,
            validation,
            test: tested,
            auc_interval: auc.map(ends),
            rmse_interval: rmse.map(ends),
            grid: trained.grid.clone(),
        }
    }

    fn gradient_of(&self, trained: &Trained) -> Option<String> {
        let contender = &trained.contender;
        let is_named = contender.origin == Origin::Baseline;
        let name = || gradient_name(&contender.compile(trained.epsilon), self.config, self.graded);
        if is_named { None } else { name().map(str::to_owned) }
    }

    /// Metrics on validation and on test, those of classes where labels are; F1 and accuracy at the threshold with the
    /// best F1. One that is undefined or infinite, as the log loss of a certain prediction that is wrong, is absent.
    fn metrics(&self, logits: &Logits) -> (Metrics, Metrics) {
        let (validation_labels, test_labels) = (self.data.validation.labels(), self.test.labels());
        let (mut validation, mut tested) = (Metrics::new(), Metrics::new());
        let own = best_threshold(Metric::F1, &logits.validation, validation_labels);
        let theirs = match self.config.test.threshold_on.as_str() {
            "test" => best_threshold(Metric::F1, &logits.test, test_labels),
            _ => own,
        };
        for metric in Metric::ALL.into_iter().filter(|metric| !(self.graded && metric.needs_classes())) {
            let value = |logits: &[f32], labels: &[f32], threshold: f32| {
                let finite = metric.evaluate(logits, labels, threshold).filter(|value| value.is_finite());
                finite.map(|value| (metric.name().to_owned(), value))
            };
            validation.extend(value(&logits.validation, validation_labels, own));
            tested.extend(value(&logits.test, test_labels, theirs));
        }
        (validation, tested)
    }

    fn compare(&self, best: usize, results: &[LossResult], logits: &[Logits]) -> Vec<Comparison> {
        let test_of = match self.config.task {
            Task::Classification => delong,
            Task::Regression => squared_error_test,
        };
        let baselines = (0..results.len()).filter(|&index| results[index].origin == Origin::Baseline);
        let tested = baselines.filter(|&index| results[index].best_epoch > 0).filter_map(|index| {
            test_of(&logits[best].test, &logits[index].test, self.test.labels()).map(|found| (index, found))
        });
        let tested: Vec<(usize, Difference)> = tested.collect();
        let corrected = holm(&tested.iter().map(|(_, found)| found.p_value).collect::<Vec<_>>());
        let comparison = |(&(index, found), p_holm): (&(usize, Difference), f64)| {
            let Difference { difference, standard_error, p_value } = found;
            Comparison { baseline: results[index].loss.clone(), difference, standard_error, p_value, p_holm }
        };
        tested.iter().zip(corrected).map(comparison).collect()
    }

    /// The mean label of the training rows for every row: for classification, the share of positive rows.
    fn constant(&self) -> TrivialResult {
        let share = self.data.train.mean_label();
        let logit = (share / (1.0 - share)).ln() as f32;
        let logits = Logits { validation: vec![logit; self.data.validation.len()], test: vec![logit; self.test.len()] };
        TrivialResult { predictor: "constant".into(), test: self.metrics(&logits).1 }
    }

    /// The number of positive training rows of the item; its calibration means nothing, so errors are left out. `None`
    /// where no metric is left: labels are graded.
    fn popularity(&self) -> Option<TrivialResult> {
        let mut counts = vec![0.0_f32; self.data.n_items];
        for (&item, &label) in self.data.train.items().iter().zip(self.data.train.labels()) {
            counts[item as usize] += f32::from(u8::from(label > 0.5));
        }
        let most = counts.iter().copied().fold(1.0, f32::max);
        // Within ±4, where the sigmoid keeps counts apart.
        let logits =
            |rows: &Interactions| rows.items().iter().map(|&item| 8.0 * counts[item as usize] / most - 4.0).collect();
        let logits = Logits { validation: logits(&self.data.validation), test: logits(self.test) };
        let mut values = self.metrics(&logits).1;
        values.retain(|name, _| ["auc", "f1", "accuracy"].contains(&name.as_str()));
        (!values.is_empty()).then_some(TrivialResult { predictor: "popularity".into(), test: values })
    }
}

/// The generated loss with the best validation metric, as the epochs were chosen; of equals the first.
fn best_generated(trained: &[Trained], metric: Metric) -> Option<usize> {
    let gain = |index: &usize| metric.gain(trained[*index].converged.validation);
    let generated = (0..trained.len()).filter(|&index| trained[index].contender.origin == Origin::Generated);
    generated.filter(|index| !gain(index).is_nan()).rev().max_by(|a, b| gain(a).total_cmp(&gain(b)))
}
