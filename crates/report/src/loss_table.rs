//! The table of tested losses: which columns it has follows from task, metric and protocol.
//!
//! One set of columns serves two widths: the page shows every value, each with a number to sort by; the terminal shows what fits
//! into a line, with the interval beside its mean.

use autolossgen::record::{Comparison, EDGE, LossResult, Metrics, Origin, TestReport, p_value};
use autolossgen::recsys::{Metric, Task};
use autolossgen::settings::Choice;
use autolossgen::{Axis, Config};

/// Text of a number that a loss does not have.
const MISSING: &str = "–";

/// A table of losses, best validation first.
#[derive(Clone, Debug)]
pub struct LossTable<'a> {
    report: &'a TestReport,
    width: Width,
    columns: Vec<Column>,
    /// Metric that orders the rows.
    metric: Metric,
}

/// A loss, or a predictor without a recommender.
#[derive(Clone, Debug, PartialEq)]
pub struct LossRow {
    /// Name, or the formula's text
    pub loss: String,
    /// A named loss with the same gradient up to a positive constant
    pub gradient_of: Option<String>,
    /// Whether it is the generated loss that is best on validation
    pub is_best: bool,
    /// Whether it is a named loss
    pub is_baseline: bool,
    /// The cells behind the name, one for each further heading
    pub cells: Vec<Cell>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What it shows
    pub text: String,
    /// By what it is sorted; `None` where it is no number
    pub value: Option<f64>,
}

/// How much room a table has.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Width {
    Wide,
    Narrow,
}

/// What a column shows of a loss.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Column {
    Validation(Metric),
    Test(Metric),
    /// Test metric, with half its 95% interval over the seeds.
    TestMean(Metric),
    /// 95% interval of the test metric.
    Interval(Metric),
    /// Test metric of the best loss minus that of this one.
    Difference,
    /// p over the seeds.
    PSeeds,
    /// p over the rows.
    PRows,
    LearningRate,
    L2,
    Epsilon,
    /// Effective size of a step.
    Step,
    Epoch,
    /// Seeds that did not diverge.
    Seeds,
}

impl<'a> LossTable<'a> {
    /// Every column, as a page has room for.
    pub fn wide(report: &'a TestReport, config: &Config) -> Self {
        Self::new(report, config, Width::Wide, wide_columns(report, config))
    }

    /// The columns for which a terminal has room.
    pub fn narrow(report: &'a TestReport, config: &Config) -> Self {
        let columns = if report.budget.is_some() { tuned_columns(config) } else { fixed_columns(report, config) };
        Self::new(report, config, Width::Narrow, columns)
    }

    fn new(report: &'a TestReport, config: &Config, width: Width, columns: Vec<Column>) -> Self {
        Self { report, width, columns: once_each(columns), metric: config.metric() }
    }

    /// The headings, that of the name of the loss first.
    pub fn headings(&self) -> Vec<String> {
        let further = self.columns.iter().map(|column| column.heading(self.width));
        std::iter::once("loss".to_owned()).chain(further).collect()
    }

    /// One row a loss, best validation first.
    pub fn rows(&self) -> Vec<LossRow> {
        self.report.by_validation(self.metric).into_iter().map(|index| self.row(index)).collect()
    }

    fn row(&self, index: usize) -> LossRow {
        let result = &self.report.results[index];
        LossRow {
            loss: result.loss.clone(),
            gradient_of: result.gradient_of.clone(),
            is_best: self.report.best == Some(index),
            is_baseline: result.origin == Origin::Baseline,
            cells: self.columns.iter().map(|column| column.cell(result, self.report)).collect(),
        }
    }

    /// One row a predictor without a recommender, of those that have a metric which the table shows.
    pub fn trivial_rows(&self) -> Vec<LossRow> {
        let is_shown =
            |test: &Metrics| self.columns.iter().filter_map(|column| column.tests()).any(|metric| has(test, metric));
        let cell = |column: &Column, test: &Metrics| match column.tests() {
            Some(metric) => Cell::metric(test, metric),
            None => Cell::empty(),
        };
        let shown = self.report.trivial.iter().filter(|trivial| is_shown(&trivial.test));
        let row = shown.map(|trivial| LossRow {
            loss: trivial.predictor.clone(),
            gradient_of: None,
            is_best: false,
            is_baseline: false,
            cells: self.columns.iter().map(|column| cell(column, &trivial.test)).collect(),
        });
        row.collect()
    }
}

fn has(metrics: &Metrics, metric: Metric) -> bool {
    metrics.contains_key(metric.name())
}

/// Validation and test, what the best loss is compared by, and what was chosen for each loss.
fn wide_columns(report: &TestReport, config: &Config) -> Vec<Column> {
    use Column::{
        Difference, Epoch, Epsilon, Interval, L2, LearningRate, PRows, PSeeds, Seeds, Step, Test, Validation,
    };
    let (metric, judged, is_tuned) = (config.metric(), config.task.metric(), report.budget.is_some());
    let mut columns = vec![Validation(metric), Test(metric), Test(judged), Interval(judged)];
    if !report.comparisons.is_empty() {
        let has_seeds = report.comparisons.iter().any(|comparison| comparison.over_seeds.is_some());
        columns.push(Difference);
        columns.extend(has_seeds.then_some(PSeeds));
        columns.push(PRows);
    }
    columns.extend(match config.task {
        _ if is_tuned => vec![],
        Task::Classification => vec![Test(Metric::F1), Test(Metric::Accuracy)],
        Task::Regression => vec![Test(Metric::Mae)],
    });
    columns.extend([LearningRate, L2, Epsilon]);
    columns.extend(if is_tuned { vec![Step, Seeds] } else { vec![Epoch] });
    columns
}

/// What was chosen for the loss, the chosen metric and that of the task.
fn tuned_columns(config: &Config) -> Vec<Column> {
    use Column::{Epsilon, L2, LearningRate, Seeds, Step, TestMean, Validation};
    let (metric, judged) = (config.metric(), config.task.metric());
    vec![Epsilon, LearningRate, L2, Step, Validation(metric), TestMean(metric), TestMean(judged), Seeds]
}

/// The chosen metric, then those of the task, each with its interval. Without a loss found there is nothing to compare, and
/// no p.
fn fixed_columns(report: &TestReport, config: &Config) -> Vec<Column> {
    use Column::{Epoch, Epsilon, Interval, PRows, Test, Validation};
    use Metric::{Accuracy, Auc, F1, Mae, Rmse};
    let (metric, judged) = (config.metric(), config.task.metric());
    let of_task = match config.task {
        Task::Classification => [Auc, F1, Accuracy].map(Test).to_vec(),
        Task::Regression => [Rmse, Mae].map(|metric| [Validation(metric), Test(metric)]).concat(),
    };
    let metrics = once_each([vec![Validation(metric), Test(metric)], of_task].concat());
    let with_interval = |column: Column| {
        let interval = (column == Test(judged)).then_some(Interval(judged));
        std::iter::once(column).chain(interval)
    };
    let mut columns = vec![Epsilon, Epoch];
    columns.extend(metrics.into_iter().flat_map(with_interval));
    columns.extend((!report.comparisons.is_empty()).then_some(PRows));
    columns
}

/// The first of equal columns stays.
fn once_each(columns: Vec<Column>) -> Vec<Column> {
    let first = |at: &usize| !columns[..*at].contains(&columns[*at]);
    (0..columns.len()).filter(first).map(|at| columns[at]).collect()
}

impl Column {
    /// The metric on test that it shows.
    fn tests(self) -> Option<Metric> {
        match self {
            Column::Test(metric) | Column::TestMean(metric) => Some(metric),
            _ => None,
        }
    }

    fn heading(self, width: Width) -> String {
        let is_wide = width == Width::Wide;
        match self {
            Column::Validation(metric) if is_wide => format!("validation {}", metric.title()),
            Column::Validation(metric) => format!("valid. {}", metric.title()),
            Column::Test(metric @ (Metric::F1 | Metric::Accuracy)) if !is_wide => metric.title().to_owned(),
            Column::Test(metric) | Column::TestMean(metric) => format!("test {}", metric.title()),
            Column::Interval(_) => "95% interval".to_owned(),
            Column::Difference => "★ minus it".to_owned(),
            Column::PSeeds => "p, seeds".to_owned(),
            Column::PRows => if is_wide { "p, rows" } else { "p (Holm)" }.to_owned(),
            Column::LearningRate => if is_wide { "learning rate" } else { "rate" }.to_owned(),
            Column::L2 => "L2".to_owned(),
            Column::Epsilon => "ε".to_owned(),
            Column::Step => "step".to_owned(),
            Column::Epoch => "epoch".to_owned(),
            Column::Seeds => "seeds".to_owned(),
        }
    }

    fn cell(self, result: &LossResult, report: &TestReport) -> Cell {
        let comparison = report.comparisons.iter().find(|comparison| comparison.baseline == result.loss);
        match self {
            Column::Validation(metric) => Cell::metric(&result.validation, metric),
            Column::Test(metric) => Cell::metric(&result.test, metric),
            Column::TestMean(metric) => mean(result, metric),
            Column::Interval(metric) => interval_cell(interval(result, metric)),
            Column::Difference => compared(comparison, |found| Some(difference(found)), signed),
            Column::PSeeds => compared(comparison, |found| Some(found.over_seeds?.p_holm), p_value),
            Column::PRows => compared(comparison, |found| Some(found.p_holm), p_value),
            Column::LearningRate => setting(result, Axis::LearningRate, |rate| rate.to_string()),
            Column::L2 => setting(result, Axis::L2, |l2| format!("{l2:e}")),
            Column::Epsilon if !result.chose_epsilon() => Cell::empty(),
            Column::Epsilon => setting(result, Axis::Epsilon, |epsilon| format!("{epsilon:e}")),
            Column::Step => {
                Cell::number(result.tuned.as_ref().map(|tuned| tuned.step_size), |step| format!("{step:.2}"))
            }
            Column::Epoch => Cell::number(Some(result.best_epoch as f64), |epoch| epoch.to_string()),
            Column::Seeds => seeds(result),
        }
    }
}

impl Cell {
    /// A number as `text` writes it, or a dash.
    pub(crate) fn number(value: Option<f64>, text: impl Fn(f64) -> String) -> Self {
        Self { text: value.map_or(MISSING.to_owned(), text), value }
    }

    /// A metric to four digits, or a dash.
    pub(crate) fn metric(metrics: &Metrics, metric: Metric) -> Self {
        Self::number(metrics.get(metric.name()).copied(), |value| format!("{value:.4}"))
    }

    /// A count.
    pub(crate) fn count(n: u64) -> Self {
        Self { text: n.to_string(), value: Some(n as f64) }
    }

    /// A cell with nothing in it.
    pub(crate) fn empty() -> Self {
        Self { text: String::new(), value: None }
    }
}

/// What was chosen for a loss, with a mark where it lies at an end of what was tried.
fn setting(result: &LossResult, axis: Axis, text: impl Fn(f32) -> String) -> Cell {
    let value = match axis {
        Axis::LearningRate => result.learning_rate,
        Axis::L2 => result.l2,
        Axis::Epsilon => result.epsilon,
    };
    let is_at_edge = result.tuned.as_ref().is_some_and(|tuned| tuned.at_edge.contains(&axis));
    let mark = if is_at_edge { EDGE } else { "" };
    Cell { text: text(value) + mark, value: Some(value.into()) }
}

fn compared(
    comparison: Option<&Comparison>,
    of: impl Fn(&Comparison) -> Option<f64>,
    text: impl Fn(f64) -> String,
) -> Cell {
    comparison.map_or(Cell::empty(), |comparison| Cell::number(of(comparison), text))
}

/// To four digits; what rounds to 0 has no minus.
fn signed(value: f64) -> String {
    let text = format!("{value:+.4}");
    if text == "-0.0000" { "+0.0000".to_owned() } else { text }
}

fn difference(comparison: &Comparison) -> f64 {
    comparison.over_seeds.map_or(comparison.difference, |found| found.difference)
}

/// The 95% interval of a metric on test: of the mean over the seeds, or over the rows where there is one seed.
pub(crate) fn interval(result: &LossResult, metric: Metric) -> Option<(f64, f64)> {
    let over_rows = match metric {
        Metric::Auc => result.auc_interval,
        Metric::Rmse => result.rmse_interval,
        _ => None,
    };
    over_seeds(result, metric).or(over_rows)
}

/// The 95% interval of the mean of a metric over the seeds.
fn over_seeds(result: &LossResult, metric: Metric) -> Option<(f64, f64)> {
    result.tuned.as_ref()?.test_interval.get(metric.name()).copied()
}

fn interval_cell(interval: Option<(f64, f64)>) -> Cell {
    let text = interval.map_or(String::new(), |(low, high)| format!("{low:.4} – {high:.4}"));
    Cell { text, value: interval.map(|(low, _)| low) }
}

/// Mean over the seeds, with half its 95% interval where there is one.
fn mean(result: &LossResult, metric: Metric) -> Cell {
    let Cell { text, value } = Cell::metric(&result.test, metric);
    let half = over_seeds(result, metric).map(|(low, high)| (high - low) / 2.0);
    Cell { text: text + &half.map_or(String::new(), |half| format!(" ± {half:.4}")), value }
}

/// How many seeds there are, or how many of them did not diverge.
fn seeds(result: &LossResult) -> Cell {
    let seeds = result.tuned.as_ref().map_or(&[][..], |tuned| &tuned.seeds);
    let finite = seeds.iter().filter(|seed| seed.best_epoch > 0).count();
    let of = if finite == seeds.len() { String::new() } else { format!(" of {}", seeds.len()) };
    Cell { text: format!("{finite}{of}"), value: Some(finite as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen::Preset;

    fn report() -> TestReport {
        let result = |loss: &str, origin: &str, auc: f64| {
            serde_json::json!({
                "loss": loss, "formula": "pred", "gradient_of": null, "origin": origin, "epsilon": 1e-6, "clamp": "none",
                "scale": 1.0, "learning_rate": 0.5, "l2": 1e-5, "seed": 42, "epochs": 9, "best_epoch": 4,
                "ending": "falling", "validation": {"auc": auc}, "test": {"auc": auc - 0.1}, "auc_interval": [0.6, 0.8],
                "rmse_interval": null, "grid": [],
            })
        };
        serde_json::from_value(serde_json::json!({
            "dataset": {"name": "made", "users": 1, "items": 1, "train": 1, "validation": 1, "test": 1},
            "model": "mf", "preset": "paper", "protocol": "fixed", "best": 1,
            "results": [result("bce", "baseline", 0.75), result("pred", "generated", 0.8)],
            "trivial": [
                {"predictor": "constant", "test": {"auc": 0.5}}, {"predictor": "popularity", "test": {"log_loss": 1.0}},
            ],
            "comparisons": [{
                "baseline": "bce", "difference": 0.05, "standard_error": 0.01, "p_value": 0.0004, "p_holm": 0.0004,
            }],
        }))
        .unwrap()
    }

    fn texts(row: &LossRow) -> Vec<&str> {
        row.cells.iter().map(|cell| cell.text.as_str()).collect()
    }

    #[test]
    fn a_page_has_every_column_and_a_terminal_those_that_fit() {
        let (report, config) = (report(), Config::preset(Preset::Paper));
        let (wide, narrow) = (LossTable::wide(&report, &config), LossTable::narrow(&report, &config));
        assert_eq!(
            wide.headings(),
            [
                "loss",
                "validation AUC",
                "test AUC",
                "95% interval",
                "★ minus it",
                "p, rows",
                "test F1",
                "test accuracy",
                "learning rate",
                "L2",
                "ε",
                "epoch"
            ]
        );
        assert_eq!(
            narrow.headings(),
            ["loss", "ε", "epoch", "valid. AUC", "test AUC", "95% interval", "F1", "accuracy", "p (Holm)"]
        );
        let rows = narrow.rows();
        assert_eq!((rows[0].loss.as_str(), rows[0].is_best, rows[1].is_baseline), ("pred", true, true));
        assert_eq!(texts(&rows[1]), ["", "4", "0.7500", "0.6500", "0.6000 – 0.8000", "–", "–", "< 0.001"]);
        assert_eq!(rows[1].cells[2].value, Some(0.75));
        assert_eq!(texts(&wide.rows()[1])[..5], ["0.7500", "0.6500", "0.6000 – 0.8000", "+0.0500", "< 0.001"]);
    }

    #[test]
    fn a_predictor_without_a_metric_that_is_shown_has_no_row() {
        let (report, config) = (report(), Config::preset(Preset::Paper));
        let rows = LossTable::narrow(&report, &config).trivial_rows();
        assert_eq!(rows.iter().map(|row| row.loss.as_str()).collect::<Vec<_>>(), ["constant"]);
        assert_eq!(texts(&rows[0]), ["", "", "", "0.5000", "", "–", "–", ""]);
    }

    #[test]
    fn what_rounds_to_nothing_has_no_minus() {
        assert_eq!([signed(-1e-9), signed(0.05), signed(-0.05)], ["+0.0000", "+0.0500", "-0.0500"]);
    }
}
