//! What a search found, in words.

use super::{Counts, HallOfFame};
use crate::journal::{Record, Sample};
use crate::{Config, RewardRule};

impl Config {
    /// What a reward of the search is.
    pub fn reward_in_words(&self) -> String {
        let rows = match self.search.folds {
            0 => "the validation rows".to_owned(),
            folds => format!("{folds} folds of the training rows"),
        };
        match self.search.reward {
            RewardRule::OneEpoch => format!("Reward: what one epoch adds to the metric on {rows}."),
            RewardRule::Converged => {
                let reference = self.search.reference();
                format!(
                    "Reward: what the loss reaches above {reference} on {rows}, each trained to convergence at its own \
                     settings."
                )
            }
        }
    }
}

impl Counts {
    /// What became of the samples.
    pub fn in_words(&self, rule: RewardRule) -> String {
        let Counts { zero_gradient, duplicate, non_finite, diverged, saturated, trained, accepted, .. } = self;
        let rare = [(non_finite, "not finite"), (diverged, "diverged"), (saturated, "saturated")];
        let rare: String = rare.iter().filter(|(n, _)| **n > 0).map(|(n, what)| format!("{n} {what}, ")).collect();
        let accepted = match rule {
            RewardRule::OneEpoch => format!("{accepted} of them accepted"),
            RewardRule::Converged => format!("{accepted} of them to convergence"),
        };
        format!("{zero_gradient} without gradient, {duplicate} duplicate, {rare}{trained} trained, {accepted}")
    }
}

impl HallOfFame {
    /// What the search adds to the named losses that it began with; `None` where there is neither.
    pub fn added_in_words(&self, records: &[Record]) -> Option<String> {
        let best_known = known(records).max_by(|a, b| a.reward.total_cmp(&b.reward))?;
        let (best, name) = (self.entries().last()?, best_known.known.as_ref()?);
        Some(match &best.known {
            Some(known) => format!("Nothing found is better than {known}, with which the search began."),
            None => format!(
                "The best found is {:+.4} above {name}, the best that the search began with.",
                best.reward - best_known.reward
            ),
        })
    }
}

/// The named losses that a search began with, and what became of them.
fn known(records: &[Record]) -> impl Iterator<Item = &Sample> {
    records.iter().filter_map(|record| match record {
        Record::Sample(sample) if sample.known.is_some() => Some(sample),
        _ => None,
    })
}
