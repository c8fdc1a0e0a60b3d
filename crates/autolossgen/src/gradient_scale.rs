//! Gradient-scale normalisation: losses are compared by their shape and not by a constant factor.
//!
//! A loss times a constant has the same minimum, but under SGD with L2 another step and another regularisation. With
//! `training.normalize` every loss is scaled so that the root mean square of its dL/dlogit on the probe is that of binary
//! cross-entropy, and the learning rate means for each what it means for that.

use std::sync::LazyLock;

use autolossgen_formula::{Formula, Loss, Semantics, Workspace};

use crate::config::Config;
use crate::record::Scales;

/// Values of ŷ in the probe, evenly spaced in (0, 1), each with y = 0 and y = 1.
const PROBE: usize = 500;

/// A scale outside 1 / this to this is cut off: such a loss has hardly a gradient, or only spikes.
const MOST: f64 = 1e4;

/// A generated formula as it trains: under the semantics of the search, and scaled if the configuration says so.
///
/// # Panics
/// When the semantics are not valid, or the formula is one of ranking.
pub fn compile(formula: &Formula, config: &Config) -> Loss {
    compile_under(formula, config.semantics(), config).0
}

/// A formula as it trains under semantics of its own, and its scales where losses are scaled.
///
/// # Panics
/// As [`compile`].
pub(crate) fn compile_under(formula: &Formula, semantics: Semantics, config: &Config) -> (Loss, Option<Scales>) {
    measured(formula.compile(semantics).expect("ε and the clamp are validated"), config)
}

/// The loss as it trains: scaled if the configuration says so.
pub fn as_trained(loss: Loss, config: &Config) -> Loss {
    measured(loss, config).0
}

fn measured(loss: Loss, config: &Config) -> (Loss, Option<Scales>) {
    if !config.training.normalize {
        return (loss, None);
    }
    let rms = rms(&loss);
    let scale = (bce_rms() / rms).clamp(1.0 / MOST, MOST);
    // Without any gradient there is nothing to scale.
    let loss = if scale.is_finite() { loss.scaled(scale as f32) } else { loss };
    let scales = Scales { scale: loss.scale(), rms };
    (loss, Some(scales))
}

/// The logit of a probability.
pub(crate) fn logit(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}

fn predictions() -> impl Iterator<Item = f64> {
    (0..PROBE).map(|index| (index as f64 + 0.5) / PROBE as f64)
}

/// The logits of the probe, ascending.
pub(crate) fn probe_logits() -> &'static [f32] {
    static LOGITS: LazyLock<Vec<f32>> =
        LazyLock::new(|| predictions().map(|prediction| logit(prediction) as f32).collect());
    &LOGITS
}

/// Root mean square of dL/dlogit on the probe.
pub fn rms(loss: &Loss) -> f64 {
    let logits = probe_logits();
    let mut workspace = Workspace::default();
    let mut squares = |label: f32| -> f64 {
        let mut grad = vec![0.0; PROBE];
        loss.value_and_grad(logits, &[label; PROBE], &mut grad, &mut workspace);
        grad.iter().map(|&g| f64::from(g) * f64::from(g)).sum()
    };
    ((squares(0.0) + squares(1.0)) / (2 * PROBE) as f64).sqrt()
}

/// That of binary cross-entropy, whose dL/dlogit is ŷ − y: about 1/√3.
fn bce_rms() -> f64 {
    let square = |p: f64| p * p + (1.0 - p) * (1.0 - p);
    (predictions().map(square).sum::<f64>() / (2 * PROBE) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;
    use autolossgen_formula::resolve;

    fn trained(text: &str, normalize: bool) -> Loss {
        let mut config = Config::preset(Preset::Default);
        config.training.normalize = normalize;
        as_trained(resolve(text).unwrap().compile(Semantics::unclamped(1e-6)).unwrap(), &config)
    }

    #[test]
    fn every_loss_has_the_step_of_cross_entropy() {
        assert!((trained("bce", true).scale() - 1.0).abs() < 1e-4);
        for text in ["mse", "focal", "3 * (pred - label)^2", "hinge"] {
            assert!((rms(&trained(text, true)) - 3.0_f64.sqrt().recip()).abs() < 1e-3, "{text}");
        }
        // ∫ (2p·p(1 − p))² dp = 4·B(5, 3) = 4/105 for each class.
        assert!((f64::from(trained("mse", true).scale()) - (105.0_f64 / 12.0).sqrt()).abs() < 1e-2);
        assert_eq!(trained("mse", false).scale(), 1.0);
        assert_eq!(trained("label + 1", true).scale(), MOST as f32);
    }
}
