//! The losses of an enumeration that are worth training, and what became of the others; the cheapest filter first.

use autolossgen_formula::{Enumeration, Formula, Loss, Place};
use rayon::prelude::*;

use crate::config::Config;
use crate::fingerprint::{SimulatedPairs, acts_on_both_classes};
use crate::gradient_scale;
use crate::proposal::Proposal;
use crate::record::Enumerated;

/// How far the positive rate on the probe of the enumeration may lie below that on simulated pairs: a change of sign lies
/// somewhere between two of its logits, and few losses have more than two.
const MARGIN: f64 = 0.25;

/// What the filters leave of an enumeration, in its order: the fewest nodes first.
pub(super) struct Admissible {
    /// Each with the values of ε under which it is admissible; one where it does not depend on ε.
    pub losses: Vec<(Formula, Vec<f32>)>,
    pub counts: Enumerated,
}

/// How far a loss comes through the filters.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Passed {
    #[default]
    None,
    RightSign,
    BothClasses,
    Finite,
}

impl Admissible {
    /// Filters every function; `graded` says whether labels lie between 0 and 1. To be called inside a pool.
    pub(super) fn of(all: &Enumeration, config: &Config, graded: bool) -> Self {
        let firsts = all.gradients().into_iter().enumerate().filter(|(at, first)| Some(*at) == *first);
        let gradients: Vec<usize> = firsts.map(|(at, _)| at).collect();
        let signs = Signs::of(&all.places());
        let least = config.check.threshold - MARGIN;
        let may_be_right = all.derivatives(&gradients, |slopes| signs.best_rate(slopes) >= least);
        let promising: Vec<usize> =
            gradients.iter().zip(may_be_right).filter(|(_, may_be)| *may_be).map(|(&function, _)| function).collect();
        let filter = Filter { pairs: SimulatedPairs::new(config.check.pairs, config.seed, graded), config };
        let passed = filter.all(all, &promising);
        let number = |least: Passed| passed.iter().filter(|(_, passed, _)| *passed >= least).count() as u64;
        let counts = Enumerated {
            nodes: all.nodes(),
            functions: all.n_functions() as u64,
            gradients: gradients.len() as u64,
            right_sign: number(Passed::RightSign),
            both_classes: number(Passed::BothClasses),
            admissible: number(Passed::Finite),
        };
        let admissible = passed.into_iter().filter(|(_, passed, _)| *passed == Passed::Finite);
        Self { losses: admissible.map(|(formula, _, epsilons)| (formula, epsilons)).collect(), counts }
    }
}

/// The share of ŷ in (0, 1), of each label, that every place of the probe stands for.
struct Signs {
    /// Weight and right sign of each place; those of one ε follow each other
    places: Vec<(f64, f64)>,
    n_of_epsilon: usize,
}

impl Signs {
    fn of(places: &[Place]) -> Self {
        let sigmoid = |logit: f64| 1.0 / (1.0 + (-logit).exp());
        let n_of_epsilon = places.iter().take_while(|place| place.epsilon == places[0].epsilon).count();
        let logits: Vec<f64> =
            places.iter().take_while(|place| place.label == places[0].label).map(|p| p.logit).collect();
        let n_labels = n_of_epsilon / logits.len();
        let border = |at: usize| sigmoid((logits[at - 1] + logits[at]) / 2.0);
        let share = |at: usize| {
            let low = if at == 0 { 0.0 } else { border(at) };
            let high = if at + 1 == logits.len() { 1.0 } else { border(at + 1) };
            (high - low) / n_labels as f64
        };
        let weigh = |(at, place): (usize, &Place)| {
            let sign = if place.label > sigmoid(place.logit) { -1.0 } else { 1.0 };
            (share(at % logits.len()), sign)
        };
        Self { places: places.iter().enumerate().map(weigh).collect(), n_of_epsilon }
    }

    /// The share with the right sign under the ε that has the largest; a slope of NaN is wrong.
    fn best_rate(&self, slopes: &[f64]) -> f64 {
        let rate = |(places, slopes): (&[(f64, f64)], &[f64])| {
            let right = places.iter().zip(slopes).filter(|((_, sign), slope)| sign * *slope >= 0.0);
            right.map(|((share, _), _)| share).sum::<f64>()
        };
        self.places.chunks(self.n_of_epsilon).zip(slopes.chunks(self.n_of_epsilon)).map(rate).fold(0.0, f64::max)
    }
}

/// The filters that evaluate a loss as it would train.
struct Filter<'a> {
    pairs: SimulatedPairs,
    config: &'a Config,
}

impl Filter<'_> {
    /// How far each comes, and the values of ε under which it comes to the end.
    fn all(&self, all: &Enumeration, functions: &[usize]) -> Vec<(Formula, Passed, Vec<f32>)> {
        let one = |&function: &usize| {
            let formula = all.formula(function);
            let (furthest, epsilons) = self.one(&formula);
            (formula, furthest, epsilons)
        };
        functions.par_iter().map(one).collect()
    }

    fn one(&self, formula: &Formula) -> (Passed, Vec<f32>) {
        let proposal = Proposal::generated(formula.clone(), self.config);
        let under = |&epsilon: &f32| (epsilon, self.under(&proposal.compile(epsilon)));
        let passed: Vec<(f32, Passed)> = proposal.epsilons.iter().map(under).collect();
        let furthest = passed.iter().map(|(_, passed)| *passed).max().unwrap_or_default();
        let finite = passed.into_iter().filter(|(_, passed)| *passed == Passed::Finite);
        (furthest, finite.map(|(epsilon, _)| epsilon).collect())
    }

    fn under(&self, loss: &Loss) -> Passed {
        let loss = gradient_scale::as_trained(loss.clone(), self.config);
        let fingerprint = self.pairs.fingerprint(&loss);
        let check = &self.config.check;
        if self.pairs.positive_rate(&fingerprint, check) < check.threshold {
            Passed::None
        } else if check.both_classes && !acts_on_both_classes(&loss) {
            Passed::RightSign
        } else if !fingerprint.is_finite() || gradient_scale::rms(&loss) < self.config.search.delta {
            Passed::BothClasses
        } else {
            Passed::Finite
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;
    use crate::parallel::pool;

    #[test]
    fn the_probe_throws_out_nothing_that_the_pairs_would_keep() {
        for settings in [&[][..], &[("task", "regression"), ("check.threshold", "0.8")]] {
            let graded = !settings.is_empty();
            let config = Config::with(Preset::Default, settings).unwrap();
            let mut all = Enumeration::new(config.grammar(graded));
            pool(2).install(|| {
                while all.nodes() < 6 {
                    all.grow();
                }
                let admissible = Admissible::of(&all, &config, graded);
                let gradients = all.gradients().into_iter().enumerate();
                let gradients: Vec<usize> =
                    gradients.filter(|(at, first)| Some(*at) == *first).map(|(at, _)| at).collect();
                let filter =
                    Filter { pairs: SimulatedPairs::new(config.check.pairs, config.seed, graded), config: &config };
                let passed = filter.all(&all, &gradients);
                let right = passed.iter().filter(|(_, passed, _)| *passed >= Passed::RightSign).count() as u64;
                assert_eq!(admissible.counts.right_sign, right);
                let finite = passed.into_iter().filter(|(_, passed, _)| *passed == Passed::Finite);
                let losses: Vec<(Formula, Vec<f32>)> =
                    finite.map(|(formula, _, epsilons)| (formula, epsilons)).collect();
                assert!(admissible.losses == losses && !losses.is_empty(), "graded: {graded}");
            });
        }
    }

    #[test]
    fn weights_of_places_are_shares_of_predictions() {
        let config = Config::preset(Preset::Default);
        let signs = Signs::of(&Enumeration::new(config.grammar(false)).places());
        let total: f64 = signs.places[..signs.n_of_epsilon].iter().map(|(share, _)| share).sum();
        assert!((total - 1.0).abs() < 1e-12, "{total}");
        let slopes: Vec<f64> = signs.places.iter().map(|(_, sign)| *sign).collect();
        assert_eq!((signs.best_rate(&slopes) * 1e9).round(), 1e9);
        // Right under one ε alone is right enough; NaN is wrong.
        let mut one = vec![f64::NAN; slopes.len()];
        one[..signs.n_of_epsilon].copy_from_slice(&slopes[..signs.n_of_epsilon]);
        assert_eq!((signs.best_rate(&one) * 1e9).round(), 1e9);
        assert_eq!(signs.best_rate(&vec![f64::NAN; slopes.len()]), 0.0);
    }
}
