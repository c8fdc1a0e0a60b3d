//! Results as a person reads them in a terminal.

pub mod explanation;
pub mod loss_table;
mod pareto;
mod plot;
pub mod reproduction;
pub mod results;
pub mod run_explanation;
pub mod table;
pub mod tuned;

pub use pareto::pareto_front;
