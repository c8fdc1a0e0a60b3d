//! What Phase III found: metrics on test beside every baseline, intervals, p-values, and what trivial predictors get.

mod advantage;
mod comparison;
mod result;
mod trivial;
mod words;

use std::collections::BTreeMap;

use autolossgen_recsys::data::Dataset;
use autolossgen_recsys::metric::best_threshold;
use autolossgen_recsys::{Interactions, Metric, Model, SearchData};
use serde::{Deserialize, Serialize};

pub use advantage::Advantage;
pub use comparison::{Comparison, SeedComparison};
pub use result::{LossResult, Optimism, SeedResult, TunedResult};
pub use trivial::TrivialResult;
pub use words::{STEP_IN_WORDS, p_value};

use super::trained::best;
use super::tuned::{self, Rung};
use super::{SeedRun, Selection, Trained};
use crate::Config;

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
    /// What each loss was given under `tuned`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
}

impl TestReport {
    /// How much better validation looks than test, as a mean over the losses; of nothing under `fixed`.
    pub fn optimism(&self) -> Optimism {
        Optimism::mean(self.results.iter().filter_map(|result| result.tuned.as_ref()).map(|tuned| &tuned.optimism))
    }
}

/// What each loss is given under `tuned`, whatever its grid of ε.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Configurations and epochs of the race
    pub rungs: Vec<Rung>,
    /// Seeds from which the best configuration is trained; the first is that of the race
    pub seeds: Vec<u64>,
}

impl Budget {
    /// That of a configuration, where the losses were raced.
    fn of(trained: &[Trained], config: &Config) -> Option<Self> {
        let raced = trained.iter().any(|trained| matches!(trained.selection, Selection::Race(_)));
        raced.then(|| Self { rungs: tuned::rungs(config), seeds: tuned::seeds(config).collect() })
    }
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
    let of_run = |run: &SeedRun| predict(run, &data, &test);
    let logits: Vec<Vec<Logits>> = trained.iter().map(|trained| trained.runs.iter().map(of_run).collect()).collect();
    let results: Vec<LossResult> =
        trained.iter().zip(&logits).map(|(trained, logits)| terms.result(trained, logits)).collect();
    let best = best(trained, config.metric(), |trained| trained.contender.origin == Origin::Generated);
    let comparisons = best.map_or(Vec::new(), |best| terms.compare(best, &results, &logits));
    let (model, preset, protocol) = (config.model.name.clone(), config.preset.clone(), config.test.protocol.clone());
    let (trivial, budget) = (terms.trivial(), Budget::of(trained, config));
    TestReport { dataset: row, model, preset, protocol, best, results, trivial, comparisons, budget }
}

fn predict(run: &SeedRun, data: &SearchData, test: &Interactions) -> Logits {
    let mut logits = Logits { validation: Vec::new(), test: Vec::new() };
    run.converged.model.predict(&data.validation, &mut logits.validation);
    run.converged.model.predict(test, &mut logits.test);
    logits
}

impl Terms<'_> {
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
}
