//! The library as its users have it, on miniatures of generated data.

mod common;
mod complete;
mod contract;
mod converged;
mod corpus;
mod planted;
mod resume;
mod search;
mod tuned;
