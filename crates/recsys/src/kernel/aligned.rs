//! Floats on cache lines: a row of 64 then takes four lines and not five, and no vector straddles two.
#![allow(unsafe_code)]

use std::ops::{Deref, DerefMut};

use super::simd::LANES;

/// One cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line([f32; LANES]);

/// A vector of floats whose length is a multiple of 16.
#[derive(Debug, Default)]
pub(crate) struct Aligned(Vec<Line>);

impl Aligned {
    /// # Panics
    /// When `len` is not a multiple of 16.
    pub(crate) fn zeros(len: usize) -> Self {
        let mut floats = Self::default();
        floats.resize(len);
        floats
    }

    /// Cuts, or appends zeros.
    ///
    /// # Panics
    /// When `len` is not a multiple of 16.
    pub(crate) fn resize(&mut self, len: usize) {
        assert!(len.is_multiple_of(LANES), "{len} floats do not fill cache lines");
        if self.0.is_empty() {
            self.0 = with_large_pages(len / LANES);
        }
        self.0.resize(len / LANES, Line([0.0; LANES]));
    }
}

/// An empty vector with room for `n` lines, on large pages where the system has them: rows of a large table are visited at
/// random, and with small pages most visits would also miss the addresses of theirs.
fn with_large_pages(n: usize) -> Vec<Line> {
    let lines = Vec::with_capacity(n);
    #[cfg(target_os = "linux")]
    {
        const LARGE: usize = 2 << 20;
        let (start, bytes) = (lines.as_ptr() as usize, n * size_of::<Line>());
        let (first, end) = (start.next_multiple_of(LARGE), (start + bytes) / LARGE * LARGE);
        if first < end {
            // SAFETY: the pages lie within the allocation, and the advice changes no content. Where it is refused, pages
            // stay small.
            let _ = unsafe { libc::madvise(first as *mut libc::c_void, end - first, libc::MADV_HUGEPAGE) };
        }
    }
    lines
}

impl Clone for Aligned {
    fn clone(&self) -> Self {
        let mut lines = with_large_pages(self.0.len());
        lines.extend_from_slice(&self.0);
        Self(lines)
    }

    fn clone_from(&mut self, other: &Self) {
        self.0.clone_from(&other.0);
    }
}

impl Deref for Aligned {
    type Target = [f32];

    #[inline(always)]
    fn deref(&self) -> &[f32] {
        // SAFETY: a line is 16 floats and nothing else, so the lines are as many floats in one piece.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() * LANES) }
    }
}

impl DerefMut for Aligned {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above, and the borrow is the only one.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), self.0.len() * LANES) }
    }
}
