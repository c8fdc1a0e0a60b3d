//! Searches for the loss function that trains a recommender best.
//!
//! A [`Run`] is the whole of it, in a folder: search, check, test. Its parts stand open:
//!
//! - [`study::Study`] asks for losses and is told what became of them; [`study::search`] is that in a loop.
//! - [`evaluate::Evaluator`] says how a loss is tried, by one epoch or by convergence.
//! - [`execute::Executor`] runs trainings, which are plain values: [`execute::Job`] to [`execute::JobResult`].
//! - [`controller::Controller`] proposes formulas and learns.
//! - [`recsys::Model`] is a recommender, and [`recsys::Registry`] the list of those that a configuration can name.

pub use autolossgen_data as data;
pub use autolossgen_formula as formula;
pub use autolossgen_recsys as recsys;
pub use autolossgen_settings as settings;

mod check;
mod checkpoint;
pub mod complete;
mod config;
mod contract;
pub mod controller;
pub mod effectiveness;
pub mod evaluate;
pub mod execute;
pub mod explain;
pub mod fingerprint;
pub mod gradient_scale;
pub mod halving;
pub mod journal;
mod mutation;
mod observer;
mod parallel;
mod pattern_search;
mod point;
mod proposal;
pub mod ranking;
pub mod record;
pub mod run;
mod state;
pub mod study;
pub mod testing;
mod trial;

pub use check::check;
pub use config::{
    Assignment, Base, CheckConfig, ClampRule, Config, ConfigError, ControllerConfig, ControllerName, DataConfig,
    HalvingConfig, InputSet, MetricChoice, ModelConfig, OnConvergence, OperatorSet, Preset, Protocol, RankingConfig,
    RankingModelConfig, RankingSearchConfig, RankingSelectionConfig, RankingStopConfig, RankingTestConfig,
    RankingTrainingConfig, RewardRule, SearchConfig, SelectionConfig, StopConfig, TaskName, TestConfig, ThresholdRows,
    TrainingConfig, comment_of, preset_text,
};
pub use contract::{ContractError, Part};
pub use observer::Observer;
pub use parallel::{Pool, pool};
pub use point::{Axis, Grid, Point};
pub use proposal::Proposal;
pub use run::{RankingRun, Run, RunError};
pub use state::{ForeignState, State};
pub use trial::{Told, Trial};
