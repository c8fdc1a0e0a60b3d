//! Inverse of a symmetric positive definite matrix in double precision.

use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::simd::Simd;
use crate::kernel::vectorised::{Vectorised, vectorised};

/// Rows and columns that are swept at once.
const BLOCK: usize = 64;

/// Columns whose results are held in registers.
const PANEL: usize = 32;
const _: () = assert!(BLOCK.is_multiple_of(PANEL));

/// A symmetric matrix of which the lower triangle counts, row-major, padded with rows of the identity to whole blocks.
pub(super) struct Symmetric {
    size: usize,
    values: Vec<f64>,
}

impl Symmetric {
    /// The identity matrix times `diagonal`, shape (n, n).
    pub(super) fn scalar(n: usize, diagonal: f64) -> Self {
        let size = n.next_multiple_of(BLOCK);
        let mut matrix = Self { size, values: vec![0.0; size * size] };
        (0..size).for_each(|i| matrix.values[i * size + i] = if i < n { diagonal } else { 1.0 });
        matrix
    }

    /// Row `i` up to its element on the diagonal.
    pub(super) fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.values[i * self.size..][..=i]
    }

    pub(super) fn get(&self, i: usize, j: usize) -> f64 {
        self.values[i.max(j) * self.size + i.min(j)]
    }

    /// Turns a positive definite matrix A into −A⁻¹ by symmetric sweeps (Dempster 1969; Goodnight 1979), block by block: with
    /// D = A_KK of the block K, A_IJ ← A_IJ − A_IK D⁻¹ A_KJ, A_IK ← A_IK D⁻¹, A_KK ← −D⁻¹. It takes n³ operations, and has the
    /// same bits on every processor. A matrix that is not positive definite gives any numbers, NaN and ±∞ among them.
    pub(super) fn invert_and_negate(&mut self) {
        for start in (0..self.size).step_by(BLOCK) {
            vectorised(InstructionSet::best(), Sweep { matrix: self, start });
        }
    }

    /// A_·K, shape (size, BLOCK).
    fn columns(&self, start: usize) -> Vec<[f64; BLOCK]> {
        (0..self.size).map(|i| std::array::from_fn(|k| self.get(i, start + k))).collect()
    }
}

/// −D⁻¹ of a block by scalar sweeps.
#[inline(always)]
fn sweep_within(block: &mut [[f64; BLOCK]]) {
    for k in 0..BLOCK {
        let pivot = block[k];
        for (i, row) in block.iter_mut().enumerate() {
            let factor = pivot[i] / pivot[k];
            if i == k {
                *row = std::array::from_fn(|j| pivot[j] / pivot[k]);
                row[k] = -1.0 / pivot[k];
            } else {
                row.iter_mut().zip(&pivot).for_each(|(value, pivot)| *value -= factor * pivot);
                row[k] = factor;
            }
        }
    }
}

/// One step of [`Symmetric::invert_and_negate`].
struct Sweep<'a> {
    matrix: &'a mut Symmetric,
    start: usize,
}

impl Vectorised for Sweep<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { matrix, start } = self;
        let columns = matrix.columns(start);
        let mut negated = columns[start..start + BLOCK].to_vec();
        sweep_within(&mut negated);
        let scaled: Vec<[f64; BLOCK]> = columns.iter().map(|row| times(row, &negated)).collect();
        for (panel, rows) in scaled.chunks_exact(PANEL).enumerate() {
            subtract(matrix, panel * PANEL, &columns, rows);
        }
        store(matrix, start, &scaled, &negated);
    }
}

/// row · (−`negated`).
#[inline(always)]
fn times(row: &[f64; BLOCK], negated: &[[f64; BLOCK]]) -> [f64; BLOCK] {
    let mut product = [0.0; BLOCK];
    for (factor, other) in row.iter().zip(negated) {
        product.iter_mut().zip(other).for_each(|(sum, value)| *sum -= factor * value);
    }
    product
}

/// A_IJ ← A_IJ − A_IK · (A_JK D⁻¹)ᵀ for the columns J of a panel that begins at `first`, and the rows I from there on.
#[inline(always)]
fn subtract(matrix: &mut Symmetric, first: usize, columns: &[[f64; BLOCK]], scaled: &[[f64; BLOCK]]) {
    let by_k: [[f64; PANEL]; BLOCK] = std::array::from_fn(|k| std::array::from_fn(|j| scaled[j][k]));
    let rows = matrix.values.chunks_exact_mut(matrix.size).zip(columns);
    for (row, factors) in rows.skip(first) {
        let row: &mut [f64; PANEL] = (&mut row[first..first + PANEL]).try_into().expect("a panel is that long");
        let mut sums = *row;
        for (factor, values) in factors.iter().zip(&by_k) {
            for j in 0..PANEL {
                sums[j] -= factor * values[j];
            }
        }
        *row = sums;
    }
}

/// A_IK ← A_IK D⁻¹ and A_KK ← −D⁻¹, in the lower triangle.
#[inline(always)]
fn store(matrix: &mut Symmetric, start: usize, scaled: &[[f64; BLOCK]], negated: &[[f64; BLOCK]]) {
    let size = matrix.size;
    for (k, row) in negated.iter().enumerate() {
        let to = &mut matrix.values[(start + k) * size..][..start + BLOCK];
        to[start..].copy_from_slice(row);
        (0..start).for_each(|j| to[j] = scaled[j][k]);
    }
    for i in start + BLOCK..size {
        matrix.values[i * size + start..][..BLOCK].copy_from_slice(&scaled[i]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{normal, stream};

    fn inverse(n: usize, element: impl Fn(usize, usize) -> f64) -> Symmetric {
        let mut matrix = Symmetric::scalar(n, 0.0);
        (0..n).for_each(|i| matrix.row_mut(i).iter_mut().enumerate().for_each(|(j, x)| *x = element(i, j)));
        matrix.invert_and_negate();
        matrix
    }

    #[test]
    fn two_by_two_by_hand() {
        let found = inverse(2, |i, j| [[4.0, 0.0], [2.0, 3.0]][i][j]);
        let by_hand = [3.0 / 8.0, -2.0 / 8.0, 4.0 / 8.0];
        let ours = [found.get(0, 0), found.get(0, 1), found.get(1, 1)];
        assert!(ours.iter().zip(by_hand).all(|(ours, by_hand)| (ours + by_hand).abs() < 1e-15), "{ours:?}");
    }

    #[test]
    fn the_product_with_the_inverse_is_the_identity() {
        for n in [1, 63, 64, 65, 200] {
            let mut rng = stream(3, "inverse", n as u64);
            let factors: Vec<Vec<f64>> = (0..n).map(|_| (0..20).map(|_| normal(&mut rng)).collect()).collect();
            let product = |i: usize, j: usize| factors[i].iter().zip(&factors[j]).map(|(x, y)| x * y).sum::<f64>();
            let element = |i: usize, j: usize| product(i, j) + f64::from(u8::from(i == j));
            let found = inverse(n, element);
            for (i, j) in (0..n).flat_map(|i| [0, i / 2, i, n - 1].map(|j| (i, j))) {
                let sum: f64 = (0..n).map(|k| element(i, k) * -found.get(k, j)).sum();
                assert!((sum - f64::from(u8::from(i == j))).abs() < 1e-10, "n = {n}, ({i}, {j}): {sum}");
            }
        }
    }
}
