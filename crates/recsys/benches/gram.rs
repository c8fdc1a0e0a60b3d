//! The Gram matrix of the proxy batch, 5 rows and 20, of both recommenders at the shape of MovieLens 100K: what a change of
//! the recommender costs the proxy test, and each trained copy once more.

#[allow(dead_code, reason = "each bench takes the shapes it needs")]
mod shape;

use autolossgen_recsys::random::stream;
use autolossgen_recsys::{BiasedMf, Interactions, MfOptions, Mlp, MlpOptions, Model};
use criterion::{Criterion, criterion_group, criterion_main};

use shape::{DIMENSION, ML_100K};

fn gram(criterion: &mut Criterion) {
    let rows = ML_100K.rows();
    let mf = MfOptions { dimension: DIMENSION, init_std: 1.0, global_bias: 0.1 };
    let mlp = MlpOptions { dimension: DIMENSION, layers: vec![64, 16], dropout: 0.2, batch_norm: true, init_std: 1.0 };
    let mf = BiasedMf::new(ML_100K.n_users, ML_100K.n_items, &mf, &mut stream(42, "model", 0));
    let mlp = Mlp::new(ML_100K.n_users, ML_100K.n_items, &mlp, &mut stream(42, "model", 0));
    for n_rows in [5, 20] {
        let batch = rows.select(&(0..n_rows).collect::<Vec<_>>());
        measure(criterion, "mf", &mf, &batch);
        measure(criterion, "mlp", &mlp, &batch);
    }
}

fn measure(criterion: &mut Criterion, name: &str, model: &impl Model, batch: &Interactions) {
    let name = format!("gram/{name}/{}_rows", batch.len());
    criterion.bench_function(&name, |bencher| bencher.iter(|| model.gram(batch)));
}

criterion_group!(benches, gram);
criterion_main!(benches);
