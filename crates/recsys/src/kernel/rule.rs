//! How parameters follow their gradient. They are stored as w / scale; see [`epoch`](super::epoch).

use super::simd::{LANES, Real, Simd};
use super::table::RowMut;
use super::vector::{vectors, vectors_mut};
use crate::hyperparameters::{Hyperparameters, Optimizer};

/// What every row update of one step shares.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// Learning rate divided by the scale after this step's decay.
    pub(crate) rate: f32,
    /// What an element of the gradient is kept within: ±∞ without a clip.
    pub(crate) limit: f32,
    /// 1/(1 − β₁ᵗ) and 1/(1 − β₂ᵗ) of Adam.
    pub(crate) corrected: (f32, f32),
}

impl Step {
    /// The next step of parameters stored as w / scale: decays the scale and counts the step.
    #[inline(always)]
    pub(crate) fn next(scale: &mut f64, steps: &mut u64, settings: &Hyperparameters) -> Self {
        let rate = f64::from(settings.learning_rate);
        *scale *= decay(settings);
        *steps += 1;
        let corrected = if settings.optimizer == Optimizer::Adam {
            let t = *steps as f64;
            ((1.0 / (1.0 - 0.9_f64.powf(t))) as f32, (1.0 / (1.0 - 0.999_f64.powf(t))) as f32)
        } else {
            (1.0, 1.0)
        };
        let limit = if settings.clip > 0.0 { settings.clip } else { f32::INFINITY };
        Self { rate: (rate / *scale) as f32, limit, corrected }
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

    /// New (w / scale, first state, second state) for the gradient g = x·factor.
    fn update<T: Real>(step: &Step, weight: T, x: T, factor: f32, first: T, second: T) -> (T, T, T);
}

/// Without a clip. A type of its own, because the limit would be two of its four operations; the other rules have a square
/// root.
#[derive(Clone, Copy)]
pub(crate) struct Sgd;
#[derive(Clone, Copy)]
pub(crate) struct ClippedSgd;
#[derive(Clone, Copy)]
pub(crate) struct Adagrad;
#[derive(Clone, Copy)]
pub(crate) struct Adam;

impl Rule for Sgd {
    const STATES: usize = 0;

    #[inline(always)]
    fn update<T: Real>(step: &Step, weight: T, x: T, factor: f32, first: T, second: T) -> (T, T, T) {
        (weight - x * (factor * step.rate), first, second)
    }
}

impl Rule for ClippedSgd {
    const STATES: usize = 0;

    #[inline(always)]
    fn update<T: Real>(step: &Step, weight: T, x: T, factor: f32, first: T, second: T) -> (T, T, T) {
        (weight - (x * factor).bound(step.limit) * step.rate, first, second)
    }
}

impl Rule for Adagrad {
    const STATES: usize = 1;

    /// G ← G + g²; w ← w − ρ·g/(√G + 1e-10).
    #[inline(always)]
    fn update<T: Real>(step: &Step, weight: T, x: T, factor: f32, first: T, second: T) -> (T, T, T) {
        let gradient = (x * factor).bound(step.limit);
        let sum = first + gradient * gradient;
        (weight - gradient * step.rate / (sum.sqrt() + 1e-10), sum, second)
    }
}

impl Rule for Adam {
    const STATES: usize = 2;

    /// m ← 0.9·m + 0.1·g; v ← 0.999·v + 0.001·g²; w ← w − ρ·m̂/(√v̂ + 1e-8).
    #[inline(always)]
    fn update<T: Real>(step: &Step, weight: T, x: T, factor: f32, first: T, second: T) -> (T, T, T) {
        let gradient = (x * factor).bound(step.limit);
        // 1 − 0.999 in single precision would be 1.3e-5 off, and m̂ and v̂ biased by it.
        let mean = first * 0.9 + gradient * 0.1;
        let square = second * 0.999 + gradient * 0.001 * gradient;
        // Multiplied by what the corrections divide by: divisions are most of the time of this rule.
        let (mean_step, square_hat) = (mean * (step.corrected.0 * step.rate), square * step.corrected.1);
        (weight - mean_step / (square_hat.sqrt() + 1e-8), mean, square)
    }
}

/// The new value of a vector of weights for the gradient factor·x; its states, at `index` of a row, are replaced.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn update_vector<S: Simd, R: Rule>(
    simd: S,
    step: &Step,
    weight: S::Vector,
    x: S::Vector,
    factor: f32,
    firsts: &mut [f32],
    seconds: &mut [f32],
    index: usize,
) -> S::Vector {
    let of = |states: &[f32], n: usize| if R::STATES > n { simd.load(&vectors(states)[index]) } else { x };
    let (weight, first, second) = R::update(step, weight, x, factor, of(firsts, 0), of(seconds, 1));
    if R::STATES > 0 {
        simd.store(first, &mut vectors_mut(firsts)[index]);
    }
    if R::STATES > 1 {
        simd.store(second, &mut vectors_mut(seconds)[index]);
    }
    weight
}

/// Updates one row with the gradient factor·x, and its bias with g.
#[inline(always)]
pub(crate) fn update_one<S: Simd, R: Rule>(simd: S, step: &Step, row: RowMut<'_>, x: &[f32], g: f32, factor: f32) {
    let RowMut { row, row_first, row_second, bias, bias_first, bias_second } = row;
    let (weights, x) = (vectors_mut(row), vectors(x));
    for index in 0..weights.len() {
        let (weight, x) = (simd.load(&weights[index]), simd.load(&x[index]));
        let new = update_vector::<S, R>(simd, step, weight, x, factor, row_first, row_second, index);
        simd.store(new, &mut weights[index]);
    }
    update_scalar::<R>(step, bias, g, bias_first, bias_second);
}

/// Updates a user's row and an item's, each with the gradient factor times the other's value before, and their biases
/// with g.
#[inline(always)]
pub(crate) fn update_pair<S: Simd, R: Rule>(
    simd: S,
    step: &Step,
    user: RowMut<'_>,
    item: RowMut<'_>,
    g: f32,
    factor: f32,
) {
    let (users, items) = (vectors_mut(user.row), vectors_mut(item.row));
    for index in 0..users.len() {
        // Each is read once: the compiler cannot know that the two rows lie apart.
        let (of_user, of_item) = (simd.load(&users[index]), simd.load(&items[index]));
        let new = update_vector::<S, R>(simd, step, of_user, of_item, factor, user.row_first, user.row_second, index);
        simd.store(new, &mut users[index]);
        let new = update_vector::<S, R>(simd, step, of_item, of_user, factor, item.row_first, item.row_second, index);
        simd.store(new, &mut items[index]);
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
    let (m, v) = (first.first().copied().unwrap_or(0.0), second.first().copied().unwrap_or(0.0));
    let (new, m, v) = R::update(step, *weight, gradient, 1.0, m, v);
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
pub(crate) fn update_vectors<S: Simd, R: Rule>(
    simd: S,
    step: &Step,
    decay: f32,
    weights: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
) {
    let whole = weights.len() - weights.len() % LANES;
    for index in 0..whole / LANES {
        let x = simd.load(&vectors(gradient)[index]);
        let weights = &mut vectors_mut(weights)[index];
        let weight = simd.load(weights) * decay;
        simd.store(update_vector::<S, R>(simd, step, weight, x, 1.0, first, second, index), weights);
    }
    for index in whole..weights.len() {
        let (first, second) = (first.get_mut(index..=index), second.get_mut(index..=index));
        let weight = &mut weights[index];
        *weight *= decay;
        update_scalar::<R>(step, weight, gradient[index], first.unwrap_or_default(), second.unwrap_or_default());
    }
}

/// Evaluates `$body` with the rule of `$settings` as the type `$rule`.
macro_rules! with_rule {
    ($settings:expr, |$rule:ident| $body:expr) => {{
        use $crate::hyperparameters::Optimizer;
        use $crate::kernel::rule::{Adagrad, Adam, ClippedSgd, Sgd};
        macro_rules! by {
            ($of:ty) => {{
                type $rule = $of;
                $body
            }};
        }
        match $settings.optimizer {
            Optimizer::Sgd if $settings.clip > 0.0 => by!(ClippedSgd),
            Optimizer::Sgd => by!(Sgd),
            Optimizer::Adagrad => by!(Adagrad),
            Optimizer::Adam => by!(Adam),
        }
    }};
}
pub(crate) use with_rule;
