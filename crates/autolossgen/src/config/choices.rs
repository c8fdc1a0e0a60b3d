//! The closed sets of the configuration.

use autolossgen_recsys::{Metric, ThresholdRule};
use autolossgen_settings::{Choice, choice, named_values};

choice! {
    /// What a run starts from
    pub enum Preset {
        /// Every loss at one mean step and tuned for itself
        Default = "default",
        /// The paper's text (Li et al., SIGIR 2022)
        Paper = "paper",
        /// The authors' published code, where it differs from the text
        Reference = "reference",
    }
}

choice! {
    /// What a recommender is for
    pub enum TaskName {
        /// Which of two classes a row is of: labels are 0 or 1
        Classification = "classification",
        /// How high a row is rated: labels lie in [0, 1]
        Regression = "regression",
        /// Which items a user takes next: positives alone, all other items ranked
        Ranking = "ranking",
    }
}

choice! {
    /// What rewards a loss in the search
    pub enum RewardRule {
        /// The change of the metric in one epoch of a copy of the recommender (Algorithm 1)
        OneEpoch = "one-epoch",
        /// What a fresh recommender reaches with the loss, trained to convergence on settings of its own (Eq. 5), above what
        /// the reference loss reaches on the same terms
        Converged = "converged",
    }
}

choice! {
    /// What a search does when its recommender no longer improves
    pub enum OnConvergence {
        /// The search ends
        End = "end",
        /// A fresh recommender goes on with the same controller
        Restart = "restart",
    }
}

choice! {
    /// What happens to the result of every operation of a generated formula
    pub enum ClampRule {
        /// |x| is at most clamp_high, the sign kept
        Signed = "signed",
        /// x lies in [clamp_low, clamp_high]
        Positive = "positive",
        /// Nothing
        None = "none",
    }
}

choice! {
    /// Who proposes formulas
    pub enum ControllerName {
        /// An LSTM policy trained by REINFORCE (§3.3, §4.1.1)
        Lstm = "lstm",
        /// Uniform over operators and variables; nothing is learned
        Random = "random",
        /// Regularised evolution: the best of a population have children
        Evolution = "evolution",
        /// Every loss up to a number of nodes, each once, the smallest first
        Complete = "complete",
    }
}

choice! {
    /// Operators of the search space
    pub enum OperatorSet {
        /// The nine of Table 2
        Paper = "paper",
        /// Also sub, div, abs, sqrt, exp, sigmoid, tanh and relu
        Extended = "extended",
    }
}

choice! {
    /// Leaves of the formulas of evolution
    pub enum InputSet {
        /// Prediction, label and 1
        Paper = "paper",
        /// Also the logit and constants
        Extended = "extended",
    }
}

choice! {
    /// How Phase III compares losses
    pub enum Protocol {
        /// Every loss at the same learning rate and L2, one seed; ε alone is chosen (§5.1.4)
        Fixed = "fixed",
        /// Each loss at its own learning rate, L2 and ε, chosen on validation with the same budget; then several seeds
        Tuned = "tuned",
    }
}

choice! {
    /// Rows on which the thresholds of F1 and accuracy are chosen
    pub enum ThresholdRows {
        /// Validation: each at the threshold that is best for it
        Validation = "validation",
        /// The evaluated rows themselves, test included: both at the threshold of the best F1, as in the authors' code
        Test = "test",
    }
}

impl ThresholdRows {
    /// The threshold that F1 and accuracy have on those rows.
    pub fn rule(self) -> ThresholdRule {
        match self {
            Self::Validation => ThresholdRule::Own,
            Self::Test => ThresholdRule::BestF1,
        }
    }
}

/// The metric that chooses: one by name, or that of the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricChoice {
    /// That of the task
    Auto,
    /// This one
    Given(Metric),
}

impl Choice for MetricChoice {
    const ALL: &'static [Self] = &[
        MetricChoice::Auto,
        MetricChoice::Given(Metric::Auc),
        MetricChoice::Given(Metric::LogLoss),
        MetricChoice::Given(Metric::Rmse),
        MetricChoice::Given(Metric::Mae),
        MetricChoice::Given(Metric::F1),
        MetricChoice::Given(Metric::Accuracy),
    ];

    fn name(self) -> &'static str {
        match self {
            MetricChoice::Auto => "auto",
            MetricChoice::Given(metric) => metric.name(),
        }
    }

    fn about(self) -> &'static str {
        match self {
            MetricChoice::Auto => "AUC for classification, RMSE for regression",
            MetricChoice::Given(metric) => metric.about(),
        }
    }
}

named_values! { MetricChoice }
