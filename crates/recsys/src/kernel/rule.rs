//! How parameters follow their gradient. They are stored as w / scale; see [`epoch`](super::epoch).

use super::simd::{Real, Simd, WIDTH};
use super::table::RowMut;
use super::vector::{vectors, vectors_mut};
use crate::{Hyperparameters, Optimizer};

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

impl Step {
    /// The next step of parameters stored as w / scale: decays the scale and counts the step.
    #[inline(always)]
    pub(crate) fn next(scale: &mut f64, steps: &mut u64, settings: &Hyperparameters) -> Self {
        let rate = f64::from(settings.learning_rate);
        *scale *= decay(settings);
        *steps += 1;
        let corrections = if settings.optimizer == Optimizer::Adam {
            let t = *steps as f64;
            ((1.0 - 0.9_f64.powf(t)) as f32, (1.0 - 0.999_f64.powf(t)) as f32)
        } else {
            (1.0, 1.0)
        };
        let clip = if settings.clip > 0.0 { settings.clip } else { f32::INFINITY };
        Self { rate: (rate / *scale) as f32, clip, corrections }
    }
}

/// What a step multiplies every parameter by: 1 − ρ·λ·`l2_multiplier`.
#[inline(always)]
pub(crate) fn decay(settings: &Hyperparameters) -> f64 {
    1.0 - f64::from(settings.learning_rate) * f64::from(settings.l2) * f64::from(settings.l2_multiplier)
}

/// An optimiser's element-wise rule.
pub(crate) trait Rule: Copy {
    /// States kept for each parameter.
    const STATES: usize;

    /// New (w / scale, first state, second state) for the gradient g.
    fn update<T: Real>(step: &Step, weight: T, gradient: T, first: T, second: T) -> (T, T, T);
}

#[derive(Clone, Copy)]
pub(crate) struct Sgd;
#[derive(Clone, Copy)]
pub(crate) struct Adagrad;
#[derive(Clone, Copy)]
pub(crate) struct Adam;

impl Rule for Sgd {
    const STATES: usize = 0;

    #[inline(always)]
    fn update<T: Real>(step: &Step, weight: T, gradient: T, first: T, second: T) -> (T, T, T) {
        (weight - gradient * step.rate, first, second)
    }
}

impl Rule for Adagrad {
    const STATES: usize = 1;

    /// G ← G + g²; w ← w − ρ·g/(√G + 1e-10).
    #[inline(always)]
    fn update<T: Real>(step: &Step, weight: T, gradient: T, first: T, second: T) -> (T, T, T) {
        let sum = first + gradient * gradient;
        (weight - gradient * step.rate / (sum.sqrt() + 1e-10), sum, second)
    }
}

impl Rule for Adam {
    const STATES: usize = 2;

    /// m ← 0.9·m + 0.1·g; v ← 0.999·v + 0.001·g²; w ← w − ρ·m̂/(√v̂ + 1e-8).
    #[inline(always)]
    fn update<T: Real>(step: &Step, weight: T, gradient: T, first: T, second: T) -> (T, T, T) {
        // 1 − 0.999 in single precision would be 1.3e-5 off, and m̂ and v̂ biased by it.
        let mean = first * 0.9 + gradient * 0.1;
        let square = second * 0.999 + gradient * 0.001 * gradient;
        let (mean_hat, square_hat) = (mean / step.corrections.0, square / step.corrections.1);
        (weight - mean_hat * step.rate / (square_hat.sqrt() + 1e-8), mean, square)
    }
}

/// Updates vector `index` of one row with the gradient factor·x.
#[inline(always)]
fn update_vector<S: Simd, R: Rule>(
    simd: S,
    step: &Step,
    row: &mut RowMut<'_>,
    index: usize,
    x: S::Vector,
    factor: f32,
) {
    let gradient = (x * factor).bound(step.clip);
    let weights = &mut vectors_mut(row.row)[index];
    let (mut first, mut second) = (gradient, gradient);
    if R::STATES > 0 {
        first = simd.load(&vectors(row.row_first)[index]);
    }
    if R::STATES > 1 {
        second = simd.load(&vectors(row.row_second)[index]);
    }
    let (weight, first, second) = R::update(step, simd.load(weights), gradient, first, second);
    simd.store(weight, weights);
    if R::STATES > 0 {
        simd.store(first, &mut vectors_mut(row.row_first)[index]);
    }
    if R::STATES > 1 {
        simd.store(second, &mut vectors_mut(row.row_second)[index]);
    }
}

/// Updates one row with the gradient factor·x, and its bias with g.
#[inline(always)]
pub(crate) fn update_one<S: Simd, R: Rule>(simd: S, step: &Step, mut row: RowMut<'_>, x: &[f32], g: f32, factor: f32) {
    for (index, x) in vectors(x).iter().enumerate() {
        update_vector::<S, R>(simd, step, &mut row, index, simd.load(x), factor);
    }
    update_scalar::<R>(step, row.bias, g, row.bias_first, row.bias_second);
}

/// Updates a user's row and an item's, each with the gradient factor times the other's value before, and their biases
/// with g.
#[inline(always)]
pub(crate) fn update_pair<S: Simd, R: Rule>(
    simd: S,
    step: &Step,
    mut user: RowMut<'_>,
    mut item: RowMut<'_>,
    g: f32,
    factor: f32,
) {
    for index in 0..vectors(user.row).len() {
        let (of_user, of_item) = (simd.load(&vectors(user.row)[index]), simd.load(&vectors(item.row)[index]));
        update_vector::<S, R>(simd, step, &mut user, index, of_item, factor);
        update_vector::<S, R>(simd, step, &mut item, index, of_user, factor);
    }
    update_scalar::<R>(step, user.bias, g, user.bias_first, user.bias_second);
    update_scalar::<R>(step, item.bias, g, item.bias_first, item.bias_second);
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
    let gradient = gradient.bound(step.clip);
    let (m, v) = (first.first().copied().unwrap_or(0.0), second.first().copied().unwrap_or(0.0));
    let (new, m, v) = R::update(step, *weight, gradient, m, v);
    *weight = new;
    if R::STATES > 0 {
        first.iter_mut().for_each(|first| *first = m);
    }
    if R::STATES > 1 {
        second.iter_mut().for_each(|second| *second = v);
    }
}

/// Updates parameters that are stored as they are, each after its decay; the states are empty where there are none.
#[inline(always)]
pub(crate) fn update_decayed<S: Simd, R: Rule>(
    simd: S,
    step: &Step,
    decay: f32,
    weights: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
) {
    let whole = weights.len() - weights.len() % WIDTH;
    for index in 0..whole / WIDTH {
        let gradient = simd.load(&vectors(gradient)[index]).bound(step.clip);
        let of = |states: &[f32], n: usize| if R::STATES > n { simd.load(&vectors(states)[index]) } else { gradient };
        let weight = simd.load(&vectors(weights)[index]) * decay;
        let (weight, m, v) = R::update(step, weight, gradient, of(first, 0), of(second, 1));
        simd.store(weight, &mut vectors_mut(weights)[index]);
        if R::STATES > 0 {
            simd.store(m, &mut vectors_mut(first)[index]);
        }
        if R::STATES > 1 {
            simd.store(v, &mut vectors_mut(second)[index]);
        }
    }
    for index in whole..weights.len() {
        let (first, second) = (first.get_mut(index..=index), second.get_mut(index..=index));
        let weight = &mut weights[index];
        *weight *= decay;
        update_scalar::<R>(step, weight, gradient[index], first.unwrap_or_default(), second.unwrap_or_default());
    }
}

/// Evaluates `$body` with the rule of an optimiser as the type `$rule`.
macro_rules! with_rule {
    ($optimizer:expr, |$rule:ident| $body:expr) => {
        match $optimizer {
            $crate::Optimizer::Sgd => {
                type $rule = $crate::kernel::rule::Sgd;
                $body
            }
            $crate::Optimizer::Adagrad => {
                type $rule = $crate::kernel::rule::Adagrad;
                $body
            }
            $crate::Optimizer::Adam => {
                type $rule = $crate::kernel::rule::Adam;
                $body
            }
        }
    };
}
pub(crate) use with_rule;
