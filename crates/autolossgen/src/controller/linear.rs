//! Products with row-major matrices, f64.

/// out += W x; W has shape (out.len(), x.len()).
pub(super) fn add_product(out: &mut [f64], w: &[f64], x: &[f64]) {
    for (out, row) in out.iter_mut().zip(w.chunks_exact(x.len())) {
        *out += dot(row, x);
    }
}

/// out += Wᵀ y; W has shape (y.len(), out.len()).
pub(super) fn add_transposed_product(out: &mut [f64], w: &[f64], y: &[f64]) {
    for (row, &y) in w.chunks_exact(out.len()).zip(y) {
        add_scaled(out, y, row);
    }
}

/// W += y xᵀ.
pub(super) fn add_outer(w: &mut [f64], y: &[f64], x: &[f64]) {
    for (row, &y) in w.chunks_exact_mut(x.len()).zip(y) {
        add_scaled(row, y, x);
    }
}

/// out += a x.
pub(super) fn add_scaled(out: &mut [f64], a: f64, x: &[f64]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out += a * x;
    }
}

/// x · y in eight partial sums, so that it vectorises; the order is fixed.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<8>(), y.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (x, y) in x.iter().zip(y) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}
