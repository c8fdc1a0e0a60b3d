//! The Pareto front of reward and complexity: the best loss of each complexity.

use autolossgen_formula::Formula;
use serde::{Deserialize, Serialize};

use super::{Record, Sample};

/// A loss that no simpler one has reached the reward of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontEntry {
    /// Canonical form
    pub formula: Formula,
    /// Its name, if it comes from `search.warm_start`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
    /// Number of its sample, counted from 0
    pub sample: u64,
    /// Distinct nodes of the canonical form
    pub complexity: usize,
    /// Its reward; higher is better
    pub reward: f64,
}

/// The Pareto front of reward against complexity: from entry to entry both grow. Of equals the earlier stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ParetoFront(Vec<FrontEntry>);

impl ParetoFront {
    /// That of the accepted losses of a journal, whatever a check said of them.
    pub fn of(records: &[Record]) -> Self {
        Self::among(records, |_| true)
    }

    /// As [`of`](Self::of), of the samples for which `is_eligible` holds.
    pub(super) fn among(records: &[Record], is_eligible: impl Fn(&Sample) -> bool) -> Self {
        let mut front = Self::default();
        let samples = records.iter().filter_map(Record::sample);
        samples.filter(|sample| is_eligible(sample)).for_each(|sample| front.offer(sample));
        front
    }

    /// From the simplest to the best.
    pub fn entries(&self) -> &[FrontEntry] {
        &self.0
    }

    /// Lets a loss in, if it was accepted and no simpler or equal one has its reward; those that it beats go.
    pub fn offer(&mut self, sample: &Sample) {
        if !sample.outcome.is_accepted() {
            return;
        }
        let (complexity, reward) = (sample.formula.complexity(), sample.reward);
        if self.0.iter().any(|other| other.complexity <= complexity && other.reward >= reward) {
            return;
        }
        self.0.retain(|other| other.complexity < complexity || other.reward > reward);
        let at = self.0.partition_point(|other| other.complexity < complexity);
        let (formula, known, sample) = (sample.formula.clone(), sample.known.clone(), sample.sample);
        self.0.insert(at, FrontEntry { formula, known, sample, complexity, reward });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Outcome;

    fn front(offers: &[(&str, f64)]) -> Vec<(u64, f64)> {
        let mut front = ParetoFront::default();
        for (sample, &(text, reward)) in (0..).zip(offers) {
            let outcome = Outcome::Trained { validation: 0.5, accepted: reward >= 0.0 };
            let formula = text.parse().unwrap();
            front.offer(&Sample { sample, formula, log_prob: 0.0, outcome, reward, known: None, scales: None });
        }
        front.0.iter().map(|entry| (entry.sample, entry.reward)).collect()
    }

    #[test]
    fn who_is_in_by_hand() {
        let (two, three, four) = ("-pred", "pred + label", "(pred + label)^2");
        assert_eq!(front(&[(three, 0.2), (two, 0.1), (four, 0.3)]), [(1, 0.1), (0, 0.2), (2, 0.3)]);
        assert_eq!(front(&[(three, 0.2), (four, 0.2), (two, 0.1)]), [(2, 0.1), (0, 0.2)], "no better, and longer");
        assert_eq!(front(&[(three, 0.2), (four, 0.3), (two, 0.3)]), [(2, 0.3)], "as good as the longest");
        assert_eq!(front(&[(two, 0.1), (two, 0.1), (two, 0.2)]), [(2, 0.2)]);
        assert_eq!(front(&[(two, -0.1)]), [], "not accepted");
    }
}
