//! A hidden layer: matrix product, batch normalisation, ReLU, dropout; forward and back.

use std::ops::Range;

use super::dropout::Dropout;
use crate::kernel::matmul::{Matrix, multiply};
use crate::kernel::passes::{Columns, Kept};

/// Added to the variance of batch normalisation (Ioffe and Szegedy 2015), as in PyTorch.
pub(crate) const BATCH_NORM_EPSILON: f32 = 1e-5;

/// Weight of a batch in the running mean and variance, as in PyTorch.
const MOMENTUM: f32 = 0.1;

/// Shape of a fully connected layer, and where its parameters lie among the dense ones: weights (k_out, k_in) row-major,
/// bias (k_out,), and with batch normalisation γ and β (k_out,) each.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) batch_norm: bool,
    start: usize,
    running_start: usize,
}

impl Layer {
    pub(super) fn new(inputs: usize, outputs: usize, batch_norm: bool, start: usize, running_start: usize) -> Self {
        Self { inputs, outputs, batch_norm, start, running_start }
    }

    pub(crate) fn weights(&self) -> Range<usize> {
        self.start..self.start + self.inputs * self.outputs
    }

    pub(crate) fn bias(&self) -> Range<usize> {
        let start = self.weights().end;
        start..start + self.outputs
    }

    /// γ; empty without batch normalisation.
    pub(crate) fn gamma(&self) -> Range<usize> {
        let start = self.bias().end;
        start..start + self.normalised()
    }

    /// β; empty without batch normalisation.
    pub(crate) fn beta(&self) -> Range<usize> {
        let start = self.gamma().end;
        start..start + self.normalised()
    }

    /// Where the parameters of the next begin.
    pub(super) fn end(&self) -> usize {
        self.beta().end
    }

    pub(crate) fn running_mean(&self) -> Range<usize> {
        self.running_start..self.running_start + self.normalised()
    }

    pub(crate) fn running_variance(&self) -> Range<usize> {
        let start = self.running_mean().end;
        start..start + self.normalised()
    }

    pub(super) fn n_running(&self) -> usize {
        2 * self.normalised()
    }

    fn normalised(&self) -> usize {
        if self.batch_norm { self.outputs } else { 0 }
    }
}

impl Layer {
    /// Trains on n rows: from `input` (n, k_in) to `kept.out` (n, k_out); the running statistics follow the batch.
    #[inline(always)]
    pub(super) fn forward(
        &self,
        dense: &[f32],
        running: &mut [f32],
        input: &[f32],
        dropout: &mut Dropout,
        kept: &mut Kept,
        columns: &mut Columns,
    ) {
        let n = input.len() / self.inputs;
        for values in [&mut kept.normal, &mut kept.gate, &mut kept.out] {
            values.resize(n * self.outputs, 0.0);
        }
        let weights = Matrix::new(&dense[self.weights()], self.outputs, self.inputs);
        multiply(&mut kept.normal, Matrix::new(input, n, self.inputs), weights.transposed());
        dropout.fill(&mut kept.gate);
        if self.batch_norm {
            self.normalise(n, &dense[self.bias()], running, kept, columns);
            self.activate(&dense[self.gamma()], &dense[self.beta()], kept);
        } else {
            kept.normal.chunks_exact_mut(self.outputs).for_each(|row| add(row, &dense[self.bias()]));
            let ones = columns.clear(self.outputs).0;
            ones.fill(1.0);
            let (ones, zeros) = (&columns.first, &columns.second);
            self.activate(ones, zeros, kept);
        }
    }

    /// z becomes (z − mean) / √(variance + ε). The bias is not added, for the mean would take it away again; the running
    /// mean has it.
    #[inline(always)]
    fn normalise(&self, n: usize, bias: &[f32], running: &mut [f32], kept: &mut Kept, columns: &mut Columns) {
        let (mean, variance) = columns.clear(self.outputs);
        kept.normal.chunks_exact(self.outputs).for_each(|row| add(mean, row));
        mean.iter_mut().for_each(|sum| *sum /= n as f32);
        for row in kept.normal.chunks_exact_mut(self.outputs) {
            for ((z, &mean), square) in row.iter_mut().zip(&*mean).zip(variance.iter_mut()) {
                *z -= mean;
                *square += *z * *z;
            }
        }
        follow(&mut running[self.running_mean()], mean.iter().zip(bias).map(|(mean, bias)| mean + bias));
        let unbiased = ((n - 1) as f32).recip();
        follow(&mut running[self.running_variance()], variance.iter().map(|square| square * unbiased));
        let inverse = variance.iter().map(|square| (square / n as f32 + BATCH_NORM_EPSILON).sqrt().recip());
        kept.inverse_deviation.clear();
        kept.inverse_deviation.extend(inverse);
        for row in kept.normal.chunks_exact_mut(self.outputs) {
            row.iter_mut().zip(&kept.inverse_deviation).for_each(|(z, &inverse)| *z *= inverse);
        }
    }

    /// out = dropout(relu(γ·z + β)).
    #[inline(always)]
    fn activate(&self, gamma: &[f32], beta: &[f32], kept: &mut Kept) {
        let width = self.outputs;
        let rows = kept.normal.chunks_exact(width).zip(kept.gate.chunks_exact_mut(width));
        for ((normal, gate), out) in rows.zip(kept.out.chunks_exact_mut(width)) {
            // One length for all, so that the loop is one of vectors.
            let (normal, gamma, beta) = (&normal[..width], &gamma[..width], &beta[..width]);
            let (gate, out) = (&mut gate[..width], &mut out[..width]);
            for column in 0..width {
                let value = gamma[column] * normal[column] + beta[column];
                let open = if value <= 0.0 { 0.0 } else { gate[column] };
                gate[column] = open;
                // A NaN passes, so that it is noticed.
                let active = if value <= 0.0 { 0.0 } else { value };
                out[column] = active * open;
            }
        }
    }

    /// From dL/dout (n, k_out) in `slopes[0]`, which it uses up, to the gradient of the layer's parameters, and to
    /// dL/dinput (n, k_in) in `slopes[1]`.
    #[inline(always)]
    pub(super) fn backward(
        &self,
        dense: &[f32],
        input: &[f32],
        kept: &Kept,
        slopes: &mut [Vec<f32>; 2],
        gradient: &mut [f32],
        columns: &mut Columns,
    ) {
        let n = input.len() / self.inputs;
        let [out, back] = slopes;
        out.iter_mut().zip(&kept.gate).for_each(|(slope, gate)| *slope *= gate);
        if self.batch_norm {
            self.denormalise(n, &dense[self.gamma()], kept, out, gradient, columns);
        } else {
            let bias = &mut gradient[self.bias()];
            bias.fill(0.0);
            out.chunks_exact(self.outputs).for_each(|row| add(bias, row));
        }
        let of_product = Matrix::new(out, n, self.outputs);
        multiply(&mut gradient[self.weights()], of_product.transposed(), Matrix::new(input, n, self.inputs));
        back.resize(n * self.inputs, 0.0);
        multiply(back, of_product, Matrix::new(&dense[self.weights()], self.outputs, self.inputs));
    }

    /// dL/dy of y = γ·x + β becomes dL/dz: γ/√(variance + ε)·(dy − mean(dy) − x·mean(dy·x)). The bias, which the mean
    /// takes away, has no gradient.
    #[inline(always)]
    fn denormalise(
        &self,
        n: usize,
        gamma: &[f32],
        kept: &Kept,
        out: &mut [f32],
        gradient: &mut [f32],
        columns: &mut Columns,
    ) {
        let width = self.outputs;
        let (of_beta, of_gamma) = columns.clear(width);
        for (slopes, normal) in out.chunks_exact(width).zip(kept.normal.chunks_exact(width)) {
            let (slopes, normal) = (&slopes[..width], &normal[..width]);
            let (of_beta, of_gamma) = (&mut of_beta[..width], &mut of_gamma[..width]);
            for column in 0..width {
                of_beta[column] += slopes[column];
                of_gamma[column] += slopes[column] * normal[column];
            }
        }
        gradient[self.bias()].fill(0.0);
        gradient[self.beta()].copy_from_slice(of_beta);
        gradient[self.gamma()].copy_from_slice(of_gamma);
        let per_row = (n as f32).recip();
        of_beta.iter_mut().chain(of_gamma.iter_mut()).for_each(|sum| *sum *= per_row);
        let factor = &mut columns.third;
        factor.clear();
        factor.extend(gamma.iter().zip(&kept.inverse_deviation).map(|(gamma, inverse)| gamma * inverse));
        let (of_beta, of_gamma, factor) = (&columns.first[..width], &columns.second[..width], &factor[..width]);
        for (slopes, normal) in out.chunks_exact_mut(width).zip(kept.normal.chunks_exact(width)) {
            let (slopes, normal) = (&mut slopes[..width], &normal[..width]);
            for column in 0..width {
                let centred = slopes[column] - of_beta[column] - normal[column] * of_gamma[column];
                slopes[column] = factor[column] * centred;
            }
        }
    }

    /// Without training: `input` (n, k_in) to `out` (n, k_out) by the running statistics.
    #[inline(always)]
    pub(super) fn infer(
        &self,
        dense: &[f32],
        running: &[f32],
        input: &[f32],
        out: &mut Vec<f32>,
        columns: &mut Columns,
    ) {
        let n = input.len() / self.inputs;
        out.resize(n * self.outputs, 0.0);
        let weights = Matrix::new(&dense[self.weights()], self.outputs, self.inputs);
        multiply(out, Matrix::new(input, n, self.inputs), weights.transposed());
        let (factor, shift) = columns.clear(self.outputs);
        factor.fill(1.0);
        shift.copy_from_slice(&dense[self.bias()]);
        if self.batch_norm {
            let (mean, variance) = (&running[self.running_mean()], &running[self.running_variance()]);
            let (gamma, beta) = (&dense[self.gamma()], &dense[self.beta()]);
            for column in 0..self.outputs {
                factor[column] = gamma[column] / (variance[column] + BATCH_NORM_EPSILON).sqrt();
                shift[column] = beta[column] + (shift[column] - mean[column]) * factor[column];
            }
        }
        for row in out.chunks_exact_mut(self.outputs) {
            for ((value, &factor), &shift) in row.iter_mut().zip(&*factor).zip(&*shift) {
                let affine = factor * *value + shift;
                // A NaN passes, so that it is noticed.
                *value = if affine < 0.0 { 0.0 } else { affine };
            }
        }
    }
}

#[inline(always)]
fn add(sums: &mut [f32], row: &[f32]) {
    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
}

/// Running statistics take over a tenth of those of a batch.
#[inline(always)]
fn follow(running: &mut [f32], batch: impl Iterator<Item = f32>) {
    running.iter_mut().zip(batch).for_each(|(running, batch)| *running += MOMENTUM * (batch - *running));
}
