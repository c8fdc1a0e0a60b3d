//! What Phase III found, in words.

use autolossgen_recsys::Metric;

use super::{Advantage, Budget, Optimism, TestReport};
use crate::journal::Record;
use crate::test::Rung;
use crate::{Candidate, Config, RewardRule};

/// What ± and the step of a table of losses are under `tuned`.
pub const STEP_IN_WORDS: &str = "±: half the 95% interval of the mean over the seeds (Student's t). step: root mean square of \
                                 dL/dlogit times the learning rate.";

/// p to three digits, never as 0.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

impl Budget {
    /// What each loss was given.
    pub fn in_words(&self) -> String {
        let rung = |rung: &Rung| match rung.until {
            Some(epoch) => format!("{} to epoch {epoch}", rung.configurations),
            None => format!("{} to convergence", rung.configurations),
        };
        let rungs = self.rungs.iter().map(rung).collect::<Vec<_>>().join(", ");
        let (first, last) = (self.seeds[0], self.seeds[self.seeds.len() - 1]);
        let seeds = if first == last { String::new() } else { format!(", then the best with seeds {first} to {last}") };
        format!("Each loss: {rungs} of rate, L2 and ε, by validation with seed {first}{seeds}.")
    }
}

impl TestReport {
    /// The results by index, best validation first; a loss without one last.
    pub fn by_validation(&self, metric: Metric) -> Vec<usize> {
        let gain = |&index: &usize| {
            let value = self.results[index].validation.get(metric.name());
            value.map_or(f64::NEG_INFINITY, |&value| metric.gain(value))
        };
        let mut order: Vec<usize> = (0..self.results.len()).collect();
        order.sort_by(|a, b| gain(b).total_cmp(&gain(a)));
        order
    }

    /// How much better validation looks than test; `None` under `fixed`.
    pub fn optimism_in_words(&self, metric: Metric) -> Option<String> {
        let Optimism { chosen, fresh } = self.optimism();
        let fresh = fresh.map_or(String::new(), |fresh| format!(", {fresh:+.4} with the others"));
        Some(format!(
            "Validation minus test {}, mean over the losses: {:+.4} with the seed that chose{fresh}.",
            metric.title(),
            chosen?
        ))
    }

    /// What is left, stage by stage, of the lead that the search saw; `None` where its reward is no lead.
    pub fn stages_in_words(&self, config: &Config, records: &[Record]) -> Option<String> {
        if config.search.reward != RewardRule::Converged {
            return None;
        }
        let (reference, best) = (config.search.reference(), &self.results[self.best?]);
        let Advantage { chosen, fresh, test } = self.advantage(config.metric(), reference)?;
        let mut candidates = Candidate::of(records).into_iter();
        let search =
            candidates.find(|candidate| candidate.formula.to_string() == best.formula).map(|found| found.reward);
        let stages = [
            (search, "in the search"),
            (chosen, "on validation with the seed that chose"),
            (fresh, "on validation with the others"),
            (test, "on test"),
        ];
        let stages = stages.iter().filter_map(|(lead, stage)| lead.map(|lead| format!("{lead:+.4} {stage}")));
        Some(format!("★ above {reference}: {}.", stages.collect::<Vec<_>>().join(", ")))
    }
}
