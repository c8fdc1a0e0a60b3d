//! exp, ln, sigmoid and tanh as branch-free loops bodies that vectorise.
//!
//! No call to `mul_add`: without FMA it becomes a library call, and with it results would differ between machines.

/// eˣ. Relative error below 3e-7 for −87 ≤ x ≤ 88; saturates to the values at those ends, so it never gives 0 or ∞
/// (at most 1.7e38; a NaN stays NaN).
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Adding and subtracting 1.5·2²³ rounds to the nearest integer without a library call.
    const ROUND: f32 = 12_582_912.0;
    let clamped = if x > 88.0 { 88.0 } else { x };
    let clamped = if clamped < -87.0 { -87.0 } else { clamped };
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (clamped - n * LN2_HIGH) - n * LN2_LOW;
    // Taylor's series to the seventh order on |r| ≤ ln 2 / 2.
    let p = 1.0 / 5040.0;
    let p = p * r + 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = p * r + 1.0;
    let p = p * r + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
    p * power
}

/// ln x for positive normal x; ∞ and NaN stay. Relative error below 3e-7, absolute below 1e-7 near 1.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    const SQRT_HALF_BITS: u32 = 0x3f35_04f3;
    let bits = x.to_bits().wrapping_sub(SQRT_HALF_BITS);
    let exponent = ((bits as i32) >> 23) as f32;
    let m = f32::from_bits((bits & 0x007f_ffff).wrapping_add(SQRT_HALF_BITS));
    // ln m = 2·artanh(s) with s = (m − 1)/(m + 1), |s| ≤ 0.1716.
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let p = 2.0 / 11.0;
    let p = p * z + 2.0 / 9.0;
    let p = p * z + 2.0 / 7.0;
    let p = p * z + 2.0 / 5.0;
    let p = p * z + 2.0 / 3.0;
    let series = p * z * s + 2.0 * s;
    let value = exponent * std::f32::consts::LN_2 + series;
    if x <= f32::MAX { value } else { x }
}

/// (σ(h), σ'(h)), both accurate in both tails: σ' = σ(h)·σ(−h) without cancellation. Beyond
/// |h| = 87 what is small stays at 1.6e-38, as [`exp`] does.
#[inline(always)]
pub fn sigmoid(h: f32) -> (f32, f32) {
    let e = exp(-h.abs());
    let inverse = 1.0 / (1.0 + e);
    let small = e * inverse;
    let value = if h >= 0.0 { inverse } else { small };
    (value, small * inverse)
}

/// (tanh x, 1 − tanh² x). Absolute error below 3e-7.
#[inline(always)]
pub fn tanh(x: f32) -> (f32, f32) {
    let (s, derivative) = sigmoid(2.0 * x);
    (2.0 * s - 1.0, 4.0 * derivative)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative error.
    fn error(ours: f32, exact: f64) -> f64 {
        ((f64::from(ours) - exact) / exact).abs()
    }

    fn worst(values: impl Iterator<Item = f32>, ours: fn(f32) -> f32, exact: fn(f64) -> f64) -> f64 {
        values.map(|x| error(ours(x), exact(f64::from(x)))).fold(0.0, f64::max)
    }

    /// Every thousandth or so of the numbers from `low` to `high`, both positive: every exponent is there.
    fn numbers(low: f32, high: f32) -> impl Iterator<Item = f32> {
        (low.to_bits()..high.to_bits()).step_by(1009).map(f32::from_bits).chain([high])
    }

    #[test]
    fn exp_is_within_its_bound_over_its_range() {
        assert!(worst(numbers(0.0, 88.0), exp, f64::exp) < 3e-7);
        assert!(worst(numbers(0.0, 87.0).map(|x| -x), exp, f64::exp) < 3e-7);
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f32::NAN).is_nan());
    }

    #[test]
    fn exp_saturates_at_both_ends() {
        for (beyond, end) in [(88.1, 88.0), (1e30, 88.0), (f32::INFINITY, 88.0), (-87.1, -87.0), (-f32::MAX, -87.0)] {
            assert_eq!(exp(beyond), exp(end), "{beyond}");
        }
        assert!(exp(f32::NEG_INFINITY).is_normal() && exp(f32::INFINITY).is_normal());
    }

    #[test]
    fn ln_is_within_its_bound_over_its_range() {
        assert!(worst(numbers(f32::MIN_POSITIVE, f32::MAX).filter(|&x| x != 1.0), ln, f64::ln) < 3e-7);
        for x in numbers(0.5, 2.0) {
            assert!((f64::from(ln(x)) - f64::from(x).ln()).abs() < 1e-7, "{x}");
        }
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(ln(f32::INFINITY), f32::INFINITY);
        assert!(ln(f32::NAN).is_nan());
    }

    #[test]
    fn sigmoid_keeps_its_derivative_in_the_tails() {
        for h in numbers(1e-30, 87.0).flat_map(|h| [h, -h]).chain([0.0]) {
            let s = 1.0 / (1.0 + (-f64::from(h)).exp());
            let other = 1.0 / (1.0 + f64::from(h).exp());
            let (value, derivative) = sigmoid(h);
            assert!(error(value, s) < 5e-7, "σ({h})");
            assert!(error(derivative, s * other) < 5e-7, "σ'({h})");
        }
    }

    #[test]
    fn sigmoid_beyond_its_tails_is_neither_0_nor_nan() {
        for h in [88.0, 100.0, f32::MAX, f32::INFINITY] {
            let small = exp(-87.0);
            assert_eq!((sigmoid(h), sigmoid(-h)), ((1.0, small), (small, small)), "{h}");
        }
        let (value, derivative) = sigmoid(f32::NAN);
        assert!(value.is_nan() && derivative.is_nan());
    }

    #[test]
    fn tanh_is_within_its_bound() {
        for x in numbers(1e-30, 40.0).flat_map(|x| [x, -x]).chain([0.0]) {
            let (value, derivative) = tanh(x);
            assert!((f64::from(value) - f64::from(x).tanh()).abs() < 3e-7, "tanh {x}");
            assert!(error(derivative, f64::from(x).cosh().powi(-2)) < 5e-7, "tanh' {x}");
        }
        assert_eq!((tanh(f32::INFINITY).0, tanh(f32::NEG_INFINITY).0), (1.0, -1.0));
        assert!(tanh(f32::NAN).0.is_nan());
    }
}
