//! Searches for the loss function that trains a recommender best.

pub use autolossgen_formula as formula;
pub use autolossgen_recsys as recsys;

mod candidate;
pub mod check;
mod checkpoint;
mod config;
pub mod controller;
pub mod explain;
mod figure;
mod finite;
pub mod journal;
mod model;
mod observer;
mod parallel;
pub mod proxy;
mod race;
pub mod report;
pub mod reproduce;
mod run;
pub mod scale;
pub mod search;
pub mod tensorboard;
mod terms;
pub mod test;

pub use candidate::Candidate;
pub use checkpoint::ForeignState;
pub use config::{
    Base, CheckConfig, Config, ConfigError, ControllerConfig, DataConfig, MetricChoice, ModelConfig, PRESETS,
    RewardRule, SearchConfig, TestConfig, TrainingConfig, preset_text,
};
pub use figure::{Figure, Panel, Series};
pub use model::{AnyModel, MODELS};
pub use observer::Observer;
pub use parallel::pool;
pub use run::{Run, RunError};
