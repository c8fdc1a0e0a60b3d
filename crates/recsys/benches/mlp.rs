//! The multi-layer perceptron beside its floor, at the shape of MovieLens 100K. A time is to be read as a ratio to the
//! floor in the same run.

#[allow(dead_code, reason = "each bench takes the shapes it needs")]
mod shape;

use autolossgen_formula::{Semantics, resolve};
use autolossgen_recsys::random::{normal, stream};
use autolossgen_recsys::{Hyperparameters, Mlp, MlpOptions, Model, Optimizer, Workspace};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use shape::{BATCH, DIMENSION, ML_100K};

/// Units of the hidden layers.
const LAYERS: [usize; 2] = [64, 16];

fn ml_100k(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("mlp/{}", ML_100K.name));
    group.sample_size(20).throughput(Throughput::Elements(ML_100K.n_rows as u64));
    let mut products = Products::new();
    group.bench_function("floor", |bencher| bencher.iter(|| products.epoch(ML_100K.n_rows)));
    let plan = ML_100K.in_order(&ML_100K.rows());
    let options =
        MlpOptions { dimension: DIMENSION, layers: LAYERS.into(), dropout: 0.2, batch_norm: true, init_std: 1.0 };
    let fresh = Mlp::new(ML_100K.n_users, ML_100K.n_items, &options, &mut stream(42, "model", 0));
    let loss = resolve("bce").expect("a named loss").compile(Semantics::unclamped(1e-6)).expect("sound semantics");
    for (name, optimizer) in [("epoch_sgd_bce", Optimizer::Sgd), ("epoch_adam_bce", Optimizer::Adam)] {
        let settings = Hyperparameters { optimizer, learning_rate: 0.01, l2: 1e-4, l2_multiplier: 3.0, clip: 50.0 };
        let (mut model, mut workspace) = (fresh.clone(), Workspace::default());
        group.bench_function(name, |bencher| {
            bencher.iter(|| model.train_epoch(&plan, &loss, &settings, &mut workspace))
        });
    }
}

/// The matrix products of a batch and nothing else: forward, and back to the weights and to the rows.
struct Products(Vec<Product>);

/// Of one layer: what it sees, its weights, and what it makes of it.
struct Product {
    inputs: usize,
    outputs: usize,
    x: Vec<f32>,
    w: Vec<f32>,
    z: Vec<f32>,
}

impl Products {
    fn new() -> Self {
        let mut rng = stream(42, "matrices", 0);
        let mut matrix = |n: usize| (0..n).map(|_| 0.1 * normal(&mut rng) as f32).collect::<Vec<f32>>();
        let mut product = |inputs: usize, outputs: usize| Product {
            inputs,
            outputs,
            x: matrix(BATCH * inputs),
            w: matrix(outputs * inputs),
            z: matrix(BATCH * outputs),
        };
        Self(vec![product(2 * DIMENSION, LAYERS[0]), product(LAYERS[0], LAYERS[1])])
    }

    fn epoch(&mut self, n_rows: usize) {
        for _ in 0..n_rows.div_ceil(BATCH) {
            for Product { inputs, outputs, x, w, z } in &mut self.0 {
                gemm(z, (x, *inputs, false), (w, *inputs, true), [BATCH, *inputs, *outputs]);
                gemm(x, (z, *outputs, false), (w, *inputs, false), [BATCH, *outputs, *inputs]);
                gemm(w, (z, *outputs, true), (x, *inputs, false), [*outputs, BATCH, *inputs]);
                // What grows without end becomes slow.
                w.iter_mut().for_each(|value| *value = value.clamp(-0.1, 0.1));
                x.iter_mut().for_each(|value| *value = value.clamp(-0.1, 0.1));
            }
        }
    }
}

/// out ← left · right; each with the width of its rows as stored and whether it is taken transposed; [m, k, n].
fn gemm(out: &mut [f32], left: (&[f32], usize, bool), right: (&[f32], usize, bool), [m, k, n]: [usize; 3]) {
    let strides = |(_, width, transposed): (&[f32], usize, bool)| {
        if transposed { (width as isize, 1) } else { (1, width as isize) }
    };
    let ((left_column, left_row), (right_column, right_row)) = (strides(left), strides(right));
    assert!(out.len() == m * n && left.0.len() == m * k && right.0.len() == k * n);
    // SAFETY: the shapes were just compared with the slices.
    unsafe {
        // outᵀ = rightᵀ · leftᵀ, for the kernels prefer results stored by column.
        gemm_f32::gemm::f32::get_gemm_fn()(
            n,
            m,
            k,
            out.as_mut_ptr(),
            n as isize,
            1,
            false,
            right.0.as_ptr(),
            right_row,
            right_column,
            left.0.as_ptr(),
            left_row,
            left_column,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm_common::Parallelism::None,
        );
    }
}

criterion_group!(benches, ml_100k);
criterion_main!(benches);
