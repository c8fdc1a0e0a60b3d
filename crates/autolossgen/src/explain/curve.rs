//! Derivatives along ŷ, to look at and to draw.

use serde::Serialize;

use super::line::{Classes, Line};
use super::subject::Subject;
use crate::gradient_scale::logit;

/// Steps of the curve: ŷ = 0.005, 0.010, …, 0.995.
const STEPS: usize = 200;

/// Steps that a short table shows: ŷ = 0.01, 0.05, 0.1, 0.25, 0.5 and their mirror images.
const SHOWN: [usize; 9] = [2, 10, 20, 50, 100, 150, 180, 190, 198];

/// A loss at one ŷ for one label.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Slope {
    /// L
    pub value: f64,
    /// dL/dŷ
    pub by_prediction: f64,
    /// dL/dlogit
    pub by_logit: f64,
}

/// A loss at one ŷ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// ŷ
    pub prediction: f64,
    /// Its logit
    pub logit: f64,
    /// For y = 0
    pub negative: Slope,
    /// For y = 1
    pub positive: Slope,
}

impl CurvePoint {
    /// The few points of a curve that a table shows.
    pub fn shown(curve: &[CurvePoint]) -> impl Iterator<Item = &CurvePoint> {
        SHOWN.iter().filter_map(|step| curve.get(step - 1))
    }
}

pub(super) fn of(subject: &Subject<'_>) -> Vec<CurvePoint> {
    let predictions: Vec<f64> = (1..STEPS).map(|step| step as f64 / STEPS as f64).collect();
    let logits: Vec<f64> = predictions.iter().map(|&prediction| logit(prediction)).collect();
    let lines = Classes::by(|label| Line::new(subject.loss, &logits, label));
    let slope = |line: &Line, index: usize| {
        let prediction: f64 = predictions[index];
        let by_logit = line.slopes[index];
        Slope { value: line.values[index], by_prediction: by_logit / (prediction * (1.0 - prediction)), by_logit }
    };
    let point = |index: usize| CurvePoint {
        prediction: predictions[index],
        logit: logits[index],
        negative: slope(&lines.negative, index),
        positive: slope(&lines.positive, index),
    };
    (0..predictions.len()).map(point).collect()
}
