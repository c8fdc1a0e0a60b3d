//! What a run found, in sentences.

use autolossgen_recsys::Metric;
use autolossgen_settings::Choice;

use super::hall::Tally;
use super::{
    Advantage, Budget, Candidate, CheckReport, Counts, Decision, Floor, HallOfFame, History, LossResult, Optimism,
    Origin, Power, Record, Rung, Sample, Standing, TestReport, TestVerdict, Verdict,
};
use crate::config::{Config, RewardRule};
use crate::point::Point;

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
        let place = rule.proxy_in_words();
        format!(
            "{zero_gradient} without a gradient {place}, {duplicate} duplicate there, {rare}{trained} trained, {accepted}"
        )
    }
}

impl RewardRule {
    /// Where the gradients of losses are compared before anything is trained. A loss without one there may have one elsewhere.
    pub fn proxy_in_words(self) -> &'static str {
        match self {
            RewardRule::OneEpoch => "on the proxy batch",
            RewardRule::Converged => "over ŷ in (0, 1)",
        }
    }
}

impl HallOfFame {
    /// What the check has to do with it.
    pub fn in_words(&self) -> String {
        match self.checked {
            None => "Not checked yet: the check may refuse any of these that has no name.".to_owned(),
            Some(Tally { passed, refused: 0 }) => {
                format!("Of the candidates the check passed {passed} and refused none.")
            }
            Some(Tally { passed, refused }) => format!(
                "Of the candidates the check passed {passed} and refused {refused}; what it refused is left out here."
            ),
        }
    }

    /// What the search adds to the named losses that it began with; `None` where there is neither.
    pub fn added_in_words(&self, records: &[Record]) -> Option<String> {
        let best_known = known(records).max_by(|a, b| a.reward.total_cmp(&b.reward))?;
        let (best, name) = (self.entries().last()?, best_known.known.as_ref()?);
        let own = best.loss.known.as_ref().unwrap_or(name);
        let lead = best.loss.reward - best_known.reward;
        Some(match (best.standing, self.checked) {
            (Standing::Named, None) => {
                format!("Nothing found is better than {own}, with which the search began.")
            }
            (Standing::Named, Some(_)) => {
                format!("Nothing that passed the check is better than {own}, with which the search began.")
            }
            (Standing::Valid, _) => {
                format!(
                    "The best that passed the check is {lead:+.4} above {name}, the best that the search began with."
                )
            }
            (Standing::NotChecked, _) => format!(
                "The best found, which no check has looked at yet, is {lead:+.4} above {name}, the best that the search \
                 began with."
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

impl CheckReport {
    /// What became of the candidates, in one line.
    pub fn in_words(&self) -> String {
        let number = |is: fn(&Verdict) -> bool| self.candidates.iter().filter(|checked| is(&checked.verdict)).count();
        let candidates = match self.candidates.len() {
            1 => "1 candidate".to_owned(),
            n => format!("{n} candidates"),
        };
        format!(
            "{candidates}: {} valid, {} with a positive rate below {}, {} without a gradient for one class, {} with the gradient of a \
             simpler one",
            number(|verdict| *verdict == Verdict::Valid),
            number(|verdict| *verdict == Verdict::WrongSign),
            self.threshold,
            number(|verdict| *verdict == Verdict::OneClass),
            number(|verdict| matches!(verdict, Verdict::SameGradient { .. })),
        )
    }
}

impl History<'_> {
    /// Which of the valid candidates the last test trained; `None` where all of them, or where there was no test.
    pub fn screened_in_words(self, config: &Config) -> Option<String> {
        let records = self.records();
        let at = records.iter().rposition(|record| matches!(record, Record::Test(_)))?;
        let valid = History::of(&records[..at]).checked()?.validated().len();
        let is_generated = |result: &&LossResult| result.origin == Origin::Generated;
        let trained = self.tested()?.results.iter().filter(is_generated).count();
        let chosen = match config.search.reward {
            RewardRule::OneEpoch => {
                format!("are best on validation after {} epochs of screening", config.test.screening)
            }
            RewardRule::Converged => "have the best rewards of the search".to_owned(),
        };
        (trained < valid)
            .then(|| format!("Test: of {valid} valid candidates, the {trained} that {chosen} were tested."))
    }
}

/// What ± and the step of a table of losses are under `tuned`.
pub const STEP_IN_WORDS: &str = "±: half the 95% interval of the mean over the seeds (Student's t). step: root mean square of \
                                 dL/dlogit times the learning rate.";

/// The mark of a setting at an end of what was tried.
pub const EDGE: &str = "*";

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
        let in_words = |rungs: &[Rung]| rungs.iter().map(rung).collect::<Vec<_>>().join(", ");
        let rounds = match self.rounds {
            0 => String::new(),
            1 => format!(", then a round beside the best: {}", in_words(&self.round_rungs)),
            n => format!(", then {n} rounds beside the best: {}", in_words(&self.round_rungs)),
        };
        let rungs = in_words(&self.rungs);
        let (first, last) = (self.seeds[0], self.seeds[self.seeds.len() - 1]);
        let by = match self.folds {
            0 => String::new(),
            n => format!(", and of those at convergence the best over {n} folds of the training rows"),
        };
        let race = format!("Each loss: {rungs} of rate, L2 and ε{rounds}, by validation{by}");
        match (first == last, self.retuned) {
            (true, _) => format!("{race} with seed {first}."),
            (false, false) => format!("{race} with seed {first}, then the best with seeds {first} to {last}."),
            (false, true) => {
                format!("{race} with each of the seeds {first} to {last}, whose settings are shown of {first}.")
            }
        }
    }

    /// What the p-values and intervals are conditional on.
    pub fn condition_in_words(&self) -> String {
        if self.retuned {
            "Over seeds, p and ± hold the choice of settings and are conditional on the rows; over rows, p is conditional on seed and settings."
        } else {
            "p and ± are conditional on the settings that were chosen (test.retune = true chooses them for each seed anew)."
        }
        .to_owned()
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

    /// The verdict in sentences; `None` where there is none.
    pub fn verdict_in_words(&self, metric: Metric) -> Option<String> {
        Some(self.verdict.as_ref()?.sentences(metric).join(" "))
    }

    /// What the mark of a setting in a table means; `None` where none has it.
    pub fn edges_in_words(&self) -> Option<String> {
        let at_edge = |result: &&LossResult| result.tuned.as_ref().is_some_and(|tuned| !tuned.at_edge.is_empty());
        let losses: Vec<&str> = self.results.iter().filter(at_edge).map(|result| result.loss.as_str()).collect();
        let plural = if losses.len() == 1 { "loss" } else { "losses" };
        (!losses.is_empty()).then(|| {
            format!(
                "{EDGE}: the smallest or the largest value that was tried; a better one may lie beyond ({} {plural}).",
                losses.len()
            )
        })
    }

    /// Which settings had one value to choose from; `None` where each had several.
    pub fn untuned_in_words(&self) -> Option<String> {
        let tried = |of: fn(&Point) -> f32| {
            let mut values =
                self.results.iter().filter_map(|result| result.tuned.as_ref()).flat_map(|tuned| &tuned.race);
            let first = values.next().map(|raced| of(&raced.point));
            first.is_some_and(|first| values.all(|raced| of(&raced.point) == first))
        };
        let fixed = [("learning rate", tried(|point| point.learning_rate)), ("L2", tried(|point| point.l2))];
        let fixed: Vec<&str> = fixed.into_iter().filter(|(_, fixed)| *fixed).map(|(name, _)| name).collect();
        let plural = if fixed.len() == 1 { "has" } else { "have" };
        let many = format!("{} {plural} one value, and was chosen for no loss.", fixed.join(" and "));
        (!fixed.is_empty()).then(|| if fixed.len() == 1 { many } else { many.replace("was", "were") })
    }

    /// How much the choice of settings flatters; `None` under `fixed`, and with one seed.
    pub fn optimism_in_words(&self, metric: Metric) -> Option<String> {
        let Optimism { selection } = self.optimism();
        Some(format!(
            "Optimism of selection: the validation {} of the seed that chose the settings is {} than that of the others, as a mean over \
             the losses.",
            metric.title(),
            in_words(selection?)
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

impl TestVerdict {
    /// The verdict; the first sentence says what to do.
    pub fn sentences(&self, metric: Metric) -> Vec<String> {
        let title = metric.title();
        let further = [self.floor_in_words(title), self.order_in_words(title), self.shift_in_words()];
        std::iter::once(self.decision_in_words(title)).chain(further.into_iter().flatten()).collect()
    }

    fn decision_in_words(&self, title: &str) -> String {
        let Self { found, baseline, test, .. } = self;
        let (sure, lead, (rows, apart)) = (self.sure_in_words(), in_words(test.lead), (test.rows, test.resolvable));
        let (best, tried) = match self.origin {
            Origin::Generated => ("the best that was found", Some("found")),
            Origin::Given => ("the best that was given", Some("given")),
            Origin::Baseline => ("the best on validation", None),
        };
        match (self.decision, tried) {
            (Decision::Use, Some(_)) => {
                format!("Use {found} in place of {baseline}: its test {title} is {lead} ({sure}).")
            }
            (Decision::Use, None) => {
                format!("Use {found}, {best}: its test {title} is {lead} than that of {baseline}, the second ({sure}).")
            }
            (Decision::Keep, _) if test.standard_error == 0.0 && test.lead == 0.0 => {
                format!("Keep {baseline}: {found}, {best}, predicts the same.")
            }
            (Decision::Keep, _) if self.is_surely_worse() => {
                format!("Keep {baseline}: {found}, {best}, is surely worse; its test {title} is {lead} ({sure}).")
            }
            (Decision::Keep, Some(tried)) => format!(
                "Keep {baseline}: nothing that was {tried} is surely better; the test {title} of {found} is {lead} ({sure}), and {rows} \
                 rows tell {apart:.4} apart."
            ),
            (Decision::Keep, None) => format!(
                "Keep the one in use of {found} and {baseline}, the first and the second on validation: neither is surely better; the test \
                 {title} of {found} is {lead} ({sure}), and {rows} rows tell {apart:.4} apart."
            ),
        }
    }

    fn sure_in_words(&self) -> String {
        let (low, high) = self.test.interval();
        let interval =
            format!("95% interval of the lead {low:+.4} to {high:+.4}, {} over rows", p_in_words(self.p_rows));
        match self.p_seeds {
            Some(p) => format!("with the first seed, {interval}; {} over all seeds", p_in_words(p)),
            None => interval,
        }
    }

    fn floor_in_words(&self, title: &str) -> Option<String> {
        let floor = self.floor.as_ref()?;
        let Floor { predictor, test, is_passed, p_rows, .. } = floor;
        let sure = p_rows.map_or(String::new(), |p| format!(" ({} over rows)", p_in_words(p)));
        let loss = if self.decision.is_of_found(self.origin) { &self.found } else { &self.baseline };
        Some(match (is_passed, floor.is_sure()) {
            (true, true) => {
                format!(
                    "The recommender with {loss} is above its floor, {predictor}, whose {title} is {test:.4}{sure}."
                )
            }
            (false, true) => format!(
                "The recommender with {loss} is below its floor: {predictor} has a test {title} of {test:.4}{sure}. Then losses are not what is \
                 compared; the recommender or its settings come first."
            ),
            (true | false, false) => {
                let than = if *is_passed { "above" } else { "below" };
                format!(
                    "The recommender with {loss} is {than} its floor by no more than chance: {predictor} has a test {title} of {test:.4}{sure}. Then \
                     losses are compared where a recommender adds little."
                )
            }
        })
    }

    fn shift_in_words(&self) -> Option<String> {
        let said = self.parts.as_ref()?.shift_in_words()?;
        Some(format!("The parts are not drawn alike: {said}."))
    }

    fn order_in_words(&self, title: &str) -> Option<String> {
        if self.validation.is_resolved() {
            return None;
        }
        let Power { rows, lead, resolvable, .. } = self.validation;
        let needed = self.validation.rows_needed().filter(|needed| needed.is_finite());
        let needed = needed.map_or(String::new(), |needed| format!("; some {} would be needed", rounded(needed)));
        Some(format!(
            "Validation cannot order the two: there the {title} is {}, and its {rows} rows tell {resolvable:.4} apart{needed}.",
            in_words(lead)
        ))
    }
}

/// A lead, positive where it is better.
fn in_words(lead: f64) -> String {
    format!("{} by {:.4}", if lead < 0.0 { "worse" } else { "better" }, lead.abs())
}

fn p_in_words(p: f64) -> String {
    let p = p_value(p);
    if p.starts_with('<') { format!("p {p}") } else { format!("p = {p}") }
}

/// A count to two digits.
fn rounded(count: f64) -> String {
    let power = 10_f64.powf((count.log10().floor() - 1.0).max(0.0));
    format!("{:.0}", (count / power).ceil() * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(lead: f64, standard_error: f64, p_rows: f64, p_seeds: Option<f64>) -> TestVerdict {
        TestVerdict {
            decision: Decision::of(lead, p_rows, p_seeds),
            origin: Origin::Generated,
            found: "(pred - label)^4".into(),
            baseline: "bce".into(),
            metric: "auc".into(),
            test: Power::of(3000, lead, standard_error),
            p_rows,
            p_seeds,
            validation: Power::of(2000, 0.001, 0.001),
            floor: Some(floor("popularity", 0.7, true, 1e-6)),
            parts: None,
        }
    }

    fn floor(predictor: &str, test: f64, is_passed: bool, p_rows: f64) -> Floor {
        Floor { predictor: predictor.into(), test, is_passed, lead: None, p_rows: Some(p_rows) }
    }

    #[test]
    fn sentences() {
        let words = |verdict: TestVerdict| verdict.sentences(Metric::Auc).join(" ");
        assert_eq!(
            words(verdict(0.01, 0.002, 1e-6, Some(0.002))),
            "Use (pred - label)^4 in place of bce: its test AUC is better by 0.0100 (with the first seed, 95% interval of the lead +0.0061 to +0.0139, p < \
             0.001 over rows; p = 0.002 over all seeds). The recommender with (pred - label)^4 is above its floor, popularity, whose AUC is 0.7000 (p < 0.001 over \
             rows). Validation cannot order the two: there the AUC is better by 0.0010, and its 2000 rows tell 0.0028 apart; some 16000 would be needed."
        );
        assert!(words(verdict(0.001, 0.002, 0.6, None)).starts_with(
            "Keep bce: nothing that was found is surely better; the test AUC of (pred - label)^4 is better by 0.0010 (95% interval of \
             the lead -0.0029 to +0.0049, p = 0.600 over rows), and 3000 rows tell 0.0056 apart."
        ));
        assert!(words(verdict(-0.02, 0.002, 0.0, None)).starts_with(
            "Keep bce: (pred - label)^4, the best that was found, is surely worse; its test AUC is worse by 0.0200"
        ));
        let of = |origin: Origin, lead: f64, p: f64| words(TestVerdict { origin, ..verdict(lead, 0.002, p, None) });
        assert!(
            of(Origin::Given, 0.001, 0.6)
                .starts_with("Keep bce: nothing that was given is surely better; the test AUC")
        );
        assert!(of(Origin::Baseline, 0.01, 1e-6).starts_with(
            "Use (pred - label)^4, the best on validation: its test AUC is better by 0.0100 than that of bce, the second (95%"
        ));
        assert!(of(Origin::Baseline, 0.001, 0.6).starts_with(
            "Keep the one in use of (pred - label)^4 and bce, the first and the second on validation: neither is surely better; the"
        ));
        for (is_passed, p, expected) in [
            (
                false,
                0.01,
                "is below its floor: means has a test AUC of 0.8000 (p = 0.010 over rows). Then losses are not",
            ),
            (
                false,
                0.4,
                "is below its floor by no more than chance: means has a test AUC of 0.8000 (p = 0.400 over rows).",
            ),
            (true, 0.4, "is above its floor by no more than chance: means"),
        ] {
            let floor = Some(floor("means", 0.8, is_passed, p));
            let words = words(TestVerdict { floor, ..verdict(0.01, 0.002, 1e-6, None) });
            assert!(words.contains(expected), "{words}");
        }
    }

    #[test]
    fn counts_are_rounded_up() {
        assert_eq!((rounded(12_345.0), rounded(7.2)), ("13000".into(), "8".into()));
    }
}
