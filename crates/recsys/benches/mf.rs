//! Matrix factorisation beside its floor: the same rows of both tables, with the least that an epoch can do to them. A time is to be read as a ratio to the floor of its shape in the same run.
//!
//! At the shapes of MovieLens 100K and Amazon Electronics, and, where AUTOLOSSGEN_BENCH_LARGE is set (it takes 2 GiB of
//! memory and some minutes), at twenty million rows. Ids are random with a popularity as in real data.

mod floor;
#[allow(dead_code, reason = "each bench takes the shapes it needs")]
mod shape;

use std::time::Duration;

use autolossgen_formula::{Semantics, resolve};
use autolossgen_recsys::random::stream;
use autolossgen_recsys::{BiasedMf, EpochPlan, Hyperparameters, MfOptions, Model, Optimizer, Planner, Workspace};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

use floor::Tables;
use shape::{BATCH, DIMENSION, ELECTRONICS, ML_100K, Shape, TWENTY_MILLION};

/// What an epoch trains with. Adagrad and Adam have one or two more tables of the size of the parameters, which the floor
/// does not visit.
type Training = (&'static str, &'static str, Optimizer);

const SGD: Training = ("epoch_sgd_bce", "bce", Optimizer::Sgd);
const ADAGRAD: Training = ("epoch_adagrad_bce", "bce", Optimizer::Adagrad);
const ADAM: Training = ("epoch_adam_bce", "bce", Optimizer::Adam);

fn ml_100k(criterion: &mut Criterion) {
    let mut group = group(criterion, &ML_100K);
    let mse = ("epoch_sgd_mse", "mse", Optimizer::Sgd);
    let maxr = ("epoch_sgd_maxr", "maxr", Optimizer::Sgd);
    measure(&mut group, &ML_100K, &[SGD, mse, maxr, ADAGRAD, ADAM]);
}

fn electronics(criterion: &mut Criterion) {
    let mut group = group(criterion, &ELECTRONICS);
    group.sample_size(20);
    measure(&mut group, &ELECTRONICS, &[SGD, ADAGRAD, ADAM]);
}

fn twenty_million(criterion: &mut Criterion) {
    if std::env::var_os("AUTOLOSSGEN_BENCH_LARGE").is_none() {
        return;
    }
    let mut group = group(criterion, &TWENTY_MILLION);
    group.sample_size(10).warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_secs(1));
    measure(&mut group, &TWENTY_MILLION, &[SGD]);
}

/// A group of its own for each shape: rows a second, and iterations that may be few and long.
fn group<'a>(criterion: &'a mut Criterion, shape: &Shape) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(format!("mf/{}", shape.name));
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(shape.n_rows as u64));
    group
}

/// The floor, an epoch of each training right after it, the plan of an epoch, and a copy of the model, which every trial of
/// a loss makes.
fn measure(group: &mut BenchmarkGroup<'_, WallTime>, shape: &Shape, trainings: &[Training]) {
    let rows = shape.rows();
    if let Some(mut visit) = Tables::new(shape.n_users, shape.n_items, &rows).visitor() {
        group.bench_function("floor", |bencher| bencher.iter(&mut visit));
    }
    let plan = EpochPlan::new(&rows, shape.n_users, shape.n_items, BATCH, 42, 1);
    let options = MfOptions { dimension: DIMENSION, init_std: 1.0, global_bias: 0.1 };
    let fresh = BiasedMf::new(shape.n_users, shape.n_items, &options, &mut stream(42, "model", 0));
    for &(name, loss, optimizer) in trainings {
        let loss = resolve(loss).expect("a named loss").compile(Semantics::unclamped(1e-6)).expect("sound semantics");
        let settings = Hyperparameters { optimizer, learning_rate: 0.01, l2: 1e-4, l2_multiplier: 3.0, clip: 0.0 };
        let (mut model, mut workspace) = (fresh.clone(), Workspace::default());
        group.bench_function(name, |bencher| {
            bencher.iter(|| model.train_epoch(&plan, &loss, &settings, &mut workspace))
        });
    }
    let mut planner = Planner::new(shape.n_users, shape.n_items, BATCH, 42);
    let (mut epoch, mut plan) = (0, None);
    group.bench_function("plan", |bencher| {
        bencher.iter(|| {
            epoch += 1;
            plan = Some(planner.plan(&rows, epoch, plan.take()));
        })
    });
    let bytes = (shape.n_users + shape.n_items) * (DIMENSION + 1) * size_of::<f32>();
    let mut copy = fresh.clone();
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("copy", |bencher| bencher.iter(|| copy.copy_from(&fresh)));
}

criterion_group!(benches, ml_100k, electronics, twenty_million);
criterion_main!(benches);
