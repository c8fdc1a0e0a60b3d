//! The head of a page: what was searched for, how far the run has come, and the run in a few numbers.

use autolossgen::record::{Origin, Verdict};
use autolossgen::settings::Choice;

use super::phrase::grouped;
use crate::progress::Progress;
use crate::report::Report;

/// The head of a page.
pub(crate) struct Overview {
    /// Data and recommender.
    pub(crate) title: String,
    pub(crate) purpose: String,
    /// What to do, of a run that was tested.
    pub(crate) verdict: Option<String>,
    /// What is missing, of a run that was not tested, and what can be done about it.
    pub(crate) note: Option<String>,
    pub(crate) numbers: Vec<KeyNumber>,
    /// Which versions wrote page and journal.
    pub(crate) versions: String,
}

/// One of the few numbers.
pub(crate) struct KeyNumber {
    pub(crate) name: String,
    pub(crate) value: String,
    /// What to read it beside.
    pub(crate) beside: Option<String>,
}

impl Overview {
    pub(crate) fn of(report: &Report) -> Self {
        let (config, progress) = (&report.config, report.progress());
        let (version, dataset, _) = report.start();
        let note = || format!("{} {}", progress.in_words(), rest(report, progress));
        Self {
            title: format!("{}, {}", dataset.name, config.model.name),
            purpose: format!(
                "A search for the loss that trains this recommender best: preset {}, seed {}, rewarded and chosen by \
                 validation {}, judged by test {}.",
                config.preset,
                config.seed,
                config.metric().title(),
                config.task.metric().title()
            ),
            verdict: report.history().tested().and_then(|tested| tested.verdict_in_words(config.task.metric())),
            note: (progress != Progress::Tested).then(note),
            numbers: numbers(report),
            versions: format!(
                "Written by autolossgen {} from the journal of a run by autolossgen {version}.",
                env!("CARGO_PKG_VERSION")
            ),
        }
    }
}

/// What can be done about a run that has not come to its end.
fn rest(report: &Report, progress: Progress) -> String {
    match progress {
        Progress::Searching => format!(
            "This page shows its first {} samples. autolossgen report writes it anew; autolossgen run --resume goes on with a \
             search that was cut off.",
            grouped(report.counts.sampled)
        ),
        Progress::Searched => "autolossgen test does both.".to_owned(),
        Progress::Checked => "autolossgen test does it.".to_owned(),
        _ => "A longer search, or another seed, may find some.".to_owned(),
    }
}

fn numbers(report: &Report) -> Vec<KeyNumber> {
    let (counts, summary) = (&report.counts, report.summary());
    let number = |name: &str, value: String| KeyNumber { name: name.to_owned(), value, beside: None };
    let mut numbers = vec![
        number("sampled", grouped(counts.sampled)),
        number("trained", grouped(counts.trained)),
        number("candidates", grouped(summary.candidates as u64)),
    ];
    if let Some(checked) = report.history().checked() {
        let valid = checked.candidates.iter().filter(|checked| checked.verdict == Verdict::Valid).count();
        numbers.push(number("valid", grouped(valid as u64)));
    }
    if summary.tested > 0 {
        let beside = Some("baselines included".to_owned());
        numbers.push(KeyNumber { beside, ..number("losses tested", summary.tested.to_string()) });
    }
    numbers.extend(reached(report));
    numbers
}

/// What the best loss reached on test, beside what the best baseline did.
fn reached(report: &Report) -> Option<KeyNumber> {
    let (tested, metric) = (report.history().tested()?, report.config.task.metric());
    let value = |index: usize| tested.results[index].test.get(metric.name()).map(|value| format!("{value:.4}"));
    let is_baseline = |index: &usize| tested.results[*index].origin == Origin::Baseline;
    let baseline = tested.by_validation(report.config.metric()).into_iter().find(is_baseline);
    let beside = baseline.and_then(|index| Some(format!("{} {}", tested.results[index].loss, value(index)?)));
    Some(KeyNumber { name: format!("test {} of ★", metric.title()), value: value(tested.best?)?, beside })
}
