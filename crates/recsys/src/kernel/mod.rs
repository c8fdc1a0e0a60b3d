//! The hot loops, and the choice of instruction set.

pub(crate) mod epoch;
pub mod plan;
mod rule;
pub(crate) mod table;
pub(crate) mod vector;
