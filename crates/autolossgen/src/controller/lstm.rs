//! One LSTM cell, forward and backward (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).

use super::linear::{add_outer, add_product, add_transposed_product};

/// Hidden state h and cell state c, shape (H,) each.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) hidden: Vec<f64>,
    pub(super) cell: Vec<f64>,
}

impl State {
    pub(super) fn zeros(n: usize) -> Self {
        Self { hidden: vec![0.0; n], cell: vec![0.0; n] }
    }
}

/// Weights of a cell: W_x and W_h of shape (4H, H), bias of shape (4H,), gates in the order input, forget, candidate,
/// output.
pub(super) struct Cell<'a> {
    pub(super) input: &'a [f64],
    pub(super) recurrent: &'a [f64],
    pub(super) bias: &'a [f64],
}

/// Gradients of the same.
pub(super) struct CellGradient<'a> {
    pub(super) input: &'a mut [f64],
    pub(super) recurrent: &'a mut [f64],
    pub(super) bias: &'a mut [f64],
}

/// What the backward pass of one step needs.
#[derive(Clone, Debug)]
pub(super) struct CellTrace {
    input: Vec<f64>,
    before: State,
    /// After their activation, shape (4H,).
    gates: Vec<f64>,
    tanh_cell: Vec<f64>,
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Cell<'_> {
    /// One step: c' = f∘c + i∘g, h' = o∘tanh c'.
    pub(super) fn step(&self, input: &[f64], before: &State) -> (State, CellTrace) {
        let n = input.len();
        let mut gates = self.bias.to_vec();
        add_product(&mut gates, self.input, input);
        add_product(&mut gates, self.recurrent, &before.hidden);
        for (index, gate) in gates.iter_mut().enumerate() {
            *gate = if index / n == 2 { gate.tanh() } else { sigmoid(*gate) };
        }
        let cell: Vec<f64> = (0..n).map(|k| gates[n + k] * before.cell[k] + gates[k] * gates[2 * n + k]).collect();
        let tanh_cell: Vec<f64> = cell.iter().map(|c| c.tanh()).collect();
        let hidden = (0..n).map(|k| gates[3 * n + k] * tanh_cell[k]).collect();
        let trace = CellTrace { input: input.to_vec(), before: before.clone(), gates, tanh_cell };
        (State { hidden, cell }, trace)
    }

    /// From the gradient of the state after the step to that of the state before it and of the input.
    pub(super) fn backward(
        &self,
        trace: &CellTrace,
        after: &State,
        gradient: &mut CellGradient<'_>,
    ) -> (State, Vec<f64>) {
        let n = trace.input.len();
        let (mut before, mut input) = (State::zeros(n), vec![0.0; n]);
        let mut gates = vec![0.0; 4 * n];
        for k in 0..n {
            let [i, f, g, o] = [0, 1, 2, 3].map(|gate| trace.gates[gate * n + k]);
            let tanh_cell = trace.tanh_cell[k];
            let cell = after.cell[k] + after.hidden[k] * o * (1.0 - tanh_cell * tanh_cell);
            gates[k] = cell * g * i * (1.0 - i);
            gates[n + k] = cell * trace.before.cell[k] * f * (1.0 - f);
            gates[2 * n + k] = cell * i * (1.0 - g * g);
            gates[3 * n + k] = after.hidden[k] * tanh_cell * o * (1.0 - o);
            before.cell[k] = cell * f;
        }
        add_transposed_product(&mut before.hidden, self.recurrent, &gates);
        add_transposed_product(&mut input, self.input, &gates);
        add_outer(gradient.input, &gates, &trace.input);
        add_outer(gradient.recurrent, &gates, &trace.before.hidden);
        gradient.bias.iter_mut().zip(&gates).for_each(|(sum, gate)| *sum += gate);
        (before, input)
    }
}
