//! AUC of 2,000 rows, about the validation rows of MovieLens 100K, and of 1,000,000.

use std::hint::black_box;

use autolossgen_recsys::Metric;
use autolossgen_recsys::random::{below, normal, stream};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn auc(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("auc");
    for n_rows in [2000, 1_000_000] {
        let mut rng = stream(42, "validation", 0);
        let labels: Vec<f32> = (0..n_rows).map(|_| below(&mut rng, 2) as f32).collect();
        let logits: Vec<f32> = (0..n_rows).map(|_| normal(&mut rng) as f32).collect();
        group.throughput(Throughput::Elements(n_rows as u64));
        group.bench_function(format!("{n_rows}_rows"), |bencher| {
            bencher.iter(|| Metric::Auc.evaluate(black_box(&logits), black_box(&labels), 0.0))
        });
    }
}

criterion_group!(benches, auc);
criterion_main!(benches);
