//! What one row of a batch with negatives of its own does: scores, and gradients of three kinds.

use super::side::prefetch;
use crate::kernel::simd::Simd;
use crate::kernel::vector::{vectors, vectors_mut};

/// Vectors of a user that the registers hold at a time, and as many of its gradient.
const HELD: usize = 4;
/// How many items ahead a gradient is asked for.
const AHEAD: usize = 8;

/// Adds what a row says to the gradients of its user and of its items: for each item with point x and derivative g,
/// `of_user` += g·x and that item's += g·user. Of `slots`, only as many as `grads` are those of the row.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(super) fn accumulate<'a, S: Simd>(
    simd: S,
    stride: usize,
    user: &[f32],
    of_user: &mut [f32],
    grads: &[f32],
    point: impl Fn(usize) -> &'a [f32],
    slots: &[u32],
    slopes: &mut [f32],
) {
    let (user, of_user) = (vectors(user), vectors_mut(of_user));
    let whole = user.len() - user.len() % HELD;
    for first in (0..whole).step_by(HELD) {
        stretch::<S, HELD>(simd, stride, first, user, of_user, grads, &point, slots, slopes);
    }
    for first in whole..user.len() {
        stretch::<S, 1>(simd, stride, first, user, of_user, grads, &point, slots, slopes);
    }
}

/// The vectors from `first` on.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn stretch<'a, S: Simd, const N: usize>(
    simd: S,
    stride: usize,
    first: usize,
    user: &[[f32; 16]],
    of_user: &mut [[f32; 16]],
    grads: &[f32],
    point: &impl Fn(usize) -> &'a [f32],
    slots: &[u32],
    slopes: &mut [f32],
) {
    let mut sums: [S::Vector; N] = std::array::from_fn(|held| simd.load(&of_user[first + held]));
    for index in 0..grads.len() {
        let (g, x) = (grads[index], vectors(point(index)));
        // Slots go on beyond the row, to those of the next.
        prefetch(simd, slopes, slots[(index + AHEAD).min(slots.len() - 1)], stride);
        let slope = vectors_mut(&mut slopes[slots[index] as usize * stride..][..stride]);
        for held in 0..N {
            sums[held] = sums[held] + simd.load(&x[first + held]) * g;
            let sum = simd.load(&slope[first + held]) + simd.load(&user[first + held]) * g;
            simd.store(sum, &mut slope[first + held]);
        }
    }
    for held in 0..N {
        simd.store(sums[held], &mut of_user[first + held]);
    }
}
