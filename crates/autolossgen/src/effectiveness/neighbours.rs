//! What is tried after a grid: the configurations beside the best of all that were tried.
//!
//! Pattern search on the logarithms of learning rate, L2 and ε (Hooke and Jeeves 1961): where the best lies at an end of what was
//! tried, the step goes beyond it, so that a grid has no edge but its bounds; elsewhere half the way to the next value. A loss
//! that needs no growth spends its budget on finer values.

use autolossgen_settings::Choice;

use crate::config::Config;
use crate::pattern_search::beside;
use crate::point::{Axis, Point};

/// Configurations of a round: both sides of three axes, or of two and their diagonals.
pub(super) const PER_ROUND: usize = 6;

/// Smallest and largest values of a race.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    learning_rate: [f32; 2],
    l2: [f32; 2],
    epsilon: [f32; 2],
    l2_multiplier: f32,
}

impl Bounds {
    /// The bounds of the test.
    pub(super) fn of(config: &Config) -> Self {
        let (test, training) = (&config.test, &config.training);
        Self {
            learning_rate: test.learning_rate_bounds.map(|rate| rate * training.learning_rate),
            l2: test.l2_bounds,
            epsilon: test.epsilon_bounds,
            l2_multiplier: training.l2_multiplier,
        }
    }

    /// Whether a configuration lies within the bounds, or has an L2 coefficient of 0.
    pub(super) fn hold(&self, point: &Point) -> bool {
        let holds = |axis: &Axis| {
            let ([low, high], value) = (self.of_axis(*axis), axis.of(point));
            (low..=high).contains(&value) || (*axis == Axis::L2 && value == 0.0)
        };
        Axis::ALL.iter().all(holds) && self.decays(point)
    }

    /// Whether a step leaves something of a parameter.
    fn decays(&self, point: &Point) -> bool {
        point.learning_rate * point.l2 * self.l2_multiplier < 1.0
    }

    fn of_axis(&self, axis: Axis) -> [f32; 2] {
        match axis {
            Axis::LearningRate => self.learning_rate,
            Axis::L2 => self.l2,
            Axis::Epsilon => self.epsilon,
        }
    }
}

/// At most [`PER_ROUND`] configurations beside the best that were not tried: a step along each axis that was searched, to both
/// sides; then steps along two axes at once.
pub(super) fn neighbours(tried: &[Point], best: Point, bounds: &Bounds) -> Vec<Point> {
    let axes: Vec<Axis> = Axis::ALL.iter().copied().filter(|axis| axis.values(tried).len() > 1).collect();
    let step = |axis: Axis, up: bool| beside(&axis.values(tried), axis.of(&best), up, bounds.of_axis(axis));
    let mut found: Vec<Point> = Vec::new();
    let mut add = |point: Option<Point>| {
        let is_new = |point: &Point| bounds.decays(point) && !tried.contains(point) && !found.contains(point);
        if let Some(point) = point.filter(is_new).filter(|_| found.len() < PER_ROUND) {
            found.push(point);
        }
    };
    for &axis in &axes {
        for up in [false, true] {
            add(step(axis, up).map(|value| axis.set(best, value)));
        }
    }
    // A larger step with less decay, or the other way round, is the same loss on another scale: these first.
    for up_both in [false, true] {
        for (at, &first) in axes.iter().enumerate() {
            for &second in &axes[at + 1..] {
                for up in [true, false] {
                    let (first_value, second_value) = (step(first, up), step(second, up == up_both));
                    add(first_value.zip(second_value).map(|(a, b)| second.set(first.set(best, a), b)));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::edges;

    const BOUNDS: Bounds =
        Bounds { learning_rate: [0.01, 100.0], l2: [1e-7, 1e-2], epsilon: [1e-8, 100.0], l2_multiplier: 1.0 };

    fn point(learning_rate: f32, l2: f32, epsilon: f32) -> Point {
        Point { learning_rate, l2, epsilon }
    }

    /// Rates 0.3, 1 and 3 with L2 of 1e-6, 1e-5 and 1e-4, at one ε.
    fn grid() -> Vec<Point> {
        let rates = [0.3, 1.0, 3.0];
        [1e-6, 1e-5, 1e-4].into_iter().flat_map(|l2| rates.map(|rate| point(rate, l2, 1e-6))).collect()
    }

    #[test]
    fn inside_the_steps_are_halves_and_at_an_end_they_go_beyond() {
        let found = neighbours(&grid(), point(1.0, 1e-5, 1e-6), &BOUNDS);
        let expected = [
            point(0.55, 1e-5, 1e-6),
            point(1.7, 1e-5, 1e-6),
            point(1.0, 3.2e-6, 1e-6),
            point(1.0, 3.2e-5, 1e-6),
            point(1.7, 3.2e-6, 1e-6),
            point(0.55, 3.2e-5, 1e-6),
        ];
        assert_eq!(found, expected);
        let found = neighbours(&grid(), point(3.0, 1e-6, 1e-6), &BOUNDS);
        assert!(found.contains(&point(9.0, 1e-6, 1e-6)) && found.contains(&point(3.0, 1e-7, 1e-6)), "{found:?}");
        assert!(found.contains(&point(9.0, 1e-7, 1e-6)) || found.contains(&point(9.0, 3.2e-6, 1e-6)), "{found:?}");
    }

    #[test]
    fn every_round_has_as_many_whatever_the_loss_needs() {
        for best in grid() {
            assert_eq!(neighbours(&grid(), best, &BOUNDS).len(), PER_ROUND, "{best:?}");
        }
        let with_epsilon: Vec<Point> = grid()
            .into_iter()
            .zip([1e-6, 1e-3, 1.0].into_iter().cycle())
            .map(|(at, epsilon)| Point { epsilon, ..at })
            .collect();
        for best in &with_epsilon {
            let found = neighbours(&with_epsilon, *best, &BOUNDS);
            assert_eq!(found.len(), PER_ROUND, "{best:?}");
            assert!(found.iter().any(|at| at.epsilon != best.epsilon));
        }
    }

    #[test]
    fn growth_ends_at_the_bounds() {
        let (mut tried, mut best) = (grid(), point(3.0, 1e-6, 1e-6));
        for _ in 0..20 {
            tried.extend(neighbours(&tried, best, &BOUNDS));
            let largest = tried.iter().map(|at| at.learning_rate).fold(0.0, f32::max);
            let smallest = tried.iter().map(|at| at.l2).fold(1.0, f32::min);
            best = point(largest, smallest, 1e-6);
            tried.push(best);
        }
        assert_eq!(best, point(100.0, 1e-7, 1e-6));
        assert_eq!(edges(&tried, &best), [Axis::LearningRate, Axis::L2]);
    }

    #[test]
    fn an_l2_coefficient_of_0_has_neighbours_above() {
        let tried = [point(1.0, 0.0, 1e-6), point(1.0, 1e-5, 1e-6), point(3.0, 0.0, 1e-6), point(0.3, 0.0, 1e-6)];
        let found = neighbours(&tried, tried[0], &BOUNDS);
        assert!(found.contains(&point(1.0, 5e-6, 1e-6)) && found.iter().all(|at| at.l2 >= 0.0), "{found:?}");
    }
}
