//! Metrics of predictions against labels.

use serde::{Deserialize, Serialize};

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Higher is better.
    Maximize,
    /// Lower is better.
    Minimize,
}

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Area under the ROC curve, ties by mid-rank
    Auc,
    /// Mean binary cross-entropy
    LogLoss,
    /// Root mean squared error of ŷ
    Rmse,
    /// Mean absolute error of ŷ
    Mae,
    /// F1 at a threshold of ŷ
    F1,
    /// Accuracy at a threshold of ŷ
    Accuracy,
}

impl Metric {
    /// Name as in JSON: auc, log_loss, rmse, mae, f1, accuracy.
    pub fn name(self) -> &'static str {
        todo!()
    }
    /// Which way is better.
    pub fn direction(self) -> Direction {
        todo!()
    }
    /// Value on logits and labels, shapes (n,); `threshold` (on ŷ) matters to F1 and accuracy only. `None` where undefined
    /// (empty input, one class for AUC, NaN).
    pub fn evaluate(self, logits: &[f32], labels: &[f32], threshold: f32) -> Option<f64> {
        let _ = (logits, labels, threshold);
        todo!()
    }
}

/// Threshold on ŷ with the best value of `metric` (F1 or accuracy).
pub fn best_threshold(metric: Metric, logits: &[f32], labels: &[f32]) -> f32 {
    let _ = (metric, logits, labels);
    todo!()
}
