//! What a loss for ranking is to training, and two of them by hand.

use crate::kernel::simd::LANES;

/// A loss of a positive score and N negative scores for each row.
pub trait RankingLoss: Sync {
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

/// Bayesian personalised ranking (Rendle et al. 2009), as a mean over negatives: 1/N Σⱼ log(1 + exp(negⱼ − pos)).
#[derive(Clone, Copy, Debug, Default)]
pub struct Bpr;

/// Sampled softmax with the positive: log(1 + Σⱼ exp(negⱼ − pos)).
#[derive(Clone, Copy, Debug, Default)]
pub struct SampledSoftmax;

impl RankingLoss for Bpr {
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
        by_row(positive, negative, grad_positive, grad_negative, |positive, negative, grad| {
            let per_negative = 1.0 / negative.len() as f32;
            // log Π (1 + e) has one logarithm for many; each factor is at most 2.
            let (mut total, mut slope) = (0.0, 0.0);
            for (negative, grad) in negative.chunks(64).zip(grad.chunks_mut(64)) {
                let product = product_of(positive, negative, grad);
                total += f64::from(sum(negative.iter().map(|score| (score - positive).max(0.0)))) + f64::from(product).ln();
                grad.iter_mut().for_each(|grad| *grad *= per_negative);
                slope += sum(grad.iter().copied());
            }
            (total * f64::from(per_negative), -slope)
        })
    }
}

/// Π (1 + exp(−|negⱼ − pos|)), and σ(negⱼ − pos) into `grad`.
#[inline(always)]
fn product_of(positive: f32, negative: &[f32], grad: &mut [f32]) -> f32 {
    for (grad, score) in grad.iter_mut().zip(negative) {
        let gap = score - positive;
        let power = exp(-gap.abs());
        let inverse = 1.0 / (1.0 + power);
        *grad = if gap >= 0.0 { inverse } else { power * inverse };
    }
    // 1 + e is the inverse of the larger of σ and 1 − σ.
    let mut products = [1.0_f32; LANES];
    for part in grad.chunks(LANES) {
        products.iter_mut().zip(part).for_each(|(product, &grad)| *product *= grad.max(1.0 - grad));
    }
    1.0 / products.iter().product::<f32>()
}

impl RankingLoss for SampledSoftmax {
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
        by_row(positive, negative, grad_positive, grad_negative, |positive, negative, grad| {
            let most = negative.iter().fold(positive, |most, &score| if score > most { score } else { most });
            grad.iter_mut().zip(negative).for_each(|(grad, score)| *grad = exp(score - most));
            let total = exp(positive - most) + sum(grad.iter().copied());
            grad.iter_mut().for_each(|grad| *grad /= total);
            (f64::from(most - positive) + f64::from(total).ln(), -sum(grad.iter().copied()))
        })
    }
}

/// The mean of what `of_row` says of each row, its loss and its derivative by the positive.
#[inline(always)]
fn by_row(
    positive: &[f32],
    negative: &[f32],
    grad_positive: &mut [f32],
    grad_negative: &mut [f32],
    of_row: impl Fn(f32, &[f32], &mut [f32]) -> (f64, f32),
) -> (f64, usize) {
    let n = negative.len() / positive.len();
    assert!(grad_positive.len() == positive.len() && grad_negative.len() == negative.len());
    let rows = negative.chunks_exact(n).zip(grad_negative.chunks_exact_mut(n));
    let (mut total, mut non_finite) = (0.0, 0);
    for ((&positive, slope), (negative, grad)) in positive.iter().zip(grad_positive).zip(rows) {
        let (loss, by_positive) = of_row(positive, negative, grad);
        *slope = by_positive;
        total += loss;
        non_finite += usize::from(!(loss.is_finite() && by_positive.is_finite()));
    }
    (total / positive.len() as f64, non_finite)
}

/// Sum in sixteen partial sums.
#[inline(always)]
fn sum(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let mut sums = [0.0; LANES];
    values.enumerate().for_each(|(index, value)| sums[index % LANES] += value);
    sums.iter().sum()
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
