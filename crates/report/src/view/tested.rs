//! The losses found beside the baselines: on what terms, on one scale, as a table, and what trivial predictors get.

use autolossgen::Config;
use autolossgen::record::{Budget, STEP_IN_WORDS, TestReport};
use autolossgen::recsys::{Metric, Task};
use autolossgen::settings::Choice;

use super::intervals::Intervals;
use crate::loss_table::{Cell, LossTable};
use crate::report::Report;

/// What the test found.
pub(crate) struct Tested<'a> {
    pub(crate) protocol: String,
    /// `None` where every loss diverged.
    pub(crate) intervals: Option<Intervals>,
    pub(crate) table: LossTable<'a>,
    /// How to read the table.
    pub(crate) notes: Vec<String>,
    pub(crate) trivial: Trivial,
}

/// Predictors without a recommender, and the metrics that one of them has.
pub(crate) struct Trivial {
    pub(crate) headings: Vec<String>,
    pub(crate) rows: Vec<(String, Vec<Cell>)>,
}

impl<'a> Tested<'a> {
    /// `None` where there was no test.
    pub(crate) fn of(report: &'a Report) -> Option<Self> {
        let (tested, config) = (report.history().tested()?, &report.config);
        Some(Self {
            protocol: protocol(tested),
            intervals: Intervals::of(tested, config),
            table: LossTable::wide(tested, config),
            notes: notes(report, tested),
            trivial: Trivial::of(tested),
        })
    }
}

fn protocol(tested: &TestReport) -> String {
    match &tested.budget {
        Some(budget) => format!("Protocol {}: {}", tested.protocol, budget.in_words()),
        None => format!(
            "Protocol {}: every loss at the same learning rate and L2, with one seed; ε alone is chosen, on validation.",
            tested.protocol
        ),
    }
}

fn notes(report: &Report, tested: &TestReport) -> Vec<String> {
    let config: &Config = &report.config;
    let mut notes = Vec::new();
    notes.extend(tested.budget.is_some().then(|| STEP_IN_WORDS.to_owned()));
    notes.extend(tested.budget.as_ref().map(Budget::condition_in_words));
    notes.extend(tested.edges_in_words());
    notes.extend(tested.untuned_in_words());
    notes.extend((!tested.comparisons.is_empty()).then(|| comparison(config.task, tested)));
    notes.extend(tested.optimism_in_words(config.metric()));
    notes.extend(tested.stages_in_words(config, report.history().records()));
    notes.extend(report.history().screened_in_words(config));
    notes
}

/// What the p-values are of.
fn comparison(task: Task, tested: &TestReport) -> String {
    let rows = match task {
        Task::Classification => "DeLong's test",
        Task::Regression => "paired t-test on the squared errors",
    };
    let (over_seeds, seed) = match &tested.budget {
        Some(budget) => ("p, seeds: paired t-test over the seeds. ", format!(" with seed {}", budget.seeds[0])),
        None => ("", String::new()),
    };
    format!(
        "★ minus it: the test {} of ★ minus that of the baseline. {over_seeds}p, rows: the test rows{seed} ({rows}). Corrected \
         over all baselines (Holm); above 0.05 the two cannot be told apart on these data.",
        task.metric().title()
    )
}

impl Trivial {
    fn of(tested: &TestReport) -> Self {
        let has = |metric: &Metric| tested.trivial.iter().any(|trivial| trivial.test.contains_key(metric.name()));
        let metrics: Vec<Metric> = Metric::ALL.iter().copied().filter(has).collect();
        let cell =
            |value: Option<f64>| Cell { text: value.map_or(String::new(), |value| format!("{value:.4}")), value };
        let rows = tested.trivial.iter().map(|trivial| {
            let cells = metrics.iter().map(|metric| cell(trivial.test.get(metric.name()).copied()));
            (trivial.predictor.clone(), cells.collect())
        });
        Self {
            headings: metrics.iter().map(|metric| format!("test {}", metric.title())).collect(),
            rows: rows.collect(),
        }
    }
}
