//! Where the expected loss p·L(ŷ, 1) + (1 − p)·L(ŷ, 0) is smallest: which prediction a loss asks for where a share p of the
//! rows is positive. A loss that asks for p itself is proper (Savage 1971; Buja, Stuetzle and Shen 2005).

use serde::Serialize;

use super::line::{bisect, sigmoid};
use super::subject::Subject;

/// Shares of positives: 0.05, 0.10, …, 0.95.
const SHARES: usize = 19;

/// How near ŷ* counts as p, and to 0 or 1 as the border.
const ACCURACY: f64 = 1e-3;

/// A derivative that is this small beside its two parts is 0.
const CANCELLED: f64 = 1e-6;

/// The predictions that a loss asks for at one share of positives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Minimiser {
    /// p, the share of positives
    pub share: f64,
    /// Lowest ŷ with the smallest expected loss; 0 where it falls on to logits below −20
    pub low: f64,
    /// Highest such ŷ: the same, but where the expected loss is flat; 1 where it falls on to logits above 20
    pub high: f64,
}

/// The predictions that a loss asks for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Minimisers {
    /// Whether ŷ* = p and nothing else, to within `accuracy`, at every share
    pub strictly_proper: bool,
    /// Whether ŷ* lies on the side of ½ on which p lies, at every share but ½: the loss is calibrated for classification
    pub calibrated: bool,
    /// Largest |ŷ* − p|
    pub largest_miss: f64,
    /// Shares at which ŷ* is 0 or 1, to within `accuracy`
    pub at_border: usize,
    /// Accuracy of the comparisons. ŷ* itself is found among logits from −20 to 20, in steps of 1/64, by summing up 32-bit
    /// derivatives, and then by bisection of the derivative
    pub accuracy: f64,
    /// One entry a share
    pub points: Vec<Minimiser>,
}

impl Minimisers {
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let shares = (1..=SHARES).map(|index| index as f64 / (SHARES + 1) as f64);
        let rises = [rises(subject, 0.0), rises(subject, 1.0)];
        let points: Vec<Minimiser> = shares.map(|share| minimiser(subject, &rises, share)).collect();
        let misses = points.iter().map(|point| point.miss());
        let largest_miss = misses.fold(0.0, f64::max);
        Self {
            // A flat stretch that is no wider than the accuracy cannot be told from a point.
            strictly_proper: largest_miss <= ACCURACY,
            calibrated: points.iter().all(Minimiser::is_on_its_side),
            largest_miss,
            at_border: points.iter().filter(|point| point.is_at_border()).count(),
            accuracy: ACCURACY,
            points,
        }
    }
}

impl Minimiser {
    /// How far the farthest minimiser lies from p.
    pub fn miss(&self) -> f64 {
        (self.low - self.share).abs().max((self.high - self.share).abs())
    }

    /// Whether every minimiser is 0, or every one 1, to within the accuracy.
    pub fn is_at_border(&self) -> bool {
        self.high <= ACCURACY || self.low >= 1.0 - ACCURACY
    }

    /// Whether every minimiser is on the side of ½ on which p is; at p = ½ there is none.
    pub fn is_on_its_side(&self) -> bool {
        let half = 0.5 + 1e-6;
        (self.share < half || self.low > half) && (self.share > 1.0 - half || self.high < 1.0 - half)
    }
}

/// Rise of the loss from each point of the grid to the next: the derivative summed up, which keeps its digits beside a
/// large constant in the value; where the value jumps, the jump.
fn rises(subject: &Subject<'_>, label: f32) -> Vec<f64> {
    let line = subject.grid.of(label);
    let rise = |index: usize| {
        let step = f64::from(subject.logits[index + 1] - subject.logits[index]);
        let (from, to) = (line.slopes[index], line.slopes[index + 1]);
        let summed = step * (from + to) / 2.0;
        let jump = line.values[index + 1] - line.values[index];
        // A kink anywhere in the step changes the sum by no more than the first term; the second is rounding.
        let largest = line.values[index].abs().max(line.values[index + 1].abs());
        let doubt = step * (from - to).abs() + step * summed.abs() + 1e-6 * largest;
        if (jump - summed).abs() > doubt { jump } else { summed }
    };
    (0..subject.logits.len() - 1).map(rise).collect()
}

fn minimiser(subject: &Subject<'_>, [negative, positive]: &[Vec<f64>; 2], share: f64) -> Minimiser {
    let mixed = |negative: f64, positive: f64| (1.0 - share) * negative + share * positive;
    let (mut lowest, mut best, mut height) = (0.0, 0, 0.0);
    for index in 0..negative.len() {
        height += mixed(negative[index], positive[index]);
        if height < lowest {
            (lowest, best) = (height, index + 1);
        }
    }
    let end = |index: usize| match index {
        0 => 0.0,
        _ if index == subject.logits.len() - 1 => 1.0,
        _ => subject.predictions[index],
    };
    if let Some([low, high]) = flat(subject, share, best) {
        return Minimiser { share, low, high };
    }
    let prediction = refined(subject, share, best).unwrap_or_else(|| end(best));
    Minimiser { share, low: prediction, high: prediction }
}

/// The derivative of the expected loss; 0 where its two parts cancel.
fn expected_slope(share: f64, negative: f64, positive: f64) -> f64 {
    let parts = [(1.0 - share) * negative, share * positive];
    let (slope, size) = (parts[0] + parts[1], parts[0].abs() + parts[1].abs());
    if slope.abs() <= CANCELLED * size { 0.0 } else { slope }
}

/// The stretch of ŷ around a point of the grid on which the expected loss is flat; `None` where it is a point.
fn flat(subject: &Subject<'_>, share: f64, best: usize) -> Option<[f64; 2]> {
    let (negative, positive) = (&subject.grid.negative.slopes, &subject.grid.positive.slopes);
    let is_flat = |index: usize| expected_slope(share, negative[index], positive[index]) == 0.0;
    let last = subject.logits.len() - 1;
    let first_flat = (0..=best).rev().take_while(|&index| is_flat(index)).last()?;
    let last_flat = (best..=last).take_while(|&index| is_flat(index)).last()?;
    let border = |inside: usize, outside: usize| {
        let slope = |logit: f32| expected_slope(share, subject.slope(logit, 0.0), subject.slope(logit, 1.0));
        let place = bisect(subject.logits[inside], subject.logits[outside], |logit| slope(logit) == 0.0);
        sigmoid(place.into())
    };
    let low = if first_flat == 0 { 0.0 } else { border(first_flat, first_flat - 1) };
    let high = if last_flat == last { 1.0 } else { border(last_flat, last_flat + 1) };
    (first_flat < last_flat).then_some([low, high])
}

/// ŷ between the neighbours of a point of the grid where the derivative turns from falling to rising.
fn refined(subject: &Subject<'_>, share: f64, best: usize) -> Option<f64> {
    let slope = |logit: f32| expected_slope(share, subject.slope(logit, 0.0), subject.slope(logit, 1.0));
    let here = slope(subject.logits[best]);
    let (low, high) = match here {
        _ if here < 0.0 => (best, best + 1),
        _ if here > 0.0 => (best.checked_sub(1)?, best),
        _ => return Some(subject.predictions[best]),
    };
    let (low, high) = (subject.logits[low], *subject.logits.get(high)?);
    let turns = slope(low) < 0.0 && slope(high) > 0.0;
    turns.then(|| sigmoid(bisect(low, high, |logit| slope(logit) < 0.0).into()))
}
