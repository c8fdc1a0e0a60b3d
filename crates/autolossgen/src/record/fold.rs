//! One reading of a journal that all who show a run share.

use super::{CheckReport, Counts, DatasetSizes, Record, StopReason, TestReport};

/// The records of a run, in order, and what they come to.
#[derive(Clone, Copy, Debug)]
pub struct History<'a>(&'a [Record]);

impl<'a> History<'a> {
    /// The history that these records tell.
    pub fn of(records: &'a [Record]) -> Self {
        Self(records)
    }

    /// Version, sizes of the data and their checksum; `None` where the records do not begin with the start of a run.
    pub fn start(self) -> Option<(&'a str, &'a DatasetSizes, &'a str)> {
        match self.0.first()? {
            Record::Start { version, dataset, checksum, .. } => Some((version, dataset, checksum)),
            _ => None,
        }
    }

    /// Outcomes of the samples so far, and why the search ended; `None` where it was cut off.
    pub fn searched(self) -> (Counts, Option<StopReason>) {
        let ended = self.0.iter().find_map(|record| match record {
            Record::End { reason, .. } => Some(*reason),
            _ => None,
        });
        (Counts::of(self.0), ended)
    }

    /// What the last check found.
    pub fn checked(self) -> Option<&'a CheckReport> {
        self.0.iter().rev().find_map(|record| match record {
            Record::Check(report) => Some(report),
            _ => None,
        })
    }

    /// What the last test found.
    pub fn tested(self) -> Option<&'a TestReport> {
        self.0.iter().rev().find_map(|record| match record {
            Record::Test(report) => Some(report),
            _ => None,
        })
    }
}
