//! Searches for the loss function that trains a recommender best.

pub use autolossgen_formula as formula;
pub use autolossgen_recsys as recsys;

mod config;
pub mod controller;
pub use config::{
    CheckConfig, Config, ConfigError, ControllerConfig, DataConfig, ModelConfig, PRESETS, SearchConfig, TestConfig,
    TrainingConfig, preset_text,
};
