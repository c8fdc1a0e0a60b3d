//! Fewer points of a long line, its shape kept.

/// Points that a line has at most.
pub(crate) const POINTS: usize = 1_000;

/// At most `most` of the points (three at least): of each stretch the lowest and the highest, and the last of all. Shorter
/// lines stay as they are. No value is NaN.
pub(crate) fn decimated(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    if points.len() <= most {
        return points.to_vec();
    }
    let stretch = points.len().div_ceil(((most - 1) / 2).max(1));
    let mut kept: Vec<usize> =
        (0..points.len()).step_by(stretch).flat_map(|from| ends(points, from, stretch)).collect();
    kept.dedup();
    let last = points.len() - 1;
    if kept.last() != Some(&last) {
        kept.push(last);
    }
    kept.into_iter().map(|index| points[index]).collect()
}

/// Indices of the lowest and the highest point of a stretch, in order.
fn ends(points: &[(f64, f64)], from: usize, stretch: usize) -> [usize; 2] {
    let range = from..(from + stretch).min(points.len());
    let by_height = |a: &usize, b: &usize| points[*a].1.total_cmp(&points[*b].1);
    let lowest = range.clone().min_by(by_height).unwrap_or(from);
    let highest = range.max_by(by_height).unwrap_or(from);
    [lowest.min(highest), lowest.max(highest)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(n: u32, height: impl Fn(u32) -> f64) -> Vec<(f64, f64)> {
        (0..n).map(|x| (f64::from(x), height(x))).collect()
    }

    #[test]
    fn a_short_line_stays_as_it_is() {
        let points = line(10, f64::from);
        assert_eq!(decimated(&points, 10), points);
        assert_eq!(decimated(&[], 10), []);
    }

    #[test]
    fn peaks_and_the_last_point_stay_and_order_too() {
        for n in [11, 99, 100, 12_345] {
            let points = line(n, |x| {
                if x == 7 {
                    5.0
                } else if x == 3 {
                    -5.0
                } else {
                    f64::from(x % 3)
                }
            });
            let thin = decimated(&points, 10);
            assert!(thin.len() <= 10, "{n}: {}", thin.len());
            assert!(thin.contains(&points[7]) && thin.contains(&points[3]), "{n}: {thin:?}");
            assert_eq!(thin.last(), points.last());
            assert!(thin.is_sorted_by(|a, b| a.0 < b.0), "{n}: {thin:?}");
        }
    }

    #[test]
    fn a_line_is_thinned_to_what_was_asked_for() {
        let points = line(100_000, |x| f64::from(x % 17));
        let n = decimated(&points, POINTS).len();
        assert!((POINTS - 200..=POINTS).contains(&n), "{n}");
    }
}
