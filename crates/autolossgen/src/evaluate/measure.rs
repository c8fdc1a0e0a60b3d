//! A recommender held against rows.

use autolossgen_recsys::{BoxedModel, Interactions, Model, SelectionMetric};

/// Metric of a model on `rows`; `None` where that is undefined or a prediction is not finite.
///
/// # Panics
/// When the model does not give one logit a row.
pub(super) fn evaluate(
    model: &BoxedModel,
    metric: SelectionMetric,
    rows: &Interactions,
    logits: &mut Vec<f32>,
) -> Option<f64> {
    model.predict(rows, logits);
    assert_eq!(logits.len(), rows.len(), "a prediction has one logit a row");
    let finite = logits.iter().all(|logit| logit.is_finite());
    metric.evaluate(logits, rows.labels()).filter(|_| finite)
}
