//! A loss along logits, for both labels.

use autolossgen_formula::Loss;
use serde::Serialize;

/// Something for y = 0 and for y = 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Classes<T> {
    /// For y = 0
    pub negative: T,
    /// For y = 1
    pub positive: T,
}

impl<T> Classes<T> {
    /// What `make` gives for each label.
    pub(super) fn by(mut make: impl FnMut(f32) -> T) -> Self {
        Self { negative: make(0.0), positive: make(1.0) }
    }

    /// Label and value, y = 0 first.
    pub fn each(&self) -> [(f32, &T); 2] {
        [(0.0, &self.negative), (1.0, &self.positive)]
    }

    /// That of a label, 0 or 1.
    pub(super) fn of(&self, label: f32) -> &T {
        if label > 0.5 { &self.positive } else { &self.negative }
    }
}

/// Values and dL/dlogit along logits, for one label.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// L
    pub(super) values: Vec<f64>,
    /// dL/dlogit
    pub(super) slopes: Vec<f64>,
    /// Whether every one of both is finite
    pub(super) is_finite: bool,
}

impl Line {
    pub(super) fn new(loss: &Loss, logits: &[f64], label: f32) -> Self {
        let places: Vec<_> = logits.iter().map(|&logit| loss.precise(logit, label.into())).collect();
        Self {
            values: places.iter().map(|place| place.value()).collect(),
            slopes: places.iter().map(|place| place.slope()).collect(),
            is_finite: places.iter().all(|place| place.is_finite()),
        }
    }
}

/// ŷ of a logit.
pub(super) fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// Halvings after which a place is known to the precision of 64 bits.
const HALVINGS: usize = 50;

/// The place between `low` and `high`, of which `is_low` holds for the first alone, where it ceases to hold.
pub(super) fn bisect(mut low: f64, mut high: f64, is_low: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        *(if is_low(middle) { &mut low } else { &mut high }) = middle;
    }
    low + (high - low) / 2.0
}

pub(super) fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

/// `part` of `whole`; 0 of nothing.
pub(super) fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
