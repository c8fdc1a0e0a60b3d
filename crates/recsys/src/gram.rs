//! The Gram matrix of a batch.

/// The |B|×|B| matrix K = JJᵀ of a batch, J = dlogit/dω: ‖∇ω(B, f)‖² = gᵀKg for g = dL/dlogit.
#[derive(Clone, Debug, PartialEq)]
pub struct Gram {
    /// Batch size |B|.
    pub size: usize,
    /// K, row-major, shape (|B|, |B|).
    pub values: Vec<f64>,
}
