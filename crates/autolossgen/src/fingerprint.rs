//! A loss as its dL/dlogit on simulated pairs of prediction and label: what tells losses apart, and right signs from wrong.

use autolossgen_formula::{Loss, NAMED_LOSSES, NamedLoss, Semantics, Workspace};
use autolossgen_recsys::random::{stream, uniform};
use serde::{Deserialize, Serialize};

use crate::config::{CheckConfig, Config};
use crate::gradient_scale;

/// The named loss whose derivative is that of `loss` up to a positive constant, on every simulated pair; evaluated
/// without a clamp, at the same ε.
pub fn gradient_name(loss: &Loss, config: &Config, graded: bool) -> Option<&'static str> {
    let pairs = SimulatedPairs::new(config.check.pairs, config.seed, graded);
    KnownGradients::new(&pairs, loss.semantics().epsilon).name_of(loss, &pairs.fingerprint(loss))
}

/// The named losses by their derivative, each at the same root mean square.
pub(crate) struct KnownGradients(Vec<(&'static str, Fingerprint)>);

impl KnownGradients {
    pub(crate) fn new(pairs: &SimulatedPairs, epsilon: f32) -> Self {
        let unit = |named: &NamedLoss| {
            let loss = named.formula().compile(Semantics::unclamped(epsilon)).ok()?;
            Some((named.name, pairs.fingerprint(&loss).unit(gradient_scale::rms(&loss))))
        };
        Self(NAMED_LOSSES.iter().filter_map(unit).collect())
    }

    /// Of several that are equal up to rounding, as maxr and sumr at a small ε are, the nearest.
    pub(crate) fn name_of(&self, loss: &Loss, fingerprint: &Fingerprint) -> Option<&'static str> {
        let own = fingerprint.unit(gradient_scale::rms(loss));
        let equal = self.0.iter().filter(|(_, known)| own.equal(known));
        equal.min_by(|(_, a), (_, b)| own.distance(a).total_cmp(&own.distance(b))).map(|(name, _)| *name)
    }
}

/// Share of simulated pairs with the right sign of dL/dŷ: ≥ 0 where ŷ is above y, ≤ 0 where it is below, up to the dead
/// zone. For y = 0 and y = 1 that is the paper's rule. A pair whose value or derivative is NaN or ∞ counts as wrong.
pub fn positive_rate(loss: &Loss, check: &CheckConfig, seed: u64, graded: bool) -> f64 {
    let pairs = SimulatedPairs::new(check.pairs, seed, graded);
    pairs.positive_rate(&pairs.fingerprint(loss), check)
}

/// Whether both classes have a gradient: |dL/dlogit| above 1e-4 of its largest at more than half of the logits −6, −5, …, 6, for
/// y = 0 and for y = 1. A loss without one learns from one class alone, and ranks nothing. The rule is ours.
pub(crate) fn acts_on_both_classes(loss: &Loss) -> bool {
    const LOGITS: [f32; 13] = [-6.0, -5.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    const SMALLEST: f32 = 1e-4;
    let mut workspace = Workspace::default();
    let mut slopes = |label: f32| {
        let mut slopes = [0.0; LOGITS.len()];
        loss.grad(&LOGITS, &[label; LOGITS.len()], &mut slopes, &mut workspace);
        slopes.map(f32::abs)
    };
    let classes = [slopes(0.0), slopes(1.0)];
    let largest = classes.iter().flatten().copied().fold(0.0, f32::max);
    let n_acting = |slopes: &[f32; 13]| slopes.iter().filter(|slope| **slope > SMALLEST * largest).count();
    classes.iter().all(|slopes| 2 * n_acting(slopes) > LOGITS.len())
}

/// Simulated pairs: ŷ uniform in (0, 1), y in turn 0 and 1, or uniform in [0, 1) where labels are graded.
pub(crate) struct SimulatedPairs {
    predictions: Vec<f64>,
    logits: Vec<f32>,
    labels: Vec<f32>,
}

/// dL/dlogit of each pair; NaN where value or derivative is not finite.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Fingerprint(Vec<f32>);

impl SimulatedPairs {
    pub(crate) fn new(n: usize, seed: u64, graded: bool) -> Self {
        let mut rng = stream(seed, "check", 0);
        let predictions: Vec<f64> = (0..n).map(|_| uniform(&mut rng).clamp(1e-9, 1.0 - 1e-9)).collect();
        let logits = predictions.iter().map(|&prediction| gradient_scale::logit(prediction) as f32).collect();
        let mut rng = stream(seed, "check labels", 0);
        let label = |pair| if graded { uniform(&mut rng) as f32 } else { (pair % 2) as f32 };
        Self { predictions, logits, labels: (0..n).map(label).collect() }
    }

    /// Number of pairs.
    pub(crate) fn len(&self) -> usize {
        self.logits.len()
    }

    /// dL/dlogit of a loss on each.
    pub(crate) fn fingerprint(&self, loss: &Loss) -> Fingerprint {
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
        Fingerprint(grad)
    }

    pub(crate) fn positive_rate(&self, fingerprint: &Fingerprint, check: &CheckConfig) -> f64 {
        let right = (0..fingerprint.0.len()).filter(|&pair| {
            let prediction = self.predictions[pair];
            // dL/dŷ = dL/dh / (ŷ(1 − ŷ)).
            let slope = f64::from(fingerprint.0[pair]) / (prediction * (1.0 - prediction));
            let wrong_by = if f64::from(self.labels[pair]) > prediction { slope } else { -slope };
            wrong_by <= check.dead_zone
        });
        right.count() as f64 / fingerprint.0.len() as f64
    }
}

impl Fingerprint {
    fn unit(&self, rms: f64) -> Self {
        Self(self.0.iter().map(|&slope| (f64::from(slope) / rms) as f32).collect())
    }

    /// Sum of the squared differences.
    fn distance(&self, other: &Fingerprint) -> f64 {
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
    pub(crate) fn equal(&self, other: &Fingerprint) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| (a - b).abs() <= 1e-5 * a.abs().max(b.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;
    use autolossgen_formula::{Semantics, resolve};

    fn rate_of(text: &str, graded: bool) -> f64 {
        let loss = resolve(text).unwrap().compile(Semantics::default()).unwrap();
        positive_rate(&loss, &Config::preset(Preset::Default).check, 42, graded)
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
    fn named_losses_act_on_both_classes_and_halves_of_them_do_not() {
        let acts = |text: &str, epsilon: f32| {
            acts_on_both_classes(&resolve(text).unwrap().compile(Semantics::unclamped(epsilon)).unwrap())
        };
        for named in NAMED_LOSSES {
            let epsilons = [1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
            assert!(epsilons.iter().any(|&epsilon| acts(named.name, epsilon)), "{}", named.name);
        }
        for text in ["label * (1 - pred)", "max(pred, label)", "-(label * log(pred))", "label + 1"] {
            assert!(!acts(text, 1e-6), "{text}");
        }
        // 3 of 13 logits are above 2.5: too few. 7 above −0.5: enough.
        assert!(!acts("(1 - label) * relu(logit - 2.5) - label * logit", 1e-6));
        assert!(acts("(1 - label) * relu(logit + 0.5) - label * logit", 1e-6));
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
        assert_eq!(positive_rate(&loss, &Config::preset(Preset::Default).check, 42, false), 0.5);
    }

    #[test]
    fn gradients_are_known_by_their_name() {
        let config = Config::preset(Preset::Default);
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
}
