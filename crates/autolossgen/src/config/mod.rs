//! Every setting, one TOML schema: a preset, then a file, then flags.

mod file;
mod layer;
mod preset;
mod validate;

pub use layer::{Base, ConfigError};
pub use preset::{PRESETS, preset_text};

use autolossgen_formula::{Clamp, Semantics};
use autolossgen_recsys::data::{Dataset, LabelRule};
use autolossgen_recsys::{Hyperparameters, Metric, MfOptions, MlpOptions, Optimizer, StopRule, Task};
use serde::{Deserialize, Serialize};

use crate::race::Grid;

/// The resolved configuration of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Preset it started from: default, paper or reference
    pub preset: String,
    /// Root seed; default 42
    pub seed: u64,
    /// Worker threads; 0 for one per core. Results never depend on it
    pub threads: usize,
    /// What the recommender is trained to predict; default classification
    pub task: Task,
    /// Reading and splitting
    pub data: DataConfig,
    /// The recommender
    pub model: ModelConfig,
    /// How a recommender is trained, in every phase
    pub training: TrainingConfig,
    /// Phase I
    pub search: SearchConfig,
    /// The policy and its update
    pub controller: ControllerConfig,
    /// Phase II
    pub check: CheckConfig,
    /// Phase III
    pub test: TestConfig,
}

/// Reading and splitting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// A name, a file or a folder; empty: to be given on the command line
    pub source: String,
    /// rating > threshold is y = 1; default 3
    pub threshold: f64,
    /// binary, or rating: the rating scaled to [0, 1] by the smallest and the largest of the table; default binary
    pub label: LabelRule,
    /// leave-one-out (§5.1.1), random or temporal
    pub split: String,
    /// Shares of train, validation and test under random and temporal
    pub ratios: [f64; 3],
    /// Column names of a generic table; empty: guessed from the header
    pub user_column: String,
    /// See `user_column`
    pub item_column: String,
    /// See `user_column`
    pub rating_column: String,
    /// See `user_column`
    pub timestamp_column: String,
}

/// The recommender.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// mf or mlp
    pub name: String,
    /// Embedding size d; default 64
    pub dimension: usize,
    /// Standard deviation of the initial embeddings, and of the biases of mf
    pub init_std: f32,
    /// Initial global bias of mf
    pub global_bias: f32,
    /// Units of each hidden layer of mlp; default [64, 16]
    pub layers: Vec<usize>,
    /// Share of the units of a hidden layer of mlp that a training step leaves out, in [0, 1); default 0.2
    pub dropout: f32,
    /// Whether the hidden layers of mlp have batch normalisation; default true
    pub batch_norm: bool,
}

/// How a recommender is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingConfig {
    /// sgd, adagrad or adam
    pub optimizer: Optimizer,
    /// Learning rate
    pub learning_rate: f32,
    /// L2 coefficient
    pub l2: f32,
    /// How often it counts: 1, or 3 as in the authors' code
    pub l2_multiplier: f32,
    /// Element-wise gradient clip; 0 for none
    pub clip: f32,
    /// Whether every loss is scaled to the mean step of binary cross-entropy; see [`scale`](crate::scale)
    pub normalize: bool,
    /// Rows of a mini-batch
    pub batch_size: usize,
}

/// Phase I: search (Algorithm 1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchConfig {
    /// one-epoch: Algorithm 1; converged: what a fresh recommender reaches, trained to convergence (Eq. 5)
    pub reward: RewardRule,
    /// Folds of the training rows on which losses are rewarded; 0: the validation rows
    pub folds: usize,
    /// Names of losses that are tried before any other
    pub warm_start: Vec<String>,
    /// converged: epochs, ascending, after each of which a loss goes on only if it is among the best so far
    pub rungs: Vec<usize>,
    /// converged: one loss of this many goes on from a rung; 2 or more
    pub reduction: usize,
    /// converged: learning rates of those that pass every rung, as multiples of `training.learning_rate`
    pub learning_rates: Vec<f32>,
    /// converged: L2 coefficients of those that pass every rung; each pair of one and a learning rate is a configuration
    pub l2_coefficients: Vec<f32>,
    /// Seconds of wall clock; 0 for no limit. A run that ends by time is reproducible only up to where it ended
    pub time: f64,
    /// Seconds of wall clock between two checkpoints, a day at most; 0: one after every update
    pub checkpoint: f64,
    /// Formulas to sample; 0 for no limit
    pub samples: usize,
    /// Accepted candidates after which to end; 0 for no limit
    pub candidates: usize,
    /// Samples without an accepted loss after which to end; 0 for no limit
    pub nothing_accepted: usize,
    /// Updates without a better validation metric after which the recommender has converged; 0: never
    pub converged_after: usize,
    /// A metric better by no more than this is not better, for `converged_after`
    pub converged_tolerance: f64,
    /// What then: end, or restart with a fresh recommender and the same controller
    pub on_convergence: String,
    /// η ≥ 0: the copy replaces the recommender when reward ≥ −η
    pub eta: f64,
    /// Whether losses without a gradient or with that of another go untrained (§4.1.2); without it every sampled loss is
    /// trained (§5.5), and NaN or ∞ alone goes untrained
    pub proxy_test: bool,
    /// Whether the reward decides which copy replaces the recommender (§4.1.3); without it the first trained copy of an
    /// update always does (§5.6)
    pub reward_filter: bool,
    /// Proxy test threshold δ
    pub delta: f64,
    /// |B|, rows of the proxy batch
    pub proxy_batch: usize,
    /// Formulas per controller update
    pub samples_per_update: usize,
    /// Reward of a formula with zero gradient, or whose training gives NaN
    pub zero_gradient_reward: f64,
    /// ε while searching
    pub epsilon: f32,
    /// signed, positive or none
    pub clamp: String,
    /// Bounds of the clamp: limit = 1/ξ for signed; lo and hi for positive
    pub clamp_low: f32,
    /// See `clamp_low`
    pub clamp_high: f32,
    /// Whether the training of a candidate applies L2 (the authors' code leaves it out)
    pub l2: bool,
}

/// The policy and its update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControllerConfig {
    /// lstm, random or evolution
    pub name: String,
    /// paper (nine operators) or extended
    pub operators: String,
    /// Largest number of variables, ŷ, y and 1 included; default 10
    pub max_variables: usize,
    /// LSTM layers; default 2
    pub layers: usize,
    /// Hidden units a layer; default 32
    pub hidden: usize,
    /// Weights are uniform in ±this; default 0.1
    pub init_range: f64,
    /// Logits are this times tanh; default 1.5
    pub tanh_constant: f64,
    /// Weight of the entropy bonus; default 1e-4
    pub entropy_weight: f64,
    /// Adam's learning rate; default 1e-3
    pub learning_rate: f64,
    /// Decay of the exponential baseline of the reward
    pub baseline_decay: f64,
    /// evolution: paper (ŷ, y and 1), or extended, which adds the logit and constants
    pub inputs: String,
    /// evolution: formulas in the population; default 100
    pub population: usize,
    /// evolution: formulas of which the best has a child; default 10
    pub tournament: usize,
}

/// Phase II: check (§4.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckConfig {
    /// Simulated (ŷ, y) pairs; default 2000
    pub pairs: usize,
    /// Smallest positive rate to keep; default 0.9
    pub threshold: f64,
    /// A derivative with respect to ŷ of at most this size has the right sign; 0 in the paper
    pub dead_zone: f64,
}

/// Phase III: test (§4.2, §5.1.4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestConfig {
    /// fixed: every loss at the same learning rate and L2; tuned: at its own, each with the same budget, and several seeds
    pub protocol: String,
    /// tuned: learning rates, as multiples of `training.learning_rate`
    pub tuned_learning_rates: Vec<f32>,
    /// tuned: L2 coefficients; each pair of one and a learning rate is a configuration
    pub tuned_l2: Vec<f32>,
    /// tuned: epochs after which the first configurations are dropped
    pub rung_epochs: usize,
    /// tuned: one configuration of this many goes on, to this many times the epochs; 2 or more
    pub eta: usize,
    /// tuned: seeds from which the best configuration is trained: `seed`, `seed` + 1, …
    pub seeds: usize,
    /// Candidates that are trained to convergence; 0 for all that pass the check
    pub candidates: usize,
    /// Epochs of a fresh recommender by which they are chosen, on validation, where more pass
    pub screening: usize,
    /// Baseline names
    pub baselines: Vec<String>,
    /// ε grid, chosen on validation
    pub epsilons: Vec<f32>,
    /// Metric that rewards in the search and selects epochs, ε and the best loss; see [`Config::metric`]
    pub metric: MetricChoice,
    /// Stop after this many falling epochs
    pub falling: usize,
    /// Stop when the best epoch is this old
    pub patience: usize,
    /// Never before this epoch
    pub min_epochs: usize,
    /// At the latest here
    pub max_epochs: usize,
    /// Where the F1 and accuracy thresholds are chosen: validation, or test as in the authors' code
    pub threshold_on: String,
}

/// What rewards a loss in the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RewardRule {
    /// The change of the metric in one epoch of a copy of the recommender (Algorithm 1)
    OneEpoch,
    /// What a fresh recommender reaches with it, trained to convergence on settings of its own (Eq. 5), above what the
    /// reference loss reaches on the same terms
    Converged,
}

impl RewardRule {
    /// Names, as `search.reward` takes them.
    pub const NAMES: [&str; 2] = ["one-epoch", "converged"];
}

/// A metric, or that of the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricChoice {
    /// That of the task
    Auto,
    /// This one
    #[serde(untagged)]
    Given(Metric),
}

impl SearchConfig {
    /// converged: name of the loss that others are measured by: the first of `warm_start`, or else bce.
    pub fn reference(&self) -> &str {
        self.warm_start.first().map_or("bce", String::as_str)
    }
}

impl TestConfig {
    /// tuned: configurations of a race, one for each pair of a learning rate and an L2 coefficient.
    pub fn configurations(&self) -> usize {
        self.tuned_learning_rates.len().saturating_mul(self.tuned_l2.len())
    }
}

impl Config {
    /// Metric that rewards in the search and selects epochs, ε and the best loss: `test.metric`, or that of the task.
    pub fn metric(&self) -> Metric {
        match self.test.metric {
            MetricChoice::Auto => self.task.metric(),
            MetricChoice::Given(metric) => metric,
        }
    }
    /// Whether the labels of `dataset` are what the metric needs.
    ///
    /// # Errors
    /// A metric of classes where labels are graded; AUC where the validation rows are of one class.
    pub fn expect_labels(&self, dataset: &Dataset) -> Result<(), ConfigError> {
        let (metric, validation) = (self.metric(), &dataset.search.validation);
        let of_one_class = [0, validation.len()].contains(&validation.n_positive());
        let allowed = if metric.needs_classes() && dataset.is_graded() {
            "needs labels 0 and 1, and these are graded; use auto, rmse, mae or log_loss"
        } else if metric == Metric::Auc && of_one_class {
            "needs validation rows of both classes, and these are of one; use rmse, mae or log_loss, or another data.split"
        } else {
            return Ok(());
        };
        Err(ConfigError::Value {
            source_name: dataset.name.clone(),
            key: "test.metric".into(),
            value: format!("'{}'", metric.name()),
            allowed: allowed.into(),
        })
    }
    /// What a race of Phase III combines, for a loss with these values of ε.
    pub(crate) fn tuned_grid<'a>(&'a self, epsilons: &'a [f32]) -> Grid<'a> {
        let TestConfig { tuned_learning_rates, tuned_l2, .. } = &self.test;
        let base_rate = self.training.learning_rate;
        Grid { learning_rates: tuned_learning_rates, base_rate, l2: tuned_l2, epsilons }
    }
    /// What a race of Phase I combines, for a loss with these values of ε.
    pub(crate) fn search_grid<'a>(&'a self, epsilons: &'a [f32]) -> Grid<'a> {
        let SearchConfig { learning_rates, l2_coefficients, .. } = &self.search;
        let base_rate = self.training.learning_rate;
        Grid { learning_rates, base_rate, l2: l2_coefficients, epsilons }
    }
    /// Semantics of generated formulas in search and check.
    pub fn semantics(&self) -> Semantics {
        let clamp = match self.search.clamp.as_str() {
            "none" => Clamp::None,
            "positive" => Clamp::Positive(self.search.clamp_low, self.search.clamp_high),
            _ => Clamp::Signed(self.search.clamp_high),
        };
        Semantics { epsilon: self.search.epsilon, clamp }
    }
    /// Settings of one training.
    pub fn hyperparameters(&self) -> Hyperparameters {
        let training = &self.training;
        Hyperparameters {
            optimizer: training.optimizer,
            learning_rate: training.learning_rate,
            l2: training.l2,
            l2_multiplier: training.l2_multiplier,
            clip: training.clip,
        }
    }
    /// Shape and initial values of matrix factorisation.
    pub fn mf_options(&self) -> MfOptions {
        let model = &self.model;
        MfOptions { dimension: model.dimension, init_std: model.init_std, global_bias: model.global_bias }
    }
    /// Shape and initial values of the multi-layer perceptron.
    pub fn mlp_options(&self) -> MlpOptions {
        let ModelConfig { dimension, layers, dropout, batch_norm, init_std, .. } = self.model.clone();
        MlpOptions { dimension, layers, dropout, batch_norm, init_std }
    }
    /// When a training of Phase III ends.
    pub fn stop_rule(&self) -> StopRule {
        let test = &self.test;
        StopRule {
            falling: test.falling,
            patience: test.patience,
            min_epochs: test.min_epochs,
            max_epochs: test.max_epochs,
        }
    }
}
