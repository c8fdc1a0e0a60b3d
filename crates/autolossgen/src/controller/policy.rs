//! The policy π(f, θ): a stacked LSTM that chooses an operator, then variables by attention over those there are (§3.3).
//!
//! Every decision has a step of the LSTM. Its input is what was decided last: the learned start vector, an operator's
//! embedding, or a variable's vector. The vector of an input variable is learned; that of a new variable is the hidden
//! state of the step after the round that made it. Logits are c·tanh(W h) for operators and c·tanh(v·tanh(K a_j + Q h))
//! for variables; the second variable of an operator is drawn without the first.

use std::ops::Range;

use autolossgen_recsys::random::{Stream, uniform};

use super::linear::{add_outer, add_product, add_scaled, add_transposed_product, dot};
use super::lstm::{Cell, CellGradient, CellTrace, State};
use super::space::N_INPUTS;
use super::{Action, Space};

/// Sizes.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) space: Space,
    pub(super) layers: usize,
    pub(super) hidden: usize,
    pub(super) tanh_constant: f64,
}

/// Where each parameter lies in the one vector θ.
#[derive(Clone, Debug)]
struct Layout {
    /// Input of the first step, shape (H,).
    start: Range<usize>,
    /// Embeddings of the operators, shape (n, H).
    operators: Range<usize>,
    /// Vectors of ŷ, y and 1, shape (3, H).
    inputs: Range<usize>,
    /// W of the operators' logits, shape (n, H).
    head: Range<usize>,
    /// K of the attention, shape (H, H).
    key: Range<usize>,
    /// Q of the attention, shape (H, H).
    query: Range<usize>,
    /// v of the attention, shape (H,).
    attention: Range<usize>,
    /// W_x, W_h and bias of each layer.
    cells: Vec<[Range<usize>; 3]>,
    len: usize,
}

impl Layout {
    fn new(shape: &Shape) -> Self {
        let (h, n, mut end) = (shape.hidden, shape.space.operators.len(), 0);
        let mut next = |len: usize| {
            end += len;
            end - len..end
        };
        let (start, operators, inputs, head) = (next(h), next(n * h), next(N_INPUTS * h), next(n * h));
        let (key, query, attention) = (next(h * h), next(h * h), next(h));
        let cells = (0..shape.layers).map(|_| [next(4 * h * h), next(4 * h * h), next(4 * h)]).collect();
        Self { start, operators, inputs, head, key, query, attention, cells, len: end }
    }
}

/// What a step of the LSTM reads.
#[derive(Clone, Copy, Debug)]
enum Input {
    Start,
    Operator(usize),
    Variable(usize),
}

/// A choice made on the hidden state of a step.
#[derive(Clone, Debug)]
struct Decision {
    /// Among variables, or else among operators.
    on_variables: bool,
    chosen: usize,
    /// Zero where the choice is not allowed.
    probabilities: Vec<f64>,
    /// tanh of the raw logits.
    squashed: Vec<f64>,
    /// tanh(K a_j + Q h) of each variable.
    attended: Vec<Vec<f64>>,
}

/// One step of the stacked LSTM, and what was decided on it.
#[derive(Clone, Debug)]
struct Step {
    input: Input,
    cells: Vec<CellTrace>,
    hidden: Vec<f64>,
    decision: Option<Decision>,
    /// The variable whose vector is the hidden state of this step.
    makes: Option<usize>,
}

/// A whole episode, as the backward pass needs it.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    steps: Vec<Step>,
    /// Vectors of the variables.
    variables: Vec<Vec<f64>>,
    pub(super) actions: Vec<Action>,
    pub(super) log_prob: f64,
    pub(super) entropy: f64,
}

/// Parameters θ and what they mean.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    shape: Shape,
    layout: Layout,
    pub(super) parameters: Vec<f64>,
}

/// An episode while it is rolled out.
struct Rollout<'a> {
    policy: &'a Policy,
    states: Vec<State>,
    /// K a_j of each variable.
    keys: Vec<Vec<f64>>,
    trace: Trace,
}

impl Policy {
    /// Parameters uniform in ±`range`.
    pub(super) fn new(shape: Shape, range: f64, rng: &mut Stream) -> Self {
        let layout = Layout::new(&shape);
        let parameters = (0..layout.len).map(|_| range * (2.0 * uniform(rng) - 1.0)).collect();
        Self { shape, layout, parameters }
    }

    pub(super) fn space(&self) -> &Space {
        &self.shape.space
    }

    fn get(&self, range: &Range<usize>) -> &[f64] {
        &self.parameters[range.clone()]
    }

    fn row(&self, range: &Range<usize>, index: usize) -> &[f64] {
        let h = self.shape.hidden;
        &self.parameters[range.start + index * h..range.start + (index + 1) * h]
    }

    fn cell(&self, layer: usize) -> Cell<'_> {
        let [input, recurrent, bias] = &self.layout.cells[layer];
        Cell { input: self.get(input), recurrent: self.get(recurrent), bias: self.get(bias) }
    }

    /// Rolls out an episode; `choose` gets the probabilities of each decision.
    pub(super) fn roll_out(&self, choose: &mut dyn FnMut(&[f64]) -> usize) -> Trace {
        let mut rollout = Rollout::new(self);
        let mut input = Input::Start;
        for round in 0..self.shape.space.rounds {
            rollout.step(input);
            if round > 0 {
                rollout.make_variable();
            }
            let operator = rollout.choose_operator(choose);
            rollout.step(Input::Operator(operator));
            let first = rollout.choose_variable(None, choose);
            let mut variables = vec![first];
            if self.shape.space.operators[operator].arity() == 2 {
                rollout.step(Input::Variable(first));
                variables.push(rollout.choose_variable(Some(first), choose));
            }
            input = Input::Variable(variables[variables.len() - 1]);
            rollout.trace.actions.push(Action { operator, variables });
        }
        rollout.trace
    }

    /// The same episode again, from its actions.
    pub(super) fn replay(&self, actions: &[Action]) -> Trace {
        let mut choices =
            actions.iter().flat_map(|action| std::iter::once(action.operator).chain(action.variables.iter().copied()));
        self.roll_out(&mut |_| choices.next().expect("an episode has all its choices"))
    }

    /// gradient += weight · ∇θ log π(episode).
    pub(super) fn add_gradient(&self, trace: &Trace, weight: f64, gradient: &mut [f64]) {
        let h = self.shape.hidden;
        let mut after: Vec<State> = (0..self.shape.layers).map(|_| State::zeros(h)).collect();
        let mut keys = vec![vec![0.0; h]; trace.variables.len()];
        let mut variables = vec![vec![0.0; h]; trace.variables.len()];
        for step in trace.steps.iter().rev() {
            let top = &mut after[self.shape.layers - 1].hidden;
            if let Some(decision) = &step.decision {
                self.decision_backward(decision, step, weight, top, &mut keys, gradient);
            }
            if let Some(made) = step.makes {
                self.key_backward(&trace.variables[made], &keys[made], &mut variables[made], gradient);
                add_scaled(top, 1.0, &variables[made]);
            }
            let input = self.cells_backward(step, &mut after, gradient);
            match step.input {
                Input::Start => add_scaled(&mut gradient[self.layout.start.clone()], 1.0, &input),
                Input::Operator(index) => {
                    add_scaled(self.row_mut(gradient, &self.layout.operators, index), 1.0, &input)
                }
                Input::Variable(index) => add_scaled(&mut variables[index], 1.0, &input),
            }
        }
        for index in 0..N_INPUTS {
            self.key_backward(&trace.variables[index], &keys[index], &mut variables[index], gradient);
            add_scaled(self.row_mut(gradient, &self.layout.inputs, index), 1.0, &variables[index]);
        }
    }

    fn row_mut<'g>(&self, gradient: &'g mut [f64], range: &Range<usize>, index: usize) -> &'g mut [f64] {
        let h = self.shape.hidden;
        &mut gradient[range.start + index * h..range.start + (index + 1) * h]
    }

    /// Through softmax and c·tanh: d log p_chosen / d raw_j = c·(1 − t_j²)·(1{j chosen} − p_j).
    fn decision_backward(
        &self,
        decision: &Decision,
        step: &Step,
        weight: f64,
        hidden: &mut [f64],
        keys: &mut [Vec<f64>],
        gradient: &mut [f64],
    ) {
        let layout = &self.layout;
        let c = weight * self.shape.tanh_constant;
        let raw = |j: usize| {
            let one = if j == decision.chosen { 1.0 } else { 0.0 };
            let t = decision.squashed[j];
            // A choice that is not allowed has probability 0 and is never chosen: its gradient is 0.
            c * (1.0 - t * t) * (one - decision.probabilities[j])
        };
        let raw: Vec<f64> = (0..decision.probabilities.len()).map(raw).collect();
        if !decision.on_variables {
            add_transposed_product(hidden, self.get(&layout.head), &raw);
            add_outer(&mut gradient[layout.head.clone()], &raw, &step.hidden);
            return;
        }
        let mut query = vec![0.0; self.shape.hidden];
        for (j, &raw) in raw.iter().enumerate().filter(|(_, raw)| **raw != 0.0) {
            let attended = &decision.attended[j];
            add_scaled(&mut gradient[layout.attention.clone()], raw, attended);
            let v = self.get(&layout.attention);
            let inner: Vec<f64> = attended.iter().zip(v).map(|(s, v)| raw * v * (1.0 - s * s)).collect();
            add_scaled(&mut keys[j], 1.0, &inner);
            add_scaled(&mut query, 1.0, &inner);
        }
        add_transposed_product(hidden, self.get(&layout.query), &query);
        add_outer(&mut gradient[layout.query.clone()], &query, &step.hidden);
    }

    /// Through K a_j.
    fn key_backward(&self, vector: &[f64], key: &[f64], variable: &mut [f64], gradient: &mut [f64]) {
        add_transposed_product(variable, self.get(&self.layout.key), key);
        add_outer(&mut gradient[self.layout.key.clone()], key, vector);
    }

    /// Through the stack; leaves the gradient of the states before the step in `after`, returns that of the input.
    fn cells_backward(&self, step: &Step, after: &mut [State], gradient: &mut [f64]) -> Vec<f64> {
        let mut from_above: Option<Vec<f64>> = None;
        for layer in (0..self.shape.layers).rev() {
            if let Some(input) = &from_above {
                add_scaled(&mut after[layer].hidden, 1.0, input);
            }
            let first = self.layout.cells[layer][0].start;
            let (four_hh, four_h) = (self.layout.cells[layer][0].len(), self.layout.cells[layer][2].len());
            let (input, rest) = gradient[first..].split_at_mut(four_hh);
            let (recurrent, rest) = rest.split_at_mut(four_hh);
            let mut gradients = CellGradient { input, recurrent, bias: &mut rest[..four_h] };
            let (before, input) = self.cell(layer).backward(&step.cells[layer], &after[layer], &mut gradients);
            after[layer] = before;
            from_above = Some(input);
        }
        from_above.expect("the stack has a layer")
    }
}

impl<'a> Rollout<'a> {
    fn new(policy: &'a Policy) -> Self {
        let states = (0..policy.shape.layers).map(|_| State::zeros(policy.shape.hidden)).collect();
        let trace =
            Trace { steps: Vec::new(), variables: Vec::new(), actions: Vec::new(), log_prob: 0.0, entropy: 0.0 };
        let mut rollout = Self { policy, states, keys: Vec::new(), trace };
        for index in 0..N_INPUTS {
            rollout.add_variable(policy.row(&policy.layout.inputs, index).to_vec());
        }
        rollout
    }

    fn add_variable(&mut self, vector: Vec<f64>) {
        let mut key = vec![0.0; vector.len()];
        add_product(&mut key, self.policy.get(&self.policy.layout.key), &vector);
        self.keys.push(key);
        self.trace.variables.push(vector);
    }

    /// The hidden state of the last step becomes the vector of a new variable.
    fn make_variable(&mut self) {
        let step = self.trace.steps.last_mut().expect("a round has steps");
        step.makes = Some(self.trace.variables.len());
        let vector = step.hidden.clone();
        self.add_variable(vector);
    }

    fn step(&mut self, input: Input) {
        let layout = &self.policy.layout;
        let mut x = match input {
            Input::Start => self.policy.get(&layout.start).to_vec(),
            Input::Operator(index) => self.policy.row(&layout.operators, index).to_vec(),
            Input::Variable(index) => self.trace.variables[index].clone(),
        };
        let mut cells = Vec::with_capacity(self.states.len());
        for (layer, state) in self.states.iter_mut().enumerate() {
            let (after, trace) = self.policy.cell(layer).step(&x, state);
            x.clone_from(&after.hidden);
            *state = after;
            cells.push(trace);
        }
        self.trace.steps.push(Step { input, cells, hidden: x, decision: None, makes: None });
    }

    fn hidden(&self) -> &[f64] {
        &self.trace.steps[self.trace.steps.len() - 1].hidden
    }

    fn choose_operator(&mut self, choose: &mut dyn FnMut(&[f64]) -> usize) -> usize {
        let mut raw = vec![0.0; self.policy.shape.space.operators.len()];
        add_product(&mut raw, self.policy.get(&self.policy.layout.head), self.hidden());
        self.decide(raw, None, Vec::new(), choose)
    }

    /// Draws a variable, not `taken`.
    fn choose_variable(&mut self, taken: Option<usize>, choose: &mut dyn FnMut(&[f64]) -> usize) -> usize {
        let policy = self.policy;
        let mut query = vec![0.0; policy.shape.hidden];
        add_product(&mut query, policy.get(&policy.layout.query), self.hidden());
        let attend = |key: &Vec<f64>| key.iter().zip(&query).map(|(k, q)| (k + q).tanh()).collect();
        let attended: Vec<Vec<f64>> = self.keys.iter().map(attend).collect();
        let raw = attended.iter().map(|s| dot(policy.get(&policy.layout.attention), s)).collect();
        self.decide(raw, taken, attended, choose)
    }

    fn decide(
        &mut self,
        raw: Vec<f64>,
        taken: Option<usize>,
        attended: Vec<Vec<f64>>,
        choose: &mut dyn FnMut(&[f64]) -> usize,
    ) -> usize {
        let squashed: Vec<f64> = raw.iter().map(|raw| raw.tanh()).collect();
        // Less the largest, so that no constant overflows.
        let largest = squashed.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weight = |(j, t): (usize, &f64)| {
            if taken == Some(j) { 0.0 } else { (self.policy.shape.tanh_constant * (t - largest)).exp() }
        };
        let weights: Vec<f64> = squashed.iter().enumerate().map(weight).collect();
        let total: f64 = weights.iter().sum();
        let probabilities: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
        let chosen = choose(&probabilities);
        self.trace.log_prob += probabilities[chosen].ln();
        self.trace.entropy -= probabilities.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>();
        let on_variables = !attended.is_empty();
        let decision = Decision { on_variables, chosen, probabilities, squashed, attended };
        self.trace.steps.last_mut().expect("a decision has its step").decision = Some(decision);
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen_recsys::random::{categorical, stream};

    #[test]
    fn gradient_agrees_with_central_differences() {
        let shape = Shape { space: Space::new("paper", 6), layers: 2, hidden: 5, tanh_constant: 1.5 };
        let mut rng = stream(1, "policy", 0);
        let mut policy = Policy::new(shape, 0.6, &mut rng);
        let actions = policy.roll_out(&mut |p| categorical(&mut rng, p)).actions;
        let mut gradient = vec![0.0; policy.parameters.len()];
        policy.add_gradient(&policy.replay(&actions), 1.0, &mut gradient);
        for index in 0..gradient.len() {
            let mut at = |step: f64| {
                policy.parameters[index] += step;
                let value = policy.replay(&actions).log_prob;
                policy.parameters[index] -= step;
                value
            };
            let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((difference - gradient[index]).abs() < 1e-8, "{index}: {difference} against {}", gradient[index]);
        }
    }
}
