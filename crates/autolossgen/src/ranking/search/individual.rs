//! A loss of the population.

use std::cmp::Ordering;

use autolossgen_formula::Formula;

use super::super::point::RankingPoint;
use super::niche::niche;
use super::record::RankingTrial;

/// A loss where it was trained best.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Individual {
    pub formula: Formula,
    pub point: RankingPoint,
    pub validation: f64,
    pub is_of_complete: bool,
    pub niche: String,
}

impl Individual {
    pub(super) fn new(formula: Formula, point: RankingPoint, validation: f64, is_of_complete: bool) -> Self {
        let niche = niche(&formula);
        Self { formula, point, validation, is_of_complete, niche }
    }

    /// `None` where every configuration diverged.
    pub(super) fn of(trial: RankingTrial, is_of_complete: bool) -> Option<Self> {
        let best = trial.points.first()?;
        let (point, validation) = (best.point, best.validation?);
        Some(Self::new(trial.formula, point, validation, is_of_complete))
    }

    pub(super) fn better_first(&self, other: &Self) -> Ordering {
        other.validation.total_cmp(&self.validation)
    }
}
