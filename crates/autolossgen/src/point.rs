//! What is chosen for a loss on validation, and the grids among which it is chosen.

use autolossgen_settings::{Choice, choice};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

/// What is chosen for a loss on validation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Learning rate, of the loss as it is scaled; positive
    #[serde(deserialize_with = "finite")]
    pub learning_rate: f32,
    /// L2 coefficient, 0 or more
    #[serde(deserialize_with = "finite")]
    pub l2: f32,
    /// ε, positive
    #[serde(deserialize_with = "finite")]
    pub epsilon: f32,
}

choice! {
    /// What a race chooses for a loss
    pub enum Axis {
        /// Learning rate
        LearningRate = "learning_rate",
        /// L2 coefficient
        L2 = "l2",
        /// ε
        Epsilon = "epsilon",
    }
}

impl Axis {
    pub(crate) fn of(self, point: &Point) -> f32 {
        match self {
            Self::LearningRate => point.learning_rate,
            Self::L2 => point.l2,
            Self::Epsilon => point.epsilon,
        }
    }

    #[must_use]
    pub(crate) fn set(self, point: Point, value: f32) -> Point {
        match self {
            Self::LearningRate => Point { learning_rate: value, ..point },
            Self::L2 => Point { l2: value, ..point },
            Self::Epsilon => Point { epsilon: value, ..point },
        }
    }

    /// Every value that was tried, each once, in order.
    pub(crate) fn values(self, tried: &[Point]) -> Vec<f32> {
        let mut values: Vec<f32> = tried.iter().map(|point| self.of(point)).collect();
        values.sort_by(f32::total_cmp);
        values.dedup();
        values
    }
}

/// The axes along which `chosen` is the smallest or the largest of what was tried: a better value may lie beyond. An L2
/// coefficient of 0 is no end, for none lies below; nor is a value alone.
pub fn edges(tried: &[Point], chosen: &Point) -> Vec<Axis> {
    let is_edge = |axis: &&Axis| {
        let (values, value) = (axis.values(tried), axis.of(chosen));
        let is_end = values.first() == Some(&value) || values.last() == Some(&value);
        values.len() > 1 && is_end && value > 0.0
    };
    Axis::ALL.iter().filter(is_edge).copied().collect()
}

/// Reads a number that is finite in 32 bits: a larger one would be read as ∞, and written again as nothing.
pub(crate) fn finite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    let value = f32::deserialize(deserializer)?;
    if value.is_finite() { Ok(value) } else { Err(D::Error::custom("a number is larger than 32 bits hold")) }
}

/// The values that a race combines: every configuration of it is a [`Point`].
#[derive(Clone, Copy, Debug)]
pub struct Grid<'a> {
    /// Learning rates, each times `base_rate`; not empty.
    pub learning_rates: &'a [f32],
    /// Learning rate that the others are multiples of.
    pub base_rate: f32,
    /// L2 coefficients; not empty.
    pub l2: &'a [f32],
    /// Values of ε; not empty.
    pub epsilons: &'a [f32],
}

impl Grid<'_> {
    /// One configuration for each pair of an L2 coefficient and a learning rate. The values of ε share the pairs as in a
    /// Latin square, so that each meets learning rates and L2 coefficients from end to end.
    pub fn configurations(&self) -> Vec<Point> {
        let (epsilons, n_rates) = (self.epsilons, self.learning_rates.len());
        let shift = shift(epsilons.len(), n_rates);
        let point = |row: usize, column: usize| Point {
            learning_rate: self.learning_rates[column] * self.base_rate,
            l2: self.l2[row],
            epsilon: epsilons[(column + row * shift) % epsilons.len()],
        };
        (0..self.l2.len()).flat_map(|row| (0..n_rates).map(move |column| point(row, column))).collect()
    }
}

/// By how many values of ε a row lies beside the one before: no common factor with their number, and near its golden
/// section, which keeps equal values apart. Where a row is too short for all values, the next goes on where it ended.
fn shift(n_epsilons: usize, n_rates: usize) -> usize {
    if n_epsilons > n_rates {
        return n_rates;
    }
    let distance = |shift: &usize| (*shift as f64 - 0.382 * n_epsilons as f64).abs();
    let coprime = (1..=n_epsilons).filter(|&shift| greatest_common_divisor(shift, n_epsilons) == 1);
    coprime.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(1)
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::{Config, Preset};

    fn of(epsilons: &[f32], settings: &[(&str, &str)]) -> Vec<Point> {
        let config = Config::with(Preset::Default, settings).unwrap();
        let (test, base_rate) = (&config.test, config.training.learning_rate);
        let (learning_rates, l2) = (&test.tuned_learning_rates, &test.tuned_l2);
        Grid { learning_rates, base_rate, l2, epsilons }.configurations()
    }

    #[test]
    fn every_grid_of_epsilon_gets_as_many_configurations() {
        let (one, seven) = (of(&[1e-6], &[]), of(&[1.0, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6], &[]));
        assert_eq!(one.len(), seven.len());
        let pairs = |points: &[Point]| points.iter().map(|at| (at.learning_rate, at.l2)).collect::<Vec<_>>();
        assert_eq!(pairs(&one), pairs(&seven), "the same learning rates and L2 coefficients");
        let distinct: BTreeSet<String> = pairs(&one).iter().map(|pair| format!("{pair:?}")).collect();
        assert_eq!(distinct.len(), one.len());
    }

    #[test]
    fn every_epsilon_meets_every_l2_coefficient_at_other_learning_rates() {
        let epsilons = [1.0, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6];
        let settings = [
            ("test.tuned_learning_rates", "[0.3, 0.5, 0.7, 1, 1.5, 2, 3]"),
            ("test.tuned_l2", "[3e-6, 1e-5, 1.5e-5, 2e-5, 3e-5, 1e-4]"),
        ];
        let config = Config::with(Preset::Default, &settings).unwrap();
        let points = of(&epsilons, &settings);
        for epsilon in epsilons {
            let mine: Vec<&Point> = points.iter().filter(|point| point.epsilon == epsilon).collect();
            for l2 in &config.test.tuned_l2 {
                assert!(mine.iter().any(|point| point.l2 == *l2), "ε = {epsilon}, L2 = {l2}");
            }
            let rates: BTreeSet<String> = mine.iter().map(|point| point.learning_rate.to_string()).collect();
            assert!(rates.len() + 1 >= config.test.tuned_l2.len(), "ε = {epsilon}: {rates:?}");
        }
    }

    #[test]
    fn a_short_row_leaves_no_epsilon_out() {
        let small = [("test.tuned_learning_rates", "[0.5, 1.0]"), ("test.tuned_l2", "[0, 1e-5, 3e-5, 1e-4]")];
        let epsilons = |points: Vec<Point>| points.iter().map(|point| point.epsilon).collect::<Vec<_>>();
        let seven = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        assert_eq!(epsilons(of(&seven, &small)), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 1.0]);
        assert_eq!(epsilons(of(&[1.0, 2.0], &small)), [1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0, 1.0]);
        let rates = of(&[1.0], &[("training.learning_rate", "0.5"), ("test.tuned_learning_rates", "[0.5, 1]")]);
        assert_eq!((rates[0].learning_rate, rates[1].learning_rate), (0.25, 0.5));
    }

    #[test]
    fn an_edge_is_an_end_of_what_was_tried() {
        let point = |learning_rate, l2| Point { learning_rate, l2, epsilon: 1e-6 };
        let rates = [0.3, 1.0, 3.0];
        let grid: Vec<Point> =
            [1e-6, 1e-5, 1e-4].into_iter().flat_map(|l2| rates.map(|rate| point(rate, l2))).collect();
        assert_eq!(edges(&grid, &point(1.0, 1e-5)), []);
        assert_eq!(edges(&grid, &point(0.3, 1e-5)), [Axis::LearningRate]);
        assert_eq!(edges(&grid, &point(3.0, 1e-4)), [Axis::LearningRate, Axis::L2]);
        let without_decay = [point(1.0, 0.0), point(1.0, 1e-5), point(3.0, 0.0), point(0.3, 0.0)];
        assert_eq!(edges(&without_decay, &without_decay[0]), [], "no L2 coefficient lies below 0");
    }
}
