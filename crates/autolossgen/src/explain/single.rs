//! Where a loss in single precision, in which it trains, is another than its formula: at logits at which ŷ is 0 or 1 there.

use autolossgen_formula::{Loss, Workspace};
use serde::Serialize;

use super::line::{Classes, Line};
use super::subject::{REACH, Subject};

/// A difference below this part of what the loss reaches is none.
const NOTICED: f64 = 0.01;

/// A value of so many digits less is rounding.
const ROUNDING: f64 = 1e-5;

/// A loss that single precision does not hold for predictions that are certain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Departure {
    /// y
    pub label: f32,
    /// The logit from which on, to −20 or 20, value or derivative differ by more than 1% of their largest range
    pub from_logit: f64,
    /// The logit of the values below: −20 or 20
    pub logit: f64,
    /// The value of the formula there
    pub value: f64,
    /// That in single precision; `None` where it is NaN or ∞
    pub single_value: Option<f64>,
    /// dL/dlogit of the formula there
    pub slope: f64,
    /// That in single precision; `None` where it, or the value, is NaN or ∞
    pub single_slope: Option<f64>,
}

/// For each label, towards −∞ and towards ∞.
pub(super) fn of(subject: &Subject<'_>) -> Vec<Departure> {
    let of_label = |(label, line)| {
        let single = Single::new(subject, label);
        [-REACH, REACH].map(|end| departure(subject, line, &single, (label, end)))
    };
    subject.grid.each().into_iter().flat_map(of_label).flatten().collect()
}

/// Values and derivatives in single precision; `None` for NaN and ∞.
struct Single {
    places: Vec<Option<[f64; 2]>>,
}

impl Single {
    fn new(subject: &Subject<'_>, label: f32) -> Self {
        let mut workspace = Workspace::default();
        let mut at = |logit: &f64| place(subject.loss, *logit as f32, label, &mut workspace);
        Self { places: subject.logits.iter().map(&mut at).collect() }
    }
}

fn place(loss: &Loss, logit: f32, label: f32, workspace: &mut Workspace) -> Option<[f64; 2]> {
    let (mut value, mut slope) = ([0.0], [0.0]);
    let found = loss.evaluate(&[logit], &[label], &mut value, &mut slope, workspace);
    (found.non_finite == 0).then(|| [value[0], slope[0]].map(f64::from))
}

fn departure(subject: &Subject<'_>, line: &Line, single: &Single, (label, end): (f32, f64)) -> Option<Departure> {
    let n = subject.logits.len();
    let range = line.values.iter().fold([f64::MAX, f64::MIN], |[low, high], &value| [low.min(value), high.max(value)]);
    let slopes =
        Classes::by(|label| subject.grid.of(label).slopes.iter().fold(0.0_f64, |size, slope| size.max(slope.abs())));
    let steepest = slopes.negative.max(slopes.positive);
    let differs = |&index: &usize| {
        let Some([value, slope]) = single.places[index] else { return true };
        let allowed = NOTICED * (range[1] - range[0]) + ROUNDING * line.values[index].abs();
        (value - line.values[index]).abs() > allowed || (slope - line.slopes[index]).abs() > NOTICED * steepest
    };
    let outermost = if end < 0.0 { 0 } else { n - 1 };
    let from = match end < 0.0 {
        true => (0..n).take_while(differs).last(),
        false => (0..n).rev().take_while(differs).last(),
    }?;
    Some(Departure {
        label,
        from_logit: subject.logits[from],
        logit: end,
        value: line.values[outermost],
        single_value: single.places[outermost].map(|[value, _]| value),
        slope: line.slopes[outermost],
        single_slope: single.places[outermost].map(|[_, slope]| slope),
    })
}
