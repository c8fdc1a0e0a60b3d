//! Which losses are worth training on: asynchronous successive halving (Li et al. 2020).

use std::cmp::Ordering;

use crate::state::ForeignState;

/// The gains that losses had on each rung, all that came so far.
pub(super) struct Asha {
    reduction: usize,
    /// By rung, best first.
    gains: Vec<Vec<f64>>,
}

impl Asha {
    /// `n_rungs` rungs, from each of which one loss in `reduction` goes on.
    pub(super) fn new(n_rungs: usize, reduction: usize) -> Self {
        Self { reduction, gains: vec![Vec::new(); n_rungs] }
    }

    /// Whether a loss that comes to `rung` with `gain` goes on: it is among the best 1/`reduction` of those that came
    /// before, itself included.
    pub(super) fn lets_on(&self, rung: usize, gain: f64) -> bool {
        let gains = &self.gains[rung];
        Self::rank(gains, gain) < (gains.len() + 1).div_ceil(self.reduction)
    }

    /// Remembers where a loss stood on each rung that it came to.
    pub(super) fn remember(&mut self, gains: &[f64]) {
        for (seen, &gain) in self.gains.iter_mut().zip(gains) {
            seen.insert(Self::rank(seen, gain), gain);
        }
    }

    /// The gains on each rung, best first.
    pub(super) fn gains(&self) -> &[Vec<f64>] {
        &self.gains
    }

    /// Takes up the gains on as many rungs.
    pub(super) fn restore(&mut self, gains: Vec<Vec<f64>>) -> Result<(), ForeignState> {
        if gains.len() != self.gains.len() {
            return Err(ForeignState);
        }
        self.gains = gains;
        Ok(())
    }

    /// How many are as good or better: of equals the earlier is ahead. NaN is behind all others.
    fn rank(gains: &[f64], gain: f64) -> usize {
        let key = |gain: f64| if gain.is_nan() { f64::NEG_INFINITY } else { gain };
        gains.partition_point(|&other| key(other).total_cmp(&key(gain)) != Ordering::Less)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_three_goes_on() {
        let mut asha = Asha::new(2, 3);
        assert!(asha.lets_on(0, 0.1), "the first is the best so far");
        for (gain, goes_on) in [(0.5, true), (0.4, false), (0.6, true), (0.55, true), (0.52, false), (f64::NAN, false)]
        {
            assert_eq!(asha.lets_on(0, gain), goes_on, "{gain}");
            asha.remember(&[gain]);
        }
        // Seven are there; of eight three go on: 0.6, 0.55 and what is above 0.52.
        asha.remember(&[0.1, 0.9]);
        assert!(asha.lets_on(0, 0.53) && !asha.lets_on(0, 0.52), "of equals the earlier");
        assert!(!asha.lets_on(1, 0.9) && asha.lets_on(1, 0.91));
    }
}
