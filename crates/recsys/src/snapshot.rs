//! What a recommender has learned, as numbers that can be put away and taken up again bit for bit.

use serde::{Deserialize, Serialize};

use crate::kernel::vector::all_finite;

/// Every parameter as it is stored, without the state of the optimiser. The shape is not in it: it is taken up by a model of
/// the same shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Stored parameters, and running statistics where there are any
    numbers: Vec<f32>,
    /// What a stored embedding is multiplied by
    scale: f64,
}

/// A snapshot of a model that has another shape, or one that no training can have left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot is not that of a recommender of this shape")]
pub struct OtherShape;

impl Snapshot {
    /// A snapshot of `numbers`, in an order of the model's own; `scale` is what the model multiplies stored embeddings by, 1
    /// where it stores them as they are.
    pub fn new(numbers: Vec<f32>, scale: f64) -> Self {
        Self { numbers, scale }
    }

    /// The same of the `parts` of a model one behind the other.
    pub fn of(parts: &[&[f32]], scale: f64) -> Self {
        Self::new(parts.concat(), scale)
    }

    /// Every stored number.
    pub fn numbers(&self) -> &[f32] {
        &self.numbers
    }

    /// What a stored embedding is multiplied by.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Fills the parts that a snapshot was made [`of`](Self::of), in the same order, and gives the scale.
    ///
    /// # Errors
    /// Another number of numbers than the parts have, one that is not finite, or a scale that is not positive and finite. The
    /// parts then stay what they are.
    pub fn fill(&self, parts: &mut [&mut [f32]]) -> Result<f64, OtherShape> {
        let due: usize = parts.iter().map(|part| part.len()).sum();
        let is_scale = self.scale.is_finite() && self.scale > 0.0;
        if due != self.numbers.len() || !is_scale || !all_finite(&self.numbers) {
            return Err(OtherShape);
        }
        let mut numbers = &self.numbers[..];
        for part in parts {
            let (own, rest) = numbers.split_at(part.len());
            part.copy_from_slice(own);
            numbers = rest;
        }
        Ok(self.scale)
    }
}
