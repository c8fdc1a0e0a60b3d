//! What predictors without a recommender get: the floor of every metric.

use autolossgen_recsys::Interactions;

use super::{Logits, TestRows};
use crate::record::TrivialResult;

impl TestRows<'_> {
    /// Those that have a metric.
    pub(super) fn trivial(&self) -> Vec<TrivialResult> {
        std::iter::once(self.constant()).chain(self.popularity()).collect()
    }

    /// The mean label of the training rows for every row: for classification, the share of positive rows.
    fn constant(&self) -> TrivialResult {
        let share = self.data.train.mean_label();
        let logit = (share / (1.0 - share)).ln() as f32;
        let logits = Logits { validation: vec![logit; self.data.validation.len()], test: vec![logit; self.test.len()] };
        TrivialResult { predictor: "constant".into(), test: self.metrics(&logits).1 }
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
        let mut values = self.metrics(&logits).1;
        values.retain(|name, _| ["auc", "f1", "accuracy"].contains(&name.as_str()));
        (!values.is_empty()).then_some(TrivialResult { predictor: "popularity".into(), test: values })
    }
}
