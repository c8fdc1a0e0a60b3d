//! The candidates of a run with all that is known of each, the best first.

use std::collections::HashMap;

use autolossgen::Config;
use autolossgen::record::{Candidate, Checked, LossResult, Metrics, Origin, TestReport, Verdict};
use autolossgen::recsys::Metric;
use autolossgen::settings::Choice;

use super::phrase::grouped;
use crate::loss_table::Cell;
use crate::report::Report;

/// Candidates that the page lists.
pub(crate) const LISTED: usize = 500;

/// Candidates of a run.
pub(crate) struct Candidates {
    /// How many there are, what the check said of them, and how many are not listed.
    pub(crate) in_words: String,
    /// Headings of the validation and the test metric.
    pub(crate) metrics: [String; 2],
    /// At most [`LISTED`]: the tested by validation, then the valid, then the rest, by reward.
    pub(crate) rows: Vec<CandidateRow>,
}

/// A candidate as the page shows it.
pub(crate) struct CandidateRow {
    pub(crate) formula: String,
    /// A named loss with the same gradient.
    pub(crate) gradient_of: Option<String>,
    pub(crate) is_best: bool,
    /// Nodes, sample, times accepted, best reward, positive rate.
    pub(crate) found: [Cell; 5],
    /// What the check said, in a word or two.
    pub(crate) verdict: String,
    /// Validation and test metric.
    pub(crate) reached: [Cell; 2],
}

/// A candidate, and what each phase found of it.
struct Known<'a> {
    candidate: Candidate,
    checked: Option<&'a Checked>,
    tested: Option<&'a LossResult>,
    is_best: bool,
}

impl Candidates {
    /// `None` where the search accepted no loss.
    pub(crate) fn of(report: &Report) -> Option<Self> {
        let (config, history) = (&report.config, report.history());
        let checked = history.checked();
        let mut known =
            known(history.candidates(), checked.map_or(&[], |checked| &checked.candidates), history.tested());
        if known.is_empty() {
            return None;
        }
        let (n, metric) = (known.len(), config.metric());
        let order = |a: (u8, f64), b: (u8, f64)| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1));
        known.sort_by(|a, b| order(a.standing(metric), b.standing(metric)));
        known.truncate(LISTED);
        Some(Self {
            in_words: in_words(n, known.len(), checked.map(|checked| checked.in_words())),
            metrics: [format!("validation {}", metric.title()), format!("test {}", config.task.metric().title())],
            rows: known.iter().map(|known| known.row(config)).collect(),
        })
    }
}

fn in_words(n: usize, listed: usize, checked: Option<String>) -> String {
    let checked = checked.map_or(String::new(), |checked| format!(" Check: {checked}."));
    let rest = match n - listed {
        0 => String::new(),
        rest => format!(
            " The {listed} best are below; candidates.json in the folder of the run has the other {} too.",
            grouped(rest as u64)
        ),
    };
    format!(
        "{} losses were accepted at least once.{checked}{rest} Positive rate: the share of simulated pairs on which the \
         derivative has the right sign.",
        grouped(n as u64)
    )
}

/// Each candidate with what the check and the test found of it.
fn known<'a>(candidates: Vec<Candidate>, checked: &'a [Checked], tested: Option<&'a TestReport>) -> Vec<Known<'a>> {
    let checked: HashMap<u64, &Checked> = checked.iter().map(|checked| (checked.candidate.sample, checked)).collect();
    let tested = tested.map_or(HashMap::new(), generated);
    let known = |candidate: Candidate| {
        let found = tested.get(candidate.formula.to_string().as_str());
        Known {
            checked: checked.get(&candidate.sample).copied(),
            tested: found.map(|(result, _)| *result),
            is_best: found.is_some_and(|(_, is_best)| *is_best),
            candidate,
        }
    };
    candidates.into_iter().map(known).collect()
}

/// The tested losses that the search found, by formula, and whether each is the best.
fn generated(tested: &TestReport) -> HashMap<&str, (&LossResult, bool)> {
    let results = tested.results.iter().enumerate().filter(|(_, result)| result.origin == Origin::Generated);
    results.map(|(index, result)| (result.formula.as_str(), (result, tested.best == Some(index)))).collect()
}

impl Known<'_> {
    /// Best last: how far it came, and how good it was there.
    fn standing(&self, metric: Metric) -> (u8, f64) {
        let validation = self.tested.map(|tested| tested.validation.get(metric.name()));
        match (validation, self.checked.map(|checked| checked.verdict)) {
            (Some(validation), _) => (3, validation.map_or(f64::NEG_INFINITY, |&value| metric.gain(value))),
            (None, Some(Verdict::Valid)) => (2, self.candidate.reward),
            (None, None) => (1, self.candidate.reward),
            (None, Some(_)) => (0, self.candidate.reward),
        }
    }

    fn row(&self, config: &Config) -> CandidateRow {
        let candidate = &self.candidate;
        let signed = |reward: f64| format!("{reward:+.4}");
        let rate = self.checked.map(|checked| checked.positive_rate);
        let reached = |of: fn(&LossResult) -> &Metrics, metric: Metric| {
            self.tested.map_or(Cell::empty(), |result| Cell::metric(of(result), metric))
        };
        CandidateRow {
            formula: candidate.formula.to_string(),
            gradient_of: self.gradient_of().map(str::to_owned),
            is_best: self.is_best,
            found: [
                Cell::count(candidate.formula.complexity() as u64),
                Cell::count(candidate.sample),
                Cell::count(candidate.accepted as u64),
                Cell::number(Some(candidate.reward), signed),
                Cell { text: rate.map_or(String::new(), |rate| format!("{rate:.4}")), value: rate },
            ],
            verdict: self.verdict(),
            reached: [
                reached(|result| &result.validation, config.metric()),
                reached(|result| &result.test, config.task.metric()),
            ],
        }
    }

    fn verdict(&self) -> String {
        match self.checked.map(|checked| checked.verdict) {
            None => "not checked".to_owned(),
            Some(Verdict::Valid) => "valid".to_owned(),
            Some(Verdict::WrongSign) => "wrong sign".to_owned(),
            Some(Verdict::OneClass) => "one class".to_owned(),
            Some(Verdict::SameGradient { of }) => format!("gradient of {of}"),
        }
    }

    fn gradient_of(&self) -> Option<&str> {
        let tested = self.tested.and_then(|tested| tested.gradient_of.as_deref());
        tested.or_else(|| self.checked?.gradient_of.as_deref())
    }
}
