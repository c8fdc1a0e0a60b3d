//! The loss under examination, evaluated once for all parts.

use autolossgen_formula::{Loss, non_finite_at};

use super::ExplainError;
use super::line::{Classes, Line, sigmoid};
use super::risk::Risk;
use crate::gradient_scale;

/// Largest |logit| of the grid: ŷ from 2e-9.
pub(super) const REACH: f64 = 20.0;

/// How far from a place at which single precision is not finite a pole is looked for.
const BESIDE: f64 = 0.125;

/// Points of the grid for each unit of the logit; a power of two, so that every point is exact, also in 32 bits, and 0 and ±1
/// are among them.
const PER_UNIT: i32 = 64;

/// A derivative below this times the typical one is none: rounding, or a clamp.
const NEGLIGIBLE: f64 = 1e-6;

/// A loss with its values and derivatives.
pub(super) struct Subject<'a> {
    pub(super) loss: &'a Loss,
    /// Logits from −20 to 20 in steps of 1/64.
    pub(super) logits: Vec<f64>,
    /// ŷ at each of them.
    pub(super) predictions: Vec<f64>,
    /// The loss along them.
    pub(super) grid: Classes<Line>,
    /// dL/dlogit on the probe of [`gradient_scale`]: ŷ evenly spaced in (0, 1).
    pub(super) probe: Classes<Vec<f64>>,
    /// Median of the |dL/dlogit| of the probe that are not 0; 0 where there is no gradient at all.
    pub(super) typical: f64,
    /// The loss for logits from −40 to 40, so finely that nothing of it lies between.
    pub(super) risk: Risk,
}

impl<'a> Subject<'a> {
    /// # Errors
    /// A value or derivative that is NaN or ∞, on the grid, on the probe, or where an export looks, if it is so in more than single
    /// precision.
    pub(super) fn new(loss: &'a Loss) -> Result<Self, ExplainError> {
        if let Some((logit, label)) = non_finite_at(loss).filter(|place| is_pole(loss, *place)) {
            return Err(no_number(loss, logit.into(), label));
        }
        let n = REACH as i32 * PER_UNIT;
        let logits: Vec<f64> = (-n..=n).map(|index| f64::from(index) / f64::from(PER_UNIT)).collect();
        let probe_logits = probe_logits();
        let along = |logits: &[f64]| {
            let lines = Classes::by(|label| Line::new(loss, logits, label));
            let is_finite = lines.each().iter().all(|(_, line)| line.is_finite);
            if is_finite { Ok(lines) } else { Err(not_finite(loss, logits)) }
        };
        let (grid, probed) = (along(&logits)?, along(&probe_logits)?);
        let probe = Classes::by(|label| probed.of(label).slopes.clone());
        let predictions = logits.iter().map(|&logit| sigmoid(logit)).collect();
        let risk = Risk::new(loss).map_err(|(logit, label)| no_number(loss, logit, label))?;
        Ok(Self { loss, logits, predictions, grid, typical: typical(&probe), probe, risk })
    }

    /// dL/dlogit at one place.
    pub(super) fn slope(&self, logit: f64, label: f32) -> f64 {
        self.loss.precise(logit, label.into()).slope()
    }

    /// Below this a derivative counts as none.
    pub(super) fn negligible(&self) -> f64 {
        NEGLIGIBLE * self.typical
    }

    /// Width in ŷ of the step from one point of the grid to the next.
    pub(super) fn step(&self, index: usize) -> f64 {
        self.predictions[index + 1] - self.predictions[index]
    }

    /// Width in ŷ of what is nearer to a point of the grid than to any other.
    pub(super) fn cell(&self, index: usize) -> f64 {
        let half = 0.5 / f64::from(PER_UNIT);
        let logit = self.logits[index];
        sigmoid(logit + half) - sigmoid(logit - half)
    }
}

/// The logits of the probe, on which losses are also scaled.
pub(super) fn probe_logits() -> Vec<f64> {
    gradient_scale::probe_logits().iter().copied().map(f64::from).collect()
}

/// Whether a place at which single precision is not finite is one of the formula.
fn is_pole(loss: &Loss, (logit, label): (f32, f32)) -> bool {
    let (logit, label) = (f64::from(logit), f64::from(label));
    !loss.precise(logit, label).is_finite() || loss.pole(&[logit - BESIDE, logit + BESIDE], label).is_some()
}

/// The bad place nearest to ŷ = ½.
fn not_finite(loss: &Loss, logits: &[f64]) -> ExplainError {
    let is_bad = |(logit, label): &(f64, f32)| !loss.precise(*logit, f64::from(*label)).is_finite();
    let places = logits.iter().flat_map(|&logit| [(logit, 0.0), (logit, 1.0)]);
    let nearest = places.filter(is_bad).min_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
    let (logit, label) = nearest.expect("a place of the line is not finite");
    no_number(loss, logit, label)
}

fn no_number(loss: &Loss, logit: f64, label: f32) -> ExplainError {
    let prediction = (sigmoid(logit) * 1e9).round() / 1e9;
    ExplainError::NonFinite { formula: loss.formula().to_string(), prediction, label }
}

fn typical(probe: &Classes<Vec<f64>>) -> f64 {
    let slopes = probe.negative.iter().chain(&probe.positive).map(|slope| slope.abs());
    let mut sizes: Vec<f64> = slopes.filter(|&size| size > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.get(sizes.len() / 2).copied().unwrap_or(0.0)
}
