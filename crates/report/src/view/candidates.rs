//! The candidates of a run with all that is known of each, the best first.

use autolossgen::settings::Choice;
use std::collections::HashMap;

use autolossgen::recsys::Metric;

use crate::report::Report;
use autolossgen::record::Candidate;
use autolossgen::record::{Checked, Verdict};
use autolossgen::record::{LossResult, Origin};

/// Candidates that the page lists.
pub(crate) const LISTED: usize = 500;

/// A candidate, and what each phase found of it.
pub(crate) struct Row<'a> {
    pub(crate) candidate: Candidate,
    pub(crate) checked: Option<&'a Checked>,
    pub(crate) tested: Option<&'a LossResult>,
    pub(crate) is_best: bool,
}

/// Candidates of a run.
pub(crate) struct Candidates<'a> {
    /// At most [`LISTED`]: the tested by validation, then the valid, then the rest, by reward.
    pub(crate) rows: Vec<Row<'a>>,
    /// How many there are.
    pub(crate) n: usize,
}

impl Row<'_> {
    /// What the check said, in a word or two.
    pub(crate) fn verdict(&self) -> String {
        match self.checked.map(|checked| checked.verdict) {
            None => "not checked".to_owned(),
            Some(Verdict::Valid) => "valid".to_owned(),
            Some(Verdict::WrongSign) => "wrong sign".to_owned(),
            Some(Verdict::SameGradient { of }) => format!("gradient of {of}"),
        }
    }

    /// A named loss with the same gradient.
    pub(crate) fn gradient_of(&self) -> Option<&str> {
        let tested = self.tested.and_then(|tested| tested.gradient_of.as_deref());
        tested.or_else(|| self.checked?.gradient_of.as_deref())
    }

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
}

impl<'a> Candidates<'a> {
    pub(crate) fn of(report: &'a Report) -> Self {
        let metric = report.config.metric();
        let checked = report.checked().map_or(&[][..], |checked| &checked.candidates);
        let checked: HashMap<u64, &Checked> =
            checked.iter().map(|checked| (checked.candidate.sample, checked)).collect();
        let tested = tested(report);
        let row = |candidate: Candidate| {
            let found = tested.get(candidate.formula.to_string().as_str());
            Row {
                checked: checked.get(&candidate.sample).copied(),
                tested: found.map(|(result, _)| *result),
                is_best: found.is_some_and(|(_, is_best)| *is_best),
                candidate,
            }
        };
        let mut rows: Vec<Row<'_>> = Candidate::of(&report.records).into_iter().map(row).collect();
        let order = |a: (u8, f64), b: (u8, f64)| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1));
        rows.sort_by(|a, b| order(a.standing(metric), b.standing(metric)));
        let n = rows.len();
        rows.truncate(LISTED);
        Self { rows, n }
    }
}

/// The tested losses that the search found, by formula, and whether each is the best.
fn tested(report: &Report) -> HashMap<&str, (&LossResult, bool)> {
    let Some(tested) = report.tested() else { return HashMap::new() };
    let results = tested.results.iter().enumerate().filter(|(_, result)| result.origin == Origin::Generated);
    results.map(|(index, result)| (result.formula.as_str(), (result, tested.best == Some(index)))).collect()
}
