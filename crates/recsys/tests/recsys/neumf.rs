//! NeuMF against PyTorch: training, and the Gram matrix by automatic differentiation (`golden/neumf.py` writes the values).

use autolossgen_recsys::models::{NeuMf, NeuMfOptions, NeuMfParameters};
use autolossgen_recsys::random::stream;
use autolossgen_recsys::{Hyperparameters, Model, OtherShape};
use serde::Deserialize;

use crate::common::{largest_difference, loss};
use crate::golden::{Golden, logits, train};
use crate::mlp;

const N_USERS: usize = 6;
const N_ITEMS: usize = 7;

#[derive(Deserialize)]
struct Case {
    loss: String,
    hyperparameters: Hyperparameters,
    initial: NeuMfParameters,
    /// Logits of the training rows before training, without dropout.
    logits_before: Vec<f64>,
    gram_before: Vec<f64>,
    after: NeuMfParameters,
    /// Logits of the training rows at the end.
    logits: Vec<f64>,
    gram: Vec<f64>,
}

/// Rows whose Gram matrix is given.
#[derive(Deserialize)]
struct GramRows {
    gram_rows: Vec<usize>,
}

impl Golden<Case, GramRows> {
    fn load() -> Self {
        serde_json::from_str(include_str!("../golden/neumf.json")).unwrap()
    }

    /// Trains `model` for two epochs as the case says.
    fn train(&self, case: &Case, model: &mut NeuMf) {
        let plan = self.plan(N_USERS, N_ITEMS);
        // 1e-12 is lost in single precision, so that the formula of BCE, which has a protected logarithm, is BCE itself.
        let loss = loss(&case.loss, 1e-12);
        train(model, &plan, &loss, &case.hyperparameters);
    }
}

/// Every number of the model.
fn flat(parameters: &NeuMfParameters) -> Vec<f64> {
    let NeuMfParameters { gmf, mlp } = parameters;
    let of_gmf = [&gmf.user_embeddings[..], &gmf.item_embeddings, &gmf.output_weights].concat();
    of_gmf.into_iter().map(f64::from).chain(mlp::flat(mlp)).collect()
}

#[test]
fn two_epochs_end_where_pytorch_ends() {
    let golden = Golden::load();
    for case in &golden.cases {
        let mut model = NeuMf::from_parameters(&case.initial);
        let before = largest_difference(&logits(&model, &golden.rows()), &case.logits_before);
        golden.train(case, &mut model);
        let differences = [
            before,
            largest_difference(&flat(&model.parameters()), &flat(&case.after)),
            largest_difference(&logits(&model, &golden.rows()), &case.logits),
        ];
        let name = format!("{} {:?} dropout {}", case.loss, case.hyperparameters, case.initial.mlp.dropout);
        println!("{name}: logits before, parameters, logits {differences:?}");
        assert!(differences.iter().all(|&difference| difference < 1e-5), "{name} {differences:?}");
        assert!(largest_difference(&flat(&model.parameters()), &flat(&case.initial)) > 1e-2, "nothing was learnt");
    }
}

#[test]
fn the_gram_matrix_is_that_of_automatic_differentiation() {
    let golden = Golden::load();
    let batch = golden.rows().select(&golden.beside.gram_rows);
    for case in &golden.cases {
        let mut model = NeuMf::from_parameters(&case.initial);
        let relative = |model: &NeuMf, expected: &[f64]| {
            let size = expected.iter().map(|value| value.abs()).fold(0.0, f64::max);
            largest_difference(&model.gram(&batch).values, expected) / size
        };
        let before = relative(&model, &case.gram_before);
        golden.train(case, &mut model);
        let after = relative(&model, &case.gram);
        println!("largest relative differences {before:e} before training, {after:e} after");
        // Both sides start from the same single-precision numbers; ours then train in single precision.
        assert!(before < 1e-13 && after < 1e-5, "{before:e} {after:e}");
    }
}

#[test]
fn parameters_come_back_as_they_went_in() {
    for case in Golden::load().cases {
        assert_eq!(NeuMf::from_parameters(&case.initial).parameters(), case.initial);
    }
}

#[test]
fn a_copy_trains_as_its_original_would() {
    let golden = Golden::load();
    for case in &golden.cases {
        let mut original = NeuMf::from_parameters(&case.initial);
        golden.train(case, &mut original);
        let mut copy = NeuMf::from_parameters(&golden.cases[0].initial);
        copy.copy_from(&original);
        for model in [&mut original, &mut copy] {
            golden.train(case, model);
        }
        assert_eq!(copy.parameters(), original.parameters());
    }
}

fn fresh(dimension: usize, seed: u64) -> NeuMf {
    let options = NeuMfOptions { dimension, layers: vec![6, 3], dropout: 0.2, init_std: 0.5 };
    NeuMf::new(N_USERS, N_ITEMS, &options, &mut stream(seed, "model", 0))
}

#[test]
fn a_snapshot_taken_up_by_another_model_makes_it_the_same() {
    let golden = Golden::load();
    let (mut trained, mut other) = (fresh(20, 1), fresh(20, 2));
    for case in &golden.cases {
        golden.train(case, &mut trained);
        other.restore(&trained.snapshot()).unwrap();
        assert_eq!(other.snapshot(), trained.snapshot());
        trained.reset_optimizer();
        golden.train(case, &mut trained);
        golden.train(case, &mut other);
        assert_eq!(other.snapshot(), trained.snapshot());
    }
    assert_eq!(other.restore(&fresh(4, 1).snapshot()), Err(OtherShape));
    assert_eq!(other.snapshot(), trained.snapshot());
}

/// Steps that decay by 10% multiply the scale into the tables of both branches again and again.
#[test]
fn a_strong_decay_keeps_both_branches_on_one_scale() {
    let mut golden = Golden::load();
    let mut case = golden.cases.swap_remove(0);
    case.hyperparameters = Hyperparameters { learning_rate: 0.1, l2: 1.0, ..case.hyperparameters };
    let mut model = NeuMf::from_parameters(&case.initial);
    for _ in 0..20 {
        golden.train(&case, &mut model);
        let mut restored = NeuMf::from_parameters(&case.initial);
        restored.restore(&model.snapshot()).unwrap();
        assert_eq!(restored.parameters(), model.parameters());
    }
}

#[test]
fn initial_values_have_the_spread_that_was_asked_for() {
    let options = NeuMfOptions { dimension: 64, layers: vec![64, 32, 16], dropout: 0.0, init_std: 0.01 };
    let NeuMfParameters { gmf, mlp } = NeuMf::new(300, 200, &options, &mut stream(1, "model", 0)).parameters();
    for embeddings in [&gmf.user_embeddings, &gmf.item_embeddings, &mlp.user_embeddings, &mlp.item_embeddings] {
        let mean_square = embeddings.iter().map(|&x| f64::from(x * x)).sum::<f64>() / embeddings.len() as f64;
        assert!((mean_square.sqrt() / 0.01 - 1.0).abs() < 0.03, "{mean_square}");
    }
    assert_ne!(gmf.user_embeddings, mlp.user_embeddings);
    let output = [&gmf.output_weights[..], &mlp.output_weights, &[mlp.output_bias]].concat();
    let largest = output.iter().map(|weight| weight.abs()).fold(0.0, f32::max);
    // ±1/√(64 + 16).
    assert!(output.len() == 81 && largest < 0.1119 && largest > 0.08, "{largest}");
    assert_eq!(mlp.layers.iter().map(|layer| layer.weights.len()).collect::<Vec<_>>(), [128 * 64, 64 * 32, 32 * 16]);
}
