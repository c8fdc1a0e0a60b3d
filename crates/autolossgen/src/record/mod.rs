//! What happened in a run: the records of the journal, and what they hold.
//!
//! Every type here is a plain value. Nothing in this module trains, reads a file or knows who made a record.

mod candidate;
mod check;
mod counts;
mod enumerated;
mod fold;
mod hall;
mod origin;
mod outcome;
mod pareto;
mod sample;
mod sentences;
mod test;
mod verdict;

use serde::{Deserialize, Serialize};

pub use candidate::Candidate;
pub use check::{CheckReport, Checked, Validated, Verdict};
pub use counts::{Counts, SearchStatus, StopReason};
pub use enumerated::{CompleteSearch, Enumerated, Placed};
pub use fold::{History, Reference, Step};
pub use hall::{HallEntry, HallOfFame, Standing};
pub use origin::Origin;
pub use outcome::Outcome;
pub use pareto::{FrontEntry, ParetoFront};
pub use sample::{Sample, Scales, Update, UpdateStats};
pub use sentences::{EDGE, STEP_IN_WORDS, p_value};
pub use test::{
    Advantage, Budget, Comparison, DatasetSizes, GridPoint, LossResult, Metrics, Optimism, RacePoint, Rung,
    SeedComparison, SeedResult, TestReport, TrivialResult, TunedResult,
};
pub use verdict::{Decision, Floor, Power, TestVerdict};

pub(crate) use test::mean_of;

use crate::config::RecordedConfig;
use crate::point::Point;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Record {
    /// A run began.
    Start {
        /// Version of this crate
        version: String,
        /// Root seed
        seed: u64,
        /// Sizes of the data
        dataset: DatasetSizes,
        /// SHA-256 over the split rows
        checksum: String,
        /// What the run was made with; absent in journals of earlier versions
        #[serde(default, skip_serializing_if = "Option::is_none")]
        config: Option<RecordedConfig>,
    },
    /// A fresh recommender took its place.
    Recommender {
        /// Counted from 0
        number: u64,
        /// Its validation metric before any training
        validation: f64,
    },
    /// Every function was enumerated, and filtered (`controller.name = "complete"`).
    Enumerated(Enumerated),
    /// A formula was sampled.
    Sample(Sample),
    /// The controller was updated.
    Update(Update),
    /// The loss that others are measured by was trained to convergence (`search.reward = "converged"`).
    Reference {
        /// Its name
        name: String,
        /// Validation metric on each fold
        validation: Vec<f64>,
        /// The settings chosen for it on the first fold
        point: Point,
    },
    /// The best losses that the search accepted, by complexity, before any check; [`HallOfFame`] has what a check left of them.
    HallOfFame {
        /// From the simplest to the best
        entries: ParetoFront,
    },
    /// The search ended.
    End {
        /// Why
        reason: StopReason,
        /// Outcomes of all samples
        counts: Counts,
    },
    /// Phase II ended; the last one counts.
    Check(CheckReport),
    /// Phase III ended; the last one counts.
    Test(TestReport),
}

impl Record {
    /// The sample, if it is one.
    pub fn sample(&self) -> Option<&Sample> {
        match self {
            Record::Sample(sample) => Some(sample),
            _ => None,
        }
    }
}
