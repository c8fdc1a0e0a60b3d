//! EASE: a linear model from items to items.

use autolossgen_settings::{Section, range, section};

use super::error::ReferenceError;
use super::inverse::Symmetric;
use super::taken::for_each_taken;
use crate::ranking::positives::Positives;
use crate::ranking::scorer::Scorer;

section! {
    /// Settings of EASE.
    #[derive(Copy)]
    pub struct EaseSettings {
        /// L2 penalty λ of the weights; the default is what Steck found best on ML-20M
        pub l2: f64 [range::within(1e-3, 1e9)] = 500.0;
    }
}

/// EASE (Steck, *Embarrassingly shallow autoencoders for sparse data*, WWW 2019): with X the positives of training, shape
/// (n_users, n_items), and P = (XᵀX + λI)⁻¹, the weights are B_ij = −P_ij / P_jj off the diagonal and 0 on it (Eq. 8), which
/// minimise ‖X − XB‖² + λ‖B‖² under that constraint. Scores of a user: x_u B, with B rounded to single precision.
///
/// A fit takes n_items³ operations and 12 bytes of memory for each pair of items, of which 4 stay.
#[derive(Clone, Debug)]
pub struct Ease {
    train: Positives,
    /// B, row-major, shape (n_items, n_items).
    weights: Vec<f32>,
}

impl Ease {
    /// Penalties λ of [`grid`](Self::grid).
    pub const L2: [f64; 8] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0];

    /// The most items: 30,000, whose fit takes 11 GB.
    pub const MOST_ITEMS: usize = 30_000;

    /// Settings to choose among on validation: each λ.
    pub fn grid() -> Vec<EaseSettings> {
        Self::L2.iter().map(|&l2| EaseSettings { l2 }).collect()
    }

    /// Fits the weights to the positives of training.
    ///
    /// # Errors
    /// A setting outside its range, and more than [`MOST_ITEMS`](Self::MOST_ITEMS) items.
    pub fn fit(train: &Positives, settings: EaseSettings) -> Result<Self, ReferenceError> {
        settings.check().map_err(ReferenceError::Setting)?;
        let (n_items, most) = (train.n_items(), Self::MOST_ITEMS);
        if n_items > most {
            return Err(ReferenceError::TooManyItems { n_items, most });
        }
        let mut matrix = gram(train, settings.l2);
        matrix.invert_and_negate();
        Ok(Self { train: train.clone(), weights: weights(&matrix, n_items) })
    }

    /// B, row-major, shape (n_items, n_items).
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }
}

/// XᵀX + λI.
fn gram(train: &Positives, l2: f64) -> Symmetric {
    let mut matrix = Symmetric::scalar(train.n_items(), l2);
    for items in (0..train.n_users() as u32).map(|user| train.of_user(user)) {
        for (number, &item) in items.iter().enumerate() {
            let row = matrix.row_mut(item as usize);
            items[..=number].iter().for_each(|&other| row[other as usize] += 1.0);
        }
    }
    matrix
}

/// B of −P.
fn weights(negated: &Symmetric, n_items: usize) -> Vec<f32> {
    let weight = |i: usize, j: usize| if i == j { 0.0 } else { -negated.get(i, j) / negated.get(j, j) };
    (0..n_items).flat_map(|i| (0..n_items).map(move |j| weight(i, j) as f32)).collect()
}

impl Scorer for Ease {
    /// # Panics
    /// When there is no such user, or `scores` has another shape.
    fn score(&self, users: &[u32], scores: &mut [f32]) {
        let n_items = self.train.n_items();
        for_each_taken(&self.train, users, scores, |row, item| {
            let weights = &self.weights[item as usize * n_items..][..n_items];
            row.iter_mut().zip(weights).for_each(|(score, weight)| *score += weight);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_by_hand() {
        // XᵀX = [[2, 1], [1, 2]]; with λ = 1 P = [[3, −1], [−1, 3]] / 8.
        let train = Positives::new(3, 2, &[0, 0, 1, 2], &[0, 1, 0, 1]);
        let ease = Ease::fit(&train, EaseSettings { l2: 1.0 }).unwrap();
        let third = (1.0_f64 / 3.0) as f32;
        assert_eq!(ease.weights(), [0.0, third, third, 0.0]);
        let mut scores = [f32::NAN; 4];
        ease.score(&[1, 0], &mut scores);
        assert_eq!(scores, [0.0, third, third, third]);
    }

    #[test]
    fn what_cannot_be_fitted_is_told() {
        let train = Positives::new(1, 30_001, &[0], &[0]);
        let said = |l2: f64| Ease::fit(&train, EaseSettings { l2 }).unwrap_err().to_string();
        assert_eq!(
            said(500.0),
            "EASE takes memory and time for 30001 × 30001 weights: there may be at most 30000 items; leave out rare items"
        );
        assert_eq!(said(0.0), "l2 = 0: must lie between 0.001 and 1000000000");
    }
}
