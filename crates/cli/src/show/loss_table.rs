//! The table of losses: which columns it has follows from the task and the metric.

use autolossgen::Config;
use autolossgen::record::{LossResult, Metrics, TestReport, TrivialResult, p_value};
use autolossgen::recsys::{Choice, Metric, Task};

use super::table::{Table, shorten};

/// What a column shows of a loss.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    Loss,
    Epsilon,
    Epoch,
    LearningRate,
    L2,
    /// Effective size of a step.
    Step,
    Validation(Metric),
    Test(Metric),
    /// Mean over the seeds, with half its 95% interval.
    TestMean(Metric),
    /// Seeds that did not diverge.
    Seeds,
    /// 95% interval of the test metric.
    Interval(Metric),
    P,
}

/// One row a loss, best validation first; below them the trivial predictors, where they have a metric that is shown.
pub fn table(report: &TestReport, config: &Config) -> String {
    let columns = columns(report, config);
    let headings: Vec<String> = columns.iter().map(|column| column.heading()).collect();
    let mut table = Table::new(&headings.iter().map(String::as_str).collect::<Vec<_>>());
    for index in report.by_validation(config.metric()) {
        table.row(columns.iter().map(|column| column.cell(index, report)).collect());
    }
    for trivial in &report.trivial {
        let shown = |column: &Column| column.tests().is_some_and(|metric| trivial.test.contains_key(metric.name()));
        if columns.iter().any(shown) {
            table.row(columns.iter().map(|column| column.trivial_cell(trivial)).collect());
        }
    }
    table.to_string()
}

fn columns(report: &TestReport, config: &Config) -> Vec<Column> {
    if report.budget.is_some() { tuned_columns(config) } else { fixed_columns(report, config) }
}

/// What was chosen for the loss, the chosen metric and that of the task.
fn tuned_columns(config: &Config) -> Vec<Column> {
    use Column::{Epsilon, L2, LearningRate, Loss, Seeds, Step, TestMean, Validation};
    let (metric, judged) = (config.metric(), config.task.metric());
    let tested = [Validation(metric), TestMean(metric), TestMean(judged), Seeds];
    once_each([&[Loss, Epsilon, LearningRate, L2, Step][..], &tested].concat())
}

/// The chosen metric, then those of the task. Without a loss found there is nothing to compare, and no p.
fn fixed_columns(report: &TestReport, config: &Config) -> Vec<Column> {
    use Metric::{Accuracy, Auc, F1, Mae, Rmse};
    let (metric, mut columns) = (config.metric(), vec![Column::Loss, Column::Epsilon, Column::Epoch]);
    let validated = [Column::Validation(metric), Column::Test(metric)];
    columns.extend(match config.task {
        Task::Classification => [&validated[..], &[Auc, F1, Accuracy].map(Column::Test)].concat(),
        Task::Regression => {
            let errors = [Rmse, Mae].map(|metric| [Column::Validation(metric), Column::Test(metric)]);
            [&validated[..], errors.as_flattened()].concat()
        }
    });
    let judged = config.task.metric();
    let at = columns.iter().position(|column| *column == Column::Test(judged)).expect("a task shows its metric");
    columns.insert(at + 1, Column::Interval(judged));
    if !report.comparisons.is_empty() {
        columns.push(Column::P);
    }
    once_each(columns)
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

    fn heading(self) -> String {
        match self {
            Column::Loss => "loss".into(),
            Column::Epsilon => "ε".into(),
            Column::Epoch => "epoch".into(),
            Column::LearningRate => "rate".into(),
            Column::L2 => "L2".into(),
            Column::Step => "step".into(),
            Column::Seeds => "seeds".into(),
            Column::Validation(metric) => format!("valid. {}", metric.title()),
            Column::Test(metric @ (Metric::F1 | Metric::Accuracy)) => metric.title().to_owned(),
            Column::Test(metric) | Column::TestMean(metric) => format!("test {}", metric.title()),
            Column::Interval(_) => "95% interval".into(),
            Column::P => "p (Holm)".into(),
        }
    }

    fn cell(self, index: usize, report: &TestReport) -> String {
        let result = &report.results[index];
        match self {
            Column::Loss => loss(result, report.best == Some(index)),
            Column::Epsilon => epsilon(result),
            Column::Epoch => result.best_epoch.to_string(),
            Column::LearningRate => result.learning_rate.to_string(),
            Column::L2 => format!("{:e}", result.l2),
            Column::Step => result.tuned.as_ref().map_or(String::new(), |tuned| format!("{:.2}", tuned.step_size)),
            Column::Seeds => seeds(result),
            Column::TestMean(metric) => mean(result, metric),
            Column::Validation(metric) => number(&result.validation, metric),
            Column::Test(metric) => number(&result.test, metric),
            Column::Interval(metric) => interval(result, metric),
            Column::P => {
                let versus = report.comparisons.iter().find(|comparison| comparison.baseline == result.loss);
                versus.map_or(String::new(), |versus| p_value(versus.p_holm))
            }
        }
    }

    fn trivial_cell(self, trivial: &TrivialResult) -> String {
        match self {
            Column::Loss => format!("  {}", trivial.predictor),
            Column::Test(metric) | Column::TestMean(metric) => number(&trivial.test, metric),
            _ => String::new(),
        }
    }
}

fn loss(result: &LossResult, best: bool) -> String {
    let mark = if best { "★" } else { " " };
    format!("{mark} {}{}", shorten(&result.loss), alias(result))
}

/// The named loss that trains the same recommender.
fn alias(result: &LossResult) -> String {
    result.gradient_of.as_ref().map_or(String::new(), |name| format!(" = {name}"))
}

/// ε where validation chose among several.
fn epsilon(result: &LossResult) -> String {
    if result.chose_epsilon() { format!("{:e}", result.epsilon) } else { String::new() }
}

fn number(metrics: &Metrics, metric: Metric) -> String {
    metrics.get(metric.name()).map_or("–".to_owned(), |value| format!("{value:.4}"))
}

fn interval(result: &LossResult, metric: Metric) -> String {
    let found = if metric == Metric::Rmse { result.rmse_interval } else { result.auc_interval };
    found.map_or(String::new(), |(low, high)| format!("{low:.4} – {high:.4}"))
}

/// Mean over the seeds, with half its 95% interval where there is one.
fn mean(result: &LossResult, metric: Metric) -> String {
    let interval = result.tuned.as_ref().and_then(|tuned| tuned.test_interval.get(metric.name()));
    let half = interval.map_or(String::new(), |(low, high)| format!(" ± {:.4}", (high - low) / 2.0));
    number(&result.test, metric) + &half
}

/// How many seeds there are, or how many of them did not diverge.
fn seeds(result: &LossResult) -> String {
    let seeds = result.tuned.as_ref().map_or(&[][..], |tuned| &tuned.seeds);
    let finite = seeds.iter().filter(|seed| seed.best_epoch > 0).count();
    if finite == seeds.len() { finite.to_string() } else { format!("{finite} of {}", seeds.len()) }
}
