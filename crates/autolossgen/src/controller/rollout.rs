//! Episodes rolled out side by side: one step of the LSTM at a time for all of them.

use std::ops::Range;

use super::Action;
use super::decision::{Attention, Softmax, attend};
use super::elementary::tanh_all;
use super::linear::{add_product, zeros};
use super::lstm::CellTrace;
use super::policy::Policy;
use super::space::N_INPUTS;

/// What is decided on a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Operator,
    First,
    /// The second variable of an operator that takes two.
    Second,
}

/// One step of the LSTM, for all episodes or those with a second variable to choose.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) decision: Decision,
    /// Rows of its episodes.
    pub(super) rows: Range<usize>,
    /// Choices there are.
    pub(super) count: usize,
    /// The first of its `rows`·`count` probabilities.
    pub(super) choices: usize,
    /// The first of its `rows`·`count`·H values of attention.
    pub(super) attended: usize,
}

/// Episodes, as the backward pass needs them. Matrices have a row for each step of each episode: row 0 is the state before
/// the first step, then come the steps that read the start vector or an operator, then those that read a variable.
#[derive(Clone, Debug, Default)]
pub(super) struct Rollout {
    pub(super) steps: Vec<Step>,
    /// The episode of each row.
    pub(super) episodes: Vec<usize>,
    /// The row before in the same episode.
    pub(super) before: Vec<usize>,
    /// What a row reads: the start vector, an operator plus 1, or a variable.
    pub(super) input: Vec<usize>,
    pub(super) chosen: Vec<usize>,
    /// One past the last row that reads something else than a variable.
    known_end: usize,
    /// The first row that reads a variable.
    pub(super) first_variable_row: usize,
    /// One past the last row.
    pub(super) end: usize,
    /// Vectors of the variables that are read, shape (rows from `first_variable_row`, H).
    pub(super) variables: Vec<f64>,
    pub(super) layers: Vec<CellTrace>,
    /// The row of the first episode whose hidden state is the vector of a new variable, for each of these.
    pub(super) made: Vec<usize>,
    /// K a_j, shape (variables, n, H).
    keys: Vec<f64>,
    /// tanh of the raw logits.
    pub(super) squashed: Vec<f64>,
    pub(super) probabilities: Vec<f64>,
    /// tanh(K a_j + Q h) of the decisions on variables.
    pub(super) attended: Vec<f64>,
    /// Q h of the step at hand.
    queries: Vec<f64>,
    /// log π(f) of each episode.
    pub(super) log_probs: Vec<f64>,
    /// Entropy of each episode's decisions.
    pub(super) entropies: Vec<f64>,
    /// The last row of each episode.
    last: Vec<usize>,
    /// Episodes of the step at hand.
    active: Vec<usize>,
}

impl Rollout {
    /// Rolls out `n` episodes; `choose` gets an episode's number and the probabilities of its next decision.
    pub(super) fn run(&mut self, policy: &Policy, n: usize, choose: &mut dyn FnMut(usize, &[f64]) -> usize) {
        self.clear(policy, n);
        for round in 0..policy.shape.space.rounds {
            self.active.clear();
            self.active.extend(0..n);
            self.step(policy, Decision::Operator, round, choose);
            self.step(policy, Decision::First, round, choose);
            let (input, last) = (&self.input, &self.last);
            let operator = |episode: usize| policy.shape.space.operators[input[last[episode]] - 1];
            self.active.retain(|&episode| operator(episode).arity() == 2);
            self.step(policy, Decision::Second, round, choose);
        }
    }

    /// The same episodes again, from their actions.
    pub(super) fn replay(&mut self, policy: &Policy, episodes: &[&[Action]]) {
        let choices = |actions: &&[Action]| {
            let choices = actions.iter().flat_map(|action| [&[action.operator], &action.variables[..]].concat());
            choices.collect::<Vec<usize>>().into_iter()
        };
        let mut choices: Vec<_> = episodes.iter().map(choices).collect();
        let next = &mut |episode: usize, _: &[f64]| choices[episode].next().expect("an episode has all its choices");
        self.run(policy, episodes.len(), next);
    }

    /// Actions of each episode.
    pub(super) fn actions(&self) -> Vec<Vec<Action>> {
        let mut episodes = vec![Vec::with_capacity(self.made.len() + 1); self.last.len()];
        for step in &self.steps {
            for row in step.rows.clone() {
                let (actions, chosen) = (&mut episodes[self.episodes[row]], self.chosen[row]);
                match (step.decision, actions.last_mut()) {
                    (Decision::Operator, _) | (_, None) => {
                        actions.push(Action { operator: chosen, variables: Vec::with_capacity(2) });
                    }
                    (_, Some(Action { variables, .. })) => variables.push(chosen),
                }
            }
        }
        episodes
    }

    /// Room for `n` episodes.
    fn clear(&mut self, policy: &Policy, n: usize) {
        let (h, rounds) = (policy.shape.hidden, policy.shape.space.rounds);
        let rows = 1 + 3 * n * rounds;
        self.first_variable_row = 1 + n * (rounds + 1);
        (self.known_end, self.end) = (1, self.first_variable_row);
        for column in [&mut self.episodes, &mut self.before, &mut self.input, &mut self.chosen] {
            column.resize(rows, 0);
        }
        self.variables.resize((rows - self.first_variable_row) * h, 0.0);
        self.layers.resize_with(policy.shape.layers, CellTrace::default);
        self.layers.iter_mut().for_each(|layer| layer.make_room(rows, h));
        self.steps.clear();
        self.made.clear();
        [&mut self.squashed, &mut self.probabilities, &mut self.attended].into_iter().for_each(Vec::clear);
        for totals in [&mut self.log_probs, &mut self.entropies] {
            totals.clear();
            totals.resize(n, 0.0);
        }
        self.last.clear();
        self.last.resize(n, 0);
        self.keys.clear();
        for key in policy.packed.keys.chunks_exact(h) {
            (0..n).for_each(|_| self.keys.extend(key));
        }
    }

    fn step(
        &mut self,
        policy: &Policy,
        decision: Decision,
        round: usize,
        choose: &mut dyn FnMut(usize, &[f64]) -> usize,
    ) {
        let reads_variable = decision == Decision::Second || (decision == Decision::Operator && round > 0);
        let rows = self.add_rows(reads_variable, usize::from(decision == Decision::First));
        match reads_variable {
            true => self.read_variables(policy, &rows),
            false => self.read_known(policy, &rows),
        }
        self.advance(policy, &rows);
        if decision == Decision::Operator && round > 0 {
            self.make_variables(policy, &rows);
        }
        let (choices, attended) = (self.squashed.len(), self.attended.len());
        let count = match decision {
            Decision::Operator => policy.shape.space.operators.len(),
            _ => N_INPUTS + round,
        };
        let step = Step { decision, rows, count, choices, attended };
        self.score(policy, &step);
        self.decide(policy, &step, choose);
        self.steps.push(step);
    }

    /// Rows for a step of the active episodes, which read what they chose last, `offset` added.
    fn add_rows(&mut self, read_variable: bool, offset: usize) -> Range<usize> {
        let end = if read_variable { &mut self.end } else { &mut self.known_end };
        let rows = *end..*end + self.active.len();
        *end = rows.end;
        for (row, &episode) in rows.clone().zip(&self.active) {
            let before = std::mem::replace(&mut self.last[episode], row);
            (self.episodes[row], self.before[row]) = (episode, before);
            self.input[row] = self.chosen[before] + offset;
        }
        rows
    }

    /// Gates of the first layer from inputs whose products are there.
    fn read_known(&mut self, policy: &Policy, rows: &Range<usize>) {
        let wide = 4 * policy.shape.hidden;
        let gates = self.layers[0].gates.chunks_exact_mut(wide).skip(rows.start);
        for (gates, &input) in gates.zip(&self.input[rows.clone()]) {
            gates.copy_from_slice(&policy.packed.known[input * wide..][..wide]);
        }
    }

    /// Gates of the first layer from the vectors of variables.
    fn read_variables(&mut self, policy: &Policy, rows: &Range<usize>) {
        let h = policy.shape.hidden;
        for row in rows.clone() {
            let vector = match self.vector(self.input[row], self.episodes[row]) {
                Vector::Learned(index) => &policy.get(&policy.layout.inputs)[index * h..],
                Vector::Hidden(row) => &self.layers[policy.shape.layers - 1].hidden[row * h..],
            };
            self.variables[(row - self.first_variable_row) * h..][..h].copy_from_slice(&vector[..h]);
        }
        let x = (rows.start - self.first_variable_row) * h..(rows.end - self.first_variable_row) * h;
        read(&mut self.layers[0].gates, &self.variables[x], policy, 0, rows);
    }

    /// Where the vector of a variable lies.
    pub(super) fn vector(&self, variable: usize, episode: usize) -> Vector {
        match variable.checked_sub(N_INPUTS) {
            None => Vector::Learned(variable),
            Some(new) => Vector::Hidden(self.made[new] + episode),
        }
    }

    /// Through the stack.
    fn advance(&mut self, policy: &Policy, rows: &Range<usize>) {
        let h = policy.shape.hidden;
        for layer in 0..policy.shape.layers {
            let (below, own) = self.layers.split_at_mut(layer);
            if let Some(below) = below.last() {
                read(&mut own[0].gates, &below.hidden[rows.start * h..rows.end * h], policy, layer, rows);
            }
            own[0].step(rows, &self.before, &policy.packed.cells[layer][1], h);
        }
    }

    /// The hidden states of the step become the vectors of new variables.
    fn make_variables(&mut self, policy: &Policy, rows: &Range<usize>) {
        self.made.push(rows.start);
        let (start, values) = (self.keys.len(), rows.len() * policy.shape.hidden);
        self.keys.resize(start + values, 0.0);
        let hidden = hidden(&self.layers, rows, policy);
        add_product(&mut self.keys[start..], hidden, &policy.packed.key.forward);
    }

    /// The tanh of the raw logits of a step.
    fn score(&mut self, policy: &Policy, step: &Step) {
        let hidden = hidden(&self.layers, &step.rows, policy);
        self.squashed.resize(step.choices + step.rows.len() * step.count, 0.0);
        let scores = &mut self.squashed[step.choices..];
        if step.decision == Decision::Operator {
            add_product(scores, hidden, &policy.packed.head.forward);
        } else {
            zeros(&mut self.queries, hidden.len());
            add_product(&mut self.queries, hidden, &policy.packed.query.forward);
            self.attended.resize(step.attended + step.count * hidden.len(), 0.0);
            let attention = step.attention(&self.episodes, self.last.len(), policy.get(&policy.layout.attention));
            attend(&mut self.attended[step.attended..], scores, &self.keys, &self.queries, &attention);
        }
        tanh_all(scores);
    }

    fn decide(&mut self, policy: &Policy, step: &Step, choose: &mut dyn FnMut(usize, &[f64]) -> usize) {
        self.probabilities.resize(self.squashed.len(), 0.0);
        let rows = self.probabilities[step.choices..].chunks_exact_mut(step.count);
        let rows = rows.zip(self.squashed[step.choices..].chunks_exact(step.count));
        for (row, (probabilities, squashed)) in step.rows.clone().zip(rows) {
            let taken = (step.decision == Decision::Second).then(|| self.input[row]);
            let softmax = Softmax::new(probabilities, squashed, policy.shape.tanh_constant, taken);
            let episode = self.episodes[row];
            self.chosen[row] = choose(episode, softmax.probabilities);
            self.log_probs[episode] += softmax.log_prob(self.chosen[row]);
            self.entropies[episode] += softmax.entropy();
        }
    }
}

/// Where the vector of a variable lies.
pub(super) enum Vector {
    /// The parameters of an input.
    Learned(usize),
    /// The last layer's hidden state of a row.
    Hidden(usize),
}

impl Step {
    /// What its decision attends to.
    pub(super) fn attention<'a>(&self, episodes: &'a [usize], n: usize, v: &'a [f64]) -> Attention<'a> {
        Attention { episodes: &episodes[self.rows.clone()], count: self.count, n, v }
    }
}

/// gates ← W_x x + bias.
fn read(gates: &mut [f64], x: &[f64], policy: &Policy, layer: usize, rows: &Range<usize>) {
    let bias = policy.get(&policy.layout.cells[layer].bias);
    let gates = &mut gates[rows.start * bias.len()..rows.end * bias.len()];
    gates.chunks_exact_mut(bias.len()).for_each(|gates| gates.copy_from_slice(bias));
    add_product(gates, x, &policy.packed.cells[layer][0].forward);
}

/// Hidden states of the last layer.
pub(super) fn hidden<'a>(layers: &'a [CellTrace], rows: &Range<usize>, policy: &Policy) -> &'a [f64] {
    let h = policy.shape.hidden;
    &layers[layers.len() - 1].hidden[rows.start * h..rows.end * h]
}
