//! What a loss for ranking does: its signs, its gradient over the gap, and which negatives get the weight.

use autolossgen_formula::{RankingLoss, RankingWorkspace};
use autolossgen_recsys::random::{normal, stream};
use serde::Serialize;

use super::contender::Contender;

/// Simulated rows, and negatives of each.
const ROWS: usize = 2000;
const NEGATIVES: usize = 100;
/// Standard deviations by which the mean score of a positive lies above that of a negative.
const LEAD: f64 = 1.0;
/// Temperatures by which the simulated scores are divided.
const TEMPERATURES: [f32; 4] = [2.0, 1.0, 0.5, 0.2];
/// Gaps at which the gradient of one negative is shown.
const GAPS: [f32; 9] = [-8.0, -4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0, 8.0];
/// What is added to every score to see whether the loss changes.
const SHIFT: f32 = 1.0;
/// Relative difference below which two numbers of single precision are one.
const SAME: f64 = 1e-4;

/// Derivatives of a row of one negative.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GapSlope {
    /// pos − neg, with pos = gap / 2 and neg = −gap / 2
    pub gap: f32,
    /// dL/dpos
    pub positive: f32,
    /// dL/dneg
    pub negative: f32,
}

/// Where the gradient goes at a temperature: rows of 100 negatives whose scores are N(0, 1), of a positive N(1, 1), all divided by τ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Weight {
    /// τ
    pub temperature: f32,
    /// Share of Σ|dL/dneg| on the highest score of each row, the hardest 1%
    pub hardest_1: f64,
    /// Share on the ten highest scores of each row, the hardest 10%
    pub hardest_10: f64,
    /// Mean of |dL/dpos|
    pub positive: f64,
    /// Share of rows in which dL/dpos ≤ 0 and every dL/dneg ≥ 0
    pub right_sign: f64,
    /// Rows whose loss or derivative is not finite
    pub non_finite: usize,
}

/// What a loss for ranking does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RankingExplanation {
    /// Name, or formula
    pub loss: String,
    /// Formula
    pub formula: String,
    /// Whether the positive has a gradient in some simulated row at τ = 1, and whether a negative has
    pub acts: [bool; 2],
    /// Whether a constant that is added to all scores of a row leaves its derivatives as they are: then the loss depends on gaps alone
    pub of_gaps_alone: bool,
    /// A row of one negative, over the gap
    pub slopes: Vec<GapSlope>,
    /// By temperature
    pub weights: Vec<Weight>,
}

/// Scores of simulated rows at temperature 1.
struct Simulated {
    positive: Vec<f32>,
    /// Row by row, the highest first.
    negative: Vec<f32>,
}

/// Derivatives of some rows.
struct Slopes {
    positive: Vec<f32>,
    negative: Vec<f32>,
    non_finite: usize,
}

/// What a loss does, on scores that are drawn by a fixed seed.
///
/// ```
/// use autolossgen::ranking::{Contender, explain};
/// let bpr = Contender::new(&"log(1 + exp(-gap))".parse()?)?;
/// let found = explain(&bpr);
/// assert!(found.of_gaps_alone && found.acts == [true, true]);
/// assert!((found.slopes[4].negative - 0.5).abs() < 1e-6, "at a gap of 0");
/// # Ok::<(), autolossgen::formula::FormulaError>(())
/// ```
pub fn explain(contender: &Contender) -> RankingExplanation {
    let loss = &contender.loss;
    let simulated = Simulated::new();
    let base = slopes(loss, &simulated.positive, &simulated.negative);
    let shifted = |scores: &[f32]| scores.iter().map(|score| score + SHIFT).collect::<Vec<f32>>();
    let moved = slopes(loss, &shifted(&simulated.positive), &shifted(&simulated.negative));
    let acts = [&base.positive, &base.negative].map(|slopes| slopes.iter().any(|&slope| slope != 0.0));
    RankingExplanation {
        loss: contender.title.clone(),
        formula: loss.formula().to_string(),
        acts,
        of_gaps_alone: are_same(&base.positive, &moved.positive) && are_same(&base.negative, &moved.negative),
        slopes: GAPS.map(|gap| of_gap(loss, gap)).to_vec(),
        weights: TEMPERATURES.map(|temperature| simulated.weight(loss, temperature)).to_vec(),
    }
}

fn slopes(loss: &RankingLoss, positive: &[f32], negative: &[f32]) -> Slopes {
    let (mut of_positive, mut of_negative) = (vec![0.0; positive.len()], vec![0.0; negative.len()]);
    let workspace = &mut RankingWorkspace::default();
    let found = loss.value_and_grad(positive, negative, &mut of_positive, &mut of_negative, workspace);
    Slopes { positive: of_positive, negative: of_negative, non_finite: found.non_finite }
}

fn of_gap(loss: &RankingLoss, gap: f32) -> GapSlope {
    let found = slopes(loss, &[gap / 2.0], &[-gap / 2.0]);
    GapSlope { gap, positive: found.positive[0], negative: found.negative[0] }
}

/// Whether two lists are one to within rounding, measured by the largest of their numbers.
fn are_same(one: &[f32], other: &[f32]) -> bool {
    let size = one.iter().chain(other).fold(0.0_f64, |size, &value| size.max(f64::from(value).abs()));
    one.iter().zip(other).all(|(&one, &other)| (f64::from(one) - f64::from(other)).abs() <= SAME * size)
}

impl Simulated {
    fn new() -> Self {
        let rng = &mut stream(0, "explain ranking", 0);
        let positive = (0..ROWS).map(|_| (LEAD + normal(rng)) as f32).collect();
        let mut negative: Vec<f32> = (0..ROWS * NEGATIVES).map(|_| normal(rng) as f32).collect();
        negative.chunks_exact_mut(NEGATIVES).for_each(|row| row.sort_unstable_by(|a, b| b.total_cmp(a)));
        Self { positive, negative }
    }

    fn weight(&self, loss: &RankingLoss, temperature: f32) -> Weight {
        let divided = |scores: &[f32]| scores.iter().map(|score| score / temperature).collect::<Vec<f32>>();
        let found = slopes(loss, &divided(&self.positive), &divided(&self.negative));
        let rows = || found.negative.chunks_exact(NEGATIVES);
        let size = |row: &[f32]| row.iter().map(|slope| f64::from(slope.abs())).sum::<f64>();
        let all: f64 = rows().map(size).sum();
        let share = |n: usize| if all > 0.0 { rows().map(|row| size(&row[..n])).sum::<f64>() / all } else { 0.0 };
        let is_right = |of_row: &(&f32, &[f32])| *of_row.0 <= 0.0 && of_row.1.iter().all(|&slope| slope >= 0.0);
        let n_right = found.positive.iter().zip(rows()).filter(is_right).count();
        Weight {
            temperature,
            hardest_1: share(NEGATIVES / 100),
            hardest_10: share(NEGATIVES / 10),
            positive: size(&found.positive) / ROWS as f64,
            right_sign: n_right as f64 / ROWS as f64,
            non_finite: found.non_finite,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str) -> RankingExplanation {
        explain(&Contender::new(&text.parse().unwrap()).unwrap())
    }

    #[test]
    fn the_softmax_puts_its_weight_on_the_hardest_and_the_more_the_colder() {
        let ssm = explained("log(1 + sum(exp(-gap)))");
        assert!(ssm.weights.windows(2).all(|pair| pair[0].hardest_1 < pair[1].hardest_1), "{ssm:?}");
        // Each negative has its share of a mean, whatever its score, under a loss that is linear in the gap.
        let linear = explained("-gap");
        assert!(linear.weights.iter().all(|weight| (weight.hardest_10 - 0.1).abs() < 1e-6), "{linear:?}");
        let by_hand = |gap: f32| 1.0 / (1.0 + gap.exp());
        assert!(ssm.slopes.iter().all(|at| (at.negative - by_hand(at.gap)).abs() < 1e-6));
    }

    #[test]
    fn what_a_loss_depends_on_is_seen() {
        assert!(explained("relu(1 - gap)").of_gaps_alone);
        let bce = explained("log(1 + exp(-pos)) + mean(log(1 + exp(neg)))");
        assert!(!bce.of_gaps_alone && bce.acts == [true, true]);
        assert!(bce.weights.iter().all(|weight| weight.right_sign == 1.0 && weight.non_finite == 0));
        assert_eq!(explained("relu(1 - pos)").acts, [true, false]);
        assert!(explained("gap").weights.iter().all(|weight| weight.right_sign == 0.0));
    }
}
