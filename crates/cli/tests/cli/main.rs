//! The command line as a user meets it: what it prints where, how it exits, and what it leaves behind.

mod bad_formula;
mod bad_input;
mod bad_input_table;
mod config;
mod converged;
mod data;
mod eval;
mod explain;
mod export;
mod load;
mod mlp;
mod phases;
mod pipes;
mod planted;
mod predictions;
mod project;
mod regression;
mod report;
mod reproduce;
mod resume;
mod run_folder;
mod selection;
mod simplified;
mod tuned;
mod usage;
