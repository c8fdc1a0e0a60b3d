//! Which units a training step leaves out.

use rand_core::Rng;

use crate::random::{self, Stream};

/// Numbers of the stream that are drawn at a time.
const WORDS: usize = 8;

/// Draws of 16 bits: one number of the stream serves four units, and the share is met to 2⁻¹⁷.
pub(crate) struct Dropout {
    stream: Stream,
    /// Units whose draw lies below it are left out.
    threshold: u16,
    /// What the others are multiplied by, so that the mean stays.
    kept: f32,
}

impl Dropout {
    /// The masks of an epoch: the same for all who train on it.
    pub(crate) fn new(share: f32, seed: u64, epoch: u64) -> Self {
        let threshold = (share * 65536.0).round().clamp(0.0, 65535.0);
        Self {
            stream: random::stream(seed, "dropout", epoch),
            threshold: threshold as u16,
            kept: 65536.0 / (65536.0 - threshold),
        }
    }

    /// Fills `mask` with 0 for units left out and 1 / (1 − share) for the others.
    #[inline(always)]
    pub(super) fn fill(&mut self, mask: &mut [f32]) {
        if self.threshold == 0 {
            mask.fill(1.0);
            return;
        }
        let (blocks, rest) = mask.as_chunks_mut::<{ 4 * WORDS }>();
        for block in blocks {
            self.fill_block(block);
        }
        for four in rest.chunks_mut(4) {
            let word = lanes(self.stream.next_u64());
            four.iter_mut().zip(word).for_each(|(unit, draw)| *unit = self.factor(draw));
        }
    }

    /// All draws first, so that the comparisons are those of vectors.
    #[inline(always)]
    fn fill_block(&mut self, block: &mut [f32; 4 * WORDS]) {
        let mut draws = [0_u16; 4 * WORDS];
        for four in draws.as_chunks_mut::<4>().0 {
            *four = lanes(self.stream.next_u64());
        }
        for (unit, draw) in block.iter_mut().zip(draws) {
            *unit = self.factor(draw);
        }
    }

    #[inline(always)]
    fn factor(&self, draw: u16) -> f32 {
        if draw >= self.threshold { self.kept } else { 0.0 }
    }
}

/// The four draws of a number, the lowest bits first.
#[inline(always)]
fn lanes(word: u64) -> [u16; 4] {
    std::array::from_fn(|lane| (word >> (16 * lane)) as u16)
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
