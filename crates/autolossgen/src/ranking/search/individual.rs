//! A loss of the population.

use autolossgen_formula::Formula;

use super::super::point::RankingPoint;
use super::record::RankingTrial;

/// A loss where it was trained best.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Individual {
    pub formula: Formula,
    pub point: RankingPoint,
    pub validation: f64,
    pub is_of_complete: bool,
}

impl Individual {
    /// `None` where every configuration diverged.
    pub(super) fn of(trial: RankingTrial, is_of_complete: bool) -> Option<Self> {
        let best = trial.points.first()?;
        let (point, validation) = (best.point, best.validation?);
        Some(Self { formula: trial.formula, point, validation, is_of_complete })
    }
}
