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
const MARGIN: f64 = 0.15;
/// The same where labels lie between 0 and 1: the probe has three of them for all.
const GRADED_MARGIN: f64 = 0.4;

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
        let least = config.check.threshold - if graded { GRADED_MARGIN } else { MARGIN };
        let may_be_right =
            all.derivatives(&gradients, |slopes| signs.rates(slopes).map(|rate| rate >= least).collect());
        let promising = gradients.iter().copied().zip(may_be_right);
        let promising: Vec<(usize, Vec<bool>)> =
            promising.filter(|(_, may_be): &(usize, Vec<bool>)| may_be.contains(&true)).collect();
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

    /// The share with the right sign under each ε; a slope of NaN is wrong.
    fn rates(&self, slopes: &[f64]) -> impl Iterator<Item = f64> {
        let rate = |(places, slopes): (&[(f64, f64)], &[f64])| {
            let right = places.iter().zip(slopes).filter(|((_, sign), slope)| sign * *slope >= 0.0);
            right.map(|((share, _), _)| share).sum::<f64>()
        };
        self.places.chunks(self.n_of_epsilon).zip(slopes.chunks(self.n_of_epsilon)).map(rate)
    }
}

/// The filters that evaluate a loss as it would train.
struct Filter<'a> {
    pairs: SimulatedPairs,
    config: &'a Config,
}

impl Filter<'_> {
    /// How far each comes, and the values of ε under which it comes to the end.
    fn all(&self, all: &Enumeration, functions: &[(usize, Vec<bool>)]) -> Vec<(Formula, Passed, Vec<f32>)> {
        let one = |(function, may_be): &(usize, Vec<bool>)| {
            let formula = all.formula(*function);
            let (furthest, epsilons) = self.one(&formula, may_be);
            (formula, furthest, epsilons)
        };
        functions.par_iter().map(one).collect()
    }

    /// `may_be` says under which ε of the grid the loss may have the right sign.
    fn one(&self, formula: &Formula, may_be: &[bool]) -> (Passed, Vec<f32>) {
        let proposal = Proposal::generated(formula.clone(), self.config);
        let (mut furthest, mut epsilons) = (Passed::None, Vec::new());
        // A loss that does not depend on ε has one, and it need not be of the grid.
        let is_one = proposal.epsilons.len() == 1;
        for (&epsilon, _) in proposal.epsilons.iter().zip(may_be).filter(|(_, may_be)| is_one || **may_be) {
            let passed = self.under(&proposal.compile(epsilon), furthest);
            furthest = furthest.max(passed);
            if passed == Passed::Finite {
                epsilons.push(epsilon);
            }
        }
        (furthest, epsilons)
    }

    /// How far the loss comes; where it came as far as `before` under another ε, no more is found out than whether it goes to the end.
    fn under(&self, loss: &Loss, before: Passed) -> Passed {
        let (check, loss) = (&self.config.check, gradient_scale::as_trained(loss.clone(), self.config));
        let acts = !check.both_classes || acts_on_both_classes(&loss);
        if !acts && before >= Passed::RightSign {
            return Passed::None;
        }
        let fingerprint = self.pairs.fingerprint(&loss);
        if self.pairs.positive_rate(&fingerprint, check) < check.threshold {
            Passed::None
        } else if !acts {
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
                let any: Vec<(usize, Vec<bool>)> = gradients.into_iter().map(|at| (at, vec![true; 7])).collect();
                let passed = filter.all(&all, &any);
                // In single precision a derivative may be 0 whose sign is wrong in double: those come no further.
                let right = passed.iter().filter(|(_, passed, _)| *passed >= Passed::RightSign).count() as u64;
                assert!(
                    (admissible.counts.right_sign..admissible.counts.right_sign * 21 / 20).contains(&right),
                    "{right}"
                );
                let finite = passed.into_iter().filter(|(_, passed, _)| *passed == Passed::Finite);
                let losses: Vec<(Formula, Vec<f32>)> =
                    finite.map(|(formula, _, epsilons)| (formula, epsilons)).collect();
                assert!(admissible.losses == losses && !losses.is_empty(), "graded: {graded}");
                for (formula, epsilons) in &losses {
                    for &epsilon in epsilons {
                        let loss = Proposal::sampled(formula.clone(), &config).compile(epsilon);
                        let loss = gradient_scale::as_trained(loss, &config);
                        let rate = filter.pairs.positive_rate(&filter.pairs.fingerprint(&loss), &config.check);
                        assert!(
                            rate >= config.check.threshold && acts_on_both_classes(&loss),
                            "{formula} at {epsilon}"
                        );
                    }
                }
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
        assert!(signs.rates(&slopes).all(|rate| (rate - 1.0).abs() < 1e-9) && signs.rates(&slopes).count() == 7);
        // NaN is wrong.
        let mut one = vec![f64::NAN; slopes.len()];
        one[..signs.n_of_epsilon].copy_from_slice(&slopes[..signs.n_of_epsilon]);
        let rates: Vec<f64> = signs.rates(&one).map(|rate| (rate * 1e9).round() / 1e9).collect();
        assert_eq!(rates, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
