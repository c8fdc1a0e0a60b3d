//! The hot loops, and the choice of instruction set.

pub(crate) mod aligned;
mod dispatch;
pub(crate) mod epoch;
pub(crate) mod gradient;
pub(crate) mod instruction_set;
pub(crate) mod matmul;
pub(crate) mod network;
pub(crate) mod normal;
mod passes;
pub(crate) mod plan;
pub(crate) mod rule;
pub(crate) mod side;
pub(crate) mod simd;
pub(crate) mod stride;
pub(crate) mod sums;
pub(crate) mod table;
#[cfg(test)]
mod tests;
pub(crate) mod vector;
pub(crate) mod vectorised;
pub(crate) mod workspace;

/// Below this a scale is multiplied into its tables, long before v = w / scale grows too large for `f32`.
pub(crate) const SMALLEST_SCALE: f64 = 1e-3;
