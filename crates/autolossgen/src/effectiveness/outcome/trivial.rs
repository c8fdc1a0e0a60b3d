//! What predictors without a recommender get: the floor of every metric.

use autolossgen_recsys::{Interactions, Metric};
use autolossgen_settings::Choice;

use super::means::{Means, WEIGHTS};
use super::{Logits, TestRows};
use crate::config::ThresholdRows;
use crate::record::{Metrics, TrivialResult};

/// A predictor without a recommender.
pub(super) struct Trivial {
    pub(super) result: TrivialResult,
    /// On the test rows
    pub(super) logits: Vec<f32>,
}

impl Trivial {
    fn new(predictor: &str, test: Metrics, logits: Logits) -> Self {
        Self { result: TrivialResult { predictor: predictor.to_owned(), test }, logits: logits.test }
    }
}

impl TestRows<'_> {
    /// Those that have a metric.
    pub(super) fn trivial(&self) -> Vec<Trivial> {
        [Some(self.constant()), self.popularity(), self.means()].into_iter().flatten().collect()
    }

    /// User mean plus item mean, smoothed as validation has it best. `None` where validation says nothing of any weight.
    fn means(&self) -> Option<Trivial> {
        let (metric, rule) = (self.config.metric(), self.config.test.threshold_on);
        let of_weight = |weight: f64| {
            let means = Means::of(self.data, weight);
            let logits = Logits { validation: means.logits(&self.data.validation), test: means.logits(self.test) };
            let (validation, test) = self.metrics(&logits, rule);
            Some((metric.gain(*validation.get(metric.name())?), test, logits))
        };
        let best =
            WEIGHTS.into_iter().filter_map(of_weight).reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map(|(_, test, logits)| Trivial::new("user mean + item mean", test, logits))
    }

    /// One prediction for every row, of a kind that is best by the metric: the mean label of the training rows; for MAE the
    /// median on validation, and for F1 and accuracy all positive or none, as is better on validation. So a metric that is
    /// worse is worth nothing, whatever rule the thresholds of the losses follow.
    fn constant(&self) -> Trivial {
        let of = |label: f64| self.metrics(&self.always(label), ThresholdRows::Validation).1;
        let mean = self.data.train.mean_label();
        let mut test = of(mean);
        test.extend(of(median(self.data.validation.labels())).remove_entry(Metric::Mae.name()));
        Trivial::new("constant", test, self.always(mean))
    }

    /// Logits of ŷ = `label` for every row.
    fn always(&self, label: f64) -> Logits {
        let logit = (label / (1.0 - label)).ln() as f32;
        Logits { validation: vec![logit; self.data.validation.len()], test: vec![logit; self.test.len()] }
    }

    /// The number of positive training rows of the item; its calibration means nothing, so errors are left out. `None`
    /// where no metric is left: labels are graded.
    fn popularity(&self) -> Option<Trivial> {
        let mut counts = vec![0.0_f32; self.data.n_items];
        for (&item, &label) in self.data.train.items().iter().zip(self.data.train.labels()) {
            counts[item as usize] += f32::from(u8::from(label > 0.5));
        }
        let most = counts.iter().copied().fold(1.0, f32::max);
        // Within ±4, where the sigmoid keeps counts apart.
        let logits =
            |rows: &Interactions| rows.items().iter().map(|&item| 8.0 * counts[item as usize] / most - 4.0).collect();
        let logits = Logits { validation: logits(&self.data.validation), test: logits(self.test) };
        let mut values = self.metrics(&logits, self.config.test.threshold_on).1;
        values.retain(|name, _| ["auc", "f1", "accuracy"].contains(&name.as_str()));
        (!values.is_empty()).then(|| Trivial::new("popularity", values, logits))
    }
}

/// The middle label, of an even number the upper of the two; labels are not empty.
fn median(labels: &[f32]) -> f64 {
    let mut labels = labels.to_vec();
    let middle = labels.len() / 2;
    f64::from(*labels.select_nth_unstable_by(middle, f32::total_cmp).1)
}
