//! The expected loss p·L(ŷ, 1) + (1 − p)·L(ŷ, 0) where a share p of the rows is positive, and where it is smallest.
//!
//! Both losses are sampled until cubic interpolation foretells what lies between two samples: so kinks, jumps and spikes
//! are closed in on. What is sampled is the rise of a loss above its value at ŷ = ½, which keeps its digits beside any
//! constant.

use autolossgen_formula::{Loss, Precise};

use super::line::{Classes, bisect, sigmoid};

/// Largest |logit| at which the expected loss is looked at: ŷ from 4e-18.
pub(super) const FARTHEST: f64 = 40.0;

/// Samples for each unit of the logit, before any is added.
const PER_UNIT: i32 = 32;

/// An error of the interpolation that is this small beside the change over the step is none.
const FORETOLD: f64 = 1e-6;

/// So is one that is this small beside the range of the loss.
const NEGLIGIBLE: f64 = 1e-12;

/// Two samples are never nearer, relative to a logit of 1 or more.
const NARROWEST: f64 = 1e-12;

/// A derivative that is this small beside its two parts is 0, and so is a difference of two expected losses.
const CANCELLED: f64 = 1e-9;

/// Minima that are compared at one share.
const CANDIDATES: usize = 8;

/// Both losses at one logit: rise above that at ŷ = ½, and dL/dlogit.
#[derive(Clone, Copy, Debug)]
struct Sample {
    logit: f64,
    rise: [f64; 2],
    slope: [f64; 2],
}

/// Both losses along logits from −40 to 40.
pub(super) struct Risk {
    /// At scale 1, at which the derivative is that of the value.
    loss: Loss,
    /// Both at ŷ = ½.
    middle: Classes<Precise>,
    samples: Vec<Sample>,
}

/// Where the expected loss has a minimum.
#[derive(Clone, Copy, Debug)]
struct Minimum {
    /// −∞ and ∞ where it goes on beyond the samples.
    low: f64,
    high: f64,
    height: f64,
    /// What of the height is rounding.
    rounding: f64,
}

impl Risk {
    /// # Errors
    /// Logit and label of a place at which a value or derivative is NaN or ∞.
    pub(super) fn new(loss: &Loss) -> Result<Self, (f64, f32)> {
        let loss = loss.clone().scaled(1.0);
        let n = FARTHEST as i32 * PER_UNIT;
        let logits: Vec<f64> = (-n..=n).map(|index| f64::from(index) / f64::from(PER_UNIT)).collect();
        for label in [0.0, 1.0] {
            if let Some(logit) = loss.pole(&logits, f64::from(label)) {
                return Err((logit, label));
            }
        }
        let middle = Classes::by(|label| loss.precise(0.0, label.into()));
        let mut risk = Self { loss, middle, samples: Vec::with_capacity(2 * logits.len()) };
        let coarse = logits.iter().map(|&logit| risk.sample(logit)).collect::<Result<Vec<_>, _>>()?;
        let floor = [0, 1].map(|class| NEGLIGIBLE * range(coarse.iter().map(|sample| sample.rise[class])));
        risk.samples.push(coarse[0]);
        for pair in coarse.windows(2) {
            risk.fill(pair[0], pair[1], floor)?;
        }
        Ok(risk)
    }

    #[cfg(test)]
    pub(super) fn n_samples(&self) -> usize {
        self.samples.len()
    }

    fn sample(&self, logit: f64) -> Result<Sample, (f64, f32)> {
        let mut sample = Sample { logit, rise: [0.0; 2], slope: [0.0; 2] };
        for (class, (label, middle)) in self.middle.each().into_iter().enumerate() {
            let here = self.loss.precise(logit, label.into());
            if !here.is_finite() {
                return Err((logit, label));
            }
            (sample.rise[class], sample.slope[class]) = (here.above(middle), here.slope());
        }
        Ok(sample)
    }

    /// Adds what lies between two samples, and the second.
    fn fill(&mut self, from: Sample, to: Sample, floor: [f64; 2]) -> Result<(), (f64, f32)> {
        let middle = self.sample(from.logit + (to.logit - from.logit) / 2.0)?;
        let is_narrow = to.logit - from.logit <= NARROWEST * from.logit.abs().max(1.0);
        if is_narrow || [0, 1].iter().all(|&class| is_foretold(class, [from, middle, to], floor[class])) {
            self.samples.extend([middle, to]);
            return Ok(());
        }
        self.fill(from, middle, floor)?;
        self.fill(middle, to, floor)
    }

    /// The lowest and the highest ŷ with the smallest expected loss, if a share of the rows is positive; 0 and 1 where it falls on
    /// beyond the samples.
    pub(super) fn minimiser(&self, share: f64) -> [f64; 2] {
        let at = Expected { risk: self, share };
        let heights: Vec<f64> = self.samples.iter().map(|sample| at.height(sample)).collect();
        let lowest = heights.iter().copied().fold(f64::INFINITY, f64::min);
        let last = heights.len() - 1;
        let is_lowest_around = |&index: &usize| {
            (index == 0 || heights[index - 1] > heights[index])
                && (index == last || heights[index + 1] >= heights[index])
        };
        // Between two samples the expected loss may be lower by what their derivatives make of the step.
        let may_win = |&index: &usize| {
            let around = &self.samples[index.saturating_sub(1)..=(index + 1).min(last)];
            let steepest = around.iter().map(|sample| at.slope(sample).abs()).fold(0.0, f64::max);
            let gain = steepest * (around[around.len() - 1].logit - around[0].logit);
            heights[index] - gain <= lowest + CANCELLED * at.size(&self.samples[index])
        };
        let mut candidates: Vec<usize> = (0..=last).filter(is_lowest_around).filter(may_win).collect();
        candidates.sort_by(|&a, &b| heights[a].total_cmp(&heights[b]));
        candidates.truncate(CANDIDATES);
        let minima: Vec<Minimum> = candidates.into_iter().map(|index| at.minimum(index)).collect();
        let lowest = minima.iter().map(|minimum| minimum.height).fold(f64::INFINITY, f64::min);
        let lowest = minima.iter().filter(|minimum| minimum.height <= lowest + minimum.rounding);
        let [low, high] = lowest.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], minimum| {
            [minimum.low.min(low), minimum.high.max(high)]
        });
        [low, high].map(sigmoid)
    }

    /// Corners of the lower convex hull of all pairs of both losses: each is the minimiser of the expected loss for a stretch of
    /// shares, and every share has one. Prediction, and the stretch.
    pub(super) fn corners(&self) -> Vec<(f64, [f64; 2])> {
        let mut points: Vec<&Sample> = self.samples.iter().collect();
        points.sort_by(|a, b| a.rise[0].total_cmp(&b.rise[0]).then(a.rise[1].total_cmp(&b.rise[1])));
        // The share at which both are as good; the second has more of L(ŷ, 0) and less of L(ŷ, 1).
        let turn = |a: &Sample, b: &Sample| {
            let (more, less) = (b.rise[0] - a.rise[0], a.rise[1] - b.rise[1]);
            more / (more + less)
        };
        let mut hull: Vec<&Sample> = Vec::new();
        for point in points {
            if hull.last().is_some_and(|last| last.rise[1] <= point.rise[1]) {
                continue;
            }
            while let [.., before, last] = hull[..]
                && turn(before, last) >= turn(last, point)
            {
                hull.pop();
            }
            hull.push(point);
        }
        let turns: Vec<f64> = hull.windows(2).map(|pair| turn(pair[0], pair[1])).collect();
        let stretch = |index: usize| {
            let from = index.checked_sub(1).map_or(0.0, |before| turns[before]);
            [from, turns.get(index).copied().unwrap_or(1.0)]
        };
        hull.iter().enumerate().map(|(index, corner)| (sigmoid(corner.logit), stretch(index))).collect()
    }
}

/// The expected loss at one share of positives.
struct Expected<'a> {
    risk: &'a Risk,
    share: f64,
}

impl Expected<'_> {
    fn mixed(&self, [negative, positive]: [f64; 2]) -> f64 {
        (1.0 - self.share) * negative + self.share * positive
    }

    fn height(&self, sample: &Sample) -> f64 {
        self.mixed(sample.rise)
    }

    /// Size of the two parts of the height.
    fn size(&self, sample: &Sample) -> f64 {
        self.mixed(sample.rise.map(f64::abs))
    }

    /// The derivative; 0 where its two parts cancel.
    fn slope(&self, sample: &Sample) -> f64 {
        let slope = self.mixed(sample.slope);
        if slope.abs() <= CANCELLED * self.mixed(sample.slope.map(f64::abs)) { 0.0 } else { slope }
    }

    /// The minimum down the hill from a sample.
    fn minimum(&self, from: usize) -> Minimum {
        let samples = &self.risk.samples;
        let index = self.foot(from);
        let slope = self.slope(&samples[index]);
        let [low, high] = match slope {
            _ if slope == 0.0 => self.flat(index),
            _ if slope > 0.0 && index == 0 => [f64::NEG_INFINITY; 2],
            _ if slope < 0.0 && index + 1 == samples.len() => [f64::INFINITY; 2],
            _ => [self.turn(index); 2],
        };
        let nearest = low.clamp(samples[0].logit, samples[samples.len() - 1].logit);
        let bottom = self.at(nearest);
        let bottom =
            bottom.filter(|bottom| self.height(bottom) < self.height(&samples[index])).unwrap_or(samples[index]);
        Minimum { low, high, height: self.height(&bottom), rounding: NEGLIGIBLE * self.size(&bottom) }
    }

    fn at(&self, logit: f64) -> Option<Sample> {
        self.risk.sample(logit).ok()
    }

    /// The last sample on the way down, past which the derivative turns or the expected loss jumps up. Where the heights are the same to
    /// rounding the derivative still tells where it goes down.
    fn foot(&self, mut index: usize) -> usize {
        let samples = &self.risk.samples;
        loop {
            let slope = self.slope(&samples[index]);
            let next = match slope {
                _ if slope > 0.0 && index > 0 => index - 1,
                _ if slope < 0.0 && index + 1 < samples.len() => index + 1,
                _ => return index,
            };
            let rise = self.height(&samples[next]) - self.height(&samples[index]);
            if rise > NEGLIGIBLE * self.size(&samples[index]) || self.slope(&samples[next]) * slope < 0.0 {
                return index;
            }
            index = next;
        }
    }

    /// The logit beside a sample at which the derivative turns from falling to rising; the sample where it does not.
    fn turn(&self, index: usize) -> f64 {
        let samples = &self.risk.samples;
        let (left, right) = if self.slope(&samples[index]) < 0.0 { (index, index + 1) } else { (index - 1, index) };
        if self.slope(&samples[left]) < 0.0 && self.slope(&samples[right]) > 0.0 {
            let falls = |logit: f64| self.at(logit).is_some_and(|sample| self.mixed(sample.slope) < 0.0);
            return bisect(samples[left].logit, samples[right].logit, falls);
        }
        samples[index].logit
    }

    /// The stretch of logits around a sample on which the expected loss is flat.
    fn flat(&self, index: usize) -> [f64; 2] {
        let samples = &self.risk.samples;
        let is_level = |other: &usize| {
            let rise = self.height(&samples[*other]) - self.height(&samples[index]);
            self.slope(&samples[*other]) == 0.0 && rise.abs() <= NEGLIGIBLE * self.size(&samples[index])
        };
        let first = (0..index).rev().take_while(is_level).last().unwrap_or(index);
        let last = (index + 1..samples.len()).take_while(is_level).last().unwrap_or(index);
        [
            if first == 0 { f64::NEG_INFINITY } else { samples[first].logit },
            if last + 1 == samples.len() { f64::INFINITY } else { samples[last].logit },
        ]
    }
}

/// Whether the cubic through both ends has the value of the middle.
fn is_foretold(class: usize, [from, middle, to]: [Sample; 3], floor: f64) -> bool {
    let step = to.logit - from.logit;
    let slopes = [from.slope[class], to.slope[class]];
    let foretold = (from.rise[class] + to.rise[class]) / 2.0 + step * (slopes[0] - slopes[1]) / 8.0;
    let change = step * (slopes[0].abs() + slopes[1].abs());
    // A jump leaves no derivative behind, and its size is no reason to allow for more.
    (middle.rise[class] - foretold).abs() <= FORETOLD * change + floor
}

fn range(values: impl Iterator<Item = f64>) -> f64 {
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    high - low
}
