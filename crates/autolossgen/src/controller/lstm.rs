//! An LSTM cell, forward and backward, over a step of many episodes (Hochreiter and Schmidhuber 1997, with the forget gate
//! of Gers et al. 2000).
//!
//! A matrix has a row for each step of each episode; `before` says which row was the episode's last. Row 0 is the state
//! before the first step: 0.

use std::ops::Range;

use super::elementary::{sigmoid, tanh};
use super::linear::{add, add_product, zeros};
use super::policy::Weight;
use super::vectorise::vectorised;

/// What the steps of a layer leave for those after them and for the backward pass.
#[derive(Clone, Debug, Default)]
pub(super) struct CellTrace {
    /// h before the step, shape (rows, H).
    pub(super) previous: Vec<f64>,
    /// After their activation, in the order input, forget, candidate, output; shape (rows, 4H).
    pub(super) gates: Vec<f64>,
    /// c, shape (rows, H).
    cell: Vec<f64>,
    /// tanh c, shape (rows, H).
    tanh_cell: Vec<f64>,
    /// h, shape (rows, H).
    pub(super) hidden: Vec<f64>,
}

impl CellTrace {
    /// Room for `rows` steps; the first row is 0.
    pub(super) fn make_room(&mut self, rows: usize, h: usize) {
        for matrix in [&mut self.previous, &mut self.cell, &mut self.tanh_cell, &mut self.hidden] {
            matrix.resize(rows * h, 0.0);
            matrix[..h].fill(0.0);
        }
        self.gates.resize(rows * 4 * h, 0.0);
    }

    /// One step of the episodes that have `rows`; their gates hold W_x x and the bias.
    pub(super) fn step(&mut self, rows: &Range<usize>, before: &[usize], recurrent: &Weight, h: usize) {
        let before = &before[rows.clone()];
        for (row, &before) in rows.clone().zip(before) {
            self.previous[row * h..][..h].copy_from_slice(&self.hidden[before * h..][..h]);
        }
        let (rows, wide) = (rows.start * h..rows.end * h, 4 * rows.start * h..4 * rows.end * h);
        add_product(&mut self.gates[wide.clone()], &self.previous[rows.clone()], &recurrent.forward);
        activate(&mut self.gates[wide.clone()], h);
        for (index, &before) in before.iter().enumerate() {
            self.cell.copy_within(before * h..(before + 1) * h, rows.start + index * h);
        }
        let cell = &mut self.cell[rows.clone()];
        let (tanh_cell, hidden) = (&mut self.tanh_cell[rows.clone()], &mut self.hidden[rows]);
        new_state(cell, tanh_cell, hidden, &self.gates[wide], h);
    }
}

/// The gates of a row.
#[inline(always)]
fn four(gates: &[f64], h: usize) -> [&[f64]; 4] {
    [&gates[..h], &gates[h..2 * h], &gates[2 * h..3 * h], &gates[3 * h..4 * h]]
}

vectorised! {
    fn activate(gates: &mut [f64], h: usize) {
        for gates in gates.chunks_exact_mut(4 * h) {
            gates[..2 * h].iter_mut().for_each(|gate| *gate = sigmoid(*gate));
            gates[2 * h..3 * h].iter_mut().for_each(|gate| *gate = tanh(*gate));
            gates[3 * h..].iter_mut().for_each(|gate| *gate = sigmoid(*gate));
        }
    }
}

vectorised! {
    /// c ← f∘c + i∘g, h ← o∘tanh c.
    fn new_state(cell: &mut [f64], tanh_cell: &mut [f64], hidden: &mut [f64], gates: &[f64], h: usize) {
        let rows = cell.chunks_exact_mut(h).zip(tanh_cell.chunks_exact_mut(h)).zip(hidden.chunks_exact_mut(h));
        for (((cell, tanh_cell), hidden), gates) in rows.zip(gates.chunks_exact(4 * h)) {
            let [i, f, g, o] = four(gates, h);
            for k in 0..h {
                cell[k] = f[k] * cell[k] + i[k] * g[k];
                tanh_cell[k] = tanh(cell[k]);
                hidden[k] = o[k] * tanh_cell[k];
            }
        }
    }
}

/// Gradients of what a [`CellTrace`] holds.
#[derive(Clone, Debug, Default)]
pub(super) struct CellGradient {
    /// Shape (rows, H).
    pub(super) hidden: Vec<f64>,
    /// Shape (rows, H).
    cell: Vec<f64>,
    /// Before their activation, shape (rows, 4H).
    pub(super) gates: Vec<f64>,
    /// Of the hidden states before a step.
    previous: Vec<f64>,
}

impl CellGradient {
    /// All 0.
    pub(super) fn clear(&mut self, rows: usize, h: usize) {
        zeros(&mut self.hidden, rows * h);
        zeros(&mut self.cell, rows * h);
        self.gates.resize(rows * 4 * h, 0.0);
    }

    /// From the states after a step to the gates and the states before it.
    pub(super) fn step(
        &mut self,
        trace: &CellTrace,
        rows: &Range<usize>,
        before: &[usize],
        recurrent: &Weight,
        h: usize,
    ) {
        step_backward(self, trace, rows, before, h);
        zeros(&mut self.previous, rows.len() * h);
        add_product(&mut self.previous, &self.gates[4 * rows.start * h..4 * rows.end * h], &recurrent.backward);
        for (previous, &before) in self.previous.chunks_exact(h).zip(&before[rows.clone()]) {
            add(&mut self.hidden[before * h..][..h], previous);
        }
    }
}

vectorised! {
    fn step_backward(gradient: &mut CellGradient, trace: &CellTrace, rows: &Range<usize>, before: &[usize], h: usize) {
        for row in rows.clone() {
            let (own, last) = (row * h..(row + 1) * h, before[row] * h..(before[row] + 1) * h);
            let [i, f, g, o] = four(&trace.gates[4 * row * h..], h);
            let (tanh_cell, cell_before) = (&trace.tanh_cell[own.clone()], &trace.cell[last.clone()]);
            let hidden = &gradient.hidden[own.clone()];
            let [cell, of_before] =
                gradient.cell.get_disjoint_mut([own, last]).expect("a row is not the one before it");
            let gates = &mut gradient.gates[4 * row * h..][..4 * h];
            let (of_i, rest) = gates.split_at_mut(h);
            let (of_f, rest) = rest.split_at_mut(h);
            let (of_g, of_o) = rest.split_at_mut(h);
            for k in 0..h {
                let cell = cell[k] + hidden[k] * o[k] * (1.0 - tanh_cell[k] * tanh_cell[k]);
                of_i[k] = cell * g[k] * i[k] * (1.0 - i[k]);
                of_f[k] = cell * cell_before[k] * f[k] * (1.0 - f[k]);
                of_g[k] = cell * i[k] * (1.0 - g[k] * g[k]);
                of_o[k] = hidden[k] * tanh_cell[k] * o[k] * (1.0 - o[k]);
                of_before[k] = cell * f[k];
            }
        }
    }
}
