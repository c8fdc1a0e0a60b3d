//! What predictors without a recommender get: the floor of every metric.

use autolossgen_recsys::{Interactions, Metric};
use autolossgen_settings::Choice;

use super::{Logits, TestRows};
use crate::config::ThresholdRows;
use crate::record::TrivialResult;

impl TestRows<'_> {
    /// Those that have a metric.
    pub(super) fn trivial(&self) -> Vec<TrivialResult> {
        std::iter::once(self.constant()).chain(self.popularity()).collect()
    }

    /// One prediction for every row, of a kind that is best by the metric: the mean label of the training rows; for MAE the
    /// median on validation, and for F1 and accuracy all positive or none, as is better on validation. So a metric that is
    /// worse is worth nothing, whatever rule the thresholds of the losses follow.
    fn constant(&self) -> TrivialResult {
        let of = |label: f64| self.metrics(&self.always(label), ThresholdRows::Validation).1;
        let mut test = of(self.data.train.mean_label());
        test.extend(of(median(self.data.validation.labels())).remove_entry(Metric::Mae.name()));
        TrivialResult { predictor: "constant".into(), test }
    }

    /// Logits of ŷ = `label` for every row.
    fn always(&self, label: f64) -> Logits {
        let logit = (label / (1.0 - label)).ln() as f32;
        Logits { validation: vec![logit; self.data.validation.len()], test: vec![logit; self.test.len()] }
    }

    /// The number of positive training rows of the item; its calibration means nothing, so errors are left out. `None`
    /// where no metric is left: labels are graded.
    fn popularity(&self) -> Option<TrivialResult> {
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
        (!values.is_empty()).then_some(TrivialResult { predictor: "popularity".into(), test: values })
    }
}

/// The middle label, of an even number the upper of the two; labels are not empty.
fn median(labels: &[f32]) -> f64 {
    let mut labels = labels.to_vec();
    let middle = labels.len() / 2;
    f64::from(*labels.select_nth_unstable_by(middle, f32::total_cmp).1)
}
