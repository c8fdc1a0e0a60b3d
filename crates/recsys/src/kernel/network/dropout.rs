//! Which units a training step leaves out.

use rand_core::Rng;

use crate::random::{self, Stream};

/// Draws of 16 bits: one number of the stream serves four units, and the share is met to 2⁻¹⁷.
pub(super) struct Dropout {
    stream: Stream,
    /// Units whose draw lies below it are left out.
    threshold: u16,
    /// What the others are multiplied by, so that the mean stays.
    kept: f32,
}

impl Dropout {
    /// The masks of an epoch: the same for all who train on it.
    pub(super) fn new(share: f32, seed: u64, epoch: u64) -> Self {
        let threshold = (share * 65536.0).round().clamp(0.0, 65535.0);
        Self {
            stream: random::stream(seed, "dropout", epoch),
            threshold: threshold as u16,
            kept: 65536.0 / (65536.0 - threshold),
        }
    }

    /// Fills `mask` with 0 for units left out and 1 / (1 − share) for the others.
    pub(super) fn fill(&mut self, mask: &mut [f32]) {
        if self.threshold == 0 {
            mask.fill(1.0);
            return;
        }
        for four in mask.chunks_mut(4) {
            let draw = self.stream.next_u64();
            for (index, unit) in four.iter_mut().enumerate() {
                let is_kept = (draw >> (16 * index)) as u16 >= self.threshold;
                *unit = if is_kept { self.kept } else { 0.0 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_met_and_the_mean_stays() {
        let mut mask = vec![0.0; 100_000];
        Dropout::new(0.2, 7, 1).fill(&mut mask);
        let share = mask.iter().filter(|&&unit| unit == 0.0).count() as f64 / mask.len() as f64;
        // Four standard deviations of a binomial share are 0.005.
        assert!((share - 0.2).abs() < 0.005, "{share}");
        let mean = mask.iter().map(|&unit| f64::from(unit)).sum::<f64>() / mask.len() as f64;
        assert!((mean - 1.0).abs() < 0.0065, "{mean}");
        Dropout::new(0.0, 7, 1).fill(&mut mask);
        assert!(mask.iter().all(|&unit| unit == 1.0));
    }

    #[test]
    fn masks_depend_on_seed_and_epoch() {
        let mask = |seed, epoch| {
            let mut mask = vec![0.0; 64];
            Dropout::new(0.5, seed, epoch).fill(&mut mask);
            mask
        };
        assert_eq!(mask(1, 1), mask(1, 1));
        assert_ne!(mask(1, 1), mask(1, 2));
        assert_ne!(mask(1, 1), mask(2, 1));
    }
}
