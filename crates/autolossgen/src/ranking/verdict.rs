//! What a comparison comes to, in sentences.

use autolossgen_recsys::statistics::{detectable, half_interval};

use crate::record::p_value;

use super::report::{RankingComparison, RankingReport, RankingResult};

/// Level of the test.
const LEVEL: f64 = 0.05;

impl RankingReport {
    /// The best loss on validation against the second, on test; and how both stand to what is no loss. p is corrected by Holm for
    /// all comparisons, as in the table. Empty where fewer than two losses have a result.
    pub fn verdict(&self) -> Vec<String> {
        let ranked = self.by_validation();
        let [first, second, ..] = ranked[..] else { return Vec::new() };
        let against = |title: &str| self.comparisons.iter().find(|comparison| comparison.other == title);
        let lead = against(&second.loss).map(|comparison| self.lead(first, second, comparison));
        let popular = self.references.iter().find(|reference| reference.predictor == "popularity");
        let floor = popular.and_then(|popular| {
            let comparison = against(&popular.predictor)?;
            let is_sure = comparison.lead > 0.0 && comparison.p_holm < LEVEL;
            let said = if is_sure { "is above" } else { "is not surely above" };
            let (loss, metric) = (&first.loss, self.metric.title());
            let p = with_name(comparison.p_holm);
            Some(format!("{loss} {said} popularity, the floor: {metric} {:.4} ({p}).", self.of(&popular.test)))
        });
        lead.into_iter().chain(floor).chain(self.best_reference(first)).collect()
    }

    fn lead(&self, first: &RankingResult, second: &RankingResult, found: &RankingComparison) -> String {
        let RankingComparison { lead, standard_error, p_holm: p, .. } = found;
        let half = half_interval(*standard_error);
        let (users, seeds) = (self.dataset.test_users, first.seeds.len());
        let over = match seeds {
            1 => format!("{users} users, one seed"),
            seeds => format!("{users} users and {seeds} seeds"),
        };
        let decision = if *p < LEVEL && *lead > 0.0 {
            format!("Use {}", first.loss)
        } else if *p < LEVEL {
            format!("Validation chose {}, and on test {} is better", first.loss, second.loss)
        } else {
            format!("{} and {} are not told apart", first.loss, second.loss)
        };
        format!(
            "{decision}: on test {} {}, the best on validation, has {:.4} and {}, the second, {:.4}; {lead:+.4} ± {half:.4} over {over}, {}. \
             A difference of {:.4} would be found four times out of five.",
            self.metric.title(),
            first.loss,
            self.of(&first.test),
            second.loss,
            self.of(&second.test),
            with_name(*p),
            detectable(*standard_error)
        )
    }

    /// Whether a recommender without a loss, chosen by validation, is better.
    fn best_reference(&self, first: &RankingResult) -> Option<String> {
        let by_validation = |one: &&super::ReferenceResult, other: &&super::ReferenceResult| {
            one.validation.total_cmp(&other.validation)
        };
        let best = self.references.iter().max_by(by_validation)?;
        let comparison = self.comparisons.iter().find(|comparison| comparison.other == best.predictor)?;
        let is_better = comparison.lead < 0.0 && comparison.p_holm < LEVEL;
        is_better.then(|| {
            format!(
                "{}, which has no such loss, is better than {}: {} {:.4} ({}).",
                best.predictor,
                first.loss,
                self.metric.title(),
                self.of(&best.test),
                with_name(comparison.p_holm)
            )
        })
    }

    fn of(&self, values: &super::report::Values) -> f64 {
        values.get(&self.metric.to_string()).copied().unwrap_or(f64::NAN)
    }
}

/// p with its name.
fn with_name(p: f64) -> String {
    let value = p_value(p);
    if value.starts_with('<') { format!("p {value}") } else { format!("p = {value}") }
}
