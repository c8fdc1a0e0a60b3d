//! Whether the derivative points from ŷ to y, and where it does not.

use serde::Serialize;

use super::line::{Classes, bisect, sigmoid};
use super::subject::Subject;
use crate::config::Config;
use crate::fingerprint::positive_rate;

/// A stretch of ŷ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end; 0 where it goes on to logits below −20
    pub low: f64,
    /// Upper end; 1 where it goes on to logits above 20
    pub high: f64,
}

impl Interval {
    /// Width in ŷ.
    pub fn width(self) -> f64 {
        self.high - self.low
    }
}

/// Signs of the derivative.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Signs {
    /// Share of simulated pairs with the right sign, by the rule of the check: no derivative is right
    pub positive_rate: f64,
    /// Simulated pairs
    pub pairs: usize,
    /// ŷ at which the loss pushes away from the label; ends exact to about 1e-6
    pub wrong: Classes<Vec<Interval>>,
    /// ŷ at which it does not push at all: the derivative is below 1e-6 of the typical one. Stretches of less than 1e-3 are
    /// left out, for every prediction that is confident enough has hardly a derivative
    pub flat: Classes<Vec<Interval>>,
}

/// Narrower flat stretches are those of the sigmoid.
const NARROWEST_FLAT: f64 = 1e-3;

#[derive(Clone, Copy, PartialEq)]
enum Push {
    Right,
    Wrong,
    Flat,
}

impl Signs {
    pub(super) fn of(subject: &Subject<'_>, config: &Config) -> Self {
        let flat = |label| {
            let mut flat = intervals(subject, label, Push::Flat);
            flat.retain(|interval| interval.width() >= NARROWEST_FLAT);
            flat
        };
        Self {
            positive_rate: positive_rate(subject.loss, &config.check, config.seed, false),
            pairs: config.check.pairs,
            wrong: Classes::by(|label| intervals(subject, label, Push::Wrong)),
            flat: Classes::by(flat),
        }
    }
}

fn push(subject: &Subject<'_>, slope: f64, label: f32) -> Push {
    let towards = if label > 0.5 { -slope } else { slope };
    // Not `<=` alone: without any gradient the bound is 0.
    if towards.abs() <= subject.negligible() {
        Push::Flat
    } else if towards > 0.0 {
        Push::Right
    } else {
        Push::Wrong
    }
}

/// The stretches of the grid with one push, their ends found by bisection.
fn intervals(subject: &Subject<'_>, label: f32, wanted: Push) -> Vec<Interval> {
    let is_wanted = |slope: f64| push(subject, slope, label) == wanted;
    let at: Vec<bool> = subject.grid.of(label).slopes.iter().map(|&slope| is_wanted(slope)).collect();
    let border = |index: usize| {
        let [low, high] = [subject.logits[index - 1], subject.logits[index]];
        let place = bisect(low, high, |logit| is_wanted(subject.slope(logit, label)) == at[index - 1]);
        sigmoid(place)
    };
    let mut found = Vec::new();
    let mut start = None;
    for index in 0..=at.len() {
        match (start, at.get(index) == Some(&true)) {
            (None, true) => start = Some(if index == 0 { 0.0 } else { border(index) }),
            (Some(low), false) => {
                let high = if index == at.len() { 1.0 } else { border(index) };
                found.push(Interval { low, high });
                start = None;
            }
            _ => {}
        }
    }
    found
}
