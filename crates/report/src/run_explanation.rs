//! The tested losses of a run: their properties beside what they reached.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use autolossgen::formula::{Formula, FormulaError, Semantics};
use autolossgen::recsys::Metric;
use autolossgen::recsys::statistics::spearman;
use autolossgen::settings::Choice;
use serde::Serialize;

use autolossgen::explain::{ExplainError, Explanation, PROPERTIES, Property, explain};
use autolossgen::record::{Candidate, History, LossResult, Metrics, Origin, Record, TestReport};
use autolossgen::{Config, RunError, run};

/// A tested loss, and what it does at the ε that validation chose.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainedLoss {
    /// Name, or the formula's text
    pub loss: String,
    /// Where it comes from
    pub origin: Origin,
    /// ε and clamp under which it was tested
    #[serde(flatten)]
    pub semantics: Semantics,
    /// Metrics on validation
    pub validation: Metrics,
    /// Metrics on test
    pub test: Metrics,
    /// The numbers of [`PROPERTIES`] by name; one that is undefined is absent
    pub properties: BTreeMap<&'static str, f64>,
    /// The whole explanation but its curve; `None` where the loss is not finite everywhere
    pub explanation: Option<Explanation>,
    /// Why there is none
    pub problem: Option<String>,
}

/// Whether losses with more of a property did better.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Correlation {
    /// Name of the property
    pub property: &'static str,
    /// What it says
    pub meaning: &'static str,
    /// Spearman's rank correlation of the property with success; `None` where either is the same for all
    pub rank_correlation: Option<f64>,
    /// Losses that have both
    pub losses: usize,
}

/// What the losses of a run do, and which properties go with success.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunExplanation {
    /// Folder of the run
    pub run: PathBuf,
    /// The metric that the protocol judges by on test; success is a high one, or a low error
    #[serde(serialize_with = "metric_name")]
    pub metric: Metric,
    /// Every tested loss, best on test first; one that diverged last
    pub losses: Vec<ExplainedLoss>,
    /// One entry a property
    pub correlations: Vec<Correlation>,
}

fn metric_name<S: serde::Serializer>(metric: &Metric, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(metric.name())
}

/// Explains every loss that the last test of a run has. The folder is only read, also while another process works on it.
///
/// # Errors
/// A folder without a run, a damaged journal or one of another version, a run without candidates or not tested.
pub fn explain_run(folder: &Path) -> Result<RunExplanation, RunError> {
    let (config, records) = run::read(folder)?;
    let report = tested(folder, &records)?;
    let metric = config.task.metric();
    let explained = |result| explained(result, &config).map_err(|error| not_readable(folder, result, &error));
    let mut losses = report.results.iter().map(explained).collect::<Result<Vec<_>, _>>()?;
    let gain = |loss: &ExplainedLoss| success(loss, metric).unwrap_or(f64::NEG_INFINITY);
    losses.sort_by(|a, b| gain(b).total_cmp(&gain(a)));
    let correlations = PROPERTIES.iter().map(|property| correlation(property, &losses, metric)).collect();
    Ok(RunExplanation { run: folder.to_owned(), metric, losses, correlations })
}

/// The last test; where there is none, what to do.
fn tested<'a>(folder: &Path, records: &'a [Record]) -> Result<&'a TestReport, RunError> {
    let folder = folder.display();
    let missing = || match Candidate::of(records).is_empty() {
        true => format!("{folder} has no candidates: its search accepted no loss, and there is nothing to explain"),
        false => format!("{folder} has not been tested: run `autolossgen test {folder}` first"),
    };
    History::of(records).tested().ok_or_else(|| RunError::Phase(missing()))
}

fn not_readable(folder: &Path, result: &LossResult, error: &FormulaError) -> RunError {
    let (folder, loss) = (folder.display(), &result.loss);
    RunError::Phase(format!(
        "{folder}: the tested loss {loss} cannot be read, perhaps it is of another version: {error}"
    ))
}

fn explained(result: &LossResult, config: &Config) -> Result<ExplainedLoss, FormulaError> {
    let semantics = Semantics { epsilon: result.epsilon, clamp: result.clamp };
    let loss = result.formula.parse::<Formula>()?.compile(semantics)?;
    let (explanation, problem) = match explain(&loss, config) {
        Ok(explanation) => (Some(Explanation { curve: Vec::new(), ..explanation }), None),
        Err(ExplainError::Formula(error)) => return Err(error),
        Err(error @ ExplainError::NonFinite { .. }) => (None, Some(error.to_string())),
    };
    let named = |property: &Property| Some((property.name, property.of(explanation.as_ref()?)?));
    Ok(ExplainedLoss {
        loss: result.loss.clone(),
        origin: result.origin,
        semantics,
        validation: result.validation.clone(),
        test: result.test.clone(),
        properties: PROPERTIES.iter().filter_map(named).collect(),
        explanation,
        problem,
    })
}

/// How good it is on test: higher is better.
fn success(loss: &ExplainedLoss, metric: Metric) -> Option<f64> {
    loss.test.get(metric.name()).map(|&value| metric.gain(value))
}

fn correlation(property: &Property, losses: &[ExplainedLoss], metric: Metric) -> Correlation {
    let pair = |loss: &ExplainedLoss| Some((*loss.properties.get(property.name)?, success(loss, metric)?));
    let (values, gains): (Vec<f64>, Vec<f64>) = losses.iter().filter_map(pair).unzip();
    let Property { name, meaning, .. } = *property;
    Correlation { property: name, meaning, rank_correlation: spearman(&values, &gains), losses: values.len() }
}
