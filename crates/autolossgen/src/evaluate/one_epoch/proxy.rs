//! The proxy test (§4.1.2): which losses need no training, because they have no gradient or that of another loss.

use autolossgen_formula::{Loss, Workspace};
use autolossgen_recsys::{Gram, Interactions, Model};

use crate::evaluate::novelty::Novelty;
use crate::state::ForeignState;

/// The fixed batch B, and the losses F that were new since the recommender last changed.
///
/// ∇ω(B, f) = Jᵀg/|B| with g the dL/dlogit of each row, so that every norm is a quadratic form in K = JJᵀ, which is
/// computed once for each state of the recommender: no loss costs a backward pass.
#[derive(Clone, Debug)]
pub struct ProxyTest {
    batch: Interactions,
    delta: f64,
    logits: Vec<f32>,
    gram: Gram,
    /// Sample number and g of every loss in F.
    seen: Vec<(u64, Vec<f64>)>,
    workspace: Workspace,
}

impl ProxyTest {
    /// The test on `batch` with threshold `delta`, at the parameters of `model`.
    pub fn new<M: Model>(batch: Interactions, delta: f64, model: &M) -> Self {
        let gram = model.gram(&batch);
        let mut test =
            Self { batch, delta, logits: Vec::new(), gram, seen: Vec::new(), workspace: Workspace::default() };
        model.predict(&test.batch, &mut test.logits);
        test
    }

    /// Follows a change of the recommender; F is emptied, for its rewards were those of another state.
    pub fn renew<M: Model>(&mut self, model: &M) {
        self.gram = model.gram(&self.batch);
        model.predict(&self.batch, &mut self.logits);
        self.seen.clear();
    }

    /// Whether value and derivative of a loss are finite on B: all that is asked without the proxy test.
    pub fn is_finite(&mut self, loss: &Loss) -> bool {
        self.gradient(loss).is_some()
    }

    /// dL/dlogit on B; `None` where NaN or ∞ is in it.
    fn gradient(&mut self, loss: &Loss) -> Option<Vec<f64>> {
        let mut grad = vec![0.0; self.logits.len()];
        let found = loss.value_and_grad(&self.logits, self.batch.labels(), &mut grad, &mut self.workspace);
        (found.non_finite == 0).then(|| grad.into_iter().map(f64::from).collect())
    }

    /// Examines a loss; one that is new joins F under the number `sample`.
    pub fn examine(&mut self, loss: &Loss, sample: u64) -> Novelty {
        let Some(grad) = self.gradient(loss) else { return Novelty::NonFinite };
        if norm(&self.gram, &grad) < self.delta {
            return Novelty::ZeroGradient;
        }
        let minus = |other: &[f64]| grad.iter().zip(other).map(|(g, other)| g - other).collect::<Vec<f64>>();
        if let Some((of, _)) = self.seen.iter().find(|(_, other)| norm(&self.gram, &minus(other)) < self.delta) {
            return Novelty::Duplicate { of: *of };
        }
        self.seen.push((sample, grad));
        Novelty::New
    }

    /// Number and g of every loss in F.
    pub(crate) fn seen(&self) -> &[(u64, Vec<f64>)] {
        &self.seen
    }

    /// Takes up the losses that F held at the present parameters, on the same batch.
    pub(crate) fn restore(&mut self, seen: Vec<(u64, Vec<f64>)>) -> Result<(), ForeignState> {
        if seen.iter().any(|(_, grad)| grad.len() != self.batch.len()) {
            return Err(ForeignState);
        }
        self.seen = seen;
        Ok(())
    }

    /// Whether f = ŷ has a gradient on B at the parameters of `model`. Where it has none every prediction is saturated, and
    /// no loss can train the model further.
    pub fn is_trainable<M: Model>(&self, model: &M) -> bool {
        let mut logits = Vec::new();
        model.predict(&self.batch, &mut logits);
        let slope = |&logit: &f32| {
            let small = (-f64::from(logit).abs()).exp();
            small / (1.0 + small).powi(2)
        };
        norm(&model.gram(&self.batch), &logits.iter().map(slope).collect::<Vec<f64>>()) >= self.delta
    }
}

/// √(gᵀKg)/|B|: the norm of the gradient of the mean loss over B with respect to all parameters.
fn norm(gram: &Gram, grad: &[f64]) -> f64 {
    let product = |row: &[f64]| row.iter().zip(grad).map(|(k, g)| k * g).sum::<f64>();
    let square: f64 = gram.values.chunks_exact(gram.size).zip(grad).map(|(row, g)| g * product(row)).sum();
    square.max(0.0).sqrt() / gram.size as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen_formula::{Semantics, resolve};
    use autolossgen_recsys::random::stream;
    use autolossgen_recsys::{BiasedMf, MfOptions};

    fn model(seed: u64) -> BiasedMf {
        let options = MfOptions { dimension: 8, init_std: 1.0, global_bias: 0.1 };
        BiasedMf::new(4, 4, &options, &mut stream(seed, "model", 0))
    }

    fn test(model: &BiasedMf) -> ProxyTest {
        let batch = Interactions::new(vec![0, 1, 2, 3, 0], vec![0, 1, 2, 3, 1], vec![1.0, 0.0, 1.0, 0.0, 1.0]);
        ProxyTest::new(batch, 1e-4, model)
    }

    fn loss(text: &str) -> Loss {
        resolve(text).unwrap().compile(Semantics::default()).unwrap()
    }

    #[test]
    fn losses_without_a_gradient_or_with_a_known_one_need_no_training() {
        let mut test = test(&model(1));
        assert_eq!(test.examine(&loss("label + 1"), 0), Novelty::ZeroGradient);
        assert_eq!(test.examine(&loss("1e-9 * pred"), 1), Novelty::ZeroGradient);
        assert_eq!(test.examine(&loss("mse"), 2), Novelty::New);
        assert_eq!(test.examine(&loss("bce"), 3), Novelty::New);
        assert_eq!(test.examine(&loss("(label - pred)^2 + label"), 4), Novelty::Duplicate { of: 2 });
        assert_eq!(test.examine(&loss("2 * (label - pred)^2"), 5), Novelty::New);
    }

    #[test]
    fn what_is_not_finite_is_said() {
        let unclamped = |text: &str| resolve(text).unwrap().compile(Semantics::unclamped(1e-6)).unwrap();
        assert_eq!(test(&model(1)).examine(&unclamped("pred / label"), 0), Novelty::NonFinite);
    }

    #[test]
    fn a_saturated_recommender_is_not_trainable() {
        let biased = |global_bias| {
            let options = MfOptions { dimension: 8, init_std: 0.01, global_bias };
            BiasedMf::new(4, 4, &options, &mut stream(1, "model", 0))
        };
        let test = test(&model(1));
        assert!(test.is_trainable(&biased(0.0)));
        assert!(!test.is_trainable(&biased(20.0)));
        assert!(!test.is_trainable(&biased(-20.0)));
    }

    #[test]
    fn a_changed_recommender_empties_the_list() {
        let mut test = test(&model(1));
        assert_eq!(test.examine(&loss("mse"), 0), Novelty::New);
        test.renew(&model(2));
        assert_eq!(test.examine(&loss("mse"), 1), Novelty::New);
    }
}
