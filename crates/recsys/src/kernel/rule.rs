//! How one parameter row follows its gradient. Parameters are stored as w / scale; see [`epoch`](super::epoch).

use super::vector::{LANES, bound};

/// What every row update of one step shares.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// Learning rate divided by the scale after this step's decay.
    pub(crate) rate: f32,
    /// Element-wise clip of the gradient; ∞ for none.
    pub(crate) clip: f32,
    /// 1 − β₁ᵗ and 1 − β₂ᵗ of Adam.
    pub(crate) corrections: (f32, f32),
}

/// An optimiser's element-wise rule.
pub(crate) trait Rule: Copy {
    /// New (w / scale, first state, second state) for the gradient g.
    fn update(step: &Step, weight: f32, gradient: f32, first: f32, second: f32) -> (f32, f32, f32);
}

#[derive(Clone, Copy)]
pub(crate) struct Sgd;
#[derive(Clone, Copy)]
pub(crate) struct Adagrad;
#[derive(Clone, Copy)]
pub(crate) struct Adam;

impl Rule for Sgd {
    #[inline(always)]
    fn update(step: &Step, weight: f32, gradient: f32, first: f32, second: f32) -> (f32, f32, f32) {
        (weight - step.rate * gradient, first, second)
    }
}

impl Rule for Adagrad {
    /// G ← G + g²; w ← w − ρ·g/(√G + 1e-10).
    #[inline(always)]
    fn update(step: &Step, weight: f32, gradient: f32, first: f32, second: f32) -> (f32, f32, f32) {
        let sum = first + gradient * gradient;
        (weight - step.rate * gradient / (sum.sqrt() + 1e-10), sum, second)
    }
}

impl Rule for Adam {
    /// m ← 0.9·m + 0.1·g; v ← 0.999·v + 0.001·g²; w ← w − ρ·m̂/(√v̂ + 1e-8).
    #[inline(always)]
    fn update(step: &Step, weight: f32, gradient: f32, first: f32, second: f32) -> (f32, f32, f32) {
        // 1 − 0.999 in single precision would be 1.3e-5 off, and m̂ and v̂ biased by it.
        let mean = 0.9 * first + 0.1 * gradient;
        let square = 0.999 * second + 0.001 * gradient * gradient;
        let (mean_hat, square_hat) = (mean / step.corrections.0, square / step.corrections.1);
        (weight - step.rate * mean_hat / (square_hat.sqrt() + 1e-8), mean, square)
    }
}

/// Updates one row with the gradient factor·x. `first` and `second` have the row's length, or are empty where the rule
/// keeps no such state.
#[inline(always)]
pub(crate) fn update_row<R: Rule>(
    step: &Step,
    row: &mut [f32],
    x: &[f32],
    factor: f32,
    first: &mut [f32],
    second: &mut [f32],
) {
    let (rows, _) = row.as_chunks_mut::<LANES>();
    let (xs, _) = x.as_chunks::<LANES>();
    let (firsts, _) = first.as_chunks_mut::<LANES>();
    let (seconds, _) = second.as_chunks_mut::<LANES>();
    for (index, (row, x)) in rows.iter_mut().zip(xs).enumerate() {
        let mut m = firsts.get(index).copied().unwrap_or([0.0; LANES]);
        let mut v = seconds.get(index).copied().unwrap_or([0.0; LANES]);
        for lane in 0..LANES {
            let gradient = bound(factor * x[lane], step.clip);
            (row[lane], m[lane], v[lane]) = R::update(step, row[lane], gradient, m[lane], v[lane]);
        }
        if let Some(first) = firsts.get_mut(index) {
            *first = m;
        }
        if let Some(second) = seconds.get_mut(index) {
            *second = v;
        }
    }
}

/// Updates one scalar parameter.
#[inline(always)]
pub(crate) fn update_scalar<R: Rule>(
    step: &Step,
    weight: &mut f32,
    gradient: f32,
    first: &mut [f32],
    second: &mut [f32],
) {
    let gradient = bound(gradient, step.clip);
    let (m, v) = (first.first().copied().unwrap_or(0.0), second.first().copied().unwrap_or(0.0));
    let (new, m, v) = R::update(step, *weight, gradient, m, v);
    *weight = new;
    first.iter_mut().for_each(|first| *first = m);
    second.iter_mut().for_each(|second| *second = v);
}
