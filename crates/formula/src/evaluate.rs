//! Evaluation over blocks of samples: value and derivative with respect to the logit, forward mode.
//!
//! Every loop body is `#[inline(always)]`, so that a caller compiled for AVX2 or AVX-512 gets it vectorised; the result is the same
//! on every path, because no operation is fused or reordered.

use crate::lanes::{Dual, LANES, Lanes, lanes};
use crate::scope_check::expect_scope;
use crate::tape::Tape;
use crate::{Formula, FormulaError, Node, Scope, Semantics};

/// A formula with fixed semantics, ready to evaluate. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Loss {
    formula: Formula,
    program: Vec<Node>,
    /// Value and derivative.
    both: Tape,
    /// The derivative alone.
    slope: Tape,
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

impl Formula {
    /// Fixes the semantics and prepares evaluation of a pointwise loss.
    ///
    /// # Errors
    /// A ranking formula; ε not positive and finite, clamp bounds out of order.
    pub fn compile(&self, semantics: Semantics) -> Result<Loss, FormulaError> {
        expect_scope(Scope::Pointwise, self.scope())?;
        semantics.check()?;
        Ok(Loss::of(self.clone(), semantics, 1.0, None))
    }
}

impl Loss {
    /// Prepares the program: the nodes that the root depends on, shared.
    fn of(formula: Formula, semantics: Semantics, scale: f32, original: Option<Formula>) -> Self {
        let program = formula.canonical_under(semantics.clamp).nodes().to_vec();
        let both = Tape::of_value_and_slope(&program, semantics);
        let slope = Tape::of_slope(&program, semantics);
        Self { formula, program, both, slope, semantics, scale, original }
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
        let original = Some(self.original.as_ref().unwrap_or(&self.formula).clone());
        Self::of(formula, self.semantics, self.scale, original)
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

    /// dL/dlogit of each sample, in `grad`, and nothing else; all slices have shape (n,). Returns the number of samples whose
    /// loss or derivative is NaN or ∞; their derivative is set to 0.
    ///
    /// # Panics
    /// When the slices differ in length.
    #[inline(always)]
    pub fn grad(&self, logit: &[f32], label: &[f32], grad: &mut [f32], workspace: &mut Workspace) -> usize {
        let mut non_finite = 0;
        let tape = |h: &Lanes, y: &Lanes| if Tape::serves(h, y) { &self.slope } else { &self.both };
        self.blocks(tape, logit, label, grad, workspace, |_, block| non_finite += block.non_finite);
        non_finite
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
        self.mean_and_grad(logit, label, grad, workspace, |_, _| ())
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
        self.mean_and_grad(logit, label, grad, workspace, |start, block| {
            value[start..start + block.len()].copy_from_slice(block)
        })
    }

    #[inline(always)]
    fn mean_and_grad(
        &self,
        logit: &[f32],
        label: &[f32],
        grad: &mut [f32],
        workspace: &mut Workspace,
        mut see: impl FnMut(usize, &[f32]),
    ) -> Evaluation {
        let (mut sum, mut non_finite) = (0.0_f64, 0);
        self.blocks(
            |_, _| &self.both,
            logit,
            label,
            grad,
            workspace,
            |start, block| {
                let values = &block.root.value[..block.n];
                let losses = (0..block.n).map(|lane| if block.is_finite(lane) { f64::from(values[lane]) } else { 0.0 });
                sum += losses.sum::<f64>();
                non_finite += block.non_finite;
                see(start, values);
            },
        );
        let n_finite = logit.len() - non_finite;
        Evaluation { mean: if n_finite == 0 { 0.0 } else { (sum / n_finite as f64) as f32 }, non_finite }
    }

    /// Takes the steps of the tape that is right for their logits and labels, block by block; `see` gets where each starts.
    #[inline(always)]
    fn blocks<'a>(
        &'a self,
        tape: impl Fn(&Lanes, &Lanes) -> &'a Tape,
        logit: &[f32],
        label: &[f32],
        grad: &mut [f32],
        workspace: &mut Workspace,
        mut see: impl FnMut(usize, Block<'_>),
    ) {
        assert!(
            logit.len() == label.len() && logit.len() == grad.len(),
            "logits, labels and gradients differ in length"
        );
        let Workspace { duals } = workspace;
        duals.resize(self.program.len().max(duals.len()), Dual::ZERO);
        let last = self.program.len() - 1;
        for start in (0..logit.len()).step_by(LANES) {
            let n = LANES.min(logit.len() - start);
            let (h, y) = (lanes(&logit[start..start + n]), lanes(&label[start..start + n]));
            let steps = &tape(&h, &y).steps;
            for (index, step) in steps.iter().enumerate() {
                let (before, rest) = duals.split_at_mut(index);
                step.take(before, (&h, &y), self.semantics, &mut rest[0]);
            }
            if !steps[last].has_slope() {
                duals[last].slope = Dual::ZERO.slope;
            }
            let has_value = steps[last].value;
            let mut block = Block { root: &duals[last], scale: self.scale, has_value, n, non_finite: 0 };
            block.non_finite = block.slopes(&mut grad[start..start + n]);
            see(start, block);
        }
    }
}

/// What came out for a block of samples.
#[derive(Clone, Copy)]
struct Block<'a> {
    root: &'a Dual,
    /// Of the derivative.
    scale: f32,
    /// Whether `root` has a value; where it has none, that would be finite.
    has_value: bool,
    /// Samples, in the first lanes.
    n: usize,
    /// Those of them whose loss or derivative is NaN or ∞.
    non_finite: usize,
}

impl Block<'_> {
    #[inline(always)]
    fn is_finite(&self, lane: usize) -> bool {
        (self.scale * self.root.slope[lane]).is_finite() && (!self.has_value || self.root.value[lane].is_finite())
    }

    /// Writes the derivatives, 0 where something is not finite, and returns how many these are.
    #[inline(always)]
    fn slopes(&self, grad: &mut [f32]) -> usize {
        let mut slopes = self.root.slope.map(|slope| self.scale * slope);
        let values = self.has_value.then_some(&self.root.value);
        let found = non_finite(&slopes) || values.is_some_and(non_finite);
        let count = if found { self.repair(&mut slopes) } else { 0 };
        match grad.first_chunk_mut() {
            Some(full) => *full = slopes,
            None => grad.copy_from_slice(&slopes[..grad.len()]),
        }
        count
    }

    #[cold]
    fn repair(&self, slopes: &mut Lanes) -> usize {
        let bad = (0..LANES).filter(|&lane| !self.is_finite(lane));
        bad.map(|lane| {
            slopes[lane] = 0.0;
            usize::from(lane < self.n)
        })
        .sum()
    }
}

/// Whether one is NaN or ∞: these have all bits of the exponent set.
#[inline(always)]
fn non_finite(lanes: &Lanes) -> bool {
    const EXPONENT: u32 = 0x7f80_0000;
    let mut found = 0;
    for lane in 0..LANES {
        found |= u32::from(lanes[lane].to_bits() & EXPONENT == EXPONENT);
    }
    found != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::Step;
    use crate::{Binary, Choice, Clamp, Unary};

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

    /// Value and derivative of the root, every node computed, protected and clamped as Table 2 says.
    fn by_every_step(program: &[Node], semantics: Semantics, h: &Lanes, y: &Lanes) -> Dual {
        let mut duals = vec![Dual::ZERO; program.len()];
        for (index, &node) in program.iter().enumerate() {
            let (before, rest) = duals.split_at_mut(index);
            Step::all(node).take(before, (h, y), semantics, &mut rest[0]);
        }
        *duals.last().unwrap()
    }

    /// A number that depends on the seed alone, and the next seed.
    fn draw(seed: &mut u64, below: usize) -> usize {
        *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((*seed >> 33) as usize) % below
    }

    /// Formulas of up to 12 operators, with what lies on the edge of single precision among their constants.
    fn random_formula(seed: &mut u64) -> Formula {
        const CONSTANTS: [f32; 6] = [1.0, 2.0, 1e-30, 1e30, -0.5, 1e-39];
        let (unary, binary) = (Unary::ALL, Binary::ALL);
        let mut nodes = vec![Node::Pred, Node::Label, Node::Logit, Node::Eps];
        nodes.push(Node::Constant(CONSTANTS[draw(seed, CONSTANTS.len())]));
        for _ in 0..1 + draw(seed, 12) {
            let n = nodes.len();
            // The last node more often than others, so that formulas are deep.
            let operand = |seed: &mut u64| if draw(seed, 2) == 0 { n - 1 } else { draw(seed, n) };
            nodes.push(match draw(seed, 2) {
                0 => Node::Unary(unary[draw(seed, unary.len())], operand(seed)),
                _ => Node::Binary(binary[draw(seed, binary.len())], operand(seed), operand(seed)),
            });
        }
        Formula::new(nodes).unwrap()
    }

    #[test]
    fn what_is_left_out_changes_nothing() {
        const LOGITS: [f32; 12] = [0.0, 1e-9, -1e-9, 0.3, -2.0, 5.0, 17.5, -17.5, 30.0, -88.0, 150.0, 2e4];
        let h: Lanes = std::array::from_fn(|lane| LOGITS[lane % LOGITS.len()]);
        let y: Lanes = std::array::from_fn(|lane| [0.0, 1.0, 0.25, 3.0, -1e7][lane / LOGITS.len() % 5]);
        // The label 3 and the logit 2e4 are beyond what the tape of the derivative serves; the first samples are not.
        let served = |lane: &usize| h[*lane] < 1e4 && (0.0..=1.0).contains(&y[*lane]);
        let lanes_served: Vec<usize> = (0..LANES).filter(served).collect();
        let (mut seed, mut n_compared, mut workspace) = (1, 0, Workspace::default());
        for round in 0..20_000 {
            let formula = random_formula(&mut seed);
            let clamp = [Clamp::None, Clamp::Signed(1e6), Clamp::Signed(3.0), Clamp::Positive(1e-6, 1e6)][round % 4];
            let semantics = Semantics { epsilon: [1e-6, 1e-8, 1e-12, 1e-3][round / 4 % 4], clamp };
            let loss = formula.compile(semantics).unwrap();
            let whole = by_every_step(loss.program(), semantics, &h, &y);
            let (mut value, mut both, mut alone) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
            loss.evaluate(&h, &y, &mut value, &mut both, &mut workspace);
            for &lane in &lanes_served {
                let (h, y, grad) = (&[h[lane]], &[y[lane]], &mut alone[lane..=lane]);
                loss.grad(h, y, grad, &mut workspace);
            }
            for lane in 0..LANES {
                let (exact, slope) = (whole.value[lane], whole.slope[lane]);
                // 0 times an infinite derivative is NaN there, and 0 here.
                if exact.is_finite() && slope.is_finite() {
                    let place = format!("{formula} at {} {} under {semantics:?}", h[lane], y[lane]);
                    assert_eq!((value[lane], both[lane]), (exact, slope), "{place}");
                    assert!(!lanes_served.contains(&lane) || alone[lane] == slope, "{} {slope} {place}", alone[lane]);
                    n_compared += 1;
                }
            }
        }
        assert!(n_compared > 500_000, "{n_compared}");
    }
}
