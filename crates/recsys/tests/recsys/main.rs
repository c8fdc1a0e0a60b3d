//! The crate from outside, in one binary, so that it is linked once.

mod boxed;
mod common;
mod golden;
mod gram;
mod metric_properties;
mod metrics;
mod mf;
mod mlp;
mod neumf;
mod random;
mod ranking;
mod ranking_training;
mod references;
mod registry;
mod snapshot;
mod squared_errors;
