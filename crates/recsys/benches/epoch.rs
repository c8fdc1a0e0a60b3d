//! What training spends: one epoch of matrix factorisation beside its floor, the plan of an epoch, the metric.
//!
//! Random rows of the shape of ML-100K: 943 users, 1,682 items, 94,638 rows, d = 64, batches of 128.

use std::hint::black_box;

use autolossgen_formula::{Semantics, resolve};
use autolossgen_recsys::random::{below, normal, stream};
use autolossgen_recsys::{
    BiasedMf, EpochPlan, Hyperparameters, Interactions, Metric, MfOptions, Mlp, MlpOptions, Model, Optimizer, Workspace,
};
use criterion::{Criterion, criterion_group, criterion_main};

const N_USERS: usize = 943;
const N_ITEMS: usize = 1682;
const N_ROWS: usize = 94_638;
const N_VALIDATION: usize = 2334;
const DIMENSION: usize = 64;

fn rows() -> Interactions {
    let mut rng = stream(42, "rows", 0);
    let mut draw = |n: usize| (0..N_ROWS).map(|_| below(&mut rng, n as u64) as u32).collect::<Vec<_>>();
    let (users, items, labels) = (draw(N_USERS), draw(N_ITEMS), draw(2));
    Interactions::new(users, items, labels.into_iter().map(|label| label as f32).collect())
}

fn plan(rows: &Interactions, epoch: u64) -> EpochPlan {
    EpochPlan::new(rows, N_USERS, N_ITEMS, 128, 42, epoch)
}

fn mf_epoch(criterion: &mut Criterion) {
    let plan = plan(&rows(), 1);
    let options = MfOptions { dimension: DIMENSION, init_std: 1.0, global_bias: 0.1 };
    let mut workspace = Workspace::default();
    for (name, loss, optimizer) in [
        ("sgd_bce", "bce", Optimizer::Sgd),
        ("sgd_mse", "mse", Optimizer::Sgd),
        ("sgd_maxr", "maxr", Optimizer::Sgd),
        ("adagrad_bce", "bce", Optimizer::Adagrad),
        ("adam_bce", "bce", Optimizer::Adam),
    ] {
        let loss = resolve(loss).expect("a named loss").compile(Semantics::unclamped(1e-6)).expect("sound semantics");
        let settings = Hyperparameters { optimizer, learning_rate: 0.01, l2: 1e-4, l2_multiplier: 3.0, clip: 50.0 };
        let mut model = BiasedMf::new(N_USERS, N_ITEMS, &options, &mut stream(42, "model", 0));
        criterion.bench_function(&format!("mf_epoch/ml100k/{name}"), |bencher| {
            bencher.iter(|| model.train_epoch(&plan, &loss, &settings, &mut workspace))
        });
    }
}

fn mlp_epoch(criterion: &mut Criterion) {
    let plan = plan(&rows(), 1);
    let options =
        MlpOptions { dimension: DIMENSION, layers: vec![64, 16], dropout: 0.2, batch_norm: true, init_std: 1.0 };
    let mut workspace = Workspace::default();
    for (name, optimizer) in [("sgd_bce", Optimizer::Sgd), ("adam_bce", Optimizer::Adam)] {
        let loss = resolve("bce").expect("a named loss").compile(Semantics::unclamped(1e-6)).expect("sound semantics");
        let settings = Hyperparameters { optimizer, learning_rate: 0.01, l2: 1e-4, l2_multiplier: 3.0, clip: 50.0 };
        let mut model = Mlp::new(N_USERS, N_ITEMS, &options, &mut stream(42, "model", 0));
        criterion.bench_function(&format!("mlp_epoch/ml100k/{name}"), |bencher| {
            bencher.iter(|| model.train_epoch(&plan, &loss, &settings, &mut workspace))
        });
    }
}

/// The matrix products of an epoch of the multi-layer perceptron and nothing else: forward, and back to the weights and
/// to the rows.
fn mlp_floor(criterion: &mut Criterion) {
    const BATCH: usize = 128;
    let mut rng = stream(42, "matrices", 0);
    let mut matrix = |n: usize| (0..n).map(|_| 0.1 * normal(&mut rng) as f32).collect::<Vec<f32>>();
    let layers = [(2 * DIMENSION, 64), (64, 16)];
    let mut products: Vec<_> = layers
        .map(|(inputs, outputs)| {
            (inputs, outputs, matrix(BATCH * inputs), matrix(outputs * inputs), matrix(BATCH * outputs))
        })
        .into();
    criterion.bench_function("floor/mlp_gemms/ml100k", |bencher| {
        bencher.iter(|| {
            for _ in 0..N_ROWS.div_ceil(BATCH) {
                for (inputs, outputs, x, w, z) in &mut products {
                    gemm(z, (x, *inputs, false), (w, *inputs, true), [BATCH, *inputs, *outputs]);
                    gemm(x, (z, *outputs, false), (w, *inputs, false), [BATCH, *outputs, *inputs]);
                    gemm(w, (z, *outputs, true), (x, *inputs, false), [*outputs, BATCH, *inputs]);
                    // What grows without end becomes slow.
                    w.iter_mut().for_each(|value| *value = value.clamp(-0.1, 0.1));
                    x.iter_mut().for_each(|value| *value = value.clamp(-0.1, 0.1));
                }
            }
        })
    });
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
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            false,
            left.0.as_ptr(),
            left_column,
            left_row,
            right.0.as_ptr(),
            right_column,
            right_row,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// One row of a table, on its own cache lines.
#[derive(Clone)]
#[repr(align(64))]
struct Row([f32; DIMENSION]);

/// Two tables, and the rows of each that an epoch visits.
struct Tables {
    users: Vec<Row>,
    items: Vec<Row>,
    visits: Vec<(u32, u32)>,
}

impl Tables {
    fn new() -> Self {
        let mut rng = stream(42, "tables", 0);
        let mut table =
            |n: usize| (0..n).map(|_| Row(std::array::from_fn(|_| 0.1 * normal(&mut rng) as f32))).collect::<Vec<_>>();
        let (users, items) = (table(N_USERS), table(N_ITEMS));
        let rows = rows();
        Self { users, items, visits: rows.users().iter().copied().zip(rows.items().iter().copied()).collect() }
    }

    /// What no epoch can do without: for each pair of rows its dot product, and both rows written back.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn visit(&mut self) -> f32 {
        use std::arch::x86_64::*;
        let load = |row: &[f32; DIMENSION], lane: usize| {
            let (lanes, _) = row[lane..].split_first_chunk::<8>().expect("eight floats a vector");
            // SAFETY: the eight floats are valid, and the load asks for no alignment.
            unsafe { _mm256_loadu_ps(lanes.as_ptr()) }
        };
        let store = |row: &mut [f32; DIMENSION], lane: usize, vector: __m256| {
            let (lanes, _) = row[lane..].split_first_chunk_mut::<8>().expect("eight floats a vector");
            // SAFETY: as above.
            unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), vector) }
        };
        let mut total = 0.0;
        for &(user, item) in &self.visits {
            let (user, item) = (&mut self.users[user as usize].0, &mut self.items[item as usize].0);
            let mut sums = [_mm256_setzero_ps(); 2];
            for lane in (0..DIMENSION).step_by(8) {
                sums[lane / 8 % 2] = _mm256_fmadd_ps(load(user, lane), load(item, lane), sums[lane / 8 % 2]);
            }
            let sum = _mm256_add_ps(sums[0], sums[1]);
            let four = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps::<1>(sum));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            let g = 1e-9 * _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
            let factor = _mm256_set1_ps(g);
            for lane in (0..DIMENSION).step_by(8) {
                let (of_user, of_item) = (load(user, lane), load(item, lane));
                store(user, lane, _mm256_fmadd_ps(factor, of_item, of_user));
                store(item, lane, _mm256_fmadd_ps(factor, of_user, of_item));
            }
            total += g;
        }
        total
    }
}

#[cfg(target_arch = "x86_64")]
fn floor(criterion: &mut Criterion) {
    if !(is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")) {
        return;
    }
    let mut tables = Tables::new();
    // SAFETY: the processor has just said that it has AVX2 and FMA.
    criterion.bench_function("floor/ml100k", |bencher| bencher.iter(|| unsafe { tables.visit() }));
}

#[cfg(not(target_arch = "x86_64"))]
fn floor(_: &mut Criterion) {}

fn plans(criterion: &mut Criterion) {
    let rows = rows();
    let mut epoch = 0;
    criterion.bench_function("plan/ml100k", |bencher| {
        bencher.iter(|| {
            epoch += 1;
            plan(&rows, epoch)
        })
    });
}

fn auc(criterion: &mut Criterion) {
    let mut rng = stream(42, "validation", 0);
    let labels: Vec<f32> = (0..N_VALIDATION).map(|_| below(&mut rng, 2) as f32).collect();
    let logits: Vec<f32> = (0..N_VALIDATION).map(|_| normal(&mut rng) as f32).collect();
    criterion.bench_function("auc/2334", |bencher| {
        bencher.iter(|| Metric::Auc.evaluate(black_box(&logits), black_box(&labels), 0.5))
    });
}

criterion_group!(benches, floor, mf_epoch, mlp_floor, mlp_epoch, plans, auc);
criterion_main!(benches);
