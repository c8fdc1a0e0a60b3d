//! What a search for losses of ranking did, as plain values.

use autolossgen_formula::Formula;
use serde::{Deserialize, Serialize};

use super::super::point::RankingPoint;

/// Functions of the complete part, and what the filters left of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankingEnumerated {
    /// Nodes of the largest formulas
    pub nodes: usize,
    /// Functions
    pub functions: u64,
    /// Those that differ in their derivatives by more than a positive factor
    pub gradients: u64,
    /// Those of them that have the right sign as often as `search.right_sign` says: they are tried
    pub admissible: u64,
}

/// Where in a search a loss was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Among all losses of few nodes, for so many epochs
    Rung(usize),
    /// The best of them, to convergence
    Complete,
    /// By evolution, to convergence
    Evolution,
    /// Again, on another division of training and validation, from another seed; counted from 0
    Division(usize),
}

/// A configuration at which a loss was trained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TriedPoint {
    /// The configuration
    #[serde(flatten)]
    pub point: RankingPoint,
    /// The metric that chooses, on validation, at the best epoch; absent where none was finite
    pub validation: Option<f64>,
    /// Epochs that were trained
    pub epochs: usize,
}

/// A loss that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankingTrial {
    /// Counted from 0
    pub trial: u64,
    /// The formula
    pub formula: Formula,
    /// Where
    pub stage: Stage,
    /// The best first
    pub points: Vec<TriedPoint>,
}

impl RankingTrial {
    /// The best validation; −∞ where every configuration diverged.
    pub fn validation(&self) -> f64 {
        self.points.first().and_then(|best| best.validation).unwrap_or(f64::NEG_INFINITY)
    }
}

/// A loss that goes to the test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankingCandidate {
    /// The formula
    pub formula: Formula,
    /// Its nodes
    pub nodes: usize,
    /// Where it was trained best
    #[serde(flatten)]
    pub point: RankingPoint,
    /// The metric that chooses, on validation: mean over the divisions, or without them what the search saw
    pub validation: f64,
    /// Whether the complete part found it, and not evolution
    pub is_of_complete: bool,
}

/// Keeps what a search did, and tells it again.
pub trait RankingLog<E> {
    /// The functions of the complete part are counted.
    ///
    /// # Errors
    /// What cannot be written, or differs from what is there.
    fn enumerated(&mut self, found: &RankingEnumerated) -> Result<(), E>;

    /// The trial of a number, where it was kept by an earlier search.
    fn kept(&mut self, trial: u64) -> Option<RankingTrial>;

    /// A trial that was not kept before.
    ///
    /// # Errors
    /// What cannot be written.
    fn tried(&mut self, trial: &RankingTrial) -> Result<(), E>;

    /// The kept trial of a number is not what the search comes to.
    fn foreign(&self, trial: u64) -> E;
}
