//! A sampled formula, and an update of the controller.

use autolossgen_formula::Formula;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::point::finite;

/// A sampled formula and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Number, counted from 0
    pub sample: u64,
    /// Canonical form
    pub formula: Formula,
    /// Its name, if it comes from `search.warm_start`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
    /// log π(f) when it was sampled; 0 where no policy sampled it
    pub log_prob: f64,
    /// What became of it
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Change of the validation metric, or, under `search.reward = "converged"`, what it reached above the reference; or the
    /// reward of a loss that could not be trained
    pub reward: f64,
    /// Under `training.normalize`, how large its gradient is
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub scales: Option<Scales>,
}

/// An update of the controller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// Number, counted from 0
    pub update: u64,
    /// What it did
    #[serde(flatten)]
    pub stats: UpdateStats,
    /// Validation metric of the recommender after it
    pub validation: f64,
    /// Whether a copy replaced the recommender
    pub replaced: bool,
}

/// What an update did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UpdateStats {
    /// Mean reward of the episodes.
    pub mean_reward: f64,
    /// Exponential baseline after the update.
    pub baseline: f64,
    /// Mean entropy of the episodes.
    pub entropy: f64,
    /// Norm of the gradient.
    pub grad_norm: f64,
}

/// The size of a gradient as it was generated and as it trains.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scales {
    /// Factor by which the loss is multiplied
    #[serde(deserialize_with = "finite")]
    pub scale: f32,
    /// Root mean square of dL/dlogit on the probe, as generated
    pub rms: f64,
}
