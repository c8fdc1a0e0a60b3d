//! Floats on cache lines: a row of 64 then takes four lines and not five, and no vector straddles two.
#![allow(unsafe_code)]

use std::ops::{Deref, DerefMut};

use super::simd::LANES;

/// A vector of floats whose length is a multiple of 16.
///
/// It is aligned by itself, within memory a line longer: where the system's allocator is asked to align, it leaves holes that
/// the next such vector does not fit, and a search that makes recommender after recommender would grow.
#[derive(Debug, Default)]
pub(crate) struct Aligned {
    /// What lies before the first cache line, and the vector.
    memory: Vec<f32>,
    start: usize,
}

impl Aligned {
    /// # Panics
    /// When `len` is not a multiple of 16.
    pub(crate) fn zeros(len: usize) -> Self {
        let mut floats = Self::with_room(len);
        floats.memory.resize(floats.start + len, 0.0);
        floats
    }

    /// Cuts, or appends zeros.
    ///
    /// # Panics
    /// When `len` is not a multiple of 16.
    pub(crate) fn resize(&mut self, len: usize) {
        if len <= self.len() {
            assert!(len.is_multiple_of(LANES), "{len} floats do not fill cache lines");
            self.memory.truncate(self.start + len);
        } else {
            let mut longer = Self::with_room(len);
            longer.memory.extend_from_slice(self);
            longer.memory.resize(longer.start + len, 0.0);
            *self = longer;
        }
    }

    /// No floats yet, and room for `len`, on large pages where the system has them: rows of a large table are visited at
    /// random, and with small pages most visits would also miss the addresses of theirs.
    fn with_room(len: usize) -> Self {
        assert!(len.is_multiple_of(LANES), "{len} floats do not fill cache lines");
        if len == 0 {
            return Self::default();
        }
        let mut memory: Vec<f32> = Vec::with_capacity(len + LANES);
        ask_for_large_pages(&memory);
        let start = memory.as_ptr().align_offset(LANES * size_of::<f32>());
        assert!(start < LANES, "a float of each line is on its start");
        memory.resize(start, 0.0);
        Self { memory, start }
    }
}

/// Asks for large pages for all of the room.
fn ask_for_large_pages(memory: &Vec<f32>) {
    #[cfg(target_os = "linux")]
    {
        const LARGE: usize = 2 << 20;
        let (start, bytes) = (memory.as_ptr() as usize, memory.capacity() * size_of::<f32>());
        let (first, end) = (start.next_multiple_of(LARGE), (start + bytes) / LARGE * LARGE);
        if first < end {
            // SAFETY: the pages lie within the allocation, and the advice changes no content. Where it is refused, pages
            // stay small.
            let _ = unsafe { libc::madvise(first as *mut libc::c_void, end - first, libc::MADV_HUGEPAGE) };
        }
    }
}

impl Clone for Aligned {
    fn clone(&self) -> Self {
        let mut floats = Self::with_room(self.len());
        floats.memory.extend_from_slice(self);
        floats
    }

    fn clone_from(&mut self, other: &Self) {
        if self.len() == other.len() {
            self.copy_from_slice(other);
        } else {
            *self = other.clone();
        }
    }
}

impl Deref for Aligned {
    type Target = [f32];

    #[inline(always)]
    fn deref(&self) -> &[f32] {
        // SAFETY: the memory is never shorter than what lies before the first line.
        unsafe { self.memory.get_unchecked(self.start..) }
    }
}

impl DerefMut for Aligned {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above.
        unsafe { self.memory.get_unchecked_mut(self.start..) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_aligned(floats: &Aligned) -> bool {
        floats.as_ptr().align_offset(64) == 0
    }

    #[test]
    fn it_lies_on_cache_lines_whatever_becomes_of_it() {
        for len in [16, 48, 4096] {
            let mut floats = Aligned::zeros(len);
            floats.iter_mut().enumerate().for_each(|(index, float)| *float = index as f32);
            let (mut copy, mut other) = (floats.clone(), Aligned::zeros(32));
            other.clone_from(&floats);
            assert!(is_aligned(&floats) && is_aligned(&copy) && is_aligned(&other));
            assert_eq!((&floats[..], &floats[..]), (&copy[..], &other[..]));
            copy.resize(len + 16);
            assert!(is_aligned(&copy) && copy[..len] == floats[..] && copy[len..] == [0.0; 16]);
            copy.resize(16);
            assert_eq!(copy[..], floats[..16]);
        }
        assert!(Aligned::default().clone().is_empty() && Aligned::zeros(0).is_empty());
    }
}
