//! What a test comes to, in one sentence: use the loss that was found, or keep the one in use.

use serde::{Deserialize, Serialize};

/// Standard errors of a difference that a two-sided test at 5% finds four times out of five: z(0.975) + z(0.8).
const RESOLVED: f64 = 1.959_963_984_540_054 + 0.841_621_233_572_914_2;
/// Standard errors of half a 95% interval.
const HALF_INTERVAL: f64 = 1.959_963_984_540_054;
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
}

/// What a test comes to.
///
/// The two losses are the best of those found and the best baseline, both by validation, so that the test rows answer one
/// question. p-values are conditional on the settings that validation chose, and those over seeds on the rows as well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestVerdict {
    /// What to do
    pub decision: Decision,
    /// The generated loss that is best on validation
    pub found: String,
    /// The baseline that is best on validation
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
}

impl Power {
    /// From a lead and its standard error.
    pub fn of(rows: usize, lead: f64, standard_error: f64) -> Self {
        Self { rows, lead, standard_error, resolvable: RESOLVED * standard_error }
    }

    /// 95% interval of the lead.
    pub fn interval(&self) -> (f64, f64) {
        let half = HALF_INTERVAL * self.standard_error;
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
}

impl TestVerdict {
    /// Whether what was found is surely worse than the baseline, over the rows.
    pub fn is_surely_worse(&self) -> bool {
        self.test.lead < 0.0 && self.p_rows < LEVEL
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn rows_that_a_lead_needs() {
        let power = Power::of(1000, 0.01, 0.01 / RESOLVED);
        assert!(power.is_resolved() && (power.rows_needed().unwrap() - 1000.0).abs() < 1e-6);
        let half = Power { lead: -0.005, ..power };
        assert!(!half.is_resolved() && (half.rows_needed().unwrap() - 4000.0).abs() < 1e-6);
        assert_eq!(Power::of(10, 0.0, 0.1).rows_needed(), None);
    }
}
