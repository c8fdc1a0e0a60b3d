//! Natural logarithm and cosine in double precision, with the same bits on every platform, which those of the standard library
//! need not have; without a branch or a call, so that loops over them vectorise. And the constants that functions of their kind
//! share.

/// ln 2 in two parts; products of the first with |k| < 2^11 are exact.
pub const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];

/// Added and subtracted, it rounds to an integer, which is in the last bits in between.
pub const ROUND: f64 = 1.5 * (1_u64 << 52) as f64;

/// π/2 in two parts; products of the first with |n| ≤ 4 are exact.
const HALF_PI: [f64; 2] = [1.570_796_326_734_125_6, 6.077_100_506_506_192e-11];

/// Natural logarithm of a positive normal number (FreeBSD's `e_log.c`), within one unit in the last place.
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    // x = 2^k m with m between √½ and √2.
    let k = (x.to_bits().wrapping_sub(std::f64::consts::FRAC_1_SQRT_2.to_bits()) as i64) >> 52;
    let f = f64::from_bits(x.to_bits().wrapping_sub((k << 52) as u64)) - 1.0;
    let k = k as f64;
    let s = f / (2.0 + f);
    let z = s * s;
    let p = 1.818_357_216_161_805e-1 + z * (1.531_383_769_920_937_3e-1 + z * 1.479_819_860_511_658_6e-1);
    let p = 2.857_142_874_366_239e-1 + z * (2.222_219_843_214_978_4e-1 + z * p);
    let p = z * (6.666_666_666_666_735e-1 + z * (3.999_999_999_940_942e-1 + z * p));
    let half_square = 0.5 * f * f;
    k * LN_2[0] - ((half_square - (s * (half_square + p) + k * LN_2[1])) - f)
}

/// eˣ for −700 ≤ x ≤ 700, within three units in the last place: 2ᵏ·eʳ with |r| ≤ ln 2 / 2, by Taylor's series to the 13th order.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN_2[0]) - k * LN_2[1];
    let series = (1..=13).rev().fold(1.0, |sum, order| 1.0 + sum * r / f64::from(order));
    series * f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits()))
}

/// Cosine of an angle of at most a turn, |x| ≤ 2π, within 2.3e-16.
///
/// With x = n·π/2 + r and |r| ≤ π/4 it is ± cos r or ± sin r, both polynomials (FreeBSD's `k_cos.c` and `k_sin.c`).
#[inline(always)]
pub(crate) fn cos(x: f64) -> f64 {
    let shifted = x * std::f64::consts::FRAC_2_PI + ROUND;
    let (n, quarter) = (shifted - ROUND, shifted.to_bits());
    let r = (x - n * HALF_PI[0]) - n * HALF_PI[1];
    let z = r * r;
    let p = 2.755_731_370_707_006_8e-6 + z * (-2.505_076_025_340_686_3e-8 + z * 1.589_690_995_211_55e-10);
    let p = 8.333_333_333_322_49e-3 + z * (-1.984_126_982_985_795e-4 + z * p);
    let sine = r + z * r * (-1.666_666_666_666_663_2e-1 + z * p);
    let p = -2.755_731_435_139_066_3e-7 + z * (2.087_572_321_298_175e-9 + z * -1.135_964_755_778_819_5e-11);
    let p = z * (4.166_666_666_666_66e-2 + z * (-1.388_888_888_887_411e-3 + z * (2.480_158_728_947_673e-5 + z * p)));
    let (half_square, one_less) = (0.5 * z, 1.0 - 0.5 * z);
    let cosine = one_less + (((1.0 - one_less) - half_square) + z * p);
    let value = if quarter & 1 == 0 { cosine } else { sine };
    if quarter.wrapping_add(1) & 2 == 0 { value } else { -value }
}

/// The Box-Muller transform √(−2 ln(1 − u))·cos 2πv of u and v in [0, 1): a draw from N(0, 1) where both are uniform.
#[inline(always)]
pub(crate) fn box_muller(u: f64, v: f64) -> f64 {
    (-2.0 * ln(1.0 - u)).sqrt() * cos(std::f64::consts::TAU * v)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_agree_with_the_standard_library() {
        let error = |x: f64| (ln(x) - x.ln()).abs() / x.ln().abs().max(f64::MIN_POSITIVE);
        let largest = (1..200_000).map(|k| error(f64::from(k) / 1e4)).chain([error(1e-300), error(f64::MAX)]);
        let largest = largest.fold(0.0, f64::max);
        println!("{largest:e}");
        assert!(largest < 2.3e-16, "{largest:e}");
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn exponentials_agree_with_the_standard_library() {
        let points = (-700_000..=700_000).map(|k| f64::from(k) / 1e3);
        let largest = points.map(|x| (exp(x) / x.exp() - 1.0).abs()).fold(0.0, f64::max);
        println!("{largest:e}");
        assert!(largest < 7e-16, "{largest:e}");
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn cosines_agree_with_the_standard_library() {
        let points = (-200_000..=200_000).map(|k| std::f64::consts::TAU * f64::from(k) / 200_000.0);
        let largest = points.map(|x| (cos(x) - x.cos()).abs()).fold(0.0, f64::max);
        println!("{largest:e}");
        assert!(largest < 2.3e-16, "{largest}");
        assert_eq!((cos(0.0), cos(std::f64::consts::PI)), (1.0, -1.0));
        let near = std::f64::consts::FRAC_PI_2;
        assert!(((cos(near) - near.cos()) / near.cos()).abs() < 1e-10, "{} {}", cos(near), near.cos());
    }
}
