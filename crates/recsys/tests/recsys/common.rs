//! What several tests need: losses, settings, rows.

use autolossgen_formula::{Loss, Semantics, resolve};
use autolossgen_recsys::{EpochPlan, Hyperparameters, Interactions, MetricAt, Model, Optimizer, Workspace};

pub const N_USERS: usize = 7;
pub const N_ITEMS: usize = 5;

/// A named loss without a clamp.
pub fn loss(name: &str, epsilon: f32) -> Loss {
    resolve(name).unwrap().compile(Semantics::unclamped(epsilon)).unwrap()
}

/// Settings without a clip, whose decay counts once.
pub fn settings(optimizer: Optimizer, learning_rate: f32, l2: f32) -> Hyperparameters {
    Hyperparameters { optimizer, learning_rate, l2, l2_multiplier: 1.0, clip: 0.0 }
}

/// 60 rows of [`N_USERS`] users and [`N_ITEMS`] items.
pub fn rows() -> Interactions {
    let ids = |n: usize| (0..60).map(|row| (row * row % n) as u32).collect::<Vec<u32>>();
    Interactions::new(ids(N_USERS), ids(N_ITEMS), (0..60).map(|row| (row % 3 % 2) as f32).collect())
}

/// Trains on [`rows`] by Adam.
pub fn train(model: &mut impl Model, epochs: std::ops::Range<u64>) {
    let (rows, loss, settings) = (rows(), loss("bce", 1e-6), settings(Optimizer::Adam, 0.05, 0.01));
    for epoch in epochs {
        let plan = EpochPlan::new(&rows, N_USERS, N_ITEMS, 8, 1, epoch);
        model.train_epoch(&plan, &loss, &settings, &mut Workspace::default());
    }
}

pub fn largest_difference(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f64::max)
}

/// A metric of rankings by its text.
pub fn metric(text: &str) -> MetricAt {
    text.parse().unwrap()
}

pub fn metrics(texts: &[&str]) -> Vec<MetricAt> {
    texts.iter().map(|text| metric(text)).collect()
}
