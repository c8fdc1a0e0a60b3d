//! Whether a loss is finite wherever a training may go.

use crate::{Loss, Node, Workspace};

use super::error::ExportError;

/// From −88 to 88, which is wherever a prediction of single precision goes: it is 1 above 17, and from −87 it stays at 1.6e-38.
const REACH: i32 = 88;
/// Logits for each unit.
const PER_UNIT: i32 = 16;
/// Evenly spaced predictions and labels, ½ and every other share in hundredths among them: ratings on any usual scale are.
const SHARES: u8 = 100;

/// A logit and a label at which the value or the derivative of a loss is NaN or ∞ in single precision, in which a loss
/// trains; the one nearest to ŷ = ½. `None` where the loss is finite: at logits from −88 to 88, labels in hundredths and at the
/// constants of the formula, and where prediction and label are equal.
pub fn non_finite_at(loss: &Loss) -> Option<(f32, f32)> {
    let labels = labels(loss);
    let logits = logits(&labels);
    let mut workspace = Workspace::default();
    let (mut value, mut grad) = (vec![0.0; logits.len()], vec![0.0; logits.len()]);
    let mut nearest: Option<(f32, f32)> = None;
    for label in labels {
        let given = vec![label; logits.len()];
        if loss.evaluate(&logits, &given, &mut value, &mut grad, &mut workspace).non_finite > 0 {
            let bad = logits.iter().copied().find(|&logit| !is_finite(loss, logit, label));
            let logit = bad.expect("one of the logits was not finite");
            if nearest.is_none_or(|(found, _)| logit.abs() < found.abs()) {
                nearest = Some((logit, label));
            }
        }
    }
    nearest
}

/// # Errors
/// The logit and the label nearest to ŷ = ½ at which value or derivative is NaN or ∞.
pub(super) fn check_finite(loss: &Loss) -> Result<(), ExportError> {
    match non_finite_at(loss) {
        Some((logit, label)) => Err(ExportError::NotFinite { logit, label }),
        None => Ok(()),
    }
}

fn is_finite(loss: &Loss, logit: f32, label: f32) -> bool {
    let (mut value, mut grad) = ([0.0], [0.0]);
    loss.evaluate(&[logit], &[label], &mut value, &mut grad, &mut Workspace::default()).non_finite == 0
}

fn shares() -> impl Iterator<Item = f32> {
    (1..SHARES).map(|share| f32::from(share) / f32::from(SHARES))
}

/// 0 and 1, hundredths, and the constants of the formula, where it may have a kink or a pole.
fn labels(loss: &Loss) -> Vec<f32> {
    let constants = loss.formula().nodes().iter().filter_map(|node| match *node {
        Node::Constant(value) if value > 0.0 && value < 1.0 => Some([value, 1.0 - value]),
        _ => None,
    });
    [0.0, 1.0].into_iter().chain(shares()).chain(constants.flatten()).collect()
}

/// Ascending in size. Among them the logits of all labels, where ŷ = y.
fn logits(labels: &[f32]) -> Vec<f32> {
    let grid = (-REACH * PER_UNIT..=REACH * PER_UNIT).map(|index| index as f32 / PER_UNIT as f32);
    let of_labels =
        labels.iter().filter(|&&label| label > 0.0 && label < 1.0).map(|label| (label / (1.0 - label)).ln());
    let mut logits: Vec<f32> = grid.chain(of_labels).collect();
    logits.sort_by(|x, y| x.abs().total_cmp(&y.abs()));
    logits
}
