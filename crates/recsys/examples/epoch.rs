//! Times one epoch of matrix factorisation of ML-100K's shape on random rows: `cargo run --release --example epoch`.

use std::time::Instant;

use autolossgen_formula::{Semantics, resolve};
use autolossgen_recsys::random::{below, stream};
use autolossgen_recsys::{BiasedMf, EpochPlan, Hyperparameters, Interactions, MfOptions, Model, Optimizer, Workspace};

fn main() {
    let (n_users, n_items, n_rows) = (943, 1682, 94_638);
    let mut rng = stream(42, "example", 0);
    let mut draw = |n: u64| below(&mut rng, n) as u32;
    let users = (0..n_rows).map(|_| draw(n_users)).collect();
    let items = (0..n_rows).map(|_| draw(n_items)).collect();
    let labels = (0..n_rows).map(|_| draw(2) as f32).collect();
    let rows = Interactions::new(users, items, labels);
    let options = MfOptions { dimension: 64, init_std: 1.0, global_bias: 0.1 };
    let mut model = BiasedMf::new(n_users as usize, n_items as usize, &options, &mut stream(42, "model", 0));
    let settings =
        Hyperparameters { optimizer: Optimizer::Sgd, learning_rate: 0.01, l2: 1e-4, l2_multiplier: 3.0, clip: 50.0 };
    let plan = EpochPlan::new(&rows, n_users as usize, n_items as usize, 128, 42, 1);
    let mut workspace = Workspace::default();
    for name in ["bce", "mse", "focal", "maxr"] {
        let loss = resolve(name).unwrap().compile(Semantics::unclamped(1e-6)).unwrap();
        let times = (0..40).map(|_| {
            let start = Instant::now();
            model.train_epoch(&plan, &loss, &settings, &mut workspace);
            start.elapsed().as_secs_f64() * 1e3
        });
        println!("{name}: {:.2} ms an epoch", times.fold(f64::INFINITY, f64::min));
    }
}
