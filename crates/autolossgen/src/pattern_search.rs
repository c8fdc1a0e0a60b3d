//! A step of pattern search (Hooke and Jeeves 1961) on the logarithm of a setting.

/// A step beyond an end is the distance to the value before, as a factor, and at least this.
const LEAST_GROWTH: f32 = 2.0;
/// Between values of which one is less than the square of this times the other lies nothing worth a training.
const LEAST_FACTOR: f32 = 1.15;

/// The next value on one side of `value`: in the middle of the first gap between values that were tried, or beyond the end by the
/// last step; to two digits. `None` at a bound.
pub(crate) fn beside(values: &[f32], value: f32, up: bool, [low, high]: [f32; 2]) -> Option<f32> {
    let factor = |a: f32, b: f32| if a > 0.0 && b > 0.0 { (a / b).max(b / a) } else { f32::INFINITY };
    let middle = |a: f32, b: f32| match (a, b) {
        (0.0, other) | (other, 0.0) => other / 2.0,
        _ => (f64::from(a) * f64::from(b)).sqrt() as f32,
    };
    let towards: Vec<f32> = if up {
        values.iter().copied().filter(|&other| other >= value).collect()
    } else {
        values.iter().rev().copied().filter(|&other| other <= value).collect()
    };
    let gap = towards.windows(2).find(|pair| factor(pair[0], pair[1]) >= LEAST_FACTOR * LEAST_FACTOR);
    let new = if let Some(gap) = gap {
        middle(gap[0], gap[1])
    } else {
        let end = *towards.last()?;
        let others = values.iter().filter(|&&other| if up { other < end } else { other > end });
        let before = if up { others.copied().reduce(f32::max) } else { others.copied().reduce(f32::min) };
        let growth = before.map_or(LEAST_GROWTH, |before| factor(before, end)).max(LEAST_GROWTH);
        if end == 0.0 || growth == f32::INFINITY {
            return None;
        }
        if up { (end * growth).min(high) } else { (end / growth).max(low) }
    };
    let new = two_digits(new).clamp(low, high);
    let is_beyond = if up { new > value } else { new < value };
    (is_beyond && new.is_finite()).then_some(new)
}

fn two_digits(value: f32) -> f32 {
    format!("{value:.1e}").parse().expect("a number that was written")
}
