//! What Phase III found: metrics on test beside every baseline, intervals, p-values, and what trivial predictors get.

mod comparison;
mod means;
mod result;
mod trivial;

use autolossgen_data::{DataError, Dataset, PredictionFile, Predictions};
use autolossgen_recsys::{Interactions, Metric, Model, SearchData};
use autolossgen_settings::Choice;

use super::trained::{SeedRun, Trained, best as best_of};
use super::tuned;
use crate::config::{Config, ThresholdRows};
use crate::contract::{ContractError, Part, guard};
use crate::execute::Fresh;
use crate::record::{Budget, DatasetSizes, Metrics, Origin, RacePoint, TestReport};

/// Logits of one recommender on both sets.
#[derive(Default)]
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

/// Spends the test set on the trained recommenders. Thresholds of F1 and accuracy are chosen on validation, or as
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
    spend_and_tell(trained, dataset, config, fresh, &mut |_| Ok(()))
}

/// As [`spend`]; where there is a file, it takes the predictions that the metrics are computed from, loss by loss in their
/// order and seed by seed, but for recommenders that diverged in their first epoch.
///
/// # Errors
/// As [`spend`]; a file that cannot be written.
pub fn spend_to<E: From<ContractError> + From<DataError>>(
    trained: &[Trained],
    dataset: Dataset,
    config: &Config,
    fresh: &Fresh<'_>,
    mut predictions: Option<PredictionFile>,
) -> Result<TestReport, E> {
    let mut told = |predicted: &Predictions<'_>| match &mut predictions {
        Some(file) => Ok(file.write(predicted)?),
        None => Ok(()),
    };
    let report = spend_and_tell::<E>(trained, dataset, config, fresh, &mut told)?;
    predictions.map_or(Ok(()), PredictionFile::finish)?;
    Ok(report)
}

/// As [`spend`]; `told` hears of the predictions. Memory holds those of one recommender, and the logits on test, with the first
/// seed, of those that are compared.
fn spend_and_tell<E: From<ContractError>>(
    trained: &[Trained],
    dataset: Dataset,
    config: &Config,
    fresh: &Fresh<'_>,
    told: &mut dyn FnMut(&Predictions<'_>) -> Result<(), E>,
) -> Result<TestReport, E> {
    let row = DatasetSizes::of(&dataset);
    let Dataset { search: data, test, user_ids, item_ids, .. } = dataset;
    let test = test.spend();
    let rows = TestRows { data: &data, test: &test, config, graded: row.graded };
    let origin = contender(trained);
    let best = best_of(trained, |trained| trained.proposal.origin == origin);
    let is_best = |trained_too: &Trained| best.is_some_and(|best| std::ptr::eq(&trained[best], trained_too));
    let rival = best_of(trained, |trained| trained.proposal.origin == Origin::Baseline && !is_best(trained));
    let (mut results, mut compared) = (Vec::with_capacity(trained.len()), Vec::with_capacity(trained.len()));
    for (index, trained) in trained.iter().enumerate() {
        let loss = trained.proposal.title();
        let (mut seeds, mut first) = (Vec::with_capacity(trained.runs.len()), None);
        for run in &trained.runs {
            let logits = rows.predict(run, fresh)?;
            if run.result.best_epoch > 0 {
                let (validation, test) = ((&data.validation, &*logits.validation), (&test, &*logits.test));
                let (user_ids, item_ids) = (&*user_ids, &*item_ids);
                told(&Predictions { loss: &loss, seed: run.seed, validation, test, user_ids, item_ids })?;
            }
            seeds.push(rows.seed_result(run, &logits));
            first.get_or_insert(logits);
        }
        let mut first = first.expect("a loss was trained from one seed or more");
        results.push(rows.result(trained, seeds, &first.test));
        if ![best, rival].contains(&Some(index)) {
            first.validation = Vec::new();
        }
        let is_compared = best == Some(index) || (best.is_some() && trained.proposal.origin == Origin::Baseline);
        compared.push(if is_compared { first } else { Logits::default() });
    }
    let comparisons = best.map_or(Vec::new(), |best| rows.compare(best, &results, &compared));
    let trivial = rows.trivial();
    let verdict =
        best.zip(rival).and_then(|pair| rows.verdict(pair, &results, &compared, &comparisons, &trivial)).map(Box::new);
    let trivial = trivial.into_iter().map(|trivial| trivial.result).collect();
    let (preset, protocol) = (config.preset.name().to_owned(), config.test.protocol.name().to_owned());
    let (model, budget) = (config.model.name.clone(), budget(trained, config));
    Ok(TestReport { dataset: row, model, preset, protocol, best, results, trivial, comparisons, verdict, budget })
}

/// Whose best on validation is held against the baselines: the losses that were found, or else those that were given, or else, where all
/// are baselines, theirs.
fn contender(trained: &[Trained]) -> Origin {
    let is_there = |origin: &Origin| trained.iter().any(|trained| trained.proposal.origin == *origin);
    [Origin::Generated, Origin::Given].into_iter().find(is_there).unwrap_or(Origin::Baseline)
}

/// What each loss was given, where the losses were raced.
fn budget(trained: &[Trained], config: &Config) -> Option<Budget> {
    let races: Vec<&[RacePoint]> = trained.iter().filter_map(Trained::race).collect();
    let of_grid = |race: &&[RacePoint]| race.iter().filter(|tried| tried.round == 0).count();
    let configurations = races.iter().map(of_grid).max()?;
    let met_folds = races.iter().any(|race| race.iter().any(|tried| tried.over_folds.is_some()));
    Some(Budget {
        rungs: tuned::rungs(configurations, config),
        rounds: config.test.rounds,
        round_rungs: tuned::round_rungs(config),
        folds: if met_folds { config.test.folds } else { 0 },
        seeds: tuned::seeds(config).collect(),
        retuned: config.test.retune,
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

    /// Metrics on validation and on test, those of classes where labels are; F1 and accuracy at the threshold by which
    /// validation chose. One that is undefined or infinite, as the log loss of a certain prediction that is wrong, is absent.
    fn metrics(&self, logits: &Logits, threshold_on: ThresholdRows) -> (Metrics, Metrics) {
        let (validation_labels, test_labels) = (self.data.validation.labels(), self.test.labels());
        let (mut validation, mut tested) = (Metrics::new(), Metrics::new());
        let rule = threshold_on.rule();
        for metric in Metric::ALL.iter().copied().filter(|metric| !(self.graded && metric.needs_classes())) {
            let value = |logits: &[f32], labels: &[f32], threshold: f32| {
                let finite = metric.evaluate(logits, labels, threshold).filter(|value| value.is_finite());
                finite.map(|value| (metric.name().to_owned(), value))
            };
            let own = rule.threshold(metric, &logits.validation, validation_labels);
            let theirs = match threshold_on {
                ThresholdRows::Test => rule.threshold(metric, &logits.test, test_labels),
                ThresholdRows::Validation => own,
            };
            validation.extend(value(&logits.validation, validation_labels, own));
            tested.extend(value(&logits.test, test_labels, theirs));
        }
        (validation, tested)
    }
}
