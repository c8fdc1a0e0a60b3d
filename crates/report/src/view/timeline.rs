//! The search over time, by samples: a long one in a hundred stretches or so.

use autolossgen::record::Outcome;
use autolossgen::record::{Record, Sample};

/// Stretches into which the samples of a long search fall.
const STRETCHES: u64 = 120;

/// Samples of the shortest stretch: shares of fewer say nothing.
const SHORTEST: u64 = 10;

/// What became of samples, in the groups that a figure shows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcomes {
    pub(crate) zero_gradient: u64,
    pub(crate) duplicate: u64,
    /// Saturated, diverged or not finite.
    pub(crate) failed: u64,
    pub(crate) trained: u64,
}

impl Outcomes {
    fn add(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::ZeroGradient => &mut self.zero_gradient,
            Outcome::Duplicate { .. } => &mut self.duplicate,
            Outcome::NonFinite | Outcome::Diverged | Outcome::Saturated => &mut self.failed,
            Outcome::Trained { .. } | Outcome::Dropped { .. } | Outcome::Converged { .. } => &mut self.trained,
        } += 1;
    }

    /// Percent of the samples, in the order of the fields.
    pub(crate) fn percent(&self) -> [f64; 4] {
        let Outcomes { zero_gradient, duplicate, failed, trained } = *self;
        let all = (zero_gradient + duplicate + failed + trained).max(1) as f64;
        [zero_gradient, duplicate, failed, trained].map(|n| 100.0 * n as f64 / all)
    }
}

/// Consecutive samples.
#[derive(Debug)]
pub(crate) struct Stretch {
    /// Samples so far, its own included.
    pub(crate) samples: u64,
    pub(crate) outcomes: Outcomes,
    /// Losses accepted so far, repetitions included.
    pub(crate) accepted: u64,
    pub(crate) mean_reward: f64,
    pub(crate) best_reward: f64,
    /// Best reward so far.
    pub(crate) best_so_far: f64,
}

/// A search as time series over samples.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    pub(crate) stretches: Vec<Stretch>,
    /// (samples so far, validation metric): each fresh recommender, and each update.
    pub(crate) validation: Vec<(f64, f64)>,
    /// (samples so far, mean entropy of the formulas): each update.
    pub(crate) entropy: Vec<(f64, f64)>,
    /// Recommenders started; 0 where each loss trains its own.
    pub(crate) recommenders: u64,
}

impl Timeline {
    /// That of a journal with `sampled` samples.
    pub(crate) fn of(records: &[Record], sampled: u64) -> Self {
        Self::in_stretches(records, sampled.div_ceil(STRETCHES).max(SHORTEST))
    }

    fn in_stretches(records: &[Record], width: u64) -> Self {
        let mut reader = Reader { width, ..Reader::default() };
        records.iter().for_each(|record| reader.read(record));
        reader.close();
        reader.timeline
    }
}

/// A timeline in the making.
#[derive(Default)]
struct Reader {
    timeline: Timeline,
    /// Samples of a stretch.
    width: u64,
    /// So far.
    samples: u64,
    accepted: u64,
    best: Option<f64>,
    stretch: Sums,
}

/// What the stretch at hand has so far.
#[derive(Default)]
struct Sums {
    outcomes: Outcomes,
    samples: u64,
    reward: f64,
    best: Option<f64>,
}

impl Reader {
    fn read(&mut self, record: &Record) {
        match record {
            Record::Sample(sample) => self.sample(sample),
            Record::Update(update) => {
                self.timeline.entropy.push((self.samples as f64, update.stats.entropy));
                self.measure(update.validation);
            }
            Record::Recommender { validation, .. } => {
                self.timeline.recommenders += 1;
                self.measure(*validation);
            }
            _ => {}
        }
    }

    fn sample(&mut self, sample: &Sample) {
        if self.stretch.samples == self.width {
            self.close();
        }
        self.samples += 1;
        self.accepted += u64::from(sample.outcome.is_accepted());
        self.best = higher(self.best, sample.reward);
        self.stretch.add(sample);
    }

    fn measure(&mut self, validation: f64) {
        if validation.is_finite() {
            self.timeline.validation.push((self.samples as f64, validation));
        }
    }

    fn close(&mut self) {
        let Sums { outcomes, samples, reward, best } = std::mem::take(&mut self.stretch);
        let (Some(best_reward), Some(best_so_far)) = (best, self.best) else { return };
        self.timeline.stretches.push(Stretch {
            samples: self.samples,
            outcomes,
            accepted: self.accepted,
            mean_reward: reward / samples as f64,
            best_reward,
            best_so_far,
        });
    }
}

impl Sums {
    fn add(&mut self, sample: &Sample) {
        self.outcomes.add(&sample.outcome);
        self.samples += 1;
        self.reward += sample.reward;
        self.best = higher(self.best, sample.reward);
    }
}

fn higher(best: Option<f64>, reward: f64) -> Option<f64> {
    Some(best.map_or(reward, |best| best.max(reward)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen::record::Update;
    use autolossgen::record::UpdateStats;

    fn sample(number: u64, outcome: Outcome, reward: f64) -> Record {
        let formula = "pred".parse().unwrap();
        Record::Sample(Sample { sample: number, formula, known: None, log_prob: 0.0, outcome, reward, scales: None })
    }

    fn update(entropy: f64, validation: f64) -> Record {
        let stats = UpdateStats { mean_reward: 0.0, baseline: 0.0, entropy, grad_norm: 0.0 };
        Record::Update(Update { update: 0, stats, validation, replaced: false })
    }

    #[test]
    fn a_course_by_hand() {
        let trained = Outcome::Trained { validation: 0.6, accepted: true };
        let records = [
            Record::Recommender { number: 0, validation: 0.5 },
            sample(0, Outcome::ZeroGradient, -1.0),
            sample(1, trained, 0.1),
            update(2.0, 0.6),
            sample(2, Outcome::Diverged, -1.0),
            update(3.0, f64::NAN),
        ];
        let timeline = Timeline::in_stretches(&records, 1);
        assert_eq!(timeline.validation, [(0.0, 0.5), (2.0, 0.6)]);
        let of = |at: usize| &timeline.stretches[at];
        assert_eq!(timeline.stretches.iter().map(|stretch| stretch.samples).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!((of(0).accepted, of(1).accepted, of(2).accepted), (0, 1, 1));
        assert_eq!((of(1).best_so_far, of(2).best_so_far, of(2).best_reward), (0.1, 0.1, -1.0));
        assert_eq!(timeline.entropy, [(2.0, 2.0), (3.0, 3.0)]);
        assert_eq!(of(2).outcomes.percent(), [0.0, 0.0, 100.0, 0.0]);
    }

    #[test]
    fn a_long_search_has_few_stretches_with_every_sample_in_them() {
        let records: Vec<Record> = (0..10_007).map(|number| sample(number, Outcome::ZeroGradient, -1.0)).collect();
        let timeline = Timeline::of(&records, 10_007);
        assert!((STRETCHES as usize - 10..=STRETCHES as usize).contains(&timeline.stretches.len()));
        assert_eq!(timeline.stretches.iter().map(|stretch| stretch.outcomes.zero_gradient).sum::<u64>(), 10_007);
        assert_eq!(timeline.stretches.last().unwrap().samples, 10_007);
    }
}
