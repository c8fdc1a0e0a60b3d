//! The kernel of the multi-layer perceptron: what it stores, and the passes over a batch.
//!
//! A batch is gathered into rows [e_u, e_i]; every hidden layer is a matrix product and one pass over its result (batch
//! normalisation, ReLU, dropout); the way back likewise. The embeddings are stored as w / scale, as in matrix
//! factorisation, and so only the rows of a batch are touched; the few dense parameters decay at every step.

mod dropout;
mod epoch;
mod layer;

pub(crate) use dropout::Dropout;
pub(crate) use epoch::{backward, forward, predict, train_epoch};
pub(crate) use layer::{BATCH_NORM_EPSILON, Layer};

use super::table::Table;
use super::vector::all_finite;

/// Every number of a multi-layer perceptron.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) users: Table,
    pub(crate) items: Table,
    /// What a stored embedding is multiplied by.
    pub(crate) scale: f64,
    /// Steps taken; Adam's t.
    pub(crate) steps: u64,
    /// The hidden layers.
    pub(crate) layers: Vec<Layer>,
    /// Parameters of the hidden layers, then the weights of the output and its bias.
    pub(crate) dense: Vec<f32>,
    /// Optimiser's states of the dense parameters; empty until needed.
    pub(crate) dense_first: Vec<f32>,
    /// See `dense_first`.
    pub(crate) dense_second: Vec<f32>,
    /// Running means and variances of batch normalisation.
    pub(crate) running: Vec<f32>,
    /// Share of the units of a hidden layer that a training step leaves out.
    pub(crate) dropout: f32,
}

impl Network {
    /// Dense parameters of 0, running means of 0 and variances of 1.
    pub(crate) fn new(users: Table, items: Table, sizes: &[usize], batch_norm: bool, dropout: f32) -> Self {
        let (mut layers, mut inputs, mut n_dense, mut n_running) = (Vec::new(), users.stride + items.stride, 0, 0);
        for &outputs in sizes {
            let layer = Layer::new(inputs, outputs, batch_norm, n_dense, n_running);
            (n_dense, n_running, inputs) = (layer.end(), n_running + layer.n_running(), outputs);
            layers.push(layer);
        }
        let mut running = vec![0.0; n_running];
        layers.iter().for_each(|layer| running[layer.running_variance()].fill(1.0));
        Self {
            users,
            items,
            scale: 1.0,
            steps: 0,
            layers,
            dense: vec![0.0; n_dense + inputs + 1],
            dense_first: Vec::new(),
            dense_second: Vec::new(),
            running,
            dropout,
        }
    }

    /// Columns of [e_u, e_i], padding included.
    pub(crate) fn input_width(&self) -> usize {
        self.users.stride + self.items.stride
    }

    /// Weights of the output and its bias, shapes (k,) and (1,).
    pub(crate) fn output(&self) -> (&[f32], f32) {
        let (bias, weights) = self.dense[self.output_start()..].split_last().expect("there is a bias");
        (weights, *bias)
    }

    pub(crate) fn output_start(&self) -> usize {
        self.layers.last().map_or(0, Layer::end)
    }

    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.users.copy_from(&other.users);
        self.items.copy_from(&other.items);
        (self.scale, self.steps, self.dropout) = (other.scale, other.steps, other.dropout);
        self.layers.clone_from(&other.layers);
        self.dense.clone_from(&other.dense);
        self.dense_first.clone_from(&other.dense_first);
        self.dense_second.clone_from(&other.dense_second);
        self.running.clone_from(&other.running);
    }

    pub(crate) fn reset_optimizer(&mut self) {
        self.users.clear_states();
        self.items.clear_states();
        self.dense_first.fill(0.0);
        self.dense_second.fill(0.0);
        self.steps = 0;
    }

    pub(crate) fn is_finite(&self) -> bool {
        let dense = all_finite(&self.dense) && all_finite(&self.running);
        dense && self.users.is_finite() && self.items.is_finite() && self.scale.is_finite()
    }
}
