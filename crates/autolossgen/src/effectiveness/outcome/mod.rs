//! What Phase III found: metrics on test beside every baseline, intervals, p-values, and what trivial predictors get.

mod comparison;
mod result;
mod trivial;

use autolossgen_data::Dataset;
use autolossgen_recsys::metric::best_threshold;
use autolossgen_recsys::{Interactions, Metric, Model, SearchData};
use autolossgen_settings::Choice;

use super::trained::{SeedRun, Selection, Trained, best};
use super::tuned;
use crate::config::{Config, ThresholdRows};
use crate::contract::{ContractError, Part, guard};
use crate::execute::Fresh;
use crate::record::{Budget, DatasetSizes, LossResult, Metrics, Origin, TestReport};

/// Logits of one recommender on both sets.
struct Logits {
    validation: Vec<f32>,
    test: Vec<f32>,
}

/// What predictions are measured against, and how.
struct TestRows<'a> {
    data: &'a SearchData,
    test: &'a Interactions,
    config: &'a Config,
    /// Whether a label is neither 0 nor 1.
    graded: bool,
}

/// Spends the test set on the trained recommenders. Thresholds of F1 and accuracy are chosen on validation, or where
/// `test.threshold_on` says.
///
/// # Errors
/// Parameters that do not fit the recommenders that `fresh` makes; a recommender that panics.
pub fn spend(
    trained: &[Trained],
    dataset: Dataset,
    config: &Config,
    fresh: &Fresh<'_>,
) -> Result<TestReport, ContractError> {
    let row = DatasetSizes::of(&dataset);
    let Dataset { search: data, test, .. } = dataset;
    let test = test.spend();
    let rows = TestRows { data: &data, test: &test, config, graded: row.graded };
    let of_loss = |trained: &Trained| trained.runs.iter().map(|run| rows.predict(run, fresh)).collect();
    let logits: Vec<Vec<Logits>> = trained.iter().map(of_loss).collect::<Result<_, ContractError>>()?;
    let results: Vec<LossResult> =
        trained.iter().zip(&logits).map(|(trained, logits)| rows.result(trained, logits)).collect();
    let best = best(trained, |trained| trained.proposal.origin == Origin::Generated);
    let comparisons = best.map_or(Vec::new(), |best| rows.compare(best, &results, &logits));
    let (preset, protocol) = (config.preset.name().to_owned(), config.test.protocol.name().to_owned());
    let (model, trivial, budget) = (config.model.name.clone(), rows.trivial(), budget(trained, config));
    Ok(TestReport { dataset: row, model, preset, protocol, best, results, trivial, comparisons, budget })
}

/// What each loss was given, where the losses were raced.
fn budget(trained: &[Trained], config: &Config) -> Option<Budget> {
    let raced = trained.iter().any(|trained| matches!(trained.selection, Selection::Race(_)));
    raced.then(|| Budget {
        rungs: tuned::rungs(config),
        rounds: config.test.rounds,
        round_rungs: tuned::round_rungs(config),
        seeds: tuned::seeds(config).collect(),
    })
}

impl TestRows<'_> {
    /// Logits of a trained recommender; those of a fresh one where no epoch was finite.
    fn predict(&self, run: &SeedRun, fresh: &Fresh<'_>) -> Result<Logits, ContractError> {
        guard(Part::Model, || {
            let mut model = fresh(run.seed, 0);
            if let Some(parameters) = &run.result.parameters {
                model.restore(parameters).unwrap_or_else(|error| panic!("{error}"));
            }
            let mut logits = Logits { validation: Vec::new(), test: Vec::new() };
            model.predict(&self.data.validation, &mut logits.validation);
            model.predict(self.test, &mut logits.test);
            assert_eq!(logits.validation.len(), self.data.validation.len(), "a prediction has one logit a row");
            assert_eq!(logits.test.len(), self.test.len(), "a prediction has one logit a row");
            logits
        })
    }

    /// Metrics on validation and on test, those of classes where labels are; F1 and accuracy at the threshold with the
    /// best F1. One that is undefined or infinite, as the log loss of a certain prediction that is wrong, is absent.
    fn metrics(&self, logits: &Logits) -> (Metrics, Metrics) {
        let (validation_labels, test_labels) = (self.data.validation.labels(), self.test.labels());
        let (mut validation, mut tested) = (Metrics::new(), Metrics::new());
        let own = best_threshold(Metric::F1, &logits.validation, validation_labels);
        let theirs = match self.config.test.threshold_on {
            ThresholdRows::Test => best_threshold(Metric::F1, &logits.test, test_labels),
            ThresholdRows::Validation => own,
        };
        for metric in Metric::ALL.iter().copied().filter(|metric| !(self.graded && metric.needs_classes())) {
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
