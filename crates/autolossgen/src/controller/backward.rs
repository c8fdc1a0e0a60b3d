//! The gradient of the log-probabilities of episodes, back through a [`Rollout`].
//!
//! Decisions do not wait for one another: theirs come first, then those of the new variables, then the LSTM's steps from
//! the last to the first, and last the weights of the LSTM from all rows at once.

use super::decision::{AttentionGradient, attend_backward, log_prob_backward};
use super::linear::{add, add_product, add_rows, add_transposed_product, zeros};
use super::lstm::CellGradient;
use super::policy::Policy;
use super::rollout::{Decision, Rollout, Step, Vector, hidden};
use super::space::N_INPUTS;

/// Buffers of the backward pass.
#[derive(Clone, Debug, Default)]
pub(super) struct Backward {
    layers: Vec<CellGradient>,
    /// Of the raw logits of the step at hand.
    raw: Vec<f64>,
    /// Of Q h of the step at hand.
    queries: Vec<f64>,
    /// Of K a_j, shape (variables, n, H).
    keys: Vec<f64>,
    /// Of the gates of the first layer by what they read, shape (1 + n, 4H).
    known: Vec<f64>,
    /// Of the vectors that the step at hand reads.
    variables: Vec<f64>,
}

/// A pass: episodes with weights, and the gradient to add to.
struct Pass<'a> {
    policy: &'a Policy,
    rollout: &'a Rollout,
    weights: &'a [f64],
    gradient: &'a mut [f64],
}

impl Backward {
    /// gradient += Σ weight · ∇θ log π(episode), over the episodes of `rollout`.
    pub(super) fn add_gradient(&mut self, policy: &Policy, rollout: &Rollout, weights: &[f64], gradient: &mut [f64]) {
        let pass = &mut Pass { policy, rollout, weights, gradient };
        self.clear(pass);
        for step in &rollout.steps {
            self.decision_backward(pass, step);
        }
        self.keys_backward(pass);
        for step in rollout.steps.iter().rev() {
            self.step_backward(pass, step);
        }
        self.known_backward(pass);
        self.cells_backward(pass);
    }

    fn clear(&mut self, pass: &Pass<'_>) {
        let (h, n) = (pass.policy.shape.hidden, pass.weights.len());
        self.layers.resize_with(pass.policy.shape.layers, CellGradient::default);
        self.layers.iter_mut().for_each(|layer| layer.clear(pass.rollout.end, h));
        zeros(&mut self.keys, (N_INPUTS + pass.rollout.made.len()) * n * h);
        zeros(&mut self.known, pass.policy.packed.known.len());
    }

    fn decision_backward(&mut self, pass: &mut Pass<'_>, step: &Step) {
        self.raw_backward(pass, step);
        let Pass { policy, rollout, gradient, .. } = pass;
        let (h, layout) = (policy.shape.hidden, &policy.layout);
        let values = step.rows.start * h..step.rows.end * h;
        let own = &mut self.layers[policy.shape.layers - 1].hidden[values.clone()];
        let hidden = hidden(&rollout.layers, &step.rows, policy);
        if step.decision == Decision::Operator {
            add_product(own, &self.raw, &policy.packed.head.backward);
            add_transposed_product(&mut gradient[layout.head.clone()], &self.raw, hidden, h);
            return;
        }
        zeros(&mut self.queries, values.len());
        let attention = step.attention(&rollout.episodes, pass.weights.len(), policy.get(&layout.attention));
        let (v, keys) = (&mut gradient[layout.attention.clone()], &mut self.keys);
        let attended = &rollout.attended[step.attended..][..step.count * values.len()];
        let mut of_attention = AttentionGradient { v, keys, queries: &mut self.queries };
        attend_backward(&mut of_attention, &self.raw, attended, &attention);
        add_product(own, &self.queries, &policy.packed.query.backward);
        add_transposed_product(&mut gradient[layout.query.clone()], &self.queries, hidden, h);
    }

    /// Through softmax and c·tanh.
    fn raw_backward(&mut self, pass: &Pass<'_>, step: &Step) {
        let rollout = pass.rollout;
        let choices = step.choices..step.choices + step.rows.len() * step.count;
        zeros(&mut self.raw, choices.len());
        let values = rollout.probabilities[choices.clone()].chunks_exact(step.count);
        let values = values.zip(rollout.squashed[choices].chunks_exact(step.count));
        let rows = step.rows.clone().zip(self.raw.chunks_exact_mut(step.count));
        for ((row, raw), (probabilities, squashed)) in rows.zip(values) {
            let weight = pass.weights[rollout.episodes[row]] * pass.policy.shape.tanh_constant;
            log_prob_backward(raw, probabilities, squashed, rollout.chosen[row], weight);
        }
    }

    /// Through K a_j of all episodes' variables.
    fn keys_backward(&mut self, pass: &mut Pass<'_>) {
        let Pass { policy, rollout, gradient, .. } = pass;
        let (h, n, layout) = (policy.shape.hidden, pass.weights.len(), &policy.layout);
        let (inputs, new) = self.keys.split_at(N_INPUTS * n * h);
        let mut shared = vec![0.0; N_INPUTS * h];
        for (shared, keys) in shared.chunks_exact_mut(h).zip(inputs.chunks_exact((n * h).max(1))) {
            add_rows(shared, keys);
        }
        add_product(&mut gradient[layout.inputs.clone()], &shared, &policy.packed.key.backward);
        add_transposed_product(&mut gradient[layout.key.clone()], &shared, policy.get(&layout.inputs), h);
        for (keys, &row) in new.chunks_exact((n * h).max(1)).zip(&rollout.made) {
            let own = &mut self.layers[policy.shape.layers - 1].hidden[row * h..(row + n) * h];
            add_product(own, keys, &policy.packed.key.backward);
            let vectors = hidden(&rollout.layers, &(row..row + n), policy);
            add_transposed_product(&mut gradient[layout.key.clone()], keys, vectors, h);
        }
    }

    /// Through the stack, and to what the step read.
    fn step_backward(&mut self, pass: &mut Pass<'_>, step: &Step) {
        let (h, policy, rollout) = (pass.policy.shape.hidden, pass.policy, pass.rollout);
        let values = step.rows.start * h..step.rows.end * h;
        for layer in (0..policy.shape.layers).rev() {
            let [input, recurrent] = &policy.packed.cells[layer];
            let (below, own) = self.layers.split_at_mut(layer);
            own[0].step(&rollout.layers[layer], &step.rows, &rollout.before, recurrent, h);
            if let Some(below) = below.last_mut() {
                let gates = &own[0].gates[4 * values.start..4 * values.end];
                add_product(&mut below.hidden[values.clone()], gates, &input.backward);
            }
        }
        match step.rows.start < rollout.first_variable_row {
            true => self.known_input_backward(pass, step),
            false => self.variables_backward(pass, step),
        }
    }

    fn known_input_backward(&mut self, pass: &Pass<'_>, step: &Step) {
        let wide = 4 * pass.policy.shape.hidden;
        for row in step.rows.clone() {
            let gates = &self.layers[0].gates[row * wide..][..wide];
            add(&mut self.known[pass.rollout.input[row] * wide..][..wide], gates);
        }
    }

    fn variables_backward(&mut self, pass: &mut Pass<'_>, step: &Step) {
        let (h, policy) = (pass.policy.shape.hidden, pass.policy);
        zeros(&mut self.variables, step.rows.len() * h);
        let gates = &self.layers[0].gates[4 * step.rows.start * h..4 * step.rows.end * h];
        add_product(&mut self.variables, gates, &policy.packed.cells[0][0].backward);
        let rows = step.rows.clone();
        for (row, variable) in rows.zip(self.variables.chunks_exact(h)) {
            let vector = pass.rollout.vector(pass.rollout.input[row], pass.rollout.episodes[row]);
            let of_vector = match vector {
                Vector::Learned(index) => &mut pass.gradient[policy.layout.inputs.start + index * h..],
                Vector::Hidden(row) => &mut self.layers[policy.shape.layers - 1].hidden[row * h..],
            };
            add(&mut of_vector[..h], variable);
        }
    }

    /// To the start vector and the embeddings, and from them to the first layer's W_x.
    fn known_backward(&mut self, pass: &mut Pass<'_>) {
        let Pass { policy, gradient, .. } = pass;
        let (h, layout) = (policy.shape.hidden, &policy.layout);
        add_product(&mut gradient[layout.known.clone()], &self.known, &policy.packed.cells[0][0].backward);
        let weights = &mut gradient[layout.cells[0].input.clone()];
        add_transposed_product(weights, &self.known, policy.get(&layout.known), h);
    }

    /// To the weights of the cells.
    fn cells_backward(&mut self, pass: &mut Pass<'_>) {
        let (h, rollout) = (pass.policy.shape.hidden, pass.rollout);
        for (layer, cell) in pass.policy.layout.cells.iter().enumerate() {
            let first = if layer == 0 { rollout.first_variable_row } else { 1 };
            let input = match layer.checked_sub(1) {
                None => &rollout.variables[..(rollout.end - first) * h],
                Some(below) => &rollout.layers[below].hidden[first * h..rollout.end * h],
            };
            let gates = |first: usize| &self.layers[layer].gates[4 * first * h..4 * rollout.end * h];
            add_transposed_product(&mut pass.gradient[cell.input.clone()], gates(first), input, h);
            let previous = &rollout.layers[layer].previous[h..rollout.end * h];
            add_transposed_product(&mut pass.gradient[cell.recurrent.clone()], gates(1), previous, h);
            add_rows(&mut pass.gradient[cell.bias.clone()], gates(1));
        }
    }
}
