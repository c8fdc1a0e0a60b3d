//! Ranking from outside.

mod golden;
mod sampler;
