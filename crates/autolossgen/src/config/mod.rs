//! Every setting, one TOML schema: a preset, then a file, then flags.
//!
//! A setting is declared once, in [`sections`](self): its comment, type, range, default, and the value of each preset that
//! differs. `config show`, the help of flags, completion and "did you mean" derive from the declaration.

mod builder;
mod choices;
mod error;
mod file;
mod layer;
mod model;
mod operators;
mod preset;
mod ranges;
mod ranking;
mod recorded;
mod renamed;
mod rules;
mod sections;

pub use choices::{
    ClampRule, ControllerName, InputSet, MetricChoice, OnConvergence, OperatorSet, Preset, Protocol, RewardRule,
    TaskName, ThresholdRows,
};
pub use error::ConfigError;
pub use layer::{Assignment, Base};
pub use model::ModelConfig;
pub use operators::Operator;
pub use preset::{comment_of, preset_text};
pub use ranking::{
    RankingConfig, RankingModelConfig, RankingSearchConfig, RankingSelectionConfig, RankingStopConfig,
    RankingTestConfig, RankingTrainingConfig,
};
pub use recorded::RecordedConfig;
pub use sections::{
    CheckConfig, Config, ControllerConfig, DataConfig, HalvingConfig, SearchConfig, SelectionConfig, StopConfig,
    TestConfig, TrainingConfig,
};
