//! Results as a person reads them in a terminal.

pub mod explanation;
mod hall;
pub mod loss_table;
mod plot;
pub mod ranking;
pub mod ranking_explanation;
pub mod ranking_search;
pub mod reproduction;
pub mod results;
pub mod run_explanation;
pub mod table;
pub mod tuned;

pub use hall::hall_of_fame;
