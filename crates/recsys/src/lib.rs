//! Interactions, models, training kernels, metrics, statistics.
#![deny(unsafe_code)]

mod boxed;
mod composition;
pub mod elementary;
mod gram;
mod hyperparameters;
mod interactions;
mod kernel;
pub mod metric;
mod model;
pub mod models;
pub mod random;
pub mod ranking;
mod snapshot;
pub mod statistics;
mod summary;
mod task;
mod test_set;
mod train;

pub use autolossgen_settings::Choice;
pub use boxed::{AnyModel, BoxedModel};
pub use composition::{Composition, PartRows, RowMean};
pub use gram::Gram;
pub use hyperparameters::{Hyperparameters, Optimizer};
pub use interactions::{Interactions, SearchData, is_graded};
pub use kernel::plan::{EpochPlan, Planner, Rows};
pub use kernel::workspace::Workspace;
pub use metric::{Direction, Metric, SelectionMetric, ThresholdRule};
pub use model::Model;
pub use models::{
    BatchNormParameters, BiasedMf, LayerParameters, MfOptions, MfParameters, Mlp, MlpOptions, MlpParameters, Registry,
};
pub use snapshot::{OtherShape, Snapshot};
pub use summary::EpochSummary;
pub use task::Task;
pub use test_set::TestSet;
pub use train::{Conditions, Ending, EpochPlans, StopRule, Training};
