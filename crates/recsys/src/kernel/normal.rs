//! The Box-Muller transform: a pair of uniform numbers becomes a draw from N(0, 1).
#![allow(unsafe_code)]

use super::instruction_set::for_each_instruction_set;
use super::simd::Simd;
use crate::elementary::{cos, ln};

for_each_instruction_set! {
    /// Draws from N(0, 1), in the place of the first number of each pair.
    fn box_muller_all => transform(first: &mut [f64], second: &[f64])
}

#[inline(always)]
fn transform<S: Simd>(_: S, first: &mut [f64], second: &[f64]) {
    first.iter_mut().zip(second).for_each(|(first, &second)| *first = box_muller(*first, second));
}

/// √(−2 ln(1 − u))·cos 2πv for u and v in [0, 1).
#[inline(always)]
pub(crate) fn box_muller(u: f64, v: f64) -> f64 {
    (-2.0 * ln(1.0 - u)).sqrt() * cos(std::f64::consts::TAU * v)
}
