//! Floats on cache lines: a row of 64 then takes four lines and not five, and no vector straddles two.
#![allow(unsafe_code)]

use std::ops::{Deref, DerefMut};

use super::vector::LANES;

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
        self.0.resize(len / LANES, Line([0.0; LANES]));
    }
}

impl Clone for Aligned {
    fn clone(&self) -> Self {
        Self(self.0.clone())
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
