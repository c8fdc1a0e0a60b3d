//! Elementary functions that vectorise: no branch and no call, the same bits on every platform.
//!
//! With y = k ln 2 + r and |r| ≤ ln 2 / 2, e^y = 2^k (R + r) / (R − r), where R(r²) = r (e^r + 1) / (e^r − 1) is a
//! polynomial (FreeBSD's `e_exp.c`). The sigmoid and tanh are rational in 2^k, R and r, so that each takes one division,
//! and tanh keeps its relative precision near 0.

use autolossgen_recsys::elementary::{LN_2, ROUND};

use super::vectorise::vectorised;

/// e^y as its parts.
struct Exponential {
    /// 2^k
    power: f64,
    /// R
    even: f64,
    /// r
    odd: f64,
}

/// |y| is held below 700, where neither 2^k nor what is made of it overflows.
#[inline(always)]
fn exponential(y: f64) -> Exponential {
    let y = y.clamp(-700.0, 700.0);
    let shifted = y * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (y - k * LN_2[0]) - k * LN_2[1];
    let t = r * r;
    let p = 1.653_390_220_546_525_2e-6 - t * 4.138_136_797_057_238_5e-8;
    let p = 2.777_777_777_701_559_3e-3 - t * (6.613_756_321_437_934e-5 - t * p);
    let even = 2.0 + t * (1.666_666_666_666_660_2e-1 - t * p);
    Exponential { power: f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits())), even, odd: r }
}

/// e^y for |y| ≤ 700, beyond that e^±700.
#[inline(always)]
pub(super) fn exp(y: f64) -> f64 {
    let Exponential { power, even, odd } = exponential(y);
    power * ((even + odd) / (even - odd))
}

/// 1 / (1 + e^−x), at least e^−700.
#[inline(always)]
pub(super) fn sigmoid(x: f64) -> f64 {
    let Exponential { power, even, odd } = exponential(-x);
    let below = even - odd;
    below / (below + power * (even + odd))
}

/// tanh x = (e^2x − 1) / (e^2x + 1).
#[inline(always)]
pub(super) fn tanh(x: f64) -> f64 {
    let Exponential { power, even, odd } = exponential(2.0 * x);
    let (less, more) = (power - 1.0, power + 1.0);
    (less * even + more * odd) / (more * even + less * odd)
}

vectorised! {
    /// x ← tanh x.
    pub(super) fn tanh_all(xs: &mut [f64]) {
        xs.iter_mut().for_each(|x| *x = tanh(*x));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 200,001 points of ±`range`, and as many of every order of magnitude below it.
    fn points(range: f64) -> impl Iterator<Item = f64> {
        let even = (-100_000..=100_000).map(move |k| range * f64::from(k) / 100_000.0);
        even.chain((-100_000..=100_000).map(move |k: i32| range * f64::from(k.signum()) * 1.0007_f64.powi(-k.abs())))
    }

    fn largest_relative_error(range: f64, own: fn(f64) -> f64, of: fn(f64) -> f64) -> f64 {
        let error = |x: f64| if own(x) == of(x) { 0.0 } else { ((own(x) - of(x)) / of(x)).abs() };
        points(range).map(error).fold(0.0, f64::max)
    }

    #[test]
    fn exponentials_agree_with_the_standard_library() {
        let of_sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        for range in [1.0, 30.0, 690.0] {
            let errors = [
                largest_relative_error(range, exp, f64::exp),
                largest_relative_error(range, tanh, f64::tanh),
                largest_relative_error(range, sigmoid, of_sigmoid),
            ];
            println!("±{range}: {errors:?}");
            assert!(errors.iter().all(|error| *error < 1e-15), "±{range}: {errors:?}");
        }
    }

    #[test]
    fn far_arguments_saturate() {
        for x in [30.0, 1e3, f64::MAX, f64::INFINITY] {
            assert_eq!((tanh(x), tanh(-x), sigmoid(x + 10.0)), (1.0, -1.0, 1.0));
        }
        assert!(sigmoid(f64::NEG_INFINITY) < 1e-300 && exp(f64::NEG_INFINITY) < 1e-300);
        assert_eq!((exp(0.0), tanh(0.0), sigmoid(0.0)), (1.0, 0.0, 0.5));
        assert!(exp(f64::NAN).is_nan() && tanh(f64::NAN).is_nan() && sigmoid(f64::NAN).is_nan());
    }

    #[test]
    fn a_slice_is_its_elements() {
        let mut xs: Vec<f64> = points(5.0).step_by(101).collect();
        let each: Vec<f64> = xs.iter().map(|x| tanh(*x)).collect();
        tanh_all(&mut xs);
        assert_eq!(xs, each);
    }
}
