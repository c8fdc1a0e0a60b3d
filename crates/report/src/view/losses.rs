//! The table of tested losses beside the baselines: which columns it has follows from task, metric and protocol.

use autolossgen::recsys::{Metric, Task};
use autolossgen::settings::Choice;

use autolossgen::Config;
use autolossgen::record::{Comparison, LossResult, TestReport, p_value};

/// What a column shows of a loss.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Column {
    Validation(Metric),
    Test(Metric),
    /// 95% interval of the test metric.
    Interval(Metric),
    /// Test metric of the best loss minus that of this one.
    Difference(Metric),
    /// p over the seeds.
    Seeds,
    /// p over the rows.
    Rows,
    LearningRate,
    L2,
    Epsilon,
    Step,
    Epoch,
    /// Seeds that did not diverge.
    Finite,
}

/// What a cell shows, and by what it is sorted.
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) value: Option<f64>,
}

impl Cell {
    pub(crate) fn number(value: Option<f64>, text: impl Fn(f64) -> String) -> Self {
        Self { text: value.map_or("–".to_owned(), text), value }
    }

    fn none() -> Self {
        Self { text: String::new(), value: None }
    }
}

/// The columns behind the name of the loss.
pub(crate) fn columns(tested: &TestReport, config: &Config) -> Vec<Column> {
    use Column::{Difference, Epoch, Epsilon, Finite, Interval, L2, LearningRate, Rows, Seeds, Step, Test, Validation};
    let (metric, judged, is_tuned) = (config.metric(), config.task.metric(), tested.budget.is_some());
    let mut columns = vec![Validation(metric), Test(metric), Test(judged), Interval(judged)];
    if !tested.comparisons.is_empty() {
        let has_seeds = tested.comparisons.iter().any(|comparison| comparison.over_seeds.is_some());
        columns.push(Difference(judged));
        columns.extend(has_seeds.then_some(Seeds));
        columns.push(Rows);
    }
    columns.extend(match config.task {
        _ if is_tuned => vec![],
        Task::Classification => vec![Test(Metric::F1), Test(Metric::Accuracy)],
        Task::Regression => vec![Test(Metric::Mae)],
    });
    columns.extend([LearningRate, L2, Epsilon]);
    columns.extend(if is_tuned { [Step, Finite] } else { [Epoch, Epoch] });
    let first = |at: &usize| !columns[..*at].contains(&columns[*at]);
    (0..columns.len()).filter(first).map(|at| columns[at]).collect()
}

impl Column {
    pub(crate) fn heading(self) -> String {
        match self {
            Column::Validation(metric) => format!("validation {}", metric.title()),
            Column::Test(metric) => format!("test {}", metric.title()),
            Column::Interval(_) => "95% interval".to_owned(),
            Column::Difference(_) => "★ minus it".to_owned(),
            Column::Seeds => "p, seeds".to_owned(),
            Column::Rows => "p, rows".to_owned(),
            Column::LearningRate => "learning rate".to_owned(),
            Column::L2 => "L2".to_owned(),
            Column::Epsilon => "ε".to_owned(),
            Column::Step => "step".to_owned(),
            Column::Epoch => "epoch".to_owned(),
            Column::Finite => "seeds".to_owned(),
        }
    }

    pub(crate) fn cell(self, index: usize, tested: &TestReport) -> Cell {
        let result = &tested.results[index];
        let digits = |value: f64| format!("{value:.4}");
        let comparison = tested.comparisons.iter().find(|comparison| comparison.baseline == result.loss);
        match self {
            Column::Validation(metric) => Cell::number(result.validation.get(metric.name()).copied(), digits),
            Column::Test(metric) => Cell::number(result.test.get(metric.name()).copied(), digits),
            Column::Interval(metric) => interval_cell(interval(result, metric)),
            Column::Difference(_) => compared(comparison, |found| Some(difference(found)), signed),
            Column::Seeds => compared(comparison, |found| Some(found.over_seeds?.p_holm), p_value),
            Column::Rows => compared(comparison, |found| Some(found.p_holm), p_value),
            Column::LearningRate => {
                Cell::number(Some(result.learning_rate.into()), |_| result.learning_rate.to_string())
            }
            Column::L2 => Cell::number(Some(result.l2.into()), |_| format!("{:e}", result.l2)),
            Column::Epsilon if !result.chose_epsilon() => Cell::none(),
            Column::Epsilon => Cell::number(Some(result.epsilon.into()), |_| format!("{:e}", result.epsilon)),
            Column::Step => {
                Cell::number(result.tuned.as_ref().map(|tuned| tuned.step_size), |step| format!("{step:.2}"))
            }
            Column::Epoch => Cell::number(Some(result.best_epoch as f64), |epoch| epoch.to_string()),
            Column::Finite => finite(result),
        }
    }
}

fn compared(
    comparison: Option<&Comparison>,
    of: impl Fn(&Comparison) -> Option<f64>,
    text: impl Fn(f64) -> String,
) -> Cell {
    match comparison {
        Some(comparison) => Cell::number(of(comparison), text),
        None => Cell::none(),
    }
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
    let over_seeds = result.tuned.as_ref().and_then(|tuned| tuned.test_interval.get(metric.name()).copied());
    let over_rows = match metric {
        Metric::Auc => result.auc_interval,
        Metric::Rmse => result.rmse_interval,
        _ => None,
    };
    over_seeds.or(over_rows)
}

fn interval_cell(interval: Option<(f64, f64)>) -> Cell {
    let text = interval.map_or(String::new(), |(low, high)| format!("{low:.4} – {high:.4}"));
    Cell { text, value: interval.map(|(low, _)| low) }
}

fn finite(result: &LossResult) -> Cell {
    let seeds = result.tuned.as_ref().map_or(&[][..], |tuned| &tuned.seeds);
    let finite = seeds.iter().filter(|seed| seed.best_epoch > 0).count();
    let of = if finite == seeds.len() { String::new() } else { format!(" of {}", seeds.len()) };
    Cell { text: format!("{finite}{of}"), value: Some(finite as f64) }
}
