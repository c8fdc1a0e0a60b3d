//! Training to convergence, with early stopping on validation (§5.1.4 of the paper).

use autolossgen_formula::Loss;
use serde::{Deserialize, Serialize};

use crate::{Hyperparameters, Metric, Model, SearchData};

/// When training ends. Epochs count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopRule {
    /// Stop when validation has fallen in this many consecutive epochs; default 10
    pub falling: usize,
    /// Stop when the best epoch is this many epochs old; default 50 (reference: 100)
    pub patience: usize,
    /// Never before this epoch; default 0 (reference: 100)
    pub min_epochs: usize,
    /// At the latest here
    pub max_epochs: usize,
}

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Validation fell in `falling` consecutive epochs.
    Falling,
    /// The best epoch is `patience` epochs old.
    Patience,
    /// `max_epochs` reached.
    MaxEpochs,
    /// Loss, derivative or parameters became NaN or ∞; the best epoch before stands.
    NonFinite,
    /// The caller asked to stop.
    Interrupted,
}

/// A recommender trained to convergence.
#[derive(Clone, Debug)]
pub struct Converged<M> {
    /// Parameters of the best epoch.
    pub model: M,
    /// Best epoch by validation (1-based; 0 if no epoch was finite).
    pub best_epoch: usize,
    /// Epochs trained.
    pub epochs: usize,
    /// Validation metric at the best epoch.
    pub validation: f64,
    /// Why it ended.
    pub ending: Ending,
}

/// Trains `model` with `loss` until `rule` says stop; keeps the epoch best by `metric` on validation. The order of an epoch
/// depends on (`seed`, epoch) alone. `stop` is asked after each epoch.
#[allow(clippy::too_many_arguments)]
pub fn train_to_convergence<M: Model>(
    model: M,
    data: &SearchData,
    loss: &Loss,
    hyperparameters: &Hyperparameters,
    batch_size: usize,
    rule: &StopRule,
    metric: Metric,
    seed: u64,
    stop: &(dyn Fn() -> bool + Sync),
) -> Converged<M> {
    let _ = (model, data, loss, hyperparameters, batch_size, rule, metric, seed, stop);
    todo!()
}
