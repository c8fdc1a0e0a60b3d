//! Phase III: every contender trains a fresh recommender to convergence on the same terms; then the test set is spent.
//!
//! Two protocols say what the same terms are. [`fixed`]: one learning rate and L2 for every loss, as in the paper.
//! [`tuned`]: the same budget for every loss to find its own, and then several seeds.

mod contender;
mod finished;
pub mod fixed;
mod report;
mod screen;
mod trained;
pub mod tuned;

use autolossgen_recsys::SearchData;

pub use contender::Contender;
pub use finished::Finished;
pub use report::{
    Advantage, Budget, Comparison, DatasetRow, LossResult, Metrics, Optimism, Origin, STEP_IN_WORDS, SeedComparison,
    SeedResult, TestReport, TrivialResult, TunedResult, p_value, report,
};
pub use screen::screen;
pub(crate) use trained::best;
pub use trained::{GridPoint, Point, RacePoint, SeedRun, Selection, Trained};
pub use tuned::Rung;

use crate::{Config, Observer};

/// Names of the protocols, as `test.protocol` takes them.
pub const PROTOCOLS: [&str; 2] = ["fixed", "tuned"];

/// Trains every contender by the protocol of the configuration. Results are in the order of `contenders`; to be called
/// inside a [`pool`](crate::pool). What is in `finished` is not trained again. `None` where the observer asked for an early
/// end.
///
/// # Panics
/// When a contender has no ε.
pub fn train(
    contenders: &[Contender],
    data: &SearchData,
    config: &Config,
    finished: &Finished,
    observer: &dyn Observer,
) -> Option<Vec<Trained>> {
    match config.test.protocol.as_str() {
        "tuned" => tuned::train(contenders, data, config, finished, observer),
        _ => fixed::train(contenders, data, config, finished, observer),
    }
}
