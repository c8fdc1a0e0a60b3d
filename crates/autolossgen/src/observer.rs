//! What long work tells, and asks, while it goes on.

use autolossgen_recsys::Interactions;

use crate::record::{Enumerated, SearchStatus};

/// Hears of progress and may ask for an early end. Called from worker threads; results never depend on it unless it
/// asks for the end.
pub trait Observer: Sync {
    /// Whether to end after the work in progress.
    fn stop(&self) -> bool {
        false
    }
    /// A screening of Phase III ended: `done` of `total`; `validation` is NaN where it diverged.
    fn screened(&self, _done: usize, _total: usize, _loss: &str, _validation: f64) {}
    /// A configuration of a race of Phase III came to the end of a rung: `done` of `total`; `validation` is NaN where it
    /// diverged.
    fn tuned(&self, _done: usize, _total: usize, _loss: &str, _validation: f64) {}
    /// A training of Phase III ended: `done` of `total`; `validation` is NaN where it diverged.
    fn trained(&self, _done: usize, _total: usize, _loss: &str, _validation: f64) {}
    /// A search for losses of ranking tried one: `done` of `total` of a part; `best` is the best validation so far, NaN or −∞ before
    /// there is one.
    fn tried(&self, _part: &'static str, _done: usize, _total: usize, _best: f64) {}
    /// A part of longer work begins.
    fn begins(&self, _part: &str) {}
    /// A complete search begins: what there is to train, and about how many seconds of one core that takes.
    fn enumerated(&self, _found: &Enumerated, _seconds: f64) {}
    /// A search goes on: the checkpoint is behind `sampled` samples, and `to_repeat` records of the journal come after it.
    fn resumes(&self, _sampled: u64, _to_repeat: usize) {}
    /// An update of the search ended. `measure` gives the metric of the recommender on any rows, `None` where it is
    /// undefined; it costs one prediction of the rows, and only when it is called.
    fn searched(&self, _status: &SearchStatus, _measure: &dyn Fn(&Interactions) -> Option<f64>) {}
}

/// Hears nothing and never asks for an end.
impl Observer for () {}
