//! Interactions, readers, splits, models, training kernels, metrics, statistics.
#![deny(unsafe_code)]

pub mod data;
pub mod elementary;
mod interactions;
pub mod kernel;
pub mod metric;
mod mf;
mod mlp;
mod model;
mod models;
pub mod random;
mod snapshot;
pub mod statistics;
mod task;
mod train;

pub use interactions::{Interactions, SearchData, TestSet};
pub use kernel::plan::{EpochPlan, Planner};
pub use metric::{Direction, Metric};
pub use mf::{BiasedMf, MfOptions, MfParameters};
pub use mlp::{BatchNormParameters, LayerParameters, Mlp, MlpOptions, MlpParameters};
pub use model::{EpochSummary, Gram, Hyperparameters, Model, Optimizer, Workspace};
pub use models::neumf::{GmfParameters, NeuMf, NeuMfOptions, NeuMfParameters};
pub use snapshot::{OtherShape, Snapshot};
pub use task::Task;
pub use train::{Conditions, Converged, Ending, EpochPlans, StopRule, Training, train_to_convergence};
