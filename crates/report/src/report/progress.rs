//! How far a run has come.

use serde::Serialize;

use crate::check::{CheckReport, Verdict};
use crate::search::{Counts, StopReason};
use crate::test::TestReport;

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
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

impl Stage {
    pub(super) fn of(
        counts: &Counts,
        ended: Option<StopReason>,
        checked: Option<&CheckReport>,
        tested: Option<&TestReport>,
    ) -> Self {
        let is_valid = |report: &CheckReport| report.candidates.iter().any(|checked| checked.verdict == Verdict::Valid);
        match (tested, checked, ended) {
            (Some(_), ..) => Stage::Tested,
            (None, Some(report), _) if is_valid(report) => Stage::Checked,
            (None, Some(_), _) => Stage::NothingValid,
            (None, None, None | Some(StopReason::Interrupted)) => Stage::Searching,
            (None, None, Some(_)) if counts.accepted == 0 => Stage::NothingAccepted,
            (None, None, Some(_)) => Stage::Searched,
        }
    }

    /// Whether nothing is left to do.
    pub fn is_finished(self) -> bool {
        matches!(self, Stage::Tested | Stage::NothingAccepted | Stage::NothingValid)
    }

    /// What there is to say of it.
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Stage::Searching => "This run is not finished: its search is going on, or was cut off.",
            Stage::Searched => "This run is not finished: its candidates have not been checked and tested.",
            Stage::Checked => "This run is not finished: its valid candidates have not been tested.",
            Stage::Tested => "This run is finished.",
            Stage::NothingAccepted => "Nothing survived: the search accepted no loss.",
            Stage::NothingValid => "Nothing survived: no candidate passed the check.",
        }
    }
}
