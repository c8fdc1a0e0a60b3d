//! The tested losses on one scale: mean and interval of the test metric, as places in percent of its width.

use autolossgen::recsys::Metric;
use autolossgen::settings::Choice;

use super::losses::interval;
use autolossgen::Config;
use autolossgen::record::{LossResult, Origin, TestReport};

/// A scale with a row a loss.
pub(crate) struct Intervals {
    pub(crate) rows: Vec<Row>,
    /// Place in percent, and what stands there.
    pub(crate) ticks: Vec<(f64, String)>,
}

/// A loss on the scale.
pub(crate) struct Row {
    pub(crate) loss: String,
    pub(crate) is_best: bool,
    pub(crate) is_baseline: bool,
    /// Place of the mean in percent; `None` where it is off the scale.
    pub(crate) mean: Option<f64>,
    /// Places of the lower and the upper end.
    pub(crate) ends: Option<(f64, f64)>,
    /// The same in numbers.
    pub(crate) text: String,
}

/// What a loss reached on test.
struct Reached {
    index: usize,
    mean: f64,
    interval: Option<(f64, f64)>,
}

impl Reached {
    /// Of each loss that did not diverge, best first.
    fn of(tested: &TestReport, metric: Metric) -> Vec<Self> {
        let reached = |(index, result): (usize, &LossResult)| {
            Some(Self { index, mean: *result.test.get(metric.name())?, interval: interval(result, metric) })
        };
        let mut reached: Vec<Self> = tested.results.iter().enumerate().filter_map(reached).collect();
        reached.sort_by(|a, b| metric.gain(b.mean).total_cmp(&metric.gain(a.mean)));
        reached
    }

    /// Mean and both ends.
    fn values(&self) -> [f64; 3] {
        let (low, high) = self.interval.unwrap_or((self.mean, self.mean));
        [self.mean, low, high]
    }

    fn row(&self, tested: &TestReport, scale: &Scale) -> Row {
        let result = &tested.results[self.index];
        Row {
            loss: result.loss.clone(),
            is_best: tested.best == Some(self.index),
            is_baseline: result.origin == Origin::Baseline,
            mean: scale.holds(self.mean).then(|| scale.place(self.mean)),
            ends: self.interval.map(|(low, high)| (scale.place(low), scale.place(high))),
            text: in_words(self.mean, self.interval),
        }
    }
}

impl Intervals {
    /// Best test first; losses that diverged are left out. `None` where all did.
    pub(crate) fn of(tested: &TestReport, config: &Config) -> Option<Self> {
        let reached = Reached::of(tested, config.task.metric());
        let scale = Scale::over(near(&reached).flat_map(Reached::values))?;
        let rows = reached.iter().map(|reached| reached.row(tested, &scale)).collect();
        Some(Self { rows, ticks: scale.ticks() })
    }
}

/// Those that are no farther from the best than twice what three of four are: a loss that failed must not press all others
/// together.
fn near(reached: &[Reached]) -> impl Iterator<Item = &Reached> {
    let distance = |loss: &Reached| (loss.mean - reached[0].mean).abs();
    let limit = reached.get(reached.len() * 3 / 4).map_or(f64::INFINITY, |loss| 2.0 * distance(loss));
    reached.iter().filter(move |loss| distance(loss) <= limit)
}

/// Mean, and interval or half of it where it is symmetric.
fn in_words(mean: f64, interval: Option<(f64, f64)>) -> String {
    match interval {
        None => format!("{mean:.4}"),
        Some((low, high)) if ((high - mean) - (mean - low)).abs() < 1e-6 => format!("{mean:.4} ± {:.4}", high - mean),
        Some((low, high)) => format!("{mean:.4} ({low:.4} – {high:.4})"),
    }
}

struct Scale {
    low: f64,
    high: f64,
    /// Between ticks.
    step: f64,
}

impl Scale {
    /// One that holds every value, with round ticks at its ends.
    fn over(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        if low > high {
            return None;
        }
        let width = (high - low).max(1e-3);
        let power = 10.0_f64.powf((width / 3.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| width / step <= 4.0)?;
        Some(Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step })
    }

    fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// In percent; at the end that is nearer for what is off the scale.
    fn place(&self, value: f64) -> f64 {
        100.0 * ((value - self.low) / (self.high - self.low).max(self.step)).clamp(0.0, 1.0)
    }

    fn ticks(&self) -> Vec<(f64, String)> {
        let n = ((self.high - self.low) / self.step).round().max(1.0) as usize;
        let decimals = (-self.step.log10().floor()).max(0.0) as usize;
        let tick = |index: usize| {
            let value = self.low + index as f64 * self.step;
            (self.place(value), format!("{value:.decimals$}"))
        };
        (0..=n).map(tick).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(values: &[f64]) -> Vec<String> {
        Scale::over(values.iter().copied()).unwrap().ticks().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_every_value() {
        assert_eq!(ticks(&[0.7412, 0.8066]), ["0.74", "0.76", "0.78", "0.80", "0.82"]);
        assert!(ticks(&[0.8, 0.8]).len() >= 2, "one value has a scale too");
        let scale = Scale::over([0.7412, 0.8066].into_iter()).unwrap();
        assert!((scale.place(0.78) - 50.0).abs() < 1e-9 && scale.place(0.7412) > 0.0 && scale.place(0.8066) < 100.0);
        assert!(Scale::over(std::iter::empty()).is_none());
    }

    #[test]
    fn losses_that_failed_are_off_the_scale() {
        let reached = |means: &[f64]| -> Vec<Reached> {
            means.iter().map(|&mean| Reached { index: 0, mean, interval: None }).collect()
        };
        let near = |means: &[f64]| near(&reached(means)).map(|loss| loss.mean).collect::<Vec<f64>>();
        assert_eq!(near(&[0.81, 0.809, 0.808, 0.807, 0.62]), [0.81, 0.809, 0.808, 0.807]);
        assert_eq!(near(&[0.81, 0.8, 0.79]), [0.81, 0.8, 0.79]);
        assert_eq!(near(&[0.7]), [0.7]);
        assert_eq!(near(&[]), [0.0; 0]);
        let scale = Scale::over([0.81, 0.807].into_iter()).unwrap();
        assert!(!scale.holds(0.62) && scale.place(0.62) == 0.0 && scale.holds(0.807));
    }

    #[test]
    fn an_interval_in_words() {
        assert_eq!(in_words(0.8, None), "0.8000");
        assert_eq!(in_words(0.8, Some((0.79, 0.81))), "0.8000 ± 0.0100");
        assert_eq!(in_words(0.8, Some((0.78, 0.81))), "0.8000 (0.7800 – 0.8100)");
    }
}
