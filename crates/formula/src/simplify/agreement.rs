//! How far two losses are apart: by the evaluator, over a grid.

use super::labels::labels;
use crate::{Formula, Loss, Workspace, math};

/// Largest |logit| at which a simplified form is held against the original: ŷ from 2e-9.
pub const SIMPLIFIED_UP_TO_LOGIT: f64 = REACH as f64;

/// Labels at which logits are taken as finely as can be: the paper's two, and graded ones.
const LABELS: [f32; 7] = [0.0, 1.0, 0.1, 0.25, 0.5, 0.75, 0.9];

/// Largest |logit| of the grid, and points for each unit of it: at `LABELS`, and at all other labels.
const REACH: i32 = 20;
const PER_UNIT: i32 = 32;
const PER_UNIT_AT_OTHERS: i32 = 4;

/// The largest differences between a loss and another way to write it, each divided by the larger of the size of the
/// loss there and its typical size: the median for that label,
/// ŷ evenly spread over (0, 1).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Agreement {
    /// Of the value
    pub value: f64,
    /// Of the derivative, with respect to the logit or to ŷ, whichever is further apart
    pub gradient: f64,
}

impl Agreement {
    /// The larger of both.
    pub fn largest(&self) -> f64 {
        self.value.max(self.gradient)
    }
}

/// Values and derivatives of a loss for one label.
struct Line {
    /// dŷ/dlogit
    spread: Vec<f64>,
    values: Vec<f64>,
    by_logit: Vec<f64>,
    by_prediction: Vec<f64>,
}

/// A loss along the grid.
pub(super) struct Reference {
    lines: Vec<(Grid, Line)>,
    loss: Loss,
}

/// One label, and how many logits are taken.
#[derive(Clone, Copy, Debug)]
struct Grid {
    label: f32,
    per_unit: i32,
}

impl Reference {
    /// `None` where a value or a derivative is NaN or ∞.
    pub(super) fn new(loss: &Loss) -> Option<Self> {
        let finely = LABELS.map(|label| Grid { label, per_unit: PER_UNIT });
        let others = labels(loss).into_iter().map(|label| Grid { label, per_unit: PER_UNIT_AT_OTHERS });
        let grids = finely.into_iter().chain(others);
        let lines = grids.map(|grid| Some((grid, line(loss, grid)?))).collect::<Option<Vec<_>>>()?;
        Some(Self { lines, loss: loss.clone() })
    }

    /// How far `formula` is from it under the same semantics; `None` where it is not finite.
    pub(super) fn agreement(&self, formula: &Formula) -> Option<Agreement> {
        let other = formula.compile(self.loss.semantics()).ok()?;
        let mut found = Agreement::default();
        for (grid, ours) in &self.lines {
            let theirs = line(&other, *grid)?;
            let distance = |of: fn(&Line) -> &Vec<f64>| distance(of(ours), of(&theirs), &ours.spread);
            let gradient = distance(|line| &line.by_logit).max(distance(|line| &line.by_prediction));
            found.value = found.value.max(distance(|line| &line.values));
            found.gradient = found.gradient.max(gradient);
        }
        Some(found)
    }
}

fn line(loss: &Loss, Grid { label, per_unit }: Grid) -> Option<Line> {
    let n = REACH * per_unit;
    let logits: Vec<f32> = (-n..=n).map(|index| index as f32 / per_unit as f32).collect();
    let (mut value, mut slope) = (vec![0.0; logits.len()], vec![0.0; logits.len()]);
    let labels = vec![label; logits.len()];
    let found = loss.evaluate(&logits, &labels, &mut value, &mut slope, &mut Workspace::default());
    let spread: Vec<f64> = logits.iter().map(|&logit| math::sigmoid(logit).1.into()).collect();
    let by_logit: Vec<f64> = slope.into_iter().map(f64::from).collect();
    let by_prediction = by_logit.iter().zip(&spread).map(|(slope, spread)| slope / spread).collect();
    let values = value.into_iter().map(f64::from).collect();
    (found.non_finite == 0).then_some(Line { spread, values, by_logit, by_prediction })
}

fn distance(ours: &[f64], theirs: &[f64], spread: &[f64]) -> f64 {
    let typical = typical(ours, spread);
    let relative = |(x, y): (&f64, &f64)| {
        let difference = (x - y).abs();
        if difference == 0.0 { 0.0 } else { difference / x.abs().max(y.abs()).max(typical) }
    };
    ours.iter().zip(theirs).map(relative).fold(0.0, f64::max)
}

/// The median size where ŷ is spread evenly over (0, 1).
fn typical(values: &[f64], spread: &[f64]) -> f64 {
    let mut sizes: Vec<(f64, f64)> = values.iter().map(|value| value.abs()).zip(spread.iter().copied()).collect();
    sizes.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (half, mut passed) = (0.5 * spread.iter().sum::<f64>(), 0.0);
    let median = sizes.iter().find(|(_, width)| {
        passed += width;
        passed >= half
    });
    median.map_or(0.0, |(size, _)| *size)
}
