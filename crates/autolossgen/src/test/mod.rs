//! Phase III: every contender trains a fresh recommender to convergence on the same terms; then the test set is spent.

mod contender;
mod report;
mod train;

pub use contender::Contender;
pub use report::{Comparison, DatasetRow, LossResult, Metrics, Origin, TestReport, TrivialResult, report};
pub use train::{GridPoint, Trained, screen, train};
