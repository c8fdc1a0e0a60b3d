//! What one epoch of training found.

/// What one epoch of training found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochSummary {
    /// Samples whose loss or derivative was NaN or ∞.
    pub non_finite: usize,
}
