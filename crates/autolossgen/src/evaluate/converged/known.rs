//! Which losses need no training, because they have no gradient or that of another: by its shape over the whole of (0, 1).
//!
//! A fresh recommender predicts ½ everywhere, so that a proxy batch would tell next to nothing. But every loss starts from
//! the same recommender, and two with one dL/dlogit at every prediction train the same one for ever.

use autolossgen_formula::Loss;

use crate::config::Config;
use crate::evaluate::novelty::Novelty;
use crate::fingerprint::{Fingerprint, SimulatedPairs};
use crate::gradient_scale;
use crate::state::ForeignState;

/// The losses that were new so far.
pub(super) struct KnownLosses {
    pairs: SimulatedPairs,
    delta: f64,
    /// Sample number and dL/dlogit on every pair.
    seen: Vec<(u64, Fingerprint)>,
}

impl KnownLosses {
    /// Simulated pairs as the check has them, at most 256: they are kept for every loss.
    pub(super) fn new(config: &Config, graded: bool) -> Self {
        let pairs = SimulatedPairs::new(config.check.pairs.min(256), config.seed, graded);
        Self { pairs, delta: config.search.delta, seen: Vec::new() }
    }

    /// Examines a loss as it trains under each of its ε, and says under which it is new: there it joins the list under the number
    /// `sample`. One that is new under none is what it is under the first.
    pub(super) fn examine(&mut self, losses: &[Loss], sample: u64) -> (Novelty, Vec<usize>) {
        let mut novelties = losses.iter().map(|loss| self.examine_one(loss, sample)).collect::<Vec<Novelty>>();
        let is_new = |(at, novelty): (usize, &Novelty)| (*novelty == Novelty::New).then_some(at);
        let new: Vec<usize> = novelties.iter().enumerate().filter_map(is_new).collect();
        // What is equal to itself under another ε alone is no duplicate.
        novelties.retain(|novelty| *novelty != Novelty::Duplicate { of: sample });
        let first = if new.is_empty() { novelties[0] } else { Novelty::New };
        (first, new)
    }

    fn examine_one(&mut self, loss: &Loss, sample: u64) -> Novelty {
        if gradient_scale::rms(loss) < self.delta {
            return Novelty::ZeroGradient;
        }
        let fingerprint = self.pairs.fingerprint(loss);
        if !fingerprint.is_finite() {
            return Novelty::NonFinite;
        }
        if let Some((of, _)) = self.seen.iter().find(|(_, other)| other.equal(&fingerprint)) {
            return Novelty::Duplicate { of: *of };
        }
        self.seen.push((sample, fingerprint));
        Novelty::New
    }

    /// The losses that were new so far.
    pub(super) fn seen(&self) -> &[(u64, Fingerprint)] {
        &self.seen
    }

    /// Takes up the losses that were new on the same pairs.
    pub(super) fn restore(&mut self, seen: Vec<(u64, Fingerprint)>) -> Result<(), ForeignState> {
        if seen.iter().any(|(_, fingerprint)| fingerprint.len() != self.pairs.len()) {
            return Err(ForeignState);
        }
        self.seen = seen;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;
    use autolossgen_formula::{Semantics, resolve};

    #[test]
    fn a_loss_is_known_by_its_gradient_up_to_its_scale() {
        let config = Config::preset(Preset::Default);
        let mut known = KnownLosses::new(&config, false);
        let mut examine = |text: &str, sample: u64| {
            let loss = resolve(text).unwrap().compile(Semantics::unclamped(1e-6)).unwrap();
            known.examine(&[gradient_scale::as_trained(loss, &config)], sample).0
        };
        assert_eq!(examine("label + 1", 0), Novelty::ZeroGradient);
        assert_eq!(examine("mse", 1), Novelty::New);
        assert_eq!(examine("10 * (label - pred)^2 + label", 2), Novelty::Duplicate { of: 1 });
        assert_eq!(examine("-(label - pred)^2", 3), Novelty::New);
        assert_eq!(examine("bce", 4), Novelty::New);
        assert_eq!(examine("pred / label", 5), Novelty::NonFinite);
    }

    #[test]
    fn a_loss_is_new_under_the_epsilons_whose_gradient_nobody_has() {
        let config = Config::preset(Preset::Default);
        let mut known = KnownLosses::new(&config, false);
        let mut examine = |text: &str, epsilons: &[f32], sample: u64| {
            let loss = |&epsilon: &f32| {
                let loss = resolve(text).unwrap().compile(Semantics::unclamped(epsilon)).unwrap();
                gradient_scale::as_trained(loss, &config)
            };
            known.examine(&epsilons.iter().map(loss).collect::<Vec<_>>(), sample)
        };
        let (text, other) = ("-(label * log(pred)) + pred", "2 * pred - label * log(pred) - label * log(pred)");
        assert_eq!(examine(text, &[0.1, 1e-3], 0), (Novelty::New, vec![0, 1]));
        assert_eq!(examine(other, &[1.0, 0.1, 1e-3], 1), (Novelty::New, vec![0]), "the others are known");
        assert_eq!(examine(text, &[1e-3, 0.1], 2), (Novelty::Duplicate { of: 0 }, vec![]));
        assert_eq!(examine("mse", &[0.1, 1e-3], 3), (Novelty::New, vec![0]), "ε is nothing to it");
    }
}
