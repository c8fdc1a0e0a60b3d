//! What a recommender is trained to predict.

use serde::{Deserialize, Serialize};

use crate::Metric;

/// What is predicted, and so what labels may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Which of two classes a row is of: labels are 0 or 1, and every split has both
    #[default]
    Classification,
    /// How high a row is rated: labels lie in [0, 1]
    Regression,
}

impl Task {
    /// Name of every task.
    pub const NAMES: [&str; 2] = ["classification", "regression"];

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Task::Classification => "classification",
            Task::Regression => "regression",
        }
    }

    /// The metric by which the task is judged where none is chosen: AUC or RMSE.
    pub fn metric(self) -> Metric {
        match self {
            Task::Classification => Metric::Auc,
            Task::Regression => Metric::Rmse,
        }
    }
}
