//! The hot loops, and the choice of instruction set.

pub(crate) mod epoch;
pub(crate) mod instruction_set;
pub mod plan;
mod rule;
pub(crate) mod table;
#[cfg(test)]
mod tests;
pub(crate) mod vector;
