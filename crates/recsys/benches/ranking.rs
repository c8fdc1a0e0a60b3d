//! Matrix factorisation for ranking beside its floors: with negatives of each row's own, the rows of both tables with the least
//! that an epoch can do to them; with negatives that the batch shares, its matrix products. LightGCN beside its sparse products. A time is to be read as a ratio
//! to the floor of its shape in the same run. An epoch draws its own negatives; `negatives` is that alone.

mod ranking_floor;
#[allow(dead_code, reason = "each bench takes the shapes it needs")]
mod shape;

use std::time::Duration;

use autolossgen_formula::{RankingLoss, Scope, Semantics, resolve_for};
use autolossgen_recsys::Optimizer;
use autolossgen_recsys::random::stream;
use autolossgen_recsys::ranking::{
    LightGcn, Negatives, Positives, RankingBatch, RankingEpoch, RankingHyperparameters, RankingMf, RankingMfOptions,
    RankingModel, RankingWorkspace, Sampler, SamplerOptions, Similarity, TrainingItems,
};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

use ranking_floor::{Layers, Products, Visits};
use shape::{DIMENSION, Shape};

/// A named loss of ranking.
fn named(name: &str) -> RankingLoss {
    resolve_for(Scope::Ranking, name).unwrap().compile_ranking(Semantics::default()).unwrap()
}

/// Rows of a batch.
const BATCH: usize = 1024;

/// Amazon Health, and something larger; the rows of both are generated.
const HEALTH: Shape =
    Shape { name: "health_1974x1200_34006_rows", n_users: 1974, n_items: 1200, n_rows: 34_006, user_offset: 500.0 };
const LARGER: Shape = Shape {
    name: "generated_13455x8360_182398_rows",
    n_users: 13_455,
    n_items: 8360,
    n_rows: 182_398,
    user_offset: 500.0,
};

const SETTINGS: RankingHyperparameters = RankingHyperparameters {
    optimizer: Optimizer::Adam,
    learning_rate: 0.003,
    l2: 1e-4,
    similarity: Similarity::Inner,
    temperature: 1.0,
};

/// Distinct pairs of a shape, about as many as it has rows.
fn training(shape: &Shape) -> (Vec<usize>, Vec<u32>) {
    let rows = shape.rows();
    let mut pairs: Vec<(u32, u32)> = rows.users().iter().copied().zip(rows.items().iter().copied()).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let offsets = (0..=shape.n_users).map(|user| pairs.partition_point(|pair| (pair.0 as usize) < user)).collect();
    (offsets, pairs.into_iter().map(|(_, item)| item).collect())
}

fn sampler(shape: &Shape, negatives: Negatives, n_negatives: usize) -> Sampler {
    let (offsets, items) = training(shape);
    let options = SamplerOptions { negatives, n_negatives, exponent: 0.75 };
    Sampler::new(TrainingItems::new(&offsets, &items), shape.n_items, &options, BATCH, 42).expect("enough items")
}

fn health(criterion: &mut Criterion) {
    measure(criterion, &HEALTH);
}

fn larger(criterion: &mut Criterion) {
    measure(criterion, &LARGER);
}

fn measure(criterion: &mut Criterion, shape: &Shape) {
    let gathered = sampler(shape, Negatives::Uniform, 64);
    let mut group = group(criterion, shape, "gathered_64", gathered.training().n_rows());
    if let Some(mut visit) = Visits::new(shape.n_users, shape.n_items, &gathered).visitor() {
        group.bench_function("floor", |bencher| bencher.iter(&mut visit));
    }
    let cosine = RankingHyperparameters { similarity: Similarity::Cosine, temperature: 0.2, ..SETTINGS };
    let sgd = RankingHyperparameters { optimizer: Optimizer::Sgd, ..SETTINGS };
    epoch(&mut group, "epoch_sgd_bpr", shape, &gathered, &named("bpr"), &sgd);
    epoch(&mut group, "epoch_adam_bpr", shape, &gathered, &named("bpr"), &SETTINGS);
    epoch(&mut group, "epoch_adam_ssm_cosine", shape, &gathered, &named("ssm"), &cosine);
    negatives(&mut group, "negatives", &gathered);
    negatives(&mut group, "negatives_by_popularity", &sampler(shape, Negatives::Popularity, 64));
    group.finish();
    graph(criterion, shape, &gathered);
    let shared = sampler(shape, Negatives::Shared, 1024);
    let mut group = self::group(criterion, shape, "shared_1024", shared.training().n_rows());
    let (mut products, n_batches) = (Products::new(BATCH, 1024), RankingEpoch::new(&shared, 1).n_batches());
    group.bench_function("floor", |bencher| bencher.iter(|| products.epoch(n_batches)));
    epoch(&mut group, "epoch_adam_bpr", shape, &shared, &named("bpr"), &SETTINGS);
    epoch(&mut group, "epoch_adam_ssm_cosine", shape, &shared, &named("ssm"), &cosine);
    negatives(&mut group, "negatives", &shared);
}

/// LightGCN of three layers: six sparse products a batch, forth and back.
fn graph(criterion: &mut Criterion, shape: &Shape, sampler: &Sampler) {
    const N_LAYERS: usize = 3;
    let mut group = group(criterion, shape, "lightgcn_gathered_64", sampler.training().n_rows());
    let n_products = 2 * N_LAYERS * RankingEpoch::new(sampler, 1).n_batches();
    if let Some(mut multiply) = Layers::new(shape.n_items, sampler.training()).multiplier(n_products) {
        group.bench_function("floor", |bencher| bencher.iter(&mut multiply));
    }
    let options = RankingMfOptions { dimension: DIMENSION, init_std: 0.1 };
    let training = sampler.training();
    let users = |user: usize| vec![user as u32; training.of(user).len()];
    let users: Vec<u32> = (0..shape.n_users).flat_map(users).collect();
    let items: Vec<u32> = (0..shape.n_users).flat_map(|user| training.of(user)).copied().collect();
    let train = Positives::new(shape.n_users, shape.n_items, &users, &items);
    let mf = RankingMf::new(shape.n_users, shape.n_items, &options, &mut stream(42, "model", 0));
    let (mut model, mut workspace, mut number) = (LightGcn::new(mf, &train, N_LAYERS), RankingWorkspace::default(), 0);
    group.bench_function("epoch_adam_bpr", |bencher| {
        bencher.iter(|| {
            number += 1;
            model.train_epoch(&RankingEpoch::new(sampler, number), &named("bpr"), &SETTINGS, &mut workspace)
        })
    });
    group.finish();
}

fn group<'a>(criterion: &'a mut Criterion, shape: &Shape, name: &str, n_rows: usize) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(format!("ranking/{}/{name}", shape.name));
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(n_rows as u64));
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    group
}

fn epoch(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    shape: &Shape,
    sampler: &Sampler,
    loss: &RankingLoss,
    settings: &RankingHyperparameters,
) {
    let options = RankingMfOptions { dimension: DIMENSION, init_std: 0.1 };
    let mut model = RankingMf::new(shape.n_users, shape.n_items, &options, &mut stream(42, "model", 0));
    let (mut workspace, mut number) = (RankingWorkspace::default(), 0);
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            number += 1;
            model.train_epoch(&RankingEpoch::new(sampler, number), loss, settings, &mut workspace)
        })
    });
}

fn negatives(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, sampler: &Sampler) {
    let (mut batch, mut number) = (RankingBatch::default(), 0);
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            number += 1;
            let epoch = RankingEpoch::new(sampler, number);
            (0..epoch.n_batches()).for_each(|number| epoch.batch(number, &mut batch));
        })
    });
}

criterion_group!(benches, health, larger);
criterion_main!(benches);
