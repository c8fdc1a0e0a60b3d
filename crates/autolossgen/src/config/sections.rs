//! The declarations: a section of the configuration a struct, in the order in which `config show` prints them.

use autolossgen_data::{Duplicates, HeaderRule, LabelRule, SeparatorRule, SplitKind};
use autolossgen_formula::{Clamp, Semantics};
use autolossgen_recsys::{Hyperparameters, Metric, Optimizer, SelectionMetric, StopRule, Task};
use autolossgen_settings::{range, section};

use super::ranges::{folds, loss_names, thread_count};
use super::{
    ClampRule, ControllerName, InputSet, MetricChoice, ModelConfig, OnConvergence, OperatorSet, Preset, Protocol,
    RewardRule, ThresholdRows,
};

section! {
    /// The resolved configuration of a run.
    pub struct Config {
        /// Preset it started from
        pub preset: Preset [range::any] = "default",
            paper = "paper" => "The paper's text (Li et al., SIGIR 2022), where it differs from `default`.",
            reference = "reference" => "The authors' published code, where it differs from the paper's text.";
        /// Root seed; the same seed gives the same bytes
        pub seed: u64 [range::any] = 42;
        /// Worker threads; 0 for one per core. Results never depend on it
        pub threads: usize [thread_count] = 0;
        /// classification: labels are 0 or 1, judged by AUC; regression: labels lie in [0, 1], judged by RMSE
        pub task: Task [range::any] = "classification";
        sections {
            /// Reading and splitting
            pub data: DataConfig,
            /// The recommender
            pub model: ModelConfig,
            /// How a recommender is trained, in every phase
            pub training: TrainingConfig,
            /// What validation chooses by and among, in every phase
            pub selection: SelectionConfig,
            /// When a training to convergence ends, in every phase
            pub stop: StopConfig,
            /// Successive halving, in Phase I and Phase III
            pub halving: HalvingConfig,
            /// Phase I
            pub search: SearchConfig,
            /// The policy and its update
            pub controller: ControllerConfig,
            /// Phase II
            pub check: CheckConfig,
            /// Phase III
            pub test: TestConfig,
        }
    }
}

section! {
    /// Reading and splitting.
    pub struct DataConfig {
        /// ml-100k, synthetic, a file of ratings, or a folder with train, validation and test; usually given as --data
        pub source: String [range::any] = "";
        /// rating > threshold is y = 1; labels that are all 0 or 1 stay what they are
        pub threshold: f64 [range::finite] = 3.0;
        /// What is learned: binary (above the threshold or not), or rating: the rating scaled to [0, 1] by the smallest and the
        /// largest rating of the whole table; for regression. leave-one-out goes by the threshold under both
        pub label: LabelRule [range::any] = "binary";
        /// leave-one-out (the paper's, §5.1.1), random, temporal, ratio (of each user at random) or leave-last-out (of each user the
        /// last row to test, the one before to validation)
        pub split: SplitKind [range::any] = "leave-one-out";
        /// Shares of train, validation and test under random, temporal and ratio; the first two also where ready files are train and test
        pub ratios: [f64; 3] [super::ranges::shares] = [0.8, 0.1, 0.1];
        /// Rows of users and of items that have fewer than this are dropped, again and again until none is left; 0: none is dropped
        pub k_core: usize [range::count(0, 1_000_000)] = 0;
        /// What lies between the fields of a table: auto (what divides its first lines alike), comma, semicolon, tab, space, pipe or
        /// double-colon
        pub separator: SeparatorRule [range::any] = "auto";
        /// Whether the first line of a table names its columns: auto, true or false
        pub header: HeaderRule [range::any] = "auto";
        /// Encoding of text, by a name of the WHATWG Encoding Standard, as in "latin1"; auto: UTF-8, UTF-16, or else a guess
        pub encoding: String [range::any] = "auto";
        /// Columns of a table, by name or by number from 1; empty: found by the usual names
        pub user_column: String [range::any] = "";
        /// See user_column
        pub item_column: String [range::any] = "";
        /// See user_column
        pub rating_column: String [range::any] = "";
        /// See user_column; none: the table has no times
        pub timestamp_column: String [range::any] = "";
        /// Ratings that stand for "not rated", as in [-1.0]; their rows are dropped
        pub not_rated: Vec<f64> [super::ranges::ratings] = [];
        /// Rows without a user, an item or a rating are dropped up to this share of all rows; more are an error
        pub max_missing: f64 [range::share] = 0.05;
        /// What becomes of rows that repeat a user and an item: last (the latest stays), mean, error, or keep (all stay, in one part
        /// of a split); in ready files they are counted
        pub duplicates: Duplicates [range::any] = "last";
    }
}

section! {
    /// How a recommender is trained.
    pub struct TrainingConfig {
        /// sgd, adagrad or adam
        pub optimizer: Optimizer [range::any] = "sgd",
            paper = "sgd" => "Stochastic gradient descent (§4.1.1)";
        /// Chosen for binary cross-entropy and mf on ML-100K's validation rows; mlp takes 0.3 or less as well
        pub learning_rate: f32 [range::positive] = 1.0,
            paper = 0.01 => "Not in the text; the default of the authors' code";
        /// L2 coefficient; every step multiplies every parameter by 1 - learning_rate * l2 * l2_multiplier (the dense parameters of
        /// mlp in single precision, where a decay below 6e-8 is none)
        pub l2: f32 [range::not_negative] = 2e-5,
            paper = 1e-4 => "Not in the text; the default of the authors' code";
        /// See l2
        pub l2_multiplier: f32 [range::not_negative] = 1.0,
            reference = 3.0 => "Weight decay, and the gradient of an explicit penalty (which counts twice)";
        /// Element-wise gradient clip; 0 for none
        pub clip: f32 [range::not_negative] = 0.0,
            reference = 50.0 => "Gradients are clipped by element";
        /// Whether every loss is scaled to the mean step of binary cross-entropy, so that losses are compared by their shape and
        /// not by a constant factor: equal root mean square of dL/dlogit over predictions in (0, 1) and both labels
        pub normalize: bool [range::any] = true,
            paper = false => "Every loss as it is";
        /// Rows of a mini-batch
        pub batch_size: usize [range::count(1, 1 << 24)] = 128;
    }
}

section! {
    /// What validation chooses by and among.
    pub struct SelectionConfig {
        /// Metric that rewards in the search and selects epochs, epsilon and the best loss: auc, log_loss, rmse, mae, f1, accuracy,
        /// or auto: auc for classification, rmse for regression
        pub metric: MetricChoice [range::any] = "auto";
        /// Grid of epsilon, chosen on validation, for losses that depend on it
        pub epsilons: Vec<f32> [range::epsilons] = [1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
    }
}

section! {
    /// When a training to convergence ends.
    pub struct StopConfig {
        /// Stop when validation has fallen in this many consecutive epochs
        pub falling: usize [range::count(1, usize::MAX)] = 10;
        /// Stop when the best epoch is this old
        pub patience: usize [range::count(1, usize::MAX)] = 50,
            reference = 100 => "The best epoch is this old";
        /// Never before this epoch
        pub min_epochs: usize [range::any] = 0,
            reference = 100 => "Never before this epoch";
        /// At the latest here
        pub max_epochs: usize [range::count(1, 10_000_000)] = 300,
            paper = 5000 => "From N(0, 1) a slow loss needs thousands of epochs";
    }
}

section! {
    /// Successive halving.
    pub struct HalvingConfig {
        /// Epochs that every configuration trains before the first are dropped
        pub rung_epochs: usize [range::count(1, 10_000_000)] = 30;
        /// Then one configuration of this many goes on with its training, to this many times the epochs, and so on; the last
        /// are trained to convergence
        pub reduction: usize [range::count(2, 1000)] = 3;
    }
}

section! {
    /// Phase I: search (Algorithm 1).
    pub struct SearchConfig {
        /// one-epoch: the change of the metric in one epoch of a copy of the recommender (Algorithm 1). converged: what a fresh
        /// recommender reaches, trained to convergence at its own learning rate and L2 (Eq. 5, exactly), above what the first loss of
        /// warm_start, or else bce, reaches on the same terms
        pub reward: RewardRule [range::any] = "converged",
            paper = "one-epoch" => "Algorithm 1";
        /// Rows that reward a loss. 0: the validation rows. 2 or more: the search does not see them; the training rows are divided
        /// into as many folds, each held out in turn (under one-epoch the first alone), and Phase III has the validation rows to
        /// itself
        pub folds: usize [folds] = 0;
        /// Named losses that are tried before any other, as in ["bce", "focal"]; what is found is set against them
        pub warm_start: Vec<String> [loss_names] = ["bce", "mse", "hinge", "focal", "maxr", "sumr", "logmin"],
            paper = [] => "The search begins with nothing";
        /// converged: epochs after each of which a loss goes on only if it is among the best that came so far
        pub rungs: Vec<usize> [range::ascending] = [3];
        /// converged: one loss of this many goes on from each rung
        pub reduction: usize [range::count(2, 1000)] = 2;
        /// converged: epochs that every configuration of such a loss trains before the first are dropped; see halving
        pub race_epochs: usize [range::count(1, 10_000_000)] = 5;
        /// converged: learning rates, each times training.learning_rate, and L2 coefficients of those that pass every rung: each pair
        /// is a configuration, and they are halved until one is left, which trains to convergence
        pub learning_rates: Vec<f32> [range::rates] = [1.0, 2.0, 4.0];
        /// See learning_rates
        pub l2_coefficients: Vec<f32> [range::coefficients] = [1.5e-5, 3e-5, 6e-5];
        /// Seconds of wall clock; 0 for no limit. A search that ends by time repeats only as far as it came
        pub time: f64 [range::not_negative] = 0.0;
        /// Seconds between two checkpoints, from which a search that was cut off goes on; 0: one after every update; a day at most. A
        /// large recommender is written less often: at most a twentieth of the time goes into checkpoints
        pub checkpoint: f64 [range::within(0.0, 86_400.0)] = 10.0;
        /// Formulas to try; 0 for no limit, and then a complete search ends with its last loss. Under one that has a limit, or time
        /// or candidates, evolution goes on behind the last loss from the best of them
        pub samples: usize [range::any] = 0,
            paper = 10000 => "The paper searches for 24 hours and names no count; this is a first look";
        /// Accepted candidates after which to end; 0 for no limit
        pub candidates: usize [range::any] = 0;
        /// Samples without an accepted loss after which to end, of a search that has no end by itself; 0 for no limit
        pub nothing_accepted: usize [range::any] = 5000,
            paper = 0 => "0: the budget alone ends it";
        /// Updates without a better validation metric after which the recommender has converged; 0: never
        pub converged_after: usize [range::any] = 1,
            paper = 20 => "The text ends when the recommender converges; within a budget, a fresh one goes on";
        /// A metric better by no more than this does not count as better: a chain of losses that hardly learn is soon given up
        pub converged_tolerance: f64 [range::not_negative] = 2e-3,
            paper = 0.0 => "See converged_after";
        /// What then: end, or restart with a fresh recommender and the same controller
        pub on_convergence: OnConvergence [range::any] = "restart";
        /// The trained copy replaces the recommender where reward >= -eta (§4.1.3)
        pub eta: f64 [range::not_negative] = 0.0,
            paper = 1e-4 => "\"Some minor negative rewards\" (§4.1.3)",
            reference = 1e-5 => "Below the moving average by this much is bad";
        /// Whether losses without a gradient on the proxy batch, or with that of another, go untrained (§4.1.2); false trains
        /// every sampled loss (§5.5)
        pub proxy_test: bool [range::any] = true;
        /// Whether the reward decides which copy replaces the recommender (§4.1.3); false: the first trained copy of an update
        /// always does, whatever its reward (§5.6)
        pub reward_filter: bool [range::any] = true;
        /// Proxy test threshold on the norm of a gradient (Eq. 7 and 8)
        pub delta: f64 [range::positive] = 1e-4;
        /// Rows of the proxy batch B: 5 to 20
        pub proxy_batch: usize [range::count(1, 256)] = 5,
            reference = 20 => "Rows of the proxy batch";
        /// Formulas per controller update
        pub samples_per_update: usize [range::count(1, 10_000)] = 10;
        /// Reward of a formula with zero gradient, or whose training gives NaN
        pub zero_gradient_reward: f64 [range::within(-1e6, 1e6)] = -0.02,
            paper = -1.0 => "\"A default negative reward\" (§4.1.2); the authors' code has this one";
        /// Protects log and reciprocal while searching (Table 2)
        pub epsilon: f32 [range::positive] = 1e-6;
        /// Clamp after every operation: signed (|x| <= clamp_high), positive ([clamp_low, clamp_high]) or none
        pub clamp: ClampRule [range::any] = "signed",
            paper = "signed" => "The text clamps to [1e-6, 1e6], under which -y is a constant and its own Figure 2 cannot be built; so the sign is kept",
            reference = "positive" => "Every result lies in [1e-5, 1e5]; a negation is then the constant 1e-5";
        /// See clamp
        pub clamp_low: f32 [range::positive] = 1e-6,
            reference = 1e-5 => "See clamp";
        /// See clamp
        pub clamp_high: f32 [range::positive] = 1e6,
            reference = 1e5 => "See clamp";
        /// Whether the training of a candidate applies L2
        pub l2: bool [range::any] = true,
            reference = false => "No decay while a candidate is tried";
    }
}

section! {
    /// The policy and its update.
    pub struct ControllerConfig {
        /// complete: every loss up to a number of nodes, each once; random: uniform over operators and variables, nothing learned;
        /// evolution: the best of a population have children; lstm
        pub name: ControllerName [range::any] = "complete",
            paper = "lstm" => "The LSTM of §3.3";
        /// paper: the nine of Table 2; extended adds sub, div, abs, sqrt, exp, sigmoid, tanh, relu
        pub operators: OperatorSet [range::any] = "paper";
        /// Largest number of variables; the prediction, the label and 1 are three of them
        pub max_variables: usize [range::count(4, 15)] = 10,
            reference = 13 => "Ten new ones beside the three inputs";
        /// LSTM layers and hidden units a layer
        pub layers: usize [range::count(1, 8)] = 2,
            reference = 1 => "One layer of 64";
        /// See layers
        pub hidden: usize [range::count(1, 1024)] = 32,
            reference = 64 => "See layers";
        /// Weights are uniform in +- this
        pub init_range: f64 [range::positive_within(100.0)] = 0.1;
        /// Logits are this times tanh
        pub tanh_constant: f64 [range::positive_within(100.0)] = 1.5;
        /// Weight of the entropy bonus
        pub entropy_weight: f64 [range::within(0.0, 1e6)] = 3e-3,
            paper = 1e-4 => "§5.1.4";
        /// Adam's learning rate
        pub learning_rate: f64 [range::positive_within(10.0)] = 1e-3;
        /// Decay of the exponential baseline of the reward
        pub baseline_decay: f64 [range::share] = 0.95;
        /// evolution and complete: paper (prediction, label and 1), or extended, which adds the logit and constants (of complete 0.5 and 2)
        pub inputs: InputSet [range::any] = "paper";
        /// complete: most nodes of a formula; 0: as many, up to 8, as can be trained in some minutes by an estimate
        pub max_nodes: usize [range::count(0, 30)] = 0;
        /// complete: GiB of memory that the enumeration may take
        pub memory: f64 [range::positive_within(4096.0)] = 4.0;
        /// evolution: formulas in the population, and those of which the best has a child
        pub population: usize [range::count(2, 1_000_000)] = 100;
        /// See population
        pub tournament: usize [range::count(1, 1_000_000)] = 10;
    }
}

section! {
    /// Phase II: check (§4.2).
    pub struct CheckConfig {
        /// Simulated (prediction, label) pairs
        pub pairs: usize [range::count(1, 10_000_000)] = 2000;
        /// Smallest positive rate to keep: the share of pairs whose derivative has the right sign
        pub threshold: f64 [range::share] = 0.9,
            reference = 0.6 => "60% of the pairs, whatever the text says";
        /// Whether a loss has to have a gradient for both classes: above 1e-4 of its largest at more than half of 13 logits from -6 to 6,
        /// for each class. A rule of ours
        pub both_classes: bool [range::any] = true,
            paper = false => "Not in the paper";
        /// A derivative with respect to the prediction of at most this size has the right sign
        pub dead_zone: f64 [range::not_negative] = 0.0,
            reference = 1e-6 => "Derivatives this small have the right sign";
    }
}

section! {
    /// Phase III: test (§4.2, §5.1.4).
    pub struct TestConfig {
        /// tuned: learning rate, L2 and epsilon are chosen for each loss on validation, by successive halving with the same budget
        /// for each, and the choice is trained from several seeds; fixed: every loss at the same learning rate and L2
        pub protocol: Protocol [range::any] = "tuned",
            paper = "fixed" => "Every loss on the same settings (§5.1.4)";
        /// tuned: learning rates to try, each times training.learning_rate. With training.normalize one list serves every loss
        pub tuned_learning_rates: Vec<f32> [range::rates] = [0.3, 1.0, 3.0, 10.0];
        /// tuned: L2 coefficients to try. Each pair of a learning rate and one of these is a configuration, so that every loss has
        /// as many; its grid of epsilon is spread over them
        pub tuned_l2: Vec<f32> [range::coefficients] = [3e-6, 1e-5, 3e-5, 1e-4, 1e-3];
        /// tuned: rounds after that grid. In each six configurations beside the best of a loss are tried: beyond what was tried where
        /// the best lies at an end of it, half way to the next value elsewhere, so that every loss has the same budget
        pub rounds: usize [range::count(0, 1000)] = 4;
        /// tuned: smallest and largest learning rate, each times training.learning_rate
        pub learning_rate_bounds: [f32; 2] [super::ranges::bounds] = [0.01, 100.0];
        /// tuned: smallest and largest L2 coefficient; 0 may be in the grid
        pub l2_bounds: [f32; 2] [super::ranges::bounds] = [1e-7, 3e-2];
        /// tuned: smallest and largest epsilon
        pub epsilon_bounds: [f32; 2] [super::ranges::bounds] = [1e-8, 100.0];
        /// tuned: seeds from which the best configuration is trained: seed, seed + 1, ...
        pub seeds: usize [range::count(1, 1000)] = 5;
        /// tuned: whether every seed chooses its own learning rate, L2 and epsilon, so that the interval over the seeds holds the
        /// choice of settings; seeds times as much work
        pub retune: bool [range::any] = false;
        /// tuned: folds of the training rows. What is left of the grid and of each round is trained again with each fold held out in
        /// turn, until the epoch that was best on validation; the best over the held-out rows is chosen, and the next round is beside
        /// it. Folds serve where the validation rows are fewer than 10,000 and drawn as the training rows are. 0: validation alone
        pub folds: usize [folds] = 3;
        /// Candidates that are trained to convergence; 0 for all that pass the check
        pub candidates: usize [range::any] = 10,
            paper = 0 => "Every candidate that passes the check (§4.2)";
        /// Epochs of a fresh recommender by which they are chosen, on validation, where more pass
        pub screening: usize [range::count(1, 100_000)] = 30;
        /// What every candidate is compared with, on the same terms
        pub baselines: Vec<String> [loss_names] = ["bce", "mse", "hinge", "focal", "maxr", "sumr", "logmin"],
            paper = ["mse", "bce", "hinge", "focal"] => "The handcrafted baselines of §5.1.2",
            reference = ["mse", "bce", "hinge-reference", "focal"] => "Its hinge has h itself, unbounded below, for y = 0";
        /// Thresholds of F1 and accuracy. validation: each metric at the threshold that is best for it on validation; test: both at
        /// that of the best F1 on the evaluated rows, as in the authors' code. Validation chooses by the same rule
        pub threshold_on: ThresholdRows [range::any] = "validation",
            reference = "test" => "One threshold, of the best F1 on the evaluated rows themselves, test included";
    }
}

impl SearchConfig {
    /// converged: name of the loss that others are measured by: the first of `warm_start`, or else bce.
    pub fn reference(&self) -> &str {
        self.warm_start.first().map_or("bce", String::as_str)
    }
}

impl TestConfig {
    /// tuned: configurations of a loss, one for each pair of a learning rate and an L2 coefficient.
    pub fn configurations(&self) -> usize {
        self.tuned_learning_rates.len().saturating_mul(self.tuned_l2.len())
    }
}

impl Config {
    /// Metric that rewards in the search and selects epochs, ε and the best loss: `selection.metric`, or that of the task.
    pub fn metric(&self) -> Metric {
        match self.selection.metric {
            MetricChoice::Auto => self.task.metric(),
            MetricChoice::Given(metric) => metric,
        }
    }

    /// The same with the rule of its threshold, by which F1 and accuracy are chosen and reported.
    pub fn selection_metric(&self) -> SelectionMetric {
        SelectionMetric { metric: self.metric(), threshold: self.test.threshold_on.rule() }
    }

    /// Semantics of generated formulas in search and check.
    pub fn semantics(&self) -> Semantics {
        let SearchConfig { epsilon, clamp, clamp_low, clamp_high, .. } = self.search;
        let clamp = match clamp {
            ClampRule::None => Clamp::None,
            ClampRule::Positive => Clamp::Positive(clamp_low, clamp_high),
            ClampRule::Signed => Clamp::Signed(clamp_high),
        };
        Semantics { epsilon, clamp }
    }

    /// Settings of one training.
    pub fn hyperparameters(&self) -> Hyperparameters {
        let TrainingConfig { optimizer, learning_rate, l2, l2_multiplier, clip, .. } = self.training;
        Hyperparameters { optimizer, learning_rate, l2, l2_multiplier, clip }
    }

    /// When a training to convergence ends.
    pub fn stop_rule(&self) -> StopRule {
        let StopConfig { falling, patience, min_epochs, max_epochs } = self.stop;
        StopRule { falling, patience, min_epochs, max_epochs }
    }
}
