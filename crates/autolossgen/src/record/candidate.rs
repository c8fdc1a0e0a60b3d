//! What a search hands over.

use std::collections::HashMap;

use autolossgen_formula::Formula;
use serde::{Deserialize, Serialize};

use super::Record;

/// A generated loss that was accepted at least once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Canonical form.
    pub formula: Formula,
    /// Number of the first sample of it that was accepted, counted from 0.
    pub sample: u64,
    /// How often it was accepted.
    pub accepted: usize,
    /// ε at which it had its best reward, where validation chose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f32>,
    /// Best reward: change of the validation metric in one epoch, or what it reached above the reference.
    pub reward: f64,
}

impl Candidate {
    /// The candidates of a journal, in order of their first acceptance.
    pub fn of(records: &[Record]) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for sample in records.iter().filter_map(Record::sample) {
            if !sample.outcome.is_accepted() || sample.known.is_some() {
                continue;
            }
            let index = *known.entry(sample.formula.to_string()).or_insert(candidates.len());
            if index == candidates.len() {
                let formula = sample.formula.clone();
                let (sample, epsilon, reward) = (sample.sample, None, f64::NEG_INFINITY);
                candidates.push(Candidate { formula, sample, accepted: 0, epsilon, reward });
            }
            let candidate = &mut candidates[index];
            candidate.accepted += 1;
            if sample.reward > candidate.reward {
                candidate.epsilon = sample.outcome.epsilon();
                candidate.reward = sample.reward;
            }
        }
        candidates
    }
}
