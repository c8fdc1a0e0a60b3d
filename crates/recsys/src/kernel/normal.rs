//! Normal draws in blocks, by the vectors of the processor.
#![allow(unsafe_code)]

use super::dispatch::for_each_instruction_set;
use super::instruction_set::InstructionSet;
use super::simd::Simd;
use crate::elementary::box_muller;
use crate::random::{Stream, uniform};

for_each_instruction_set! {
    /// Draws from N(0, 1), in the place of the first number of each pair.
    fn box_muller_all => transform(first: &mut [f64], second: &[f64])
}

#[inline(always)]
fn transform<S: Simd>(_: S, first: &mut [f64], second: &[f64]) {
    first.iter_mut().zip(second).for_each(|(first, &second)| *first = box_muller(*first, second));
}

/// Fills `draws` with what as many calls of [`random::normal`](crate::random::normal) would return, in less time.
pub fn fill_normal(rng: &mut Stream, draws: &mut [f64]) {
    const BLOCK: usize = 64;
    let mut second = [0.0; BLOCK];
    for first in draws.chunks_mut(BLOCK) {
        let second = &mut second[..first.len()];
        for (first, second) in first.iter_mut().zip(&mut *second) {
            (*first, *second) = (uniform(rng), uniform(rng));
        }
        box_muller_all(InstructionSet::best(), first, second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{normal, stream};

    #[test]
    fn many_normal_draws_are_as_many_single_ones() {
        let draws = |n: usize| {
            (0..n).map({
                let mut rng = stream(1, "normal", 0);
                move |_| normal(&mut rng)
            })
        };
        for n in [0, 1, 63, 64, 200] {
            let mut filled = vec![f64::NAN; n];
            fill_normal(&mut stream(1, "normal", 0), &mut filled);
            assert!(filled.iter().map(|draw| draw.to_bits()).eq(draws(n).map(f64::to_bits)));
        }
    }
}
