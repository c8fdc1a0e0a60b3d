//! What a loss for ranking is to training: a formula, or one of two that are written by hand.

use autolossgen_formula::RankingLoss;

use crate::elementary::ln;
use crate::kernel::simd::LANES;
use crate::kernel::vector::scale_and_sum;

/// A loss of a positive score and N negative scores for each row.
pub trait ContrastiveLoss: Sync {
    /// Scratch memory, reused; one per thread.
    type Workspace: Default + Send;

    /// The mean loss of B rows, and the number of rows whose loss or derivative is NaN or ∞. `positive` has shape (B,),
    /// `negative` (B, N) row-major; the derivatives of each row's own loss, not divided by B, replace `grad_positive` and
    /// `grad_negative`, of the same shapes.
    ///
    /// To be marked `#[inline(always)]`, with what it calls: it is compiled for each instruction set, and its result must not
    /// depend on which.
    ///
    /// # Panics
    /// When the shapes do not fit.
    fn value_and_grad(
        &self,
        positive: &[f32],
        negative: &[f32],
        grad_positive: &mut [f32],
        grad_negative: &mut [f32],
        workspace: &mut Self::Workspace,
    ) -> (f64, usize);
}

/// A formula over `pos`, `neg` and `gap`.
impl ContrastiveLoss for RankingLoss {
    type Workspace = autolossgen_formula::RankingWorkspace;

    #[inline(always)]
    fn value_and_grad(
        &self,
        positive: &[f32],
        negative: &[f32],
        grad_positive: &mut [f32],
        grad_negative: &mut [f32],
        workspace: &mut Self::Workspace,
    ) -> (f64, usize) {
        let found = self.value_and_grad(positive, negative, grad_positive, grad_negative, workspace);
        (f64::from(found.mean), found.non_finite)
    }
}

/// Bayesian personalised ranking (Rendle et al. 2009), as a mean over negatives: 1/N Σⱼ log(1 + exp(negⱼ − pos)).
#[derive(Clone, Copy, Debug, Default)]
pub struct Bpr;

/// Sampled softmax with the positive: log(1 + Σⱼ exp(negⱼ − pos)).
#[derive(Clone, Copy, Debug, Default)]
pub struct SampledSoftmax;

/// A loss whose rows know nothing of each other. Named functions and no closures, which the compiler may leave as calls, and a
/// call has the least of the instruction sets.
trait RowLoss: Sync {
    /// Loss of a row and its derivative by the positive; that by the negatives into `grad`.
    fn of_row(positive: f32, negative: &[f32], grad: &mut [f32]) -> (f64, f32);
}

impl<T: RowLoss> ContrastiveLoss for T {
    type Workspace = ();

    #[inline(always)]
    fn value_and_grad(
        &self,
        positive: &[f32],
        negative: &[f32],
        grad_positive: &mut [f32],
        grad_negative: &mut [f32],
        (): &mut (),
    ) -> (f64, usize) {
        let n = negative.len() / positive.len();
        assert!(grad_positive.len() == positive.len() && grad_negative.len() == negative.len());
        let (mut total, mut non_finite) = (0.0, 0);
        for row in 0..positive.len() {
            let of_row = row * n..(row + 1) * n;
            let (loss, slope) = T::of_row(positive[row], &negative[of_row.clone()], &mut grad_negative[of_row]);
            grad_positive[row] = slope;
            total += loss;
            non_finite += usize::from(!(loss.is_finite() && slope.is_finite()));
        }
        (total / positive.len() as f64, non_finite)
    }
}

impl RowLoss for Bpr {
    #[inline(always)]
    fn of_row(positive: f32, negative: &[f32], grad: &mut [f32]) -> (f64, f32) {
        let per_negative = 1.0 / negative.len() as f32;
        let (mut total, mut slope, mut start) = (0.0, 0.0, 0);
        // log Π (1 + e) has one logarithm for many; each factor is at most 2.
        while start < negative.len() {
            let part = start..negative.len().min(start + 64);
            let (linear, product) = softplus(positive, &negative[part.clone()], &mut grad[part.clone()]);
            total += f64::from(linear) + ln(f64::from(product));
            slope += scale_and_sum(&mut grad[part.clone()], per_negative);
            start = part.end;
        }
        (total * f64::from(per_negative), -slope)
    }
}

/// Σ max(negⱼ − pos, 0) and Π (1 + exp(−|negⱼ − pos|)), and σ(negⱼ − pos) into `grad`.
#[inline(always)]
fn softplus(positive: f32, negative: &[f32], grad: &mut [f32]) -> (f32, f32) {
    let (mut sums, mut products) = ([0.0; LANES], [1.0; LANES]);
    let ((whole, rest), (grads, of_rest)) = (negative.as_chunks::<LANES>(), grad.as_chunks_mut::<LANES>());
    for index in 0..whole.len() {
        softplus_lanes(positive, &whole[index], &mut grads[index], &mut sums, &mut products);
    }
    let (mut scores, mut grads) = ([f32::NEG_INFINITY; LANES], [0.0; LANES]);
    scores[..rest.len()].copy_from_slice(rest);
    softplus_lanes(positive, &scores, &mut grads, &mut sums, &mut products);
    of_rest.copy_from_slice(&grads[..rest.len()]);
    (sums.iter().sum(), products.iter().product())
}

/// Of sixteen scores.
#[inline(always)]
fn softplus_lanes(
    positive: f32,
    negative: &[f32; LANES],
    grad: &mut [f32; LANES],
    sums: &mut [f32; LANES],
    products: &mut [f32; LANES],
) {
    for lane in 0..LANES {
        let gap = negative[lane] - positive;
        let power = exp(-gap.abs());
        let inverse = 1.0 / (1.0 + power);
        grad[lane] = if gap >= 0.0 { inverse } else { power * inverse };
        sums[lane] += if gap < 0.0 { 0.0 } else { gap };
        products[lane] *= 1.0 + power;
    }
}

impl RowLoss for SampledSoftmax {
    #[inline(always)]
    fn of_row(positive: f32, negative: &[f32], grad: &mut [f32]) -> (f64, f32) {
        let most = largest(positive, negative);
        for index in 0..negative.len() {
            grad[index] = exp(negative[index] - most);
        }
        let negatives = scale_and_sum(grad, 1.0);
        let total = exp(positive - most) + negatives;
        (f64::from(most - positive) + ln(f64::from(total)), -scale_and_sum(grad, 1.0 / total))
    }
}

/// The largest of all scores; a NaN among the negatives is passed over, and is found by their powers.
#[inline(always)]
fn largest(positive: f32, negative: &[f32]) -> f32 {
    let mut most = [positive; LANES];
    let (whole, rest) = negative.as_chunks::<LANES>();
    for scores in whole {
        for lane in 0..LANES {
            most[lane] = if scores[lane] > most[lane] { scores[lane] } else { most[lane] };
        }
    }
    let mut largest = positive;
    for &score in most.iter().chain(rest) {
        largest = if score > largest { score } else { largest };
    }
    largest
}

/// eˣ for x ≤ 0, relative error below 3e-7; saturates at −87.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    const ROUND: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2[0]) - n * LN2[1];
    let p = 1.0 / 5040.0;
    let p = p * r + 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = p * r + 1.0;
    let p = p * r + 1.0;
    p * f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000))
}
