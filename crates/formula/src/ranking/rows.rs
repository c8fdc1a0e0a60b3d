//! From the numbers of a row to one: in sixteen lanes and then a tree, so that no instruction set has another order of sums.

/// Partial results side by side.
const LANES: usize = 16;

/// Σ x
#[inline(always)]
pub(super) fn sum(x: &[f32]) -> f32 {
    tree(folded(x, 0.0, |sum, x| sum + x), |x, y| x + y)
}

/// The largest of `x` and `least`; a NaN among them is passed over.
#[inline(always)]
pub(super) fn largest(x: &[f32], least: f32) -> f32 {
    let larger = |x: f32, y: f32| if y > x { y } else { x };
    tree(folded(x, least, larger), larger)
}

/// The largest, and the share of the derivative that each of its ties takes; NaN if one is.
#[inline(always)]
pub(super) fn largest_and_share(x: &[f32]) -> (f32, f32) {
    let largest = largest(x, f32::NEG_INFINITY);
    let (mut n_ties, mut is_nan) = (0_u32, false);
    for &x in x {
        n_ties += u32::from(x == largest);
        is_nan |= x.is_nan();
    }
    (if is_nan { f32::NAN } else { largest }, 1.0 / n_ties as f32)
}

#[inline(always)]
fn folded(x: &[f32], start: f32, join: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    let mut lanes = [start; LANES];
    let (whole, rest) = x.as_chunks::<LANES>();
    for block in whole {
        for lane in 0..LANES {
            lanes[lane] = join(lanes[lane], block[lane]);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = join(*lane, x);
    }
    lanes
}

#[inline(always)]
fn tree(mut lanes: [f32; LANES], join: impl Fn(f32, f32) -> f32) -> f32 {
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] = join(lanes[lane], lanes[lane + half]);
        }
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_counts_once() {
        for n in [1, 2, 15, 16, 17, 64, 100] {
            let x: Vec<f32> = (1..=n).map(|x| x as f32).collect();
            assert_eq!(sum(&x), (n * (n + 1) / 2) as f32);
            assert_eq!((largest(&x, 0.0), largest(&x, 1e3)), (n as f32, 1e3));
        }
    }

    #[test]
    fn ties_share_and_nan_is_not_lost() {
        assert_eq!(largest_and_share(&[1.0, 3.0, 2.0, 3.0]), (3.0, 0.5));
        assert!(largest_and_share(&[1.0, f32::NAN]).0.is_nan());
        assert_eq!(largest_and_share(&[f32::NEG_INFINITY]), (f32::NEG_INFINITY, 1.0));
    }
}
