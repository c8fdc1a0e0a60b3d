//! Symmetry, convexity and the part that ε plays in the shape of the gradient.

use autolossgen_formula::Loss;
use serde::Serialize;

use super::line::{Classes, Line, share};
use super::subject::{Subject, probe_logits};

/// A departure below this is none.
const ACCURACY: f64 = 1e-4;

/// Properties of the shape of dL/dlogit, which no positive factor changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shape {
    /// Whether L(ŷ, 1) = L(1 − ŷ, 0) up to a constant: both classes are treated alike
    pub symmetric: bool,
    /// By how much not: Σ|∂L(ŷ, 1) + ∂L(1 − ŷ, 0)| / Σ(|∂L(ŷ, 1)| + |∂L(1 − ŷ, 0)|) over the probe; 0 to 1
    pub asymmetry: f64,
    /// Whether L(ŷ, 0) + L(ŷ, 1) is constant: then labels of both classes flipped at one rate below ½ leave the minimiser where it
    /// is (Ghosh, Kumar and Sastry 2017). Rates that differ do not: with positives alone flipped at a rate ρ, the loss asks for
    /// what it should for shares below ½ and above ½/(1 − ρ), and for the opposite between
    pub noise_symmetric: bool,
    /// By how much not: Σ|∂L(ŷ, 0) + ∂L(ŷ, 1)| / Σ(|∂L(ŷ, 0)| + |∂L(ŷ, 1)|) over the probe; 0 to 1
    pub noise_imbalance: f64,
    /// Whether the loss is convex in the logit, for |logit| ≤ 20
    pub convex: bool,
    /// Share of ŷ, mean of both labels, at which dL/dlogit falls; exact to about 0.004
    pub concave_share: f64,
    /// Largest distance between the gradient, scaled to length 1 over the probe, at ε and at ε/10 or 10ε: 0 for the same shape,
    /// √2 for two that have nothing in common; `None` where the loss is not finite at one of them
    pub epsilon_sensitivity: Option<f64>,
}

impl Shape {
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let Classes { negative, positive } = &subject.probe;
        let asymmetry = uncancelled(positive.iter().zip(negative.iter().rev()));
        let noise_imbalance = uncancelled(positive.iter().zip(negative));
        let concave_share = (concave(subject, 0.0) + concave(subject, 1.0)) / 2.0;
        Self {
            symmetric: asymmetry <= ACCURACY,
            asymmetry,
            noise_symmetric: noise_imbalance <= ACCURACY,
            noise_imbalance,
            convex: concave_share == 0.0,
            concave_share,
            epsilon_sensitivity: epsilon_sensitivity(subject.loss),
        }
    }
}

/// What is left of pairs that should cancel.
fn uncancelled<'a>(pairs: impl Iterator<Item = (&'a f64, &'a f64)> + Clone) -> f64 {
    let left = pairs.clone().map(|(a, b)| (a + b).abs()).sum();
    share(left, pairs.map(|(a, b)| a.abs() + b.abs()).sum())
}

/// Share of ŷ at which the derivative falls by more than rounding.
fn concave(subject: &Subject<'_>, label: f32) -> f64 {
    let slopes = &subject.grid.of(label).slopes;
    let falls = |&index: &usize| {
        let (from, to) = (slopes[index], slopes[index + 1]);
        from - to > 1e-5 * from.abs().max(to.abs()) + subject.negligible()
    };
    (0..slopes.len() - 1).filter(falls).map(|index| subject.step(index)).sum()
}

fn epsilon_sensitivity(loss: &Loss) -> Option<f64> {
    if !loss.formula().depends_on_epsilon() {
        return Some(0.0);
    }
    let epsilon = loss.semantics().epsilon;
    let gradient = |epsilon: f32| {
        let other = loss.formula().compile(loss.semantics().with_epsilon(epsilon)).ok()?;
        unit_gradient(&other)
    };
    let own = gradient(epsilon)?;
    let distance = |epsilon: f32| {
        let squares = own.iter().zip(&gradient(epsilon)?).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        Some(squares.sqrt())
    };
    Some(distance(epsilon / 10.0)?.max(distance(epsilon * 10.0)?))
}

/// dL/dlogit over the probe, y = 0 first, scaled to length 1; zeros where there is no gradient, `None` where it is not finite.
pub(super) fn unit_gradient(loss: &Loss) -> Option<Vec<f64>> {
    let logits = probe_logits();
    let lines = Classes::by(|label| Line::new(loss, &logits, label));
    if !(lines.negative.is_finite && lines.positive.is_finite) {
        return None;
    }
    let gradient = || lines.negative.slopes.iter().chain(&lines.positive.slopes);
    let length = gradient().map(|slope| slope * slope).sum::<f64>().sqrt();
    Some(gradient().map(|slope| share(*slope, length)).collect())
}
