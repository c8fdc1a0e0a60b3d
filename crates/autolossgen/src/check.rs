//! Phase II: whether the derivative of a loss points the right way (§4.2).

use autolossgen_formula::{Loss, Workspace};
use autolossgen_recsys::random::{stream, uniform};

use crate::CheckConfig;

/// Share of simulated pairs (ŷ uniform in (0, 1), y in turn 0 and 1) with dL/dŷ ≥ 0 for y = 0 and ≤ 0 for y = 1, up to
/// the dead zone. A pair whose value or derivative is NaN or ∞ counts as wrong.
pub fn positive_rate(loss: &Loss, check: &CheckConfig, seed: u64) -> f64 {
    let mut rng = stream(seed, "check", 0);
    let mut workspace = Workspace::default();
    let right = (0..check.pairs).filter(|pair| {
        let label = (pair % 2) as f32;
        let prediction = uniform(&mut rng).clamp(1e-9, 1.0 - 1e-9);
        is_right(loss, prediction, label, check.dead_zone, &mut workspace)
    });
    right.count() as f64 / check.pairs as f64
}

fn is_right(loss: &Loss, prediction: f64, label: f32, dead_zone: f64, workspace: &mut Workspace) -> bool {
    let logit = (prediction / (1.0 - prediction)).ln() as f32;
    let mut grad = [0.0];
    let evaluation = loss.value_and_grad(&[logit], &[label], &mut grad, workspace);
    // dL/dŷ = dL/dh / (ŷ(1 − ŷ)).
    let slope = f64::from(grad[0]) / (prediction * (1.0 - prediction));
    let wrong_by = if label > 0.5 { slope } else { -slope };
    evaluation.non_finite == 0 && wrong_by <= dead_zone
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use autolossgen_formula::{Semantics, resolve};

    fn rate(text: &str) -> f64 {
        let loss = resolve(text).unwrap().compile(Semantics::default()).unwrap();
        positive_rate(&loss, &Config::preset("default").unwrap().check, 42)
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
}
