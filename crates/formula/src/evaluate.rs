//! Evaluation over blocks of samples: value and derivative with respect to the logit, forward mode.
//!
//! Every loop body is `#[inline(always)]`, so that a caller compiled for AVX2 or AVX-512 gets it vectorised; the result is the same
//! on every path, because no operation is fused or reordered.

use crate::lanes::{Dual, LANES, lanes, step};
use crate::{Formula, FormulaError, Node, Semantics};

/// A formula with fixed semantics, ready to evaluate. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Loss {
    formula: Formula,
    program: Vec<Node>,
    semantics: Semantics,
    scale: f32,
    /// What it was before it was simplified.
    original: Option<Formula>,
}

/// Scratch memory of an evaluation; one a thread, reused, never shrinks.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    duals: Vec<Dual>,
}

/// What an evaluation found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean loss over the samples that are finite; 0 for none.
    pub mean: f32,
    /// Samples whose value or derivative is NaN or ∞; their derivative is set to 0.
    pub non_finite: usize,
}

impl Loss {
    /// Checks the semantics and prepares the program: the nodes that the root depends on, shared.
    pub(crate) fn new(formula: Formula, semantics: Semantics) -> Result<Self, FormulaError> {
        semantics.check()?;
        let program = formula.canonical_under(semantics.clamp).nodes().to_vec();
        Ok(Self { formula, program, semantics, scale: 1.0, original: None })
    }

    /// The formula as given.
    pub fn formula(&self) -> &Formula {
        &self.formula
    }

    /// The semantics it was compiled with.
    pub fn semantics(&self) -> Semantics {
        self.semantics
    }

    /// The formula that this one is a [simplified](crate::simplified) form of.
    pub fn original(&self) -> Option<&Formula> {
        self.original.as_ref()
    }

    /// The same loss, which keeps its scale, written as `formula`.
    pub(crate) fn rewritten(&self, formula: Formula) -> Self {
        let program = formula.canonical_under(self.semantics.clamp).nodes().to_vec();
        let original = Some(self.original.as_ref().unwrap_or(&self.formula).clone());
        Self { formula, program, original, ..*self }
    }

    /// What is evaluated: the nodes that the root depends on, children first.
    pub(crate) fn program(&self) -> &[Node] {
        &self.program
    }

    /// The same loss with its derivative multiplied by `scale`, which changes the step of a training and not its minimum.
    /// Values stay those of the formula.
    ///
    /// # Panics
    /// When `scale` is not positive and finite.
    #[must_use]
    pub fn scaled(self, scale: f32) -> Self {
        assert!(scale > 0.0 && scale.is_finite(), "a scale of {scale} is not positive and finite");
        Self { scale, ..self }
    }

    /// What the derivative is multiplied by; 1 unless [`scaled`](Self::scaled).
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Mean loss and, in `grad`, dL/dlogit of each sample (not divided by n). All slices have shape (n,).
    ///
    /// # Panics
    /// When the slices differ in length.
    #[inline(always)]
    pub fn value_and_grad(
        &self,
        logit: &[f32],
        label: &[f32],
        grad: &mut [f32],
        workspace: &mut Workspace,
    ) -> Evaluation {
        self.blocks(logit, label, grad, workspace, |_, _| ())
    }

    /// As [`value_and_grad`](Self::value_and_grad), with the loss of each sample in `value`.
    ///
    /// # Panics
    /// When the slices differ in length.
    pub fn evaluate(
        &self,
        logit: &[f32],
        label: &[f32],
        value: &mut [f32],
        grad: &mut [f32],
        workspace: &mut Workspace,
    ) -> Evaluation {
        assert_eq!(value.len(), logit.len(), "values and logits differ in length");
        self.blocks(logit, label, grad, workspace, |start, block| {
            value[start..start + block.len()].copy_from_slice(block)
        })
    }

    #[inline(always)]
    fn blocks(
        &self,
        logit: &[f32],
        label: &[f32],
        grad: &mut [f32],
        workspace: &mut Workspace,
        mut see: impl FnMut(usize, &[f32]),
    ) -> Evaluation {
        assert!(
            logit.len() == label.len() && logit.len() == grad.len(),
            "logits, labels and gradients differ in length"
        );
        workspace.duals.resize(self.program.len().max(workspace.duals.len()), Dual::ZERO);
        let (mut sum, mut non_finite) = (0.0_f64, 0);
        for start in (0..logit.len()).step_by(LANES) {
            let n = LANES.min(logit.len() - start);
            self.block(&logit[start..start + n], &label[start..start + n], &mut workspace.duals);
            let root = &workspace.duals[self.program.len() - 1];
            let (block_sum, bad) = collect(root, self.scale, &mut grad[start..start + n]);
            see(start, &root.value[..n]);
            sum += block_sum;
            non_finite += bad;
        }
        let n_finite = logit.len() - non_finite;
        Evaluation { mean: if n_finite == 0 { 0.0 } else { (sum / n_finite as f64) as f32 }, non_finite }
    }

    #[inline(always)]
    fn block(&self, logit: &[f32], label: &[f32], duals: &mut [Dual]) {
        let (h, y) = (lanes(logit), lanes(label));
        for (index, &node) in self.program.iter().enumerate() {
            let (before, rest) = duals.split_at_mut(index);
            step(node, before, (&h, &y), self.semantics, &mut rest[0]);
        }
    }
}

/// Writes the derivatives of a block and returns the sum of its losses and the number of samples that are not finite.
///
/// x·0 is 0 for every finite x and NaN otherwise; the sum has eight parts, so that both loops vectorise.
#[inline(always)]
fn collect(root: &Dual, scale: f32, grad: &mut [f32]) -> (f64, usize) {
    const PARTS: usize = 8;
    let (mut sums, mut bad) = ([0.0_f64; PARTS], 0_u32);
    let mut slopes = [0.0; LANES];
    let n = grad.len();
    for (part, slopes) in slopes.chunks_exact_mut(PARTS).enumerate() {
        for lane in 0..PARTS {
            let index = part * PARTS + lane;
            let (value, slope) = (root.value[index], scale * root.slope[index]);
            let finite = (value * 0.0 == 0.0) & (slope * 0.0 == 0.0);
            let counts = index < n;
            slopes[lane] = if finite { slope } else { 0.0 };
            sums[lane] += f64::from(if finite & counts { value } else { 0.0 });
            bad += u32::from(!finite & counts);
        }
    }
    match grad.first_chunk_mut() {
        Some(full) => *full = slopes,
        None => grad.copy_from_slice(&slopes[..n]),
    }
    (sums.iter().sum(), bad as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clamp;

    fn at(text: &str, semantics: Semantics, logit: f32, label: f32) -> (f32, f32, usize) {
        let loss = text.parse::<Formula>().unwrap().compile(semantics).unwrap();
        let (mut value, mut grad) = ([0.0], [0.0]);
        let evaluation = loss.evaluate(&[logit], &[label], &mut value, &mut grad, &mut Workspace::default());
        (value[0], grad[0], evaluation.non_finite)
    }

    #[test]
    fn mse_by_hand() {
        // ŷ = ½, σ' = ¼: (½ − 1)² = ¼, derivative 2·(−½)·¼ = −¼.
        assert_eq!(at("(pred - label)^2", Semantics::default(), 0.0, 1.0), (0.25, -0.25, 0));
    }

    #[test]
    fn ties_take_half_of_each_side() {
        assert_eq!(at("max(logit, 2 * logit)", Semantics::default(), 0.0, 0.0).1, 1.5);
        assert_eq!(at("relu(logit)", Semantics::default(), 0.0, 0.0).1, 0.5);
    }

    #[test]
    fn positive_clamp_makes_a_negated_label_constant() {
        let positive = Semantics { epsilon: 1e-6, clamp: Clamp::Positive(1e-5, 1e5) };
        assert_eq!(at("-label", positive, 0.0, 1.0).0, 1e-5);
        assert_eq!(at("-pred", positive, 0.0, 1.0).1, 0.0);
        assert_eq!(at("-label", Semantics::default(), 0.0, 1.0).0, -1.0);
    }

    #[test]
    fn protected_operators_follow_table_2() {
        let semantics = Semantics { epsilon: 0.5, clamp: Clamp::None };
        assert_eq!(at("reciprocal(label)", semantics, 0.0, 0.0).0, 0.0);
        assert_eq!(at("reciprocal(-label)", semantics, 0.0, 1.0).0, -1.0 / 1.5);
        assert!((at("log(-label)", semantics, 0.0, 1.0).0 + 1.5_f32.ln()).abs() < 1e-6);
    }

    #[test]
    fn what_is_not_finite_is_counted_and_does_not_spread() {
        let none = Semantics { epsilon: 1e-6, clamp: Clamp::None };
        assert_eq!(at("pred / label", none, 0.0, 0.0).1, 0.0);
        assert_eq!(at("pred / label", none, 0.0, 0.0).2, 1);
        assert_eq!(at("pred / label", none, 0.0, 1.0).2, 0);
    }

    #[test]
    fn blocks_do_not_change_results() {
        let loss = "log(pred) * label".parse::<Formula>().unwrap().compile(Semantics::default()).unwrap();
        let logit: Vec<f32> = (0..150).map(|i| i as f32 * 0.1 - 7.0).collect();
        let label = vec![1.0; 150];
        let (mut together, mut workspace) = (vec![0.0; 150], Workspace::default());
        loss.value_and_grad(&logit, &label, &mut together, &mut workspace);
        for i in 0..150 {
            let mut alone = [0.0];
            loss.value_and_grad(&logit[i..=i], &[1.0], &mut alone, &mut workspace);
            assert_eq!(alone[0].to_bits(), together[i].to_bits());
        }
    }
}
