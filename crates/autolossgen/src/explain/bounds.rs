//! How a loss goes on for predictions that are certain: bounded or not.

use serde::Serialize;

use super::line::{Classes, Line};
use super::subject::{REACH, Subject};

/// A loss where the prediction is certain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tail {
    /// The logit: −20 or 20
    pub logit: f64,
    /// The value there
    pub value: f64,
    /// dL/dlogit there
    pub slope: f64,
    /// Whether the value hardly changes from there to twice the logit: by less than 1% of its range before
    pub value_bounded: bool,
    /// Whether dL/dlogit at twice the logit is at most 1.5 times the largest before
    pub slope_bounded: bool,
    /// Whether the value is not bounded and falls: no prediction is certain enough
    pub falls: bool,
}

/// Value and derivative as the logit goes to ±∞; judged by what happens from ±20 to ±40.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bounds {
    /// Whether the value is bounded in all four directions
    pub value_bounded: bool,
    /// Whether dL/dlogit is
    pub slope_bounded: bool,
    /// Towards −∞ and towards ∞
    pub tails: Classes<[Tail; 2]>,
}

impl Bounds {
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let tails = Classes::by(|label| [-REACH, REACH].map(|logit| tail(subject, logit, label)));
        let all = |is: fn(&Tail) -> bool| tails.each().iter().all(|(_, tails)| tails.iter().all(is));
        Self { value_bounded: all(|tail| tail.value_bounded), slope_bounded: all(|tail| tail.slope_bounded), tails }
    }
}

fn tail(subject: &Subject<'_>, logit: f64, label: f32) -> Tail {
    let line = Line::new(subject.loss, &[logit, 2.0 * logit], label);
    let grid = subject.grid.of(label);
    let (low, high) =
        grid.values.iter().fold((f64::MAX, f64::MIN), |(low, high), &value| (low.min(value), high.max(value)));
    let largest = grid.slopes.iter().fold(0.0_f64, |largest, slope| largest.max(slope.abs()));
    let rise = line.values[1] - line.values[0];
    let value_bounded = line.is_finite && rise.abs() <= 0.01 * (high - low);
    Tail {
        logit,
        value: line.values[0],
        slope: line.slopes[0],
        value_bounded,
        slope_bounded: line.is_finite && line.slopes[1].abs() <= 1.5 * largest,
        falls: !value_bounded && rise < 0.0,
    }
}
