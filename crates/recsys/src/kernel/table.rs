//! Parameters of one side (users or items): embeddings, biases, and the optimiser's state of both.

#![allow(unsafe_code)]

use super::aligned::Aligned;
use super::simd::{LANES, Simd};
use super::vector::all_finite;

/// Rows of `stride` floats, the embedding padded with zeros, and one bias a row; stored as w / scale.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) stride: usize,
    pub(crate) rows: Aligned,
    pub(crate) biases: Vec<f32>,
    /// First state (Adagrad's sum, Adam's mean) of rows and biases; empty until needed.
    pub(crate) row_first: Aligned,
    pub(crate) bias_first: Vec<f32>,
    /// Second state (Adam's mean square); empty until needed.
    pub(crate) row_second: Aligned,
    pub(crate) bias_second: Vec<f32>,
}

/// One row for writing, with its states; the states are empty slices where there are none.
pub(crate) struct RowMut<'a> {
    pub(crate) row: &'a mut [f32],
    pub(crate) row_first: &'a mut [f32],
    pub(crate) row_second: &'a mut [f32],
    pub(crate) bias: &'a mut f32,
    pub(crate) bias_first: &'a mut [f32],
    pub(crate) bias_second: &'a mut [f32],
}

impl Table {
    /// # Panics
    /// When there are more floats than a `usize` can count.
    pub(crate) fn new(n_rows: usize, dimension: usize) -> Self {
        let stride = dimension.checked_next_multiple_of(LANES).expect("a row has fewer floats than a usize can count");
        let n_floats = n_rows.checked_mul(stride).expect("a table has fewer floats than a usize can count");
        Self {
            stride,
            rows: Aligned::zeros(n_floats),
            biases: vec![0.0; n_rows],
            row_first: Aligned::default(),
            bias_first: Vec::new(),
            row_second: Aligned::default(),
            bias_second: Vec::new(),
        }
    }

    /// Rows of `embeddings`, shape (n, d), and their biases, shape (n,).
    ///
    /// # Panics
    /// When the lengths do not fit.
    pub(crate) fn from_values(dimension: usize, embeddings: &[f32], biases: &[f32]) -> Self {
        let n_floats = dimension.checked_mul(biases.len());
        assert_eq!(Some(embeddings.len()), n_floats, "embeddings are not d floats for each bias");
        let mut table = Self::new(biases.len(), dimension);
        for (row, embedding) in table.rows.chunks_exact_mut(table.stride).zip(embeddings.chunks_exact(dimension)) {
            row[..dimension].copy_from_slice(embedding);
        }
        table.biases.copy_from_slice(biases);
        table
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.biases.len()
    }

    /// Allocates `n_states` states of zeros where they are not there yet.
    pub(crate) fn ensure_states(&mut self, n_states: usize) {
        if n_states > 0 {
            self.row_first.resize(self.rows.len());
            self.bias_first.resize(self.biases.len(), 0.0);
        }
        if n_states > 1 {
            self.row_second.resize(self.rows.len());
            self.bias_second.resize(self.biases.len(), 0.0);
        }
    }

    /// Sets every state to zero.
    pub(crate) fn clear_states(&mut self) {
        self.row_first.fill(0.0);
        self.row_second.fill(0.0);
        self.bias_first.fill(0.0);
        self.bias_second.fill(0.0);
    }

    /// A row; `stride` is that of the table, which a caller may know as a constant.
    #[inline(always)]
    pub(crate) fn row(&self, id: u32, stride: usize) -> &[f32] {
        let start = id as usize * stride;
        &self.rows[start..start + stride]
    }

    /// As [`row`](Self::row), where the caller has checked the ids of a whole epoch.
    ///
    /// # Safety
    /// `id` is one of the table's rows, and `stride` is the table's.
    #[inline(always)]
    pub(crate) unsafe fn row_unchecked(&self, id: u32, stride: usize) -> &[f32] {
        debug_assert!((id as usize) < self.biases.len() && stride == self.stride);
        let start = id as usize * stride;
        // SAFETY: the caller's; there are `stride` floats for each row.
        unsafe { self.rows.get_unchecked(start..start + stride) }
    }

    /// Asks for the cache lines of a row, which is read soon; one that is not there is none of them.
    #[inline(always)]
    pub(crate) fn prefetch<S: Simd>(&self, simd: S, id: u32, stride: usize) {
        let row = self.rows.as_ptr().wrapping_add(id as usize * stride);
        for line in 0..stride / LANES {
            simd.prefetch(row.wrapping_add(line * LANES));
        }
    }

    /// A row for writing.
    #[inline(always)]
    pub(crate) fn row_mut(&mut self, id: u32, stride: usize) -> RowMut<'_> {
        assert!((id as usize) < self.biases.len() && stride == self.stride, "the table has no row {id}");
        // SAFETY: just checked.
        unsafe { self.row_mut_unchecked(id, stride) }
    }

    /// As [`row_mut`](Self::row_mut), where the caller has checked the ids of a whole epoch.
    ///
    /// # Safety
    /// `id` is one of the table's rows, and `stride` is the table's.
    #[inline(always)]
    pub(crate) unsafe fn row_mut_unchecked(&mut self, id: u32, stride: usize) -> RowMut<'_> {
        debug_assert!((id as usize) < self.biases.len() && stride == self.stride);
        let (id, start) = (id as usize, id as usize * stride);
        let range = start..start + stride;
        RowMut {
            // SAFETY: the caller's; there are `stride` floats and one bias for each row.
            row: unsafe { self.rows.get_unchecked_mut(range.clone()) },
            row_first: self.row_first.get_mut(range.clone()).unwrap_or_default(),
            row_second: self.row_second.get_mut(range).unwrap_or_default(),
            // SAFETY: as above.
            bias: unsafe { self.biases.get_unchecked_mut(id) },
            bias_first: self.bias_first.get_mut(id..=id).unwrap_or_default(),
            bias_second: self.bias_second.get_mut(id..=id).unwrap_or_default(),
        }
    }

    pub(crate) fn rescale(&mut self, scale: f32) {
        self.rows.iter_mut().chain(&mut self.biases).for_each(|weight| *weight *= scale);
    }

    /// Whether every parameter is finite.
    pub(crate) fn is_finite(&self) -> bool {
        all_finite(&self.rows) && all_finite(&self.biases)
    }

    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.stride = other.stride;
        self.rows.clone_from(&other.rows);
        self.biases.clone_from(&other.biases);
        self.row_first.clone_from(&other.row_first);
        self.bias_first.clone_from(&other.bias_first);
        self.row_second.clone_from(&other.row_second);
        self.bias_second.clone_from(&other.bias_second);
    }
}
