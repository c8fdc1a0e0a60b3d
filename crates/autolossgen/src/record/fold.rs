//! One reading of a journal that all who show a run share.

use std::collections::HashMap;

use super::{Candidate, CheckReport, Counts, DatasetSizes, HallOfFame, Record, Sample, StopReason, TestReport, Update};
use crate::point::Point;

/// The records of a run, in order, and what they come to.
#[derive(Clone, Copy, Debug)]
pub struct History<'a>(&'a [Record]);

/// The loss that the others of a search are measured by, trained to convergence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference<'a> {
    /// Its name
    pub name: &'a str,
    /// Validation metric on each fold
    pub validation: &'a [f64],
    /// The settings chosen for it on the first fold
    pub point: Point,
}

/// What happened in a search, beside the outcomes of the samples so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step<'a> {
    /// A fresh recommender took its place: its validation metric
    Recommender(f64),
    /// A formula was sampled
    Sample(&'a Sample),
    /// The controller was updated
    Update(&'a Update),
}

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

    /// The search step by step, each step with the outcomes of the samples so far, its own included.
    pub fn steps(self) -> impl Iterator<Item = (Step<'a>, Counts)> {
        let mut counts = Counts::default();
        self.0.iter().filter_map(move |record| {
            let step = match record {
                Record::Recommender { validation, .. } => Step::Recommender(*validation),
                Record::Sample(sample) => Step::Sample(sample),
                Record::Update(update) => Step::Update(update),
                _ => return None,
            };
            if let Step::Sample(sample) = step {
                counts.add(&sample.outcome);
            }
            Some((step, counts))
        })
    }

    /// Outcomes of the samples so far, and why the search ended; `None` where it was cut off.
    pub fn searched(self) -> (Counts, Option<StopReason>) {
        let ended = self.0.iter().find_map(|record| match record {
            Record::End { reason, .. } => Some(*reason),
            _ => None,
        });
        (Counts::of(self.0), ended)
    }

    /// The loss that others are measured by; `None` before it was trained, and where one epoch rewards.
    pub fn reference(self) -> Option<Reference<'a>> {
        self.0.iter().find_map(|record| match record {
            Record::Reference { name, validation, point } => Some(Reference { name, validation, point: *point }),
            _ => None,
        })
    }

    /// Where the search trained each loss best, by its canonical form.
    pub fn points(self) -> HashMap<String, Point> {
        let mut best: HashMap<String, (f64, Point)> = HashMap::new();
        for sample in self.0.iter().filter_map(Record::sample) {
            let Some(point) = sample.outcome.point() else { continue };
            let entry = best.entry(sample.formula.to_string()).or_insert((f64::NEG_INFINITY, point));
            if sample.reward > entry.0 {
                *entry = (sample.reward, point);
            }
        }
        best.into_iter().map(|(formula, (_, point))| (formula, point)).collect()
    }

    /// The accepted losses, in order of their first acceptance.
    pub fn candidates(self) -> Vec<Candidate> {
        Candidate::of(self.0)
    }

    /// The candidates that may still be used: those that passed the last check, or all of them before a check, in order.
    pub fn eligible(self) -> Vec<Candidate> {
        match self.checked() {
            Some(report) => report.validated().iter().map(|valid| valid.candidate().clone()).collect(),
            None => self.candidates(),
        }
    }

    /// The best losses by complexity, without those that the last check refused.
    pub fn hall_of_fame(self) -> HallOfFame {
        HallOfFame::of(self.0, &self.eligible(), self.checked())
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

    /// The records themselves.
    pub fn records(self) -> &'a [Record] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Outcome, UpdateStats};

    #[test]
    fn a_history_by_hand() {
        let sample = |number: u64, outcome: Outcome| {
            let formula = "pred".parse().unwrap();
            let sample =
                Sample { sample: number, formula, known: None, log_prob: 0.0, outcome, reward: 0.1, scales: None };
            Record::Sample(sample)
        };
        let point = Point { learning_rate: 1.0, l2: 0.0, epsilon: 1e-6 };
        let update = Update { update: 0, stats: UpdateStats::default(), validation: 0.6, replaced: true };
        let records = [
            Record::Recommender { number: 0, validation: 0.5 },
            Record::Reference { name: "bce".into(), validation: vec![0.7], point },
            sample(0, Outcome::ZeroGradient),
            sample(1, Outcome::Trained { validation: 0.6, accepted: true }),
            Record::Update(update),
            Record::End { reason: StopReason::Samples, counts: Counts::default() },
        ];
        let history = History::of(&records);
        let steps: Vec<(Step<'_>, u64, u64)> =
            history.steps().map(|(step, counts)| (step, counts.sampled, counts.accepted)).collect();
        assert!(matches!(
            steps[..],
            [(Step::Recommender(0.5), 0, 0), (Step::Sample(_), 1, 0), (Step::Sample(_), 2, 1), (Step::Update(_), 2, 1)]
        ));
        assert_eq!(history.reference(), Some(Reference { name: "bce", validation: &[0.7], point }));
        assert_eq!(history.searched().1, Some(StopReason::Samples));
        assert_eq!((history.candidates().len(), history.hall_of_fame().entries().len()), (1, 1));
        assert!(history.start().is_none() && history.checked().is_none() && history.tested().is_none());
    }
}
