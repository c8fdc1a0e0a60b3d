//! How large the derivative is, and where it vanishes.

use serde::Serialize;

use super::line::{Classes, mean, share};
use super::subject::Subject;

/// Below this share of the largest a derivative has vanished.
const VANISHED: f64 = 0.01;

/// The largest |dL/dlogit| for |logit| ≤ 20.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Peak {
    /// Its size
    pub size: f64,
    /// Its size divided by the typical one; 0 without a gradient
    pub over_typical: f64,
    /// y
    pub label: f32,
    /// ŷ
    pub prediction: f64,
    /// The logit
    pub logit: f64,
}

/// Where the derivative of wrong predictions vanishes: ŷ above ½ for y = 0, below for y = 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Saturation {
    /// Share of these ŷ, taken evenly, at which |dL/dlogit| is below 1% of its largest among them; exact to about 0.004
    pub share: f64,
    /// |logit| beyond which it stays below, up to 20; `None` where it does not
    pub beyond_logit: Option<f64>,
    /// ŷ at that logit
    pub beyond: Option<f64>,
}

/// Sizes of dL/dlogit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GradientSize {
    /// Median over the probe (ŷ evenly spaced in (0, 1), both labels) where it is not 0; 0 without any gradient
    pub typical: f64,
    /// The largest
    pub peak: Peak,
    /// Mean size over the probe for y = 1, divided by that for y = 0; `None` where that is 0
    pub balance: Option<f64>,
    /// Of confident wrong predictions
    pub saturation: Classes<Saturation>,
}

impl GradientSize {
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let sizes = Classes::by(|label| mean(subject.probe.of(label).iter().map(|slope| slope.abs())));
        Self {
            typical: subject.typical,
            peak: peak(subject),
            balance: (sizes.negative > 0.0).then(|| sizes.positive / sizes.negative),
            saturation: Classes::by(|label| saturation(subject, label)),
        }
    }
}

fn peak(subject: &Subject<'_>) -> Peak {
    let sizes = |label: f32| subject.grid.of(label).slopes.iter().map(move |slope| (slope.abs(), label)).enumerate();
    let largest = sizes(0.0).chain(sizes(1.0)).max_by(|(_, a), (_, b)| a.0.total_cmp(&b.0));
    let (index, (size, label)) = largest.expect("the grid is not empty");
    let over_typical = share(size, subject.typical);
    Peak { size, over_typical, label, prediction: subject.predictions[index], logit: subject.logits[index] }
}

fn saturation(subject: &Subject<'_>, label: f32) -> Saturation {
    let is_wrong =
        |index: &usize| if label > 0.5 { subject.logits[*index] < 0.0 } else { subject.logits[*index] > 0.0 };
    let mut wrong: Vec<usize> = (0..subject.logits.len()).filter(is_wrong).collect();
    if label < 0.5 {
        wrong.reverse();
    }
    // From the most confident on.
    let size = |index: usize| subject.grid.of(label).slopes[index].abs();
    let largest = wrong.iter().map(|&index| size(index)).fold(0.0, f64::max);
    let has_vanished = |index: usize| size(index) < VANISHED * largest || largest == 0.0;
    // From 0 and not from −0, as the sum of nothing is.
    let width = |indices: &mut dyn Iterator<Item = usize>| indices.fold(0.0, |sum, index| sum + subject.cell(index));
    let vanished = width(&mut wrong.iter().copied().filter(|&index| has_vanished(index)));
    let border = wrong.iter().copied().take_while(|&index| has_vanished(index)).last();
    Saturation {
        share: vanished / width(&mut wrong.iter().copied()),
        beyond_logit: border.map(|index| subject.logits[index].abs()),
        beyond: border.map(|index| subject.predictions[index]),
    }
}
