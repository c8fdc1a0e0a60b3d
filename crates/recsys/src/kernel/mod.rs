//! The hot loops.
pub mod plan;
