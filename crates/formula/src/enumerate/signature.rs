//! Keys by which equal functions are found: value and derivative on a probe, to 18 bits.
//!
//! Values are computed in double precision, so that rounding moves a value across the border between two keys once in 2³⁴ times.

use super::arithmetic::Point;

/// A hash of 128 bits: of a million functions two share one by chance once in 10²⁶ times.
pub(super) type Key = u128;

/// Bits of the mantissa that are compared.
const BITS: u32 = 18;
/// What is smaller counts as 0: what rounding leaves where operands of up to 1e6 cancel.
const FLOOR: f64 = 1e-9;

/// The key of a function: value and derivative.
pub(super) fn of_function(points: &[Point]) -> Key {
    let mut hash = Hash::default();
    for point in points {
        hash.add(rounded(point.value));
        hash.add(rounded(point.slope));
    }
    hash.key()
}

/// The key of some values.
pub(super) fn of_values(values: impl Iterator<Item = f64>) -> Key {
    let mut hash = Hash::default();
    values.for_each(|value| hash.add(rounded(value)));
    hash.key()
}

/// The key of a derivative up to a positive factor, one for each ε; `n` points have one ε. `None` where there is no derivative.
pub(super) fn of_gradient(points: &[Point], n: usize) -> Option<Key> {
    let (mut hash, mut has_gradient) = (Hash::default(), false);
    for points in points.chunks(n) {
        let largest = points.iter().map(|point| point.slope.abs()).fold(0.0, f64::max);
        has_gradient |= largest > FLOOR;
        let factor = if largest > FLOOR { 1.0 / largest } else { 0.0 };
        points.iter().for_each(|point| hash.add(rounded(factor * point.slope)));
    }
    has_gradient.then(|| hash.key())
}

/// The bits of a number, rounded to [`BITS`]; 0 and −0 have one form, and NaN.
fn rounded(x: f64) -> u64 {
    const DROPPED: u32 = f64::MANTISSA_DIGITS - 1 - BITS;
    if x.abs() < FLOOR {
        0
    } else if x.is_nan() {
        u64::MAX
    } else {
        (x.to_bits() + (1 << (DROPPED - 1))) >> DROPPED
    }
}

/// Two streams of multiply and rotate; the same on every machine, as the standard library's need not be.
struct Hash(u64, u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344)
    }
}

impl Hash {
    fn add(&mut self, x: u64) {
        self.0 = (self.0 ^ x).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        self.1 = (self.1.rotate_left(31) ^ x).wrapping_mul(0xd6e8_feb8_6659_fd93);
    }

    fn key(self) -> Key {
        let mixed = |x: u64| {
            let x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
            x ^ (x >> 32)
        };
        u128::from(mixed(self.0)) << 64 | u128::from(mixed(self.1))
    }
}
