//! Tests and intervals.

/// DeLong's comparison of two AUCs on the same rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeLong {
    /// AUC of the first minus AUC of the second.
    pub difference: f64,
    /// Standard error of the difference.
    pub standard_error: f64,
    /// Two-sided p-value.
    pub p_value: f64,
}

/// DeLong, DeLong and Clarke-Pearson 1988; `None` where an AUC is undefined.
pub fn delong(first: &[f32], second: &[f32], labels: &[f32]) -> Option<DeLong> {
    let _ = (first, second, labels);
    todo!()
}

/// AUC with its DeLong standard error and 95% interval (low, high), clipped to [0, 1].
pub fn auc_interval(logits: &[f32], labels: &[f32]) -> Option<(f64, f64, f64)> {
    let _ = (logits, labels);
    todo!()
}

/// Holm's step-down adjustment; the order of the input is kept.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let _ = p_values;
    todo!()
}
