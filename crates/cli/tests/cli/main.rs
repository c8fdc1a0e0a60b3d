//! The command line as a user meets it: what it prints where, how it exits, and what it leaves behind.

mod bad_formula;
mod bad_input;
mod config;
mod data;
mod eval;
mod export;
mod mlp;
mod phases;
mod pipes;
mod project;
mod regression;
mod reproduce;
mod run_folder;
mod tuned;
mod usage;
