//! Products of row-major matrices, f64. Every element sums in the order of the inner index, whatever the number of rows:
//! a row comes out with the same bits by itself and among others.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

/// Columns of a panel: two vectors of AVX-512, or twice two of AVX2.
const PANEL: usize = 16;
/// Rows of a tile: with two vectors each, and what multiplies them, they fill the 16 registers of AVX2.
const TILE: usize = 5;
/// Rows of a tile of a transposed product.
const TALL: usize = 4;
/// Rows whose contribution to a transposed product is summed at once: they stay in the first cache.
const BLOCK: usize = 16;

/// A matrix of shape (inner, columns), packed as a product reads it: sixteen columns at a time, the last filled up with 0.
#[derive(Clone, Debug)]
pub(super) struct Panels {
    values: Vec<[f64; PANEL]>,
    inner: usize,
    columns: usize,
}

impl Panels {
    /// All 0.
    pub(super) fn zeros(inner: usize, columns: usize) -> Self {
        Self { values: vec![[0.0; PANEL]; inner * columns.div_ceil(PANEL)], inner, columns }
    }

    /// From a matrix of shape (inner, columns).
    pub(super) fn pack(&mut self, matrix: &[f64]) {
        for (row, values) in matrix.chunks_exact(self.columns).enumerate() {
            for (panel, values) in values.chunks(PANEL).enumerate() {
                self.values[panel * self.inner + row][..values.len()].copy_from_slice(values);
            }
        }
    }

    /// From the transpose, a matrix of shape (columns, inner).
    pub(super) fn pack_transposed(&mut self, matrix: &[f64]) {
        for (column, values) in matrix.chunks_exact(self.inner).enumerate() {
            let panel = &mut self.values[column / PANEL * self.inner..][..self.inner];
            panel.iter_mut().zip(values).for_each(|(row, value)| row[column % PANEL] = *value);
        }
    }
}

/// out += X W; X has shape (rows, inner), out (rows, columns).
pub(super) fn add_product(out: &mut [f64], x: &[f64], w: &Panels) {
    Arch::new().dispatch(Product { out, x, w });
}

/// W += Yᵀ X; Y has shape (rows, n), X (rows, m), W (n, m).
pub(super) fn add_transposed_product(w: &mut [f64], y: &[f64], x: &[f64], m: usize) {
    Arch::new().dispatch(TransposedProduct { w, y, x, m });
}

struct Product<'a> {
    out: &'a mut [f64],
    x: &'a [f64],
    w: &'a Panels,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { out, x, w } = self;
        let tiles = (out.len() / w.columns).div_ceil(TILE).max(1);
        // As even as can be: 5 and 5 for ten rows.
        let rows = (out.len() / w.columns).div_ceil(tiles).max(1);
        for (panel, first) in w.values.chunks_exact(w.inner).zip((0..w.columns).step_by(PANEL)) {
            for (out, x) in out.chunks_mut(rows * w.columns).zip(x.chunks(rows * w.inner)) {
                let columns = first..w.columns.min(first + PANEL);
                match out.len() / w.columns {
                    1 => panel_product::<S, 1>(simd, out, x, panel, columns),
                    2 => panel_product::<S, 2>(simd, out, x, panel, columns),
                    3 => panel_product::<S, 3>(simd, out, x, panel, columns),
                    4 => panel_product::<S, 4>(simd, out, x, panel, columns),
                    _ => panel_product::<S, TILE>(simd, out, x, panel, columns),
                }
            }
        }
    }
}

/// The product with a panel; `columns` are its in the matrix.
#[inline(always)]
fn panel_product<S: Simd, const ROWS: usize>(
    simd: S,
    out: &mut [f64],
    x: &[f64],
    panel: &[[f64; PANEL]],
    columns: Range<usize>,
) {
    let of = out.len() / ROWS;
    if columns.len() == PANEL {
        return panel_tiles::<S, ROWS>(simd, &mut out[columns.start..], of, x, panel);
    }
    let mut wide = [[0.0; PANEL]; ROWS];
    for (wide, out) in wide.iter_mut().zip(out.chunks_exact(of)) {
        wide[..columns.len()].copy_from_slice(&out[columns.clone()]);
    }
    panel_tiles::<S, ROWS>(simd, wide.as_flattened_mut(), PANEL, x, panel);
    for (wide, out) in wide.iter().zip(out.chunks_exact_mut(of)) {
        out[columns.clone()].copy_from_slice(&wide[..columns.len()]);
    }
}

/// Rows of the result begin `stride` values apart.
#[inline(always)]
fn panel_tiles<S: Simd, const ROWS: usize>(simd: S, out: &mut [f64], stride: usize, x: &[f64], panel: &[[f64; PANEL]]) {
    let mut rows = [x; ROWS];
    (0..ROWS).for_each(|row| rows[row] = &x[row * panel.len()..][..panel.len()]);
    for first in (0..PANEL).step_by(2 * S::F64_LANES) {
        let mut sums = load_rows::<S, ROWS>(simd, &out[first..], stride);
        for (k, w) in panel.iter().enumerate() {
            let w = load(simd, &w[first..]);
            for row in 0..ROWS {
                add_scaled(simd, &mut sums[row], rows[row][k], w);
            }
        }
        store_rows::<S, ROWS>(&mut out[first..], stride, sums);
    }
}

struct TransposedProduct<'a> {
    w: &'a mut [f64],
    y: &'a [f64],
    x: &'a [f64],
    m: usize,
}

impl WithSimd for TransposedProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { w, y, x, m } = self;
        let n = w.len() / m;
        for (y, x) in y.chunks(BLOCK * n).zip(x.chunks(BLOCK * m)) {
            let (tall, rest) = w.split_at_mut(n / TALL * TALL * m);
            for (w, first) in tall.chunks_exact_mut(TALL * m).zip((0..).step_by(TALL)) {
                tall_tiles::<S, TALL>(simd, w, y, first, x);
            }
            for (w, first) in rest.chunks_exact_mut(m).zip(n / TALL * TALL..) {
                tall_tiles::<S, 1>(simd, w, y, first, x);
            }
        }
    }
}

/// Some rows of W; theirs in Y are columns from `first` on.
#[inline(always)]
fn tall_tiles<S: Simd, const ROWS: usize>(simd: S, w: &mut [f64], y: &[f64], first: usize, x: &[f64]) {
    let m = w.len() / ROWS;
    let n = y.len() / (x.len() / m);
    let y = y.chunks_exact(n).map(|y| y[first..].first_chunk::<ROWS>().expect("Y has a column for each row of W"));
    let whole = m - m % (2 * S::F64_LANES);
    for first in (0..whole).step_by(2 * S::F64_LANES) {
        let mut sums = load_rows::<S, ROWS>(simd, &w[first..], m);
        for (y, x) in y.clone().zip(x.chunks_exact(m)) {
            let x = load(simd, &x[first..]);
            for row in 0..ROWS {
                add_scaled(simd, &mut sums[row], y[row], x);
            }
        }
        store_rows::<S, ROWS>(&mut w[first..], m, sums);
    }
    for (y, x) in y.zip(x.chunks_exact(m)) {
        for column in whole..m {
            (0..ROWS).for_each(|row| w[row * m + column] += y[row] * x[column]);
        }
    }
}

/// The first two vectors.
#[inline(always)]
fn load<S: Simd>(_: S, values: &[f64]) -> [S::f64s; 2] {
    let vectors = S::as_simd_f64s(&values[..2 * S::F64_LANES]).0;
    [vectors[0], vectors[1]]
}

/// The first two vectors of rows that begin `stride` values apart.
#[inline(always)]
fn load_rows<S: Simd, const ROWS: usize>(simd: S, values: &[f64], stride: usize) -> [[S::f64s; 2]; ROWS] {
    let mut vectors = [[simd.splat_f64s(0.0); 2]; ROWS];
    for row in 0..ROWS {
        vectors[row] = load(simd, &values[row * stride..]);
    }
    vectors
}

#[inline(always)]
fn store_rows<S: Simd, const ROWS: usize>(values: &mut [f64], stride: usize, vectors: [[S::f64s; 2]; ROWS]) {
    for row in 0..ROWS {
        let values = S::as_mut_simd_f64s(&mut values[row * stride..][..2 * S::F64_LANES]).0;
        (values[0], values[1]) = (vectors[row][0], vectors[row][1]);
    }
}

/// sums += a x, not fused: the same bits with and without the instruction.
#[inline(always)]
fn add_scaled<S: Simd>(simd: S, sums: &mut [S::f64s; 2], a: f64, x: [S::f64s; 2]) {
    let a = simd.splat_f64s(a);
    for half in 0..2 {
        sums[half] = simd.add_f64s(sums[half], simd.mul_f64s(a, x[half]));
    }
}

/// `values` ← `n` times 0, in the memory that is there.
pub(super) fn zeros(values: &mut Vec<f64>, n: usize) {
    values.clear();
    values.resize(n, 0.0);
}

/// sum += the sum of the rows of X, shape (rows, sum.len()).
pub(super) fn add_rows(sum: &mut [f64], x: &[f64]) {
    x.chunks_exact(sum.len()).for_each(|row| add(sum, row));
}

/// out += x.
pub(super) fn add(out: &mut [f64], x: &[f64]) {
    out.iter_mut().zip(x).for_each(|(out, x)| *out += x);
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen_recsys::random::{Stream, normal, stream};

    fn matrix(n: usize, rng: &mut Stream) -> Vec<f64> {
        (0..n).map(|_| normal(rng)).collect()
    }

    /// out[i, j] += Σ_k left(i, k) right(k, j), k in order.
    fn add_plainly(out: &mut [f64], inner: usize, columns: usize, of: impl Fn(usize, usize, usize) -> f64) {
        for (index, out) in out.iter_mut().enumerate() {
            (0..inner).for_each(|k| *out += of(index / columns, k, index % columns));
        }
    }

    #[test]
    fn products_are_those_of_three_loops() {
        let mut rng = stream(1, "matrices", 0);
        for (rows, inner, columns) in [(1, 1, 1), (10, 32, 9), (7, 5, 20), (12, 8, 8), (0, 3, 2), (35, 11, 13)] {
            let (x, w) = (matrix(rows * inner, &mut rng), matrix(inner * columns, &mut rng));
            let y = matrix(rows * columns, &mut rng);
            let mut expected = y.clone();
            add_plainly(&mut expected, inner, columns, |i, k, j| x[i * inner + k] * w[k * columns + j]);
            let mut panels = Panels::zeros(inner, columns);
            panels.pack(&w);
            let mut out = y.clone();
            add_product(&mut out, &x, &panels);
            assert_eq!(out, expected);

            let transposed: Vec<f64> = (0..inner * columns).map(|k| w[k % inner * columns + k / inner]).collect();
            panels.pack_transposed(&transposed);
            out.clone_from(&y);
            add_product(&mut out, &x, &panels);
            assert_eq!(out, expected);

            let (mut out, mut expected) = (w.clone(), w);
            add_transposed_product(&mut out, &x, &y, columns);
            add_plainly(&mut expected, rows, columns, |i, k, j| x[k * inner + i] * y[k * columns + j]);
            assert_eq!(out, expected);
        }
    }
}
