//! A recommender that was put away and taken up again goes on as if it had not been.

use autolossgen_recsys::random::stream;
use autolossgen_recsys::{BiasedMf, MfOptions, Mlp, MlpOptions, Model, OtherShape, Snapshot};

use crate::common::{N_ITEMS, N_USERS, train};

fn mf(dimension: usize, seed: u64) -> BiasedMf {
    let options = MfOptions { dimension, init_std: 0.5, global_bias: 0.1 };
    BiasedMf::new(N_USERS, N_ITEMS, &options, &mut stream(seed, "model", 0))
}

fn mlp(dimension: usize, seed: u64) -> Mlp {
    let options = MlpOptions { dimension, layers: vec![6, 3], dropout: 0.2, batch_norm: true, init_std: 0.5 };
    Mlp::new(N_USERS, N_ITEMS, &options, &mut stream(seed, "model", 0))
}

fn goes_on_as_if_nothing_had_been(mut trained: impl Model, mut other: impl Model) {
    train(&mut trained, 1..4);
    train(&mut other, 1..2);
    let text = serde_json::to_string(&trained.snapshot()).unwrap();
    let snapshot: Snapshot = serde_json::from_str(&text).unwrap();
    other.restore(&snapshot).unwrap();
    assert_eq!(other.snapshot(), trained.snapshot());
    trained.reset_optimizer();
    train(&mut trained, 4..6);
    assert_ne!(trained.snapshot(), snapshot);
    train(&mut other, 4..6);
    assert_eq!(other.snapshot(), trained.snapshot());
}

#[test]
fn a_snapshot_taken_up_by_another_model_makes_it_the_same() {
    goes_on_as_if_nothing_had_been(mf(20, 1), mf(20, 2));
    goes_on_as_if_nothing_had_been(mlp(20, 1), mlp(20, 2));
}

#[test]
fn another_shape_is_refused_and_nothing_changes() {
    let (mut model, before) = (mf(20, 1), mf(20, 1).snapshot());
    assert_eq!(model.restore(&mf(4, 1).snapshot()), Err(OtherShape));
    assert_eq!(model.restore(&mlp(20, 1).snapshot()), Err(OtherShape));
    assert_eq!(model.snapshot(), before);
    for scale in [0.0, -1.0, f64::NAN] {
        let damaged = Snapshot::new(before.numbers().to_vec(), scale);
        assert_eq!(model.restore(&damaged), Err(OtherShape), "{scale}");
    }
}
