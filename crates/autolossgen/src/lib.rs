//! Searches for the loss function that trains a recommender best.

pub use autolossgen_formula as formula;
pub use autolossgen_recsys as recsys;

mod config;
pub mod controller;
pub use config::{
    CheckConfig, Config, ControllerConfig, DataConfig, ModelConfig, SearchConfig, TestConfig, TrainingConfig,
};
