//! Phase II: whether the derivative of a loss points the right way (§4.2), and whether another candidate has the same.

use autolossgen_formula::{Loss, NAMED_LOSSES, NamedLoss, Semantics, Workspace};
use autolossgen_recsys::random::{stream, uniform};
use serde::{Deserialize, Serialize};

use crate::{Candidate, CheckConfig, Config, scale};

/// What Phase II says of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Enough pairs have the right sign.
    Valid,
    /// Too few pairs have the right sign.
    WrongSign,
    /// Trained, its derivative equals that of a simpler candidate on every pair: it trains the same recommender.
    SameGradient {
        /// Number of the sample of that candidate
        of: u64,
    },
}

/// A candidate after Phase II.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// The candidate
    #[serde(flatten)]
    pub candidate: Candidate,
    /// Share of simulated pairs with the right sign of the derivative
    pub positive_rate: f64,
    /// The named loss with the same derivative up to a positive constant
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradient_of: Option<String>,
    /// Whether Phase III takes it
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Everything Phase II found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    /// Simulated pairs
    pub pairs: usize,
    /// Smallest positive rate to keep
    pub threshold: f64,
    /// Every candidate of the search, in order
    pub candidates: Vec<Checked>,
}

/// A candidate that Phase II found valid; only [`CheckReport::validated`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Validated(Candidate);

impl Validated {
    /// The candidate.
    pub fn candidate(&self) -> &Candidate {
        &self.0
    }
}

impl CheckReport {
    /// The candidates that Phase III takes.
    pub fn validated(&self) -> Vec<Validated> {
        let valid = self.candidates.iter().filter(|checked| checked.verdict == Verdict::Valid);
        valid.map(|checked| Validated(checked.candidate.clone())).collect()
    }

    /// What became of the candidates, in one line.
    pub fn in_words(&self) -> String {
        let number = |is: fn(&Verdict) -> bool| self.candidates.iter().filter(|checked| is(&checked.verdict)).count();
        let candidates = match self.candidates.len() {
            1 => "1 candidate".to_owned(),
            n => format!("{n} candidates"),
        };
        format!(
            "{candidates}: {} valid, {} with a positive rate below {}, {} with the gradient of a simpler one",
            number(|verdict| *verdict == Verdict::Valid),
            number(|verdict| *verdict == Verdict::WrongSign),
            self.threshold,
            number(|verdict| matches!(verdict, Verdict::SameGradient { .. })),
        )
    }
}

/// Checks every candidate under the semantics of the search; `graded` says whether labels lie between 0 and 1.
///
/// # Panics
/// When the semantics are not valid; a validated configuration has valid ones.
pub fn check(candidates: Vec<Candidate>, config: &Config, graded: bool) -> CheckReport {
    let pairs = Pairs::new(config.check.pairs, config.seed, graded);
    let known = KnownGradients::new(&pairs, config.search.epsilon);
    let losses: Vec<Loss> = candidates.iter().map(|candidate| scale::compile(&candidate.formula, config)).collect();
    let slopes: Vec<Slopes> = losses.iter().map(|loss| pairs.slopes(loss)).collect();
    let names = losses.iter().zip(&slopes).map(|(loss, slopes)| known.name_of(loss, slopes).map(str::to_owned));
    let rates: Vec<f64> = slopes.iter().map(|slopes| pairs.positive_rate(slopes, &config.check)).collect();
    let verdicts = verdicts(&candidates, &slopes, &rates, config.check.threshold);
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

/// Simplest first, so that of several with one derivative the simplest stands for all; of equals the earlier.
fn verdicts(candidates: &[Candidate], slopes: &[Slopes], rates: &[f64], threshold: f64) -> Vec<Verdict> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|&index| (candidates[index].formula.complexity(), candidates[index].sample));
    let (mut verdicts, mut valid) = (vec![Verdict::WrongSign; candidates.len()], Vec::new());
    for index in order {
        if rates[index] < threshold {
            continue;
        }
        let same = valid.iter().find(|&&other: &&usize| slopes[other].equal(&slopes[index]));
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

/// The named loss whose derivative is that of `loss` up to a positive constant, on every simulated pair; evaluated
/// without a clamp, at the same ε.
pub fn gradient_name(loss: &Loss, config: &Config, graded: bool) -> Option<&'static str> {
    let pairs = Pairs::new(config.check.pairs, config.seed, graded);
    KnownGradients::new(&pairs, loss.semantics().epsilon).name_of(loss, &pairs.slopes(loss))
}

/// The named losses by their derivative, each at the same root mean square.
struct KnownGradients(Vec<(&'static str, Slopes)>);

impl KnownGradients {
    fn new(pairs: &Pairs, epsilon: f32) -> Self {
        let unit = |named: &NamedLoss| {
            let loss = named.formula().compile(Semantics::unclamped(epsilon)).ok()?;
            Some((named.name, pairs.slopes(&loss).unit(scale::rms(&loss))))
        };
        Self(NAMED_LOSSES.iter().filter_map(unit).collect())
    }

    /// Of several that are equal up to rounding, as maxr and sumr at a small ε are, the nearest.
    fn name_of(&self, loss: &Loss, slopes: &Slopes) -> Option<&'static str> {
        let own = slopes.unit(scale::rms(loss));
        let equal = self.0.iter().filter(|(_, known)| own.equal(known));
        equal.min_by(|(_, a), (_, b)| own.distance(a).total_cmp(&own.distance(b))).map(|(name, _)| *name)
    }
}

/// Share of simulated pairs with the right sign of dL/dŷ: ≥ 0 where ŷ is above y, ≤ 0 where it is below, up to the dead
/// zone. For y = 0 and y = 1 that is the paper's rule. A pair whose value or derivative is NaN or ∞ counts as wrong.
pub fn positive_rate(loss: &Loss, check: &CheckConfig, seed: u64, graded: bool) -> f64 {
    let pairs = Pairs::new(check.pairs, seed, graded);
    pairs.positive_rate(&pairs.slopes(loss), check)
}

/// Simulated pairs: ŷ uniform in (0, 1), y in turn 0 and 1, or uniform in [0, 1) where labels are graded.
pub(crate) struct Pairs {
    predictions: Vec<f64>,
    logits: Vec<f32>,
    labels: Vec<f32>,
}

/// dL/dlogit of each pair; NaN where value or derivative is not finite.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Slopes(Vec<f32>);

impl Pairs {
    pub(crate) fn new(n: usize, seed: u64, graded: bool) -> Self {
        let mut rng = stream(seed, "check", 0);
        let predictions: Vec<f64> = (0..n).map(|_| uniform(&mut rng).clamp(1e-9, 1.0 - 1e-9)).collect();
        let logits = predictions.iter().map(|&prediction| scale::logit(prediction) as f32).collect();
        let mut rng = stream(seed, "check labels", 0);
        let label = |pair| if graded { uniform(&mut rng) as f32 } else { (pair % 2) as f32 };
        Self { predictions, logits, labels: (0..n).map(label).collect() }
    }

    /// Number of pairs.
    pub(crate) fn len(&self) -> usize {
        self.logits.len()
    }

    /// dL/dlogit of a loss on each.
    pub(crate) fn slopes(&self, loss: &Loss) -> Slopes {
        let n = self.logits.len();
        let (mut value, mut grad, mut workspace) = (vec![0.0; n], vec![0.0; n], Workspace::default());
        let found = loss.evaluate(&self.logits, &self.labels, &mut value, &mut grad, &mut workspace);
        if found.non_finite > 0 {
            // The evaluation sets a bad derivative to 0; one pair at a time tells which they are.
            for pair in 0..n {
                let one = pair..pair + 1;
                let (logit, label) = (&self.logits[one.clone()], &self.labels[one.clone()]);
                if loss.value_and_grad(logit, label, &mut grad[one], &mut workspace).non_finite > 0 {
                    grad[pair] = f32::NAN;
                }
            }
        }
        Slopes(grad)
    }

    fn positive_rate(&self, slopes: &Slopes, check: &CheckConfig) -> f64 {
        let right = (0..slopes.0.len()).filter(|&pair| {
            let prediction = self.predictions[pair];
            // dL/dŷ = dL/dh / (ŷ(1 − ŷ)).
            let slope = f64::from(slopes.0[pair]) / (prediction * (1.0 - prediction));
            let wrong_by = if f64::from(self.labels[pair]) > prediction { slope } else { -slope };
            wrong_by <= check.dead_zone
        });
        right.count() as f64 / slopes.0.len() as f64
    }
}

impl Slopes {
    fn unit(&self, rms: f64) -> Self {
        Self(self.0.iter().map(|&slope| (f64::from(slope) / rms) as f32).collect())
    }

    /// Sum of the squared differences.
    fn distance(&self, other: &Slopes) -> f64 {
        self.0.iter().zip(&other.0).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
    }

    /// Number of pairs.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether value and derivative are finite on every pair.
    pub(crate) fn is_finite(&self) -> bool {
        self.0.iter().all(|slope| slope.is_finite())
    }

    /// Equal on every pair, up to rounding.
    pub(crate) fn equal(&self, other: &Slopes) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| (a - b).abs() <= 1e-5 * a.abs().max(b.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen_formula::{Semantics, resolve};

    fn rate_of(text: &str, graded: bool) -> f64 {
        let loss = resolve(text).unwrap().compile(Semantics::default()).unwrap();
        positive_rate(&loss, &Config::preset("default").unwrap().check, 42, graded)
    }

    fn rate(text: &str) -> f64 {
        rate_of(text, false)
    }

    #[test]
    fn rates_by_hand() {
        assert_eq!(rate("mse"), 1.0);
        assert_eq!(rate("-(pred - label)^2"), 0.0);
        // Right for y = 0 only, and y alternates.
        assert_eq!(rate("pred"), 0.5);
        // No derivative at all is right everywhere, as §4.2 has it.
        assert_eq!(rate("label + 1"), 1.0);
        // (ŷ − ½)² is right for half of ŷ of each class.
        assert!((rate("(pred - 0.5)^2") - 0.5).abs() < 0.05);
    }

    #[test]
    fn rates_of_graded_labels_by_hand() {
        for right in ["mse", "bce", "label + 1"] {
            assert_eq!(rate_of(right, true), 1.0, "{right}");
        }
        assert_eq!(rate_of("-(pred - label)^2", true), 0.0);
        // Right where ŷ > y, which is half of the square.
        assert!((rate_of("pred", true) - 0.5).abs() < 0.05);
        // Right where ŷ lies farther from ½ than y on its side, or y on the other: 2·∫ ŷ dŷ from ½ to 1.
        assert!((rate_of("(pred - 0.5)^2", true) - 0.75).abs() < 0.05);
    }

    #[test]
    fn what_is_not_finite_is_wrong() {
        let loss = resolve("(pred - label)^2 + 0 / label").unwrap().compile(Semantics::unclamped(1e-6)).unwrap();
        assert_eq!(positive_rate(&loss, &Config::preset("default").unwrap().check, 42, false), 0.5);
    }

    #[test]
    fn gradients_are_known_by_their_name() {
        let config = Config::preset("default").unwrap();
        let loss = |text: &str| resolve(text).unwrap().compile(Semantics::default()).unwrap();
        let name = |text: &str| gradient_name(&loss(text), &config, false);
        assert_eq!(name("3 * (label + -pred)^2 + label"), Some("mse"));
        assert_eq!(name("-(pred - label)^2"), None);
        assert_eq!(name("(pred - label)^2 + pred"), None);
        assert_eq!(name("label"), None);
        for known in NAMED_LOSSES {
            for epsilon in [1e-6, 0.1] {
                let loss = known.formula().compile(Semantics::unclamped(epsilon)).unwrap();
                assert_eq!(gradient_name(&loss, &config, false), Some(known.name), "at ε = {epsilon}");
            }
        }
        // y² is y for two classes alone.
        let squared = "(pred - label^2)^2";
        assert_eq!((name(squared), gradient_name(&loss(squared), &config, true)), (Some("mse"), None));
    }

    #[test]
    fn of_candidates_with_one_gradient_the_simplest_stays() {
        let texts = ["2 * (pred + -label)^2 + label", "(pred - label)^2", "-(pred - label)^2", "bce"];
        let candidate = |(sample, text): (u64, &str)| Candidate {
            formula: resolve(text).unwrap(),
            sample,
            accepted: 1,
            reward: 0.0,
        };
        let report = check((0..).zip(texts).map(candidate).collect(), &Config::preset("default").unwrap(), false);
        let verdicts: Vec<Verdict> = report.candidates.iter().map(|checked| checked.verdict).collect();
        assert_eq!(verdicts, [Verdict::SameGradient { of: 1 }, Verdict::Valid, Verdict::WrongSign, Verdict::Valid]);
        let names: Vec<Option<&str>> = report.candidates.iter().map(|checked| checked.gradient_of.as_deref()).collect();
        assert_eq!(names, [Some("mse"), Some("mse"), None, Some("bce")]);
        assert_eq!(report.validated().len(), 2);
    }
}
