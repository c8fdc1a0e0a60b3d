//! Which prediction a loss asks for where a share p of the rows is positive: the ŷ with the smallest expected loss
//! p·L(ŷ, 1) + (1 − p)·L(ŷ, 0). A loss that asks for p itself is proper (Savage 1971; Buja, Stuetzle and Shen 2005).

use serde::Serialize;

use super::line::{bisect, sigmoid};
use super::risk::{FARTHEST, Risk};
use super::sign::Interval;
use crate::gradient_scale::logit;

/// Shares of positives that are shown: 0.05, 0.10, …, 0.95.
const SHARES: usize = 19;

/// The shares that are judged lie from here to as far from 1. At the default ε of 1e-6, which moves the minimiser of every
/// loss with a logarithm of ŷ by about as much, this is the last power of ten at which ŷ* is still within [`PART`] of p.
const SMALLEST: f64 = 1e-4;

/// Shares that are judged for each unit of their logit, before any is added.
const PER_UNIT: f64 = 8.0;

/// How near to ½ shares are judged.
const NEAR_HALF: [f64; 4] = [1e-2, 1e-3, 1e-4, 1e-5];

/// How near ŷ* counts as p.
const ACCURACY: f64 = 1e-3;

/// And how near beside p and 1 − p.
const PART: f64 = 0.02;

/// How near to ½ a prediction is on neither side.
const HALF: f64 = 1e-9;

/// Stretches of shares that the convex hull makes suspect and that are looked at, the widest first.
const SUSPECTS: usize = 8;

/// The predictions that a loss asks for at one share of positives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Minimiser {
    /// p, the share of positives
    pub share: f64,
    /// Lowest ŷ with the smallest expected loss; 0 where it falls on to logits below −40
    pub low: f64,
    /// Highest such ŷ: the same, but where the expected loss is flat or has several minima; 1 where it falls on to logits above 40
    pub high: f64,
}

/// The predictions that a loss asks for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Minimisers {
    /// Whether ŷ* = p and nothing else, to within `accuracy` and to within `part` of p and of 1 − p, at every share judged
    pub strictly_proper: bool,
    /// Whether ŷ* is p to the same accuracy or lies on the side of ½ on which p lies, at every share judged but ½: the loss is
    /// calibrated for classification
    pub calibrated: bool,
    /// Largest |ŷ* − p| over the shares judged
    pub largest_miss: f64,
    /// Shares of `points` at which ŷ* is 0 or 1
    pub at_border: usize,
    /// The shares that are judged, ½ ± 1e-5 among them and as close together as the minimiser moves
    pub judged: Interval,
    /// The widest stretch of shares at which ŷ* = p, to the same accuracy; all that are judged for a strictly proper loss
    pub proper: Option<Interval>,
    /// The stretches of shares at which ŷ* is neither p, to the same accuracy, nor on the side of ½ on which p is
    pub astray: Vec<Interval>,
    /// Largest |logit| at which ŷ* is looked for
    pub farthest_logit: f64,
    /// Largest |ŷ* − p| that counts as none
    pub accuracy: f64,
    /// And the largest as a part of p and of 1 − p
    pub part: f64,
    /// The shares that are shown
    pub points: Vec<Minimiser>,
}

impl Minimisers {
    pub(super) fn of(risk: &Risk) -> Self {
        let shares = (1..=SHARES).map(|index| index as f64 / (SHARES + 1) as f64);
        let points: Vec<Minimiser> = shares.map(|share| Minimiser::of(risk, share)).collect();
        let judged: Vec<Minimiser> = judged(risk).into_iter().map(|share| Minimiser::of(risk, share)).collect();
        let astray = stretches(risk, &judged, |point| !(point.is_on_its_side() || point.is_its_share()));
        let proper = stretches(risk, &judged, Minimiser::is_its_share);
        Self {
            strictly_proper: judged.iter().all(Minimiser::is_its_share),
            calibrated: astray.is_empty(),
            largest_miss: judged.iter().map(Minimiser::miss).fold(0.0, f64::max),
            at_border: points.iter().filter(|point| point.is_at_border()).count(),
            judged: Interval { low: SMALLEST, high: 1.0 - SMALLEST },
            proper: proper.into_iter().max_by(|a, b| a.width().total_cmp(&b.width())),
            astray,
            farthest_logit: FARTHEST,
            accuracy: ACCURACY,
            part: PART,
            points,
        }
    }
}

impl Minimiser {
    fn of(risk: &Risk, share: f64) -> Self {
        let [low, high] = risk.minimiser(share);
        Self { share, low, high }
    }

    /// How far the farthest minimiser lies from p.
    pub fn miss(&self) -> f64 {
        (self.low - self.share).abs().max((self.high - self.share).abs())
    }

    /// Whether every minimiser is p, to within the accuracy.
    pub fn is_its_share(&self) -> bool {
        self.miss() <= ACCURACY.min(PART * self.share.min(1.0 - self.share))
    }

    /// Whether every minimiser is 0, or every one 1.
    pub fn is_at_border(&self) -> bool {
        self.high == 0.0 || self.low == 1.0
    }

    /// Whether every minimiser is on the side of ½ on which p is; at p = ½ there is none.
    pub fn is_on_its_side(&self) -> bool {
        let [below, above] = [0.5 - HALF, 0.5 + HALF];
        (self.share < above || self.low > above) && (self.share > below || self.high < below)
    }
}

/// The shares to judge, ascending: evenly in their logit, near ½, and what the convex hull of all predictions makes suspect.
fn judged(risk: &Risk) -> Vec<f64> {
    let last = logit(1.0 - SMALLEST);
    let n = (2.0 * last * PER_UNIT).ceil();
    let even = (0..=n as usize).map(|index| sigmoid(last * (2.0 * index as f64 / n - 1.0)));
    let near_half = NEAR_HALF.iter().flat_map(|distance| [0.5 - distance, 0.5 + distance]);
    let mut shares: Vec<f64> = even.chain(near_half).chain([0.5]).chain(suspects(risk)).collect();
    shares.sort_by(f64::total_cmp);
    shares.dedup();
    shares
}

/// Shares in whose stretch the corner of the convex hull lies on the other side of ½, or farthest from them.
fn suspects(risk: &Risk) -> Vec<f64> {
    let within = |[from, to]: [f64; 2]| [from.clamp(SMALLEST, 1.0 - SMALLEST), to.clamp(SMALLEST, 1.0 - SMALLEST)];
    let corners: Vec<_> = risk.corners().into_iter().map(|(at, stretch)| (at, within(stretch))).collect();
    let middle = |[from, to]: [f64; 2]| from + (to - from) / 2.0;
    let astray = corners.iter().map(|&(prediction, [from, to])| match prediction > 0.5 {
        true => [from, to.min(0.5)],
        false => [from.max(0.5), to],
    });
    let widest = |stretches: &mut Vec<[f64; 2]>| {
        stretches.retain(|[from, to]| from < to);
        stretches.sort_by(|a, b| (b[1] - b[0]).total_cmp(&(a[1] - a[0])));
        stretches.truncate(SUSPECTS);
    };
    let mut astray: Vec<[f64; 2]> = astray.collect();
    widest(&mut astray);
    let far = |&(prediction, stretch): &(f64, [f64; 2])| {
        let share = middle(stretch);
        (prediction - share).abs() / share.min(1.0 - share)
    };
    let mut farthest: Vec<_> = corners.into_iter().filter(|(_, [from, to])| from < to).collect();
    farthest.sort_by(|a, b| far(b).total_cmp(&far(a)));
    farthest.truncate(SUSPECTS);
    astray.into_iter().chain(farthest.into_iter().map(|(_, stretch)| stretch)).map(middle).collect()
}

/// The stretches of shares of which something holds; ends found by bisection.
fn stretches(risk: &Risk, judged: &[Minimiser], holds: impl Fn(&Minimiser) -> bool) -> Vec<Interval> {
    let end = |from: &Minimiser, to: &Minimiser| {
        let as_first = holds(from);
        bisect(from.share, to.share, |share| holds(&Minimiser::of(risk, share)) == as_first)
    };
    let mut found: Vec<Interval> = Vec::new();
    for (index, point) in judged.iter().enumerate().filter(|(_, point)| holds(point)) {
        let before = index.checked_sub(1).map(|before| &judged[before]);
        if !before.is_some_and(&holds) {
            let low = before.map_or(point.share, |before| end(before, point));
            found.push(Interval { low, high: point.share });
        }
        let after = judged.get(index + 1).filter(|after| !holds(after));
        let high = after.map_or(point.share, |after| end(point, after));
        found.last_mut().expect("a stretch has begun").high = high;
    }
    found
}
