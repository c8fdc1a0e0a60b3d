//! How far a run has come.

use serde::Serialize;

use autolossgen::record::TestReport;
use autolossgen::record::{CheckReport, Verdict};
use autolossgen::record::{Counts, StopReason};

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The search goes on, or was cut off
    Searching,
    /// Searched, with candidates that have not been checked
    Searched,
    /// Checked, with valid candidates that have not been tested
    Checked,
    /// Tested
    Tested,
    /// The search accepted no loss
    NothingAccepted,
    /// The check left no candidate
    NothingValid,
}

impl Progress {
    pub(crate) fn of(
        counts: &Counts,
        ended: Option<StopReason>,
        checked: Option<&CheckReport>,
        tested: Option<&TestReport>,
    ) -> Self {
        let is_valid = |report: &CheckReport| report.candidates.iter().any(|checked| checked.verdict == Verdict::Valid);
        match (tested, checked, ended) {
            (Some(_), ..) => Progress::Tested,
            (None, Some(report), _) if is_valid(report) => Progress::Checked,
            (None, Some(_), _) => Progress::NothingValid,
            (None, None, None | Some(StopReason::Interrupted)) => Progress::Searching,
            (None, None, Some(_)) if counts.accepted == 0 => Progress::NothingAccepted,
            (None, None, Some(_)) => Progress::Searched,
        }
    }

    /// Whether nothing is left to do.
    pub fn is_finished(self) -> bool {
        matches!(self, Progress::Tested | Progress::NothingAccepted | Progress::NothingValid)
    }

    /// What there is to say of it.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Progress::Searching => "This run is not finished: its search is going on, or was cut off.",
            Progress::Searched => "This run is not finished: its candidates have not been checked and tested.",
            Progress::Checked => "This run is not finished: its valid candidates have not been tested.",
            Progress::Tested => "This run is finished.",
            Progress::NothingAccepted => "Nothing survived: the search accepted no loss.",
            Progress::NothingValid => "Nothing survived: no candidate passed the check.",
        }
    }
}
