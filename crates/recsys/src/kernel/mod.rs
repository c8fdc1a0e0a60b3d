//! The hot loops, and the choice of instruction set.

mod aligned;
pub(crate) mod epoch;
pub(crate) mod instruction_set;
pub mod plan;
mod rule;
mod simd;
pub(crate) mod table;
#[cfg(test)]
mod tests;
pub(crate) mod vector;
