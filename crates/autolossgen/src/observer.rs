//! What long work tells, and asks, while it goes on.

use crate::search::SearchStatus;

/// Hears of progress and may ask for an early end. Called from worker threads; results never depend on it unless it
/// asks for the end.
pub trait Observer: Sync {
    /// Whether to end after the work in progress.
    fn stop(&self) -> bool {
        false
    }
    /// A screening of Phase III ended: `done` of `total`; `validation` is NaN where it diverged.
    fn screened(&self, _done: usize, _total: usize, _loss: &str, _validation: f64) {}
    /// A training of Phase III ended: `done` of `total`; `validation` is NaN where it diverged.
    fn trained(&self, _done: usize, _total: usize, _loss: &str, _validation: f64) {}
    /// An update of the search ended.
    fn searched(&self, _status: &SearchStatus) {}
}

/// Hears nothing and never asks for an end.
impl Observer for () {}
