//! The policy π(f, θ): a stacked LSTM that chooses an operator, then variables by attention over those there are (§3.3).
//!
//! Every decision has a step of the LSTM. Its input is what was decided last: the learned start vector, an operator's
//! embedding, or a variable's vector. The vector of an input variable is learned; that of a new variable is the hidden
//! state of the step after the round that made it. Logits are c·tanh(W h) for operators and c·tanh(v·tanh(K a_j + Q h))
//! for variables; the second variable of an operator is drawn without the first.

use std::ops::Range;

use autolossgen_recsys::random::{Stream, uniform};

use super::layout::{Layout, Shape};
use super::linear::{Panels, add_product, zeros};

/// Parameters θ and what they mean.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) shape: Shape,
    pub(super) layout: Layout,
    parameters: Vec<f64>,
    pub(super) packed: Packed,
}

/// A matrix as the products forward and backward read it.
#[derive(Clone, Debug)]
pub(super) struct Weight {
    pub(super) forward: Panels,
    pub(super) backward: Panels,
}

/// What is made of θ after each of its changes.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    pub(super) head: Weight,
    pub(super) key: Weight,
    pub(super) query: Weight,
    /// W_x and W_h of each layer.
    pub(super) cells: Vec<[Weight; 2]>,
    /// W_x x + bias of the first layer, x what the LSTM reads beside variables; shape (1 + n, 4H).
    pub(super) known: Vec<f64>,
    /// K a_j of ŷ, y and 1, shape (3, H).
    pub(super) keys: Vec<f64>,
}

impl Weight {
    /// Shape (rows, columns).
    fn zeros(rows: usize, columns: usize) -> Self {
        Self { forward: Panels::zeros(columns, rows), backward: Panels::zeros(rows, columns) }
    }

    fn pack(&mut self, matrix: &[f64]) {
        self.forward.pack_transposed(matrix);
        self.backward.pack(matrix);
    }
}

impl Packed {
    fn zeros(shape: &Shape) -> Self {
        let h = shape.hidden;
        let square = || Weight::zeros(h, h);
        let cell = |_| [Weight::zeros(4 * h, h), Weight::zeros(4 * h, h)];
        Self {
            head: Weight::zeros(shape.space.operators.len(), h),
            key: square(),
            query: square(),
            cells: (0..shape.layers).map(cell).collect(),
            known: Vec::new(),
            keys: Vec::new(),
        }
    }

    fn pack(&mut self, layout: &Layout, parameters: &[f64]) {
        let get = |range: &Range<usize>| &parameters[range.clone()];
        self.head.pack(get(&layout.head));
        self.key.pack(get(&layout.key));
        self.query.pack(get(&layout.query));
        for ([input, recurrent], cell) in self.cells.iter_mut().zip(&layout.cells) {
            input.pack(get(&cell.input));
            recurrent.pack(get(&cell.recurrent));
        }
        let bias = get(&layout.cells[0].bias);
        self.known.clear();
        (0..4 * layout.known.len() / bias.len()).for_each(|_| self.known.extend(bias));
        add_product(&mut self.known, get(&layout.known), &self.cells[0][0].forward);
        zeros(&mut self.keys, layout.inputs.len());
        add_product(&mut self.keys, get(&layout.inputs), &self.key.forward);
    }
}

impl Policy {
    /// Parameters uniform in ±`range`.
    pub(super) fn new(shape: Shape, range: f64, rng: &mut Stream) -> Self {
        let layout = Layout::new(&shape);
        let packed = Packed::zeros(&shape);
        let mut policy = Self { parameters: vec![0.0; layout.len], shape, layout, packed };
        policy.change(|parameters| parameters.fill_with(|| range * (2.0 * uniform(rng) - 1.0)));
        policy
    }

    /// θ
    pub(super) fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// The only way to change θ.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut [f64])) {
        change(&mut self.parameters);
        self.packed.pack(&self.layout, &self.parameters);
    }

    pub(super) fn get(&self, range: &Range<usize>) -> &[f64] {
        &self.parameters[range.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::super::backward::Backward;
    use super::super::rollout::Rollout;
    use super::super::{Action, Space};
    use super::*;
    use crate::config::OperatorSet;
    use autolossgen_recsys::random::{categorical, stream};

    /// Episodes of a small policy, one after the other from one stream.
    fn rolled_out(hidden: usize, n: usize) -> (Policy, Rollout) {
        let shape = Shape { space: Space::new(OperatorSet::Paper, 6), layers: 2, hidden, tanh_constant: 1.5 };
        let mut rng = stream(1, "policy", 0);
        let policy = Policy::new(shape, 0.6, &mut rng);
        let mut rollout = Rollout::default();
        rollout.run(&policy, n, &mut |_, p| categorical(&mut rng, p));
        (policy, rollout)
    }

    fn replayed(policy: &Policy, episodes: &[Vec<Action>]) -> Rollout {
        let mut rollout = Rollout::default();
        rollout.replay(policy, &episodes.iter().map(|actions| &actions[..]).collect::<Vec<_>>());
        rollout
    }

    fn gradient(policy: &Policy, rollout: &Rollout, weights: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; policy.parameters().len()];
        Backward::default().add_gradient(policy, rollout, weights, &mut gradient);
        gradient
    }

    #[test]
    fn gradient_agrees_with_central_differences() {
        let (mut policy, rollout) = rolled_out(5, 3);
        let (episodes, weights) = (rollout.actions(), [1.0, -0.5, 0.25]);
        let gradient = gradient(&policy, &rollout, &weights);
        for index in 0..gradient.len() {
            let mut at = |step: f64| {
                policy.change(|parameters| parameters[index] += step);
                let log_probs = replayed(&policy, &episodes).log_probs;
                policy.change(|parameters| parameters[index] -= step);
                log_probs.iter().zip(&weights).map(|(log_prob, weight)| log_prob * weight).sum::<f64>()
            };
            let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((difference - gradient[index]).abs() < 1e-8, "{index}: {difference} against {}", gradient[index]);
        }
    }

    #[test]
    fn an_episode_by_itself_is_the_same_as_among_others() {
        let (policy, rollout) = rolled_out(9, 13);
        let weights: Vec<f64> = (0..13).map(|number| f64::from(number) - 5.5).collect();
        let mut sum = vec![0.0; policy.parameters().len()];
        for (number, actions) in rollout.actions().into_iter().enumerate() {
            let alone = replayed(&policy, &[actions]);
            assert_eq!(alone.log_probs[0].to_bits(), rollout.log_probs[number].to_bits());
            assert_eq!(alone.entropies[0].to_bits(), rollout.entropies[number].to_bits());
            let own = gradient(&policy, &alone, &weights[number..=number]);
            sum.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        }
        let together = gradient(&policy, &rollout, &weights);
        assert!(sum.iter().zip(&together).all(|(sum, together)| (sum - together).abs() < 1e-12));
    }

    #[test]
    fn buffers_keep_nothing_of_what_they_held() {
        let (policy, mut rollout) = rolled_out(5, 7);
        let (few, mut backward) = (rollout.actions()[2..4].to_vec(), Backward::default());
        let mut used = vec![0.0; policy.parameters().len()];
        backward.add_gradient(&policy, &rollout, &[1.0; 7], &mut used);
        rollout.replay(&policy, &[&few[0], &few[1]]);
        used.fill(0.0);
        backward.add_gradient(&policy, &rollout, &[1.0, 2.0], &mut used);
        assert_eq!(used, gradient(&policy, &replayed(&policy, &few), &[1.0, 2.0]));
    }
}
