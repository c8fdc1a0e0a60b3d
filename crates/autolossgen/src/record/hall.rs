//! The hall of fame of a run: the best losses by complexity, as far as the check allows them.

use std::collections::HashSet;

use serde::Serialize;

use super::{CheckReport, FrontEntry, History, ParetoFront};

/// Why a loss stands in the hall of fame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The search accepted the loss, and no check has looked at it.
    NotChecked,
    /// The loss passed the check.
    Valid,
    /// A named loss of `search.warm_start`, which no check looks at.
    Named,
}

impl Standing {
    /// In a word or two.
    pub fn in_words(self) -> &'static str {
        match self {
            Standing::NotChecked => "not checked",
            Standing::Valid => "valid",
            Standing::Named => "named loss",
        }
    }
}

/// A loss of the hall of fame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HallEntry {
    /// The loss and its reward
    #[serde(flatten)]
    pub loss: FrontEntry,
    /// Why it stands here
    #[serde(rename = "verdict")]
    pub standing: Standing,
}

/// The hall of fame: the Pareto front of the named losses and of those accepted losses that the last check left, or of all
/// accepted losses before a check. `hall_of_fame.json` is its entries.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct HallOfFame {
    entries: Vec<HallEntry>,
    /// `None` before a check
    #[serde(skip)]
    pub(super) checked: Option<Tally>,
}

/// How many candidates a check passed, and how many it refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: usize,
    pub(super) refused: usize,
}

impl HallOfFame {
    /// That of a run.
    pub(super) fn of(history: History<'_>) -> Self {
        let checked = history.checked();
        let eligible: HashSet<String> =
            history.eligible().iter().map(|candidate| candidate.formula.to_string()).collect();
        let front = ParetoFront::among(history.records(), |sample| {
            sample.known.is_some() || sample.outcome.is_accepted() && eligible.contains(&sample.formula.to_string())
        });
        let standing = |loss: &FrontEntry| match (&loss.known, checked) {
            (Some(_), _) => Standing::Named,
            (None, Some(_)) => Standing::Valid,
            (None, None) => Standing::NotChecked,
        };
        let entries = front.entries().iter().map(|loss| HallEntry { standing: standing(loss), loss: loss.clone() });
        let passed = eligible.len();
        let tally = |report: &CheckReport| Tally { passed, refused: report.candidates.len() - passed };
        Self { entries: entries.collect(), checked: checked.map(tally) }
    }

    /// From the simplest to the best.
    pub fn entries(&self) -> &[HallEntry] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Candidate, Checked, Outcome, Record, Sample, Verdict};

    fn sample(sample: u64, text: &str, known: Option<&str>, reward: f64) -> Record {
        let (formula, known) = (text.parse().unwrap(), known.map(str::to_owned));
        let outcome = Outcome::Trained { validation: 0.6, accepted: true };
        Record::Sample(Sample { sample, formula, known, log_prob: 0.0, outcome, reward, scales: None })
    }

    /// A named loss, a good one of the wrong sign that was accepted twice, and a valid one.
    fn searched() -> Vec<Record> {
        vec![
            sample(0, "(pred - label)^2", Some("mse"), 0.1),
            sample(1, "-pred", None, 0.2),
            sample(2, "(pred - label)^2 + (pred - label)^2 * pred", None, 0.3),
            sample(3, "-pred", None, 0.5),
        ]
    }

    fn checked(verdicts: [Verdict; 2]) -> Vec<Record> {
        let mut records = searched();
        let found = Candidate::of(&records).into_iter().zip(verdicts);
        let candidates =
            found.map(|(candidate, verdict)| Checked { candidate, positive_rate: 0.5, gradient_of: None, verdict });
        records.push(Record::Check(CheckReport { pairs: 10, threshold: 0.9, candidates: candidates.collect() }));
        records
    }

    fn standings(records: &[Record]) -> Vec<(u64, Standing)> {
        let hall = History::of(records).hall_of_fame();
        hall.entries().iter().map(|entry| (entry.loss.sample, entry.standing)).collect()
    }

    #[test]
    fn what_the_check_refused_is_not_in_it_and_what_was_not_checked_is_said_to_be_so() {
        assert_eq!(standings(&searched()), [(3, Standing::NotChecked)], "the best is also the simplest");
        let records = checked([Verdict::WrongSign, Verdict::Valid]);
        assert_eq!(standings(&records), [(0, Standing::Named), (2, Standing::Valid)]);
        let records = checked([Verdict::WrongSign, Verdict::SameGradient { of: 1 }]);
        assert_eq!(standings(&records), [(0, Standing::Named)]);
        assert_eq!(ParetoFront::of(&records).entries().len(), 1, "the journal's own is what the search saw");
    }

    #[test]
    fn what_the_search_adds_is_measured_on_what_the_check_left() {
        let added = |records: &[Record]| History::of(records).hall_of_fame().added_in_words(records);
        assert_eq!(
            added(&searched()).unwrap(),
            "The best found, which no check has looked at yet, is +0.4000 above mse, the best that the search began with."
        );
        assert_eq!(
            added(&checked([Verdict::WrongSign, Verdict::Valid])).unwrap(),
            "The best that passed the check is +0.2000 above mse, the best that the search began with."
        );
        assert_eq!(
            added(&checked([Verdict::WrongSign, Verdict::WrongSign])).unwrap(),
            "Nothing that passed the check is better than mse, with which the search began."
        );
    }

    #[test]
    fn the_file_has_a_verdict_and_the_terminal_a_count() {
        let records = checked([Verdict::WrongSign, Verdict::Valid]);
        let hall = History::of(&records).hall_of_fame();
        let json = serde_json::to_value(&hall).unwrap();
        assert_eq!((&json[0]["known"], &json[0]["verdict"]), (&"mse".into(), &"named".into()));
        assert_eq!((&json[1]["sample"], &json[1]["verdict"]), (&2.into(), &"valid".into()));
        assert_eq!(
            hall.in_words(),
            "Of the candidates the check passed 1 and refused 1; what it refused is left out here."
        );
        let before = History::of(&records[..4]).hall_of_fame().in_words();
        assert_eq!(before, "Not checked yet: the check may refuse any of these that has no name.");
    }
}
