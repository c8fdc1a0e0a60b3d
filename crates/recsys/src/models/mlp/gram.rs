//! The Gram matrix of a multi-layer perceptron: K_ij = Σ over its parameters of dh_i/dω · dh_j/dω, in double precision.
//!
//! For a product z = W·a + b it is (dh_i/dz · dh_j/dz)(a_i · a_j + 1); for x ↦ γ·x + β the sum over its units of
//! dh_i/dy · dh_j/dy · (x_i·x_j + 1); for the embeddings, where the users or the items are the same, the product of the
//! derivatives with respect to them.

use super::Mlp;
use crate::gram::Gram;
use crate::interactions::Interactions;
use crate::kernel::network::{BATCH_NORM_EPSILON, Layer};

/// What one row contributes at one hidden layer.
struct Row {
    /// What the layer sees, shape (k_in,).
    input: Vec<f64>,
    /// What batch normalisation makes of the product, shape (k_out,).
    normal: Vec<f64>,
    /// What ReLU lets through, shape (k_out,).
    out: Vec<f64>,
    /// dh/dy after batch normalisation, shape (k_out,).
    of_normal: Vec<f64>,
    /// dh/dz before it, shape (k_out,).
    of_product: Vec<f64>,
}

pub(super) fn gram(model: &Mlp, batch: &Interactions) -> Gram {
    let (users, items, n) = (batch.users(), batch.items(), batch.len());
    let passes: Vec<(Vec<Row>, Vec<f64>)> = (0..n).map(|row| model.passes(users[row], items[row])).collect();
    let stride = model.network.users.stride;
    let mut values = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            let ((a, of_a), (b, of_b)) = (&passes[i], &passes[j]);
            let mut sum = product(last(a), last(b)) + 1.0;
            sum += a.iter().zip(b).zip(&model.network.layers).map(|((a, b), layer)| shared(layer, a, b)).sum::<f64>();
            let (user, item) = (0..stride, stride..of_a.len());
            if users[i] == users[j] {
                sum += product(&of_a[user.clone()], &of_b[user]);
            }
            if items[i] == items[j] {
                sum += product(&of_a[item.clone()], &of_b[item]);
            }
            values[i * n + j] = sum;
        }
    }
    Gram { size: n, values }
}

/// What the output sees.
fn last(rows: &[Row]) -> &[f64] {
    &rows.last().expect("there is a hidden layer").out
}

/// The part of a layer's own parameters.
fn shared(layer: &Layer, a: &Row, b: &Row) -> f64 {
    let of_product = product(&a.of_product, &b.of_product) * (product(&a.input, &b.input) + 1.0);
    if !layer.batch_norm {
        return of_product;
    }
    let of_normal = |unit: usize| a.of_normal[unit] * b.of_normal[unit] * (a.normal[unit] * b.normal[unit] + 1.0);
    of_product + (0..layer.outputs).map(of_normal).sum::<f64>()
}

fn product(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

impl Mlp {
    /// Every layer's row for one pair, and dh/d[e_u, e_i].
    fn passes(&self, user: u32, item: u32) -> (Vec<Row>, Vec<f64>) {
        let network = &self.network;
        let scaled = |&weight: &f32| f64::from(weight) * network.scale;
        let (users, items) = (&network.users, &network.items);
        let embeddings = users.row(user, users.stride).iter().chain(items.row(item, items.stride));
        let mut input: Vec<f64> = embeddings.map(scaled).collect();
        let mut rows = Vec::new();
        for layer in &network.layers {
            let row = self.forward(layer, input);
            input = row.out.clone();
            rows.push(row);
        }
        let mut slopes: Vec<f64> = network.output().0.iter().map(|&weight| f64::from(weight)).collect();
        for (layer, row) in network.layers.iter().zip(&mut rows).rev() {
            slopes = self.backward(layer, row, slopes);
        }
        (rows, slopes)
    }

    fn forward(&self, layer: &Layer, input: Vec<f64>) -> Row {
        let dense = &self.network.dense;
        let weights = dense[layer.weights()].chunks_exact(layer.inputs);
        let affine = |(weights, &bias): (&[f32], &f32)| {
            f64::from(bias) + weights.iter().zip(&input).map(|(&weight, x)| f64::from(weight) * x).sum::<f64>()
        };
        let mut normal: Vec<f64> = weights.zip(&dense[layer.bias()]).map(affine).collect();
        if layer.batch_norm {
            let means = &self.network.running[layer.running_mean()];
            for (unit, (value, &mean)) in normal.iter_mut().zip(means).enumerate() {
                *value = (*value - f64::from(mean)) * self.inverse_deviation(layer, unit);
            }
        }
        let out = (0..layer.outputs).map(|unit| self.activation(layer, unit, normal[unit]).max(0.0)).collect();
        Row { input, normal, out, of_normal: Vec::new(), of_product: Vec::new() }
    }

    /// From dh/dout to dh/dinput.
    fn backward(&self, layer: &Layer, row: &mut Row, mut slopes: Vec<f64>) -> Vec<f64> {
        for (slope, &out) in slopes.iter_mut().zip(&row.out) {
            *slope = if out > 0.0 { *slope } else { 0.0 };
        }
        row.of_normal.clone_from(&slopes);
        if layer.batch_norm {
            let gamma = &self.network.dense[layer.gamma()];
            for (unit, slope) in slopes.iter_mut().enumerate() {
                *slope *= f64::from(gamma[unit]) * self.inverse_deviation(layer, unit);
            }
        }
        let mut back = vec![0.0; layer.inputs];
        for (weights, slope) in self.network.dense[layer.weights()].chunks_exact(layer.inputs).zip(&slopes) {
            back.iter_mut().zip(weights).for_each(|(back, &weight)| *back += f64::from(weight) * slope);
        }
        row.of_product = slopes;
        back
    }

    /// γ·x + β; x without batch normalisation.
    fn activation(&self, layer: &Layer, unit: usize, x: f64) -> f64 {
        let dense = &self.network.dense;
        let parameter = |range: std::ops::Range<usize>| f64::from(dense[range.start + unit]);
        if layer.batch_norm { parameter(layer.gamma()) * x + parameter(layer.beta()) } else { x }
    }

    fn inverse_deviation(&self, layer: &Layer, unit: usize) -> f64 {
        let variance = self.network.running[layer.running_variance().start + unit];
        (f64::from(variance) + f64::from(BATCH_NORM_EPSILON)).sqrt().recip()
    }
}
