//! Seeded streams: every random number derives from (root seed, purpose, number), never from a thread.

use rand_core::Rng;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::elementary::box_muller;

/// The generator used everywhere.
pub type Stream = Xoshiro256PlusPlus;

/// The stream for one purpose: FNV-1a over seed, purpose and number, spread by the generator's own seeding.
pub fn stream(seed: u64, purpose: &str, number: u64) -> Stream {
    let bytes = seed.to_le_bytes().into_iter().chain(purpose.bytes()).chain([0xff]).chain(number.to_le_bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Stream::seed_from_u64(hash)
}

/// Uniform in [0, 1) with 53 bits.
pub fn uniform(rng: &mut Stream) -> f64 {
    (rng.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// Uniform integer in 0..n by Lemire's multiply-and-reject.
///
/// # Panics
/// When `n` is 0.
pub fn below(rng: &mut Stream, n: u64) -> u64 {
    assert!(n > 0, "an empty range has no element");
    loop {
        let product = u128::from(rng.next_u64()) * u128::from(n);
        // What is rejected lies below n, so that the division is needed seldom.
        if product as u64 >= n || product as u64 >= n.wrapping_neg() % n {
            return (product >> 64) as u64;
        }
    }
}

/// Fisher-Yates shuffle in place.
pub fn shuffle<T>(rng: &mut Stream, values: &mut [T]) {
    for i in (1..values.len()).rev() {
        values.swap(i, below(rng, i as u64 + 1) as usize);
    }
}

/// One draw from N(0, 1) by Box-Muller; the second of the pair is dropped, so draws are independent of history.
pub fn normal(rng: &mut Stream) -> f64 {
    let (u, v) = (uniform(rng), uniform(rng));
    box_muller(u, v)
}

/// Index drawn in proportion to `weights` (non-negative, not all 0).
///
/// # Panics
/// When no weight is positive.
pub fn categorical(rng: &mut Stream, weights: &[f64]) -> usize {
    let total: f64 = weights.iter().sum();
    assert!(total > 0.0, "no weight is positive");
    let mut left = uniform(rng) * total;
    for (index, &weight) in weights.iter().enumerate() {
        if weight > 0.0 && left < weight {
            return index;
        }
        left -= weight;
    }
    weights.iter().rposition(|&weight| weight > 0.0).expect("a weight is positive")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_have_streams_of_their_own() {
        let first = |purpose, number| stream(42, purpose, number).next_u64();
        assert_eq!(first("epoch", 1), first("epoch", 1));
        assert_ne!(first("epoch", 1), first("epoch", 2));
        assert_ne!(first("epoch", 1), first("model", 1));
    }
}
