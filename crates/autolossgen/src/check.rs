//! Phase II: whether the derivative of a loss points the right way (§4.2), and whether another candidate has the same.

use autolossgen_formula::{Loss, Semantics};

use crate::config::Config;
use crate::fingerprint::{Fingerprint, KnownGradients, SimulatedPairs, acts_on_both_classes};
use crate::gradient_scale;
use crate::record::{Candidate, CheckReport, Checked, Verdict};

/// Checks every candidate under the semantics of the search; `graded` says whether labels lie between 0 and 1.
///
/// # Panics
/// When the semantics are not valid; a validated configuration has valid ones.
pub fn check(candidates: Vec<Candidate>, config: &Config, graded: bool) -> CheckReport {
    let pairs = SimulatedPairs::new(config.check.pairs, config.seed, graded);
    let known = KnownGradients::new(&pairs, config.search.epsilon);
    let losses: Vec<Loss> = candidates.iter().map(|candidate| as_trained(candidate, config)).collect();
    let fingerprints: Vec<Fingerprint> = losses.iter().map(|loss| pairs.fingerprint(loss)).collect();
    let names =
        losses.iter().zip(&fingerprints).map(|(loss, fingerprint)| known.name_of(loss, fingerprint).map(str::to_owned));
    let rates: Vec<f64> =
        fingerprints.iter().map(|fingerprint| pairs.positive_rate(fingerprint, &config.check)).collect();
    let refused = |(loss, rate): (&Loss, &f64)| {
        let is_one_sided = || config.check.both_classes && !acts_on_both_classes(loss);
        if *rate < config.check.threshold {
            Some(Verdict::WrongSign)
        } else {
            is_one_sided().then_some(Verdict::OneClass)
        }
    };
    let refused: Vec<Option<Verdict>> = losses.iter().zip(&rates).map(refused).collect();
    let verdicts = verdicts(&candidates, &fingerprints, &refused);
    let checked = candidates.into_iter().zip(rates).zip(names).zip(verdicts);
    let candidates = checked
        .map(|(((candidate, positive_rate), gradient_of), verdict)| Checked {
            candidate,
            positive_rate,
            gradient_of,
            verdict,
        })
        .collect();
    CheckReport { pairs: config.check.pairs, threshold: config.check.threshold, candidates }
}

/// A candidate as it trains: at the ε that validation chose for it, or else at that of the search.
fn as_trained(candidate: &Candidate, config: &Config) -> Loss {
    let semantics = config.semantics();
    let epsilon = candidate.epsilon.unwrap_or(semantics.epsilon);
    gradient_scale::compile_under(&candidate.formula, Semantics { epsilon, ..semantics }, config).0
}

/// Simplest first, so that of several with one derivative the simplest stands for all; of equals the earlier.
fn verdicts(candidates: &[Candidate], fingerprints: &[Fingerprint], refused: &[Option<Verdict>]) -> Vec<Verdict> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|&index| (candidates[index].formula.complexity(), candidates[index].sample));
    let (mut verdicts, mut valid) = (vec![Verdict::WrongSign; candidates.len()], Vec::new());
    for index in order {
        if let Some(verdict) = refused[index] {
            verdicts[index] = verdict;
            continue;
        }
        let same = valid.iter().find(|&&other: &&usize| fingerprints[other].equal(&fingerprints[index]));
        verdicts[index] = match same {
            Some(&other) => Verdict::SameGradient { of: candidates[other].sample },
            None => {
                valid.push(index);
                Verdict::Valid
            }
        };
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;
    use autolossgen_formula::resolve;

    /// Accepted once each, at the ε of the search.
    fn candidates(texts: &[&str]) -> Vec<Candidate> {
        let candidate = |(sample, text): (u64, &&str)| {
            let formula = resolve(text).unwrap();
            Candidate { formula, sample, accepted: 1, epsilon: None, reward: 0.0 }
        };
        (0..).zip(texts).map(candidate).collect()
    }

    #[test]
    fn of_candidates_with_one_gradient_the_simplest_stays() {
        let texts = ["2 * (pred + -label)^2 + label", "(pred - label)^2", "-(pred - label)^2", "bce"];
        let report = check(candidates(&texts), &Config::preset(Preset::Default), false);
        let verdicts: Vec<Verdict> = report.candidates.iter().map(|checked| checked.verdict).collect();
        assert_eq!(verdicts, [Verdict::SameGradient { of: 1 }, Verdict::Valid, Verdict::WrongSign, Verdict::Valid]);
        let names: Vec<Option<&str>> = report.candidates.iter().map(|checked| checked.gradient_of.as_deref()).collect();
        assert_eq!(names, [Some("mse"), Some("mse"), None, Some("bce")]);
        assert_eq!(report.validated().len(), 2);
    }

    #[test]
    fn a_loss_for_one_class_alone_is_refused_unless_the_paper_is_asked() {
        let one_sided = ["max(pred, label)", "-(label * log(pred))"];
        let verdicts = |preset: Preset| {
            let report = check(candidates(&one_sided), &Config::preset(preset), false);
            report.candidates.iter().map(|checked| checked.verdict).collect::<Vec<_>>()
        };
        assert_eq!(verdicts(Preset::Default), [Verdict::OneClass; 2]);
        assert_eq!(verdicts(Preset::Paper), [Verdict::Valid; 2]);
    }
}
