//! Which named loss has the most similar gradient.

use autolossgen_formula::{NAMED_LOSSES, NamedLoss, Semantics};
use serde::Serialize;

use super::name_of;
use super::shape::unit_gradient;
use super::subject::Subject;

/// How similar the gradient is to that of a named loss at the same ε.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Nearness {
    /// Name
    pub loss: &'static str,
    /// Cosine of dL/dlogit over the probe: 1 for the same gradient up to a positive factor, −1 for the opposite one
    pub cosine: f64,
    /// What the best positive factor leaves of the gradient, as a share of its length: 0 to 1
    pub distance: f64,
}

/// Every named loss but the loss itself, nearest first.
pub(super) fn of(subject: &Subject<'_>) -> Vec<Nearness> {
    let own = unit_gradient(subject.loss).expect("the probe was finite");
    let epsilon = subject.loss.semantics().epsilon;
    let nearness = |named: &NamedLoss| {
        let loss = named.formula().compile(Semantics::unclamped(epsilon)).ok()?;
        let cosine: f64 = own.iter().zip(&unit_gradient(&loss)?).map(|(a, b)| a * b).sum();
        let distance = if cosine > 0.0 { (1.0 - cosine * cosine).max(0.0).sqrt() } else { 1.0 };
        Some(Nearness { loss: named.name, cosine, distance })
    };
    let others = NAMED_LOSSES.iter().filter(|named| Some(named.name) != name_of(subject.loss));
    let mut found: Vec<Nearness> = others.filter_map(nearness).collect();
    found.sort_by(|a, b| b.cosine.total_cmp(&a.cosine));
    found
}
