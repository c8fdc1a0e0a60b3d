//! Products of small dense matrices, by the single-precision part of the `gemm` crate: serial, and the same bits on the same
//! processor.
#![allow(unsafe_code)]

/// A matrix in row-major order, or the transpose of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// # Panics
    /// When there are not `rows`·`columns` values.
    pub(crate) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "{rows} rows of {columns} columns");
        Self { values, rows, columns, row_stride: columns, column_stride: 1 }
    }

    pub(crate) fn transposed(self) -> Self {
        let Self { values, rows, columns, row_stride, column_stride } = self;
        Self { values, rows: columns, columns: rows, row_stride: column_stride, column_stride: row_stride }
    }
}

/// out ← left · right, row-major.
///
/// # Panics
/// When the shapes do not fit.
pub(crate) fn multiply(out: &mut [f32], left: Matrix<'_>, right: Matrix<'_>) {
    product(out, left, right, false);
}

/// out ← out + left · right, row-major.
///
/// # Panics
/// When the shapes do not fit.
pub(crate) fn multiply_and_add(out: &mut [f32], left: Matrix<'_>, right: Matrix<'_>) {
    product(out, left, right, true);
}

fn product(out: &mut [f32], left: Matrix<'_>, right: Matrix<'_>, adds: bool) {
    assert_eq!(left.columns, right.rows, "the shapes of a product do not fit");
    assert_eq!(out.len(), left.rows * right.columns, "the shape of a product does not fit");
    // The kernels prefer results stored by column, and a result stored by row is outᵀ = rightᵀ · leftᵀ stored by column. One
    // column is stored either way.
    let out_stride = right.columns;
    let (left, right) = if out_stride > 1 { (right.transposed(), left.transposed()) } else { (left, right) };
    let stride = |stride: usize| stride as isize;
    // SAFETY: `new` has seen that every element that these shapes and strides reach lies within its slice, and the
    // lengths of the result were just compared; a `&mut` does not overlap the others.
    unsafe {
        gemm_f32::gemm::f32::get_gemm_fn()(
            left.rows,
            right.columns,
            left.columns,
            out.as_mut_ptr(),
            stride(out_stride),
            1,
            adds,
            left.values.as_ptr(),
            stride(left.column_stride),
            stride(left.row_stride),
            right.values.as_ptr(),
            stride(right.column_stride),
            stride(right.row_stride),
            if adds { 1.0 } else { 0.0 },
            1.0,
            false,
            false,
            false,
            gemm_common::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_by_hand() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, -1.0, 2.0, 1.0, 1.0]);
        let mut out = [f32::NAN; 4];
        multiply(&mut out, Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2));
        assert_eq!(out, [2.0, 7.0, 5.0, 16.0]);
        multiply(&mut out, Matrix::new(&a, 2, 3), Matrix::new(&b, 2, 3).transposed());
        assert_eq!(out, [-2.0, 7.0, -2.0, 19.0]);
        multiply(&mut out, Matrix::new(&a, 3, 2).transposed(), Matrix::new(&b, 3, 2));
        assert_eq!(out, [3.0, 11.0, 4.0, 14.0]);
        multiply_and_add(&mut out, Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2));
        assert_eq!(out, [5.0, 18.0, 9.0, 30.0]);
    }
}
