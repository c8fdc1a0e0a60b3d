//! Whether a loss is finite wherever a training may go.

use crate::{Loss, Workspace};

use super::error::ExportError;

/// Values of ŷ, evenly spaced in (0, 1): ½ and every other share in thousandths is there.
const PROBE: usize = 1000;
/// How near the ends of (0, 1) are looked at.
const END: f32 = 1e-6;

/// # Errors
/// The first ŷ and y at which value or derivative is NaN or ∞.
pub(super) fn check_finite(loss: &Loss) -> Result<(), ExportError> {
    let inner = (1..PROBE).map(|index| index as f32 / PROBE as f32);
    let (mut value, mut grad, mut workspace) = ([0.0], [0.0], Workspace::default());
    for prediction in [END].into_iter().chain(inner).chain([1.0 - END]) {
        let logit = (prediction / (1.0 - prediction)).ln();
        for label in [0.0, 1.0] {
            let found = loss.evaluate(&[logit], &[label], &mut value, &mut grad, &mut workspace);
            if found.non_finite > 0 {
                return Err(ExportError::NotFinite { prediction, label });
            }
        }
    }
    Ok(())
}
