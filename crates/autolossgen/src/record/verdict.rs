//! What a test comes to, in one sentence: use the loss that was found, or keep the one in use.

use autolossgen_recsys::Composition;
use autolossgen_recsys::statistics::{detectable, half_interval};
use serde::{Deserialize, Serialize};

use super::Origin;

/// Level of both tests.
const LEVEL: f64 = 0.05;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Train with the loss that was found: on test it is better than the best baseline, over the rows and over the seeds
    Use,
    /// Keep the best baseline
    Keep,
}

/// What some rows say of two losses, the one that was found and the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// Number of rows
    pub rows: usize,
    /// How much better the loss that was found is on them, in the metric: positive where it is better
    pub lead: f64,
    /// Standard error of the lead over the rows (DeLong; for RMSE the delta method)
    pub standard_error: f64,
    /// The smallest difference that so many rows tell apart: a two-sided test at 5% finds it four times out of five
    pub resolvable: f64,
}

/// How a recommender stands to the best of the predictors that are none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Floor {
    /// The predictor
    pub predictor: String,
    /// The metric of it on test
    pub test: f64,
    /// Whether the recommender is better, with the loss that the verdict names
    pub is_passed: bool,
    /// By how much, with the first seed
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<Power>,
    /// p of that over the rows, two-sided
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_rows: Option<f64>,
}

/// What a test comes to.
///
/// The two losses are the best of those found (or given) and the best baseline, both by validation, so that the test rows answer one
/// question. p-values are conditional on the settings that validation chose, and those over seeds on the rows as well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestVerdict {
    /// What to do
    pub decision: Decision,
    /// Where `found` comes from: the search, the command line, or, where every loss has a name, the named losses
    #[serde(default = "generated")]
    pub origin: Origin,
    /// The best of that origin on validation
    pub found: String,
    /// The baseline that is best on validation; the second, where `found` is the first
    pub baseline: String,
    /// Name of the metric
    pub metric: String,
    /// On test, with the first seed
    pub test: Power,
    /// p of the lead on test over the rows, two-sided (DeLong; for RMSE the paired t-test on the squared errors)
    pub p_rows: f64,
    /// p of the mean lead on test over the seeds, two-sided (paired t-test); `None` for fewer than two
    pub p_seeds: Option<f64>,
    /// On validation, with the first seed
    pub validation: Power,
    /// The best of the predictors without a model; `None` where none has the metric
    pub floor: Option<Floor>,
    /// What the rows of training, validation and test are like
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Composition>,
}

fn generated() -> Origin {
    Origin::Generated
}

impl Power {
    /// From a lead and its standard error.
    pub fn of(rows: usize, lead: f64, standard_error: f64) -> Self {
        Self { rows, lead, standard_error, resolvable: detectable(standard_error) }
    }

    /// 95% interval of the lead.
    pub fn interval(&self) -> (f64, f64) {
        let half = half_interval(self.standard_error);
        (self.lead - half, self.lead + half)
    }

    /// Whether the rows tell the two losses apart.
    pub fn is_resolved(&self) -> bool {
        self.lead.abs() >= self.resolvable
    }

    /// Rows that would tell this lead apart; `None` for a lead of 0.
    pub fn rows_needed(&self) -> Option<f64> {
        (self.lead != 0.0).then(|| self.rows as f64 * (self.resolvable / self.lead).powi(2))
    }
}

impl Decision {
    /// To use what was found takes a lead on test that neither the rows nor the seeds explain.
    pub fn of(lead: f64, p_rows: f64, p_seeds: Option<f64>) -> Self {
        let is_sure = p_rows < LEVEL && p_seeds.is_none_or(|p| p < LEVEL);
        if lead > 0.0 && is_sure { Self::Use } else { Self::Keep }
    }

    /// Whether the recommender that is compared with its floor has the loss that was found, where that comes from `origin`, and not the
    /// baseline: of losses that all have names it is the best on validation.
    pub fn is_of_found(self, origin: Origin) -> bool {
        self == Self::Use || origin == Origin::Baseline
    }
}

impl Floor {
    /// Whether the rows tell the recommender and the predictor apart; as the mean over the seeds says where no test was made.
    pub fn is_sure(&self) -> bool {
        self.p_rows.is_none_or(|p| p < LEVEL)
    }
}

impl TestVerdict {
    /// Whether what was found is surely worse than the baseline, over the rows.
    pub fn is_surely_worse(&self) -> bool {
        self.test.lead < 0.0 && self.p_rows < LEVEL
    }
}

#[cfg(test)]
mod tests {
    use autolossgen_recsys::Metric;
    use autolossgen_recsys::random::{normal, stream};
    use autolossgen_recsys::statistics::{delong, paired_t};

    use super::*;

    #[test]
    fn a_find_is_sure_over_rows_and_seeds() {
        let decision = |lead, p_rows, p_seeds| Decision::of(lead, p_rows, p_seeds);
        assert_eq!(decision(0.01, 0.01, Some(0.01)), Decision::Use);
        assert_eq!(decision(0.01, 0.01, None), Decision::Use);
        for (lead, p_rows, p_seeds) in
            [(0.01, 0.06, Some(0.01)), (0.01, 0.01, Some(0.06)), (-0.01, 0.01, Some(0.01)), (0.0, f64::NAN, None)]
        {
            assert_eq!(decision(lead, p_rows, p_seeds), Decision::Keep);
        }
    }

    /// Two predictors of 3,000 rows, whose AUCs differ by a multiple of what the rows resolve, each from five seeds that move its
    /// logits a little; the verdict on 20 such pairs.
    #[test]
    fn a_verdict_finds_what_the_rows_resolve() {
        const ROWS: usize = 3000;
        // Φ(signal / √2) is 0.8, and dAUC/dsignal there.
        const SIGNAL: f64 = 1.1902;
        const SLOPE: f64 = 0.1980;
        let labels: Vec<f32> = (0..ROWS).map(|row| (row % 2) as f32).collect();
        let finds = |lead: f64| {
            let is_found = |pair: u64| {
                let rng = &mut stream(pair, "planted", 0);
                let draws = |rng: &mut _| -> Vec<f64> { (0..ROWS).map(|_| normal(rng)).collect() };
                let [shared, own, others] = [draws(rng), draws(rng), draws(rng)];
                let mut predicted = |signal: f64, own: &[f64]| -> Vec<f32> {
                    let logit = |row: usize| {
                        let noise = 0.95_f64.sqrt() * shared[row] + 0.05_f64.sqrt() * own[row];
                        (signal * f64::from(labels[row]) + noise + 0.05 * normal(rng)) as f32
                    };
                    (0..ROWS).map(logit).collect()
                };
                let seeds = [(); 5].map(|()| [predicted(SIGNAL + lead / SLOPE, &own), predicted(SIGNAL, &others)]);
                let rows = delong(&seeds[0][0], &seeds[0][1], &labels).unwrap();
                let auc = |logits: &[f32]| Metric::Auc.evaluate(logits, &labels, 0.0).unwrap();
                let aucs = |index: usize| seeds.each_ref().map(|pair| auc(&pair[index]));
                let p_seeds = paired_t(&aucs(0), &aucs(1)).map(|found| found.p_value);
                let found = Decision::of(rows.difference, rows.p_value, p_seeds) == Decision::Use;
                (found, detectable(rows.standard_error))
            };
            let found: Vec<(bool, f64)> = (0..20).map(is_found).collect();
            let resolvable = found.iter().map(|(_, resolvable)| resolvable).sum::<f64>() / 20.0;
            (found.iter().filter(|(found, _)| *found).count(), resolvable)
        };
        let (false_finds, resolvable) = finds(0.0);
        let (once, _) = finds(resolvable);
        let (twice, _) = finds(2.0 * resolvable);
        assert!(
            false_finds <= 2 && twice >= 18,
            "{false_finds} of 20 at 0, {once} at {resolvable}, {twice} at twice that"
        );
        // A power of 0.8 by its definition: 16 of 20, with a deviation of 1.8.
        assert!((11..=20).contains(&once), "{once} of 20 at {resolvable}");
    }

    #[test]
    fn rows_that_a_lead_needs() {
        let power = Power::of(1000, 0.01, 0.01 / detectable(1.0));
        assert!(power.is_resolved() && (power.rows_needed().unwrap() - 1000.0).abs() < 1e-6);
        let half = Power { lead: -0.005, ..power };
        assert!(!half.is_resolved() && (half.rows_needed().unwrap() - 4000.0).abs() < 1e-6);
        assert_eq!(Power::of(10, 0.0, 0.1).rows_needed(), None);
    }
}
