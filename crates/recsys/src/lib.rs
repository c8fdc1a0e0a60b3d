//! Interactions, readers, splits, models, training kernels, metrics, statistics.
#![deny(unsafe_code)]

pub mod data;
mod interactions;
pub mod kernel;
pub mod metric;
mod mf;
mod model;
pub mod random;
pub mod statistics;
mod task;
mod train;

pub use interactions::{Interactions, SearchData, TestSet};
pub use kernel::plan::EpochPlan;
pub use metric::{Direction, Metric};
pub use mf::{BiasedMf, MfOptions, MfParameters};
pub use model::{EpochSummary, Gram, Hyperparameters, Model, Optimizer, Workspace};
pub use task::Task;
pub use train::{Converged, Ending, EpochPlans, StopRule, train_to_convergence};
