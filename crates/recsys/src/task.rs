//! What a recommender is trained to predict.

use autolossgen_settings::choice;

use crate::metric::Metric;

choice! {
    /// What is predicted, and so what labels may be.
    #[derive(Default)]
    pub enum Task {
        /// Which of two classes a row is of: labels are 0 or 1, and every split has both
        #[default]
        Classification = "classification",
        /// How high a row is rated: labels lie in [0, 1]
        Regression = "regression",
    }
}

impl Task {
    /// The metric by which the task is judged where none is chosen: AUC or RMSE.
    pub fn metric(self) -> Metric {
        match self {
            Task::Classification => Metric::Auc,
            Task::Regression => Metric::Rmse,
        }
    }
}
