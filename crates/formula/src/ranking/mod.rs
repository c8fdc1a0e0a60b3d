//! Evaluation of losses of ranking: rows of one positive and N negatives, reverse mode.
//!
//! A row has N + 1 inputs, so that derivatives go from the loss to the scores and not the other way. Each node is a loop over the
//! numbers of a few rows at a time. Every loop body is `#[inline(always)]`, as in `evaluate`, and the result is the same on every
//! path: no operation is fused, and sums have one order.

mod backward;
mod forward;
mod pattern;
pub(crate) mod program;
mod rows;
mod tile;

use self::backward::{Adjoints, Known};
use self::forward::Results;
use self::program::{Program, Source};
use self::tile::{Extent, Inputs};
use crate::scope_check::expect_scope;
use crate::{Evaluation, Formula, FormulaError, Scope, Semantics};

/// A formula over the scores of one positive and N negatives, with fixed semantics, ready to evaluate. Cheap to clone.
///
/// The operators are those of [`Loss`](crate::Loss), number by number; what is one number a row goes with every negative of the row. A
/// [`Reducer`](crate::Reducer) makes one number a row of a vector a row, and a vector that is left at the root is averaged.
///
/// `log(c + exp(x))`, `log(r(exp(x)))` and `log(c + r(exp(x)))`, with r `sum` or `mean` and a constant c > 0, are evaluated as a
/// whole: as softplus, and with the largest exponent taken out (log-sum-exp), so that no score overflows. There ε of the
/// protected logarithm is left out and no clamp acts inside; the value differs from that of the operators one by one by ε/z at
/// the most, z the argument of the logarithm, as long as these stay within exp's range of −87 to 88 and the clamp.
///
/// ```
/// use autolossgen_formula::{Formula, RankingWorkspace, Semantics};
/// let bpr = "log(1 + exp(-gap))".parse::<Formula>()?.compile_ranking(Semantics::default())?;
/// // One row of two negatives.
/// let (pos, neg) = ([1.0], [1.0, -200.0]);
/// let (mut grad_pos, mut grad_neg) = ([0.0], [0.0; 2]);
/// let found = bpr.value_and_grad(&pos, &neg, &mut grad_pos, &mut grad_neg, &mut RankingWorkspace::default());
/// assert!((found.mean - 2.0_f32.ln() / 2.0).abs() < 1e-6);
/// assert!((grad_pos[0] + 0.25).abs() < 1e-6 && (grad_neg[0] - 0.25).abs() < 1e-6);
/// # Ok::<(), autolossgen_formula::FormulaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RankingLoss {
    formula: Formula,
    program: Program,
    semantics: Semantics,
    scale: f32,
}

/// Scratch memory of an evaluation; one a thread, reused, never shrinks.
#[derive(Clone, Debug, Default)]
pub struct RankingWorkspace {
    values: Vec<f32>,
    slopes: Vec<f32>,
    masks: Vec<f32>,
    adjoints: Vec<f32>,
    scratch: Vec<f32>,
}

impl Formula {
    /// Fixes the semantics and prepares evaluation of a loss of ranking.
    ///
    /// # Errors
    /// A pointwise formula; ε not positive and finite, clamp bounds out of order.
    pub fn compile_ranking(&self, semantics: Semantics) -> Result<RankingLoss, FormulaError> {
        expect_scope(Scope::Ranking, self.scope())?;
        semantics.check()?;
        Ok(RankingLoss { formula: self.clone(), program: Program::new(self, semantics), semantics, scale: 1.0 })
    }
}

impl RankingLoss {
    /// The formula as given.
    pub fn formula(&self) -> &Formula {
        &self.formula
    }

    /// What it computes, node by node.
    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    /// The semantics it was compiled with.
    pub fn semantics(&self) -> Semantics {
        self.semantics
    }

    /// Whether the value depends on ε: a leaf `eps`, a reciprocal, or a log that is not evaluated as a log-sum-exp.
    pub fn depends_on_epsilon(&self) -> bool {
        self.program.has_epsilon
    }

    /// The same loss with its derivatives multiplied by `scale`, which changes the step of a training and not its minimum.
    /// Values stay those of the formula.
    ///
    /// # Panics
    /// When `scale` is not positive and finite.
    #[must_use]
    pub fn scaled(self, scale: f32) -> Self {
        assert!(scale > 0.0 && scale.is_finite(), "a scale of {scale} is not positive and finite");
        Self { scale, ..self }
    }

    /// What the derivatives are multiplied by; 1 unless [`scaled`](Self::scaled).
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Mean loss over the rows that are finite and, in `grad_pos` and `grad_neg`, the derivatives of each row's loss L with
    /// respect to its scores (not divided by B): dL/ds⁺ and dL/ds⁻ⱼ. `pos` and `grad_pos` have shape (B,), `neg` and `grad_neg` (B, N), row by
    /// row, with N ≥ 1. A row whose loss or a derivative is NaN or ∞ counts as non-finite; its derivatives are set to 0.
    ///
    /// # Panics
    /// When `neg` has not the same number of scores, one at least, for each of `pos`, or a gradient not the length of its
    /// scores.
    #[inline(always)]
    pub fn value_and_grad(
        &self,
        pos: &[f32],
        neg: &[f32],
        grad_pos: &mut [f32],
        grad_neg: &mut [f32],
        workspace: &mut RankingWorkspace,
    ) -> Evaluation {
        self.tiles(pos, neg, grad_pos, grad_neg, workspace, |_, _| ())
    }

    /// As [`value_and_grad`](Self::value_and_grad), with the loss of each row in `value`, of shape (B,).
    ///
    /// # Panics
    /// As [`value_and_grad`](Self::value_and_grad), and when `value` has another length than `pos`.
    pub fn evaluate(
        &self,
        pos: &[f32],
        neg: &[f32],
        value: &mut [f32],
        grad_pos: &mut [f32],
        grad_neg: &mut [f32],
        workspace: &mut RankingWorkspace,
    ) -> Evaluation {
        assert_eq!(value.len(), pos.len(), "values and positives differ in length");
        self.tiles(pos, neg, grad_pos, grad_neg, workspace, |start, losses| {
            value[start..start + losses.len()].copy_from_slice(losses)
        })
    }

    /// Evaluates a few rows at a time; `see` gets their losses and where they start.
    #[inline(always)]
    fn tiles(
        &self,
        pos: &[f32],
        neg: &[f32],
        grad_pos: &mut [f32],
        grad_neg: &mut [f32],
        workspace: &mut RankingWorkspace,
        mut see: impl FnMut(usize, &[f32]),
    ) -> Evaluation {
        assert!(grad_pos.len() == pos.len() && grad_neg.len() == neg.len(), "scores and gradients differ in length");
        if pos.is_empty() {
            assert!(neg.is_empty(), "there are negatives without a positive");
            return Evaluation { mean: 0.0, non_finite: 0 };
        }
        let n = neg.len() / pos.len();
        assert!(n > 0 && neg.len() == n * pos.len(), "every positive needs the same number of negatives, 1 at least");
        let extent = Extent::of(pos.len(), n);
        workspace.grow(&self.program, extent);
        let (mut sum, mut non_finite) = (0.0_f64, 0);
        for start in (0..pos.len()).step_by(extent.rows) {
            let extent = extent.of_rows(extent.rows.min(pos.len() - start));
            let (rows, grid) = (start..start + extent.rows, start * n..(start + extent.rows) * n);
            let (pos, neg) = (&pos[rows.clone()], &neg[grid.clone()]);
            let mut grads = Grads { pos: &mut grad_pos[rows], neg: &mut grad_neg[grid], n };
            self.forward(pos, neg, extent, workspace);
            self.backward(pos, neg, &mut grads, extent, workspace);
            let losses = self.losses(pos, extent, workspace);
            let found = grads.finite(losses);
            sum += found.0;
            non_finite += found.1;
            see(start, losses);
        }
        let n_finite = pos.len() - non_finite;
        Evaluation { mean: if n_finite == 0 { 0.0 } else { (sum / n_finite as f64) as f32 }, non_finite }
    }

    /// Values of the steps for a tile.
    #[inline(always)]
    fn forward(&self, pos: &[f32], neg: &[f32], extent: Extent, workspace: &mut RankingWorkspace) {
        let RankingWorkspace { values, slopes, masks, .. } = workspace;
        for (index, step) in self.program.steps.iter().enumerate() {
            let place = extent.place(index);
            let (before, rest) = values.split_at_mut(place.start);
            let inputs = Inputs { pos, neg, values: before, steps: &self.program.steps, extent };
            let mask = if step.clamp { &mut masks[place.clone()] } else { &mut [] };
            let mut out = Results { value: &mut rest[..extent.stride], slope: &mut slopes[place], mask };
            forward::take(step, &inputs, self.semantics, &mut out);
        }
    }

    /// Derivatives of the losses of a tile, times the scale, after [`forward`](Self::forward).
    #[inline(always)]
    fn backward(
        &self,
        pos: &[f32],
        neg: &[f32],
        grads: &mut Grads<'_>,
        extent: Extent,
        workspace: &mut RankingWorkspace,
    ) {
        let Program { steps, root, reaches, .. } = &self.program;
        let RankingWorkspace { values, slopes, masks, adjoints, scratch } = workspace;
        if !reaches[0] || *root == Source::Pos {
            grads.pos.fill(if *root == Source::Pos { self.scale } else { 0.0 });
        }
        if !reaches[1] {
            grads.neg.fill(0.0);
        }
        if let Source::Step(last) = *root {
            adjoints[extent.place(last)][..extent.rows].fill(self.scale);
        }
        let inputs = Inputs { pos, neg, values, steps, extent };
        for (index, step) in steps.iter().enumerate().rev() {
            let place = extent.place(index);
            let (before, rest) = adjoints.split_at_mut(place.start);
            let mask = if step.clamp { &masks[place.clone()] } else { &[] };
            let known = Known { value: &values[place.clone()], slope: &slopes[place], mask };
            let mut into = Adjoints { pos: grads.pos, neg: grads.neg, before, scratch };
            backward::take(step, &inputs, &known, rest, &mut into);
        }
    }

    /// The loss of each row of a tile.
    #[inline(always)]
    fn losses<'a>(&self, pos: &'a [f32], extent: Extent, workspace: &'a mut RankingWorkspace) -> &'a [f32] {
        match self.program.root {
            Source::Pos => pos,
            Source::Step(last) => &workspace.values[extent.place(last)][..extent.rows],
            Source::Number(number) => {
                workspace.scratch[..extent.rows].fill(number);
                &workspace.scratch[..extent.rows]
            }
            Source::Neg => unreachable!("a vector at the root is averaged"),
        }
    }
}

impl RankingWorkspace {
    /// Makes room for every step of a program.
    fn grow(&mut self, program: &Program, extent: Extent) {
        let length = program.steps.len() * extent.stride;
        let masks = if program.steps.iter().any(|step| step.clamp) { length } else { 0 };
        let Self { values, slopes, adjoints, .. } = self;
        let lengths = [(values, length), (slopes, length), (adjoints, length)];
        for (numbers, length) in
            lengths.into_iter().chain([(&mut self.masks, masks), (&mut self.scratch, extent.stride)])
        {
            numbers.resize(numbers.len().max(length), 0.0);
        }
    }
}

/// Derivatives with respect to the scores of a tile.
struct Grads<'a> {
    pos: &'a mut [f32],
    neg: &'a mut [f32],
    /// Negatives a row
    n: usize,
}

impl Grads<'_> {
    /// Sum of the losses of the rows that are finite, and how many are not; their derivatives become 0.
    #[inline(always)]
    fn finite(&mut self, losses: &[f32]) -> (f64, usize) {
        if non_finite(losses) || non_finite(self.pos) || non_finite(self.neg) {
            return self.repaired(losses);
        }
        (losses.iter().map(|&loss| f64::from(loss)).sum(), 0)
    }

    #[cold]
    fn repaired(&mut self, losses: &[f32]) -> (f64, usize) {
        let (mut sum, mut count) = (0.0, 0);
        let rows = self.pos.iter_mut().zip(self.neg.chunks_exact_mut(self.n));
        for (&loss, (pos, neg)) in losses.iter().zip(rows) {
            if non_finite(&[loss, *pos]) || non_finite(neg) {
                *pos = 0.0;
                neg.fill(0.0);
                count += 1;
            } else {
                sum += f64::from(loss);
            }
        }
        (sum, count)
    }
}

/// Whether one is NaN or ∞: these have all bits of the exponent set.
#[inline(always)]
fn non_finite(numbers: &[f32]) -> bool {
    const EXPONENT: u32 = 0x7f80_0000;
    let found = numbers.iter().fold(0, |found, number| found | u32::from(number.to_bits() & EXPONENT == EXPONENT));
    found != 0
}
