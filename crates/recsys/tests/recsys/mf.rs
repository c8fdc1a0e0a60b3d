//! Training of matrix factorisation against PyTorch: `golden/mf.py` writes the values.

use autolossgen_recsys::{BiasedMf, Hyperparameters, MfParameters, Model, Workspace};
use serde::Deserialize;

use crate::common::{largest_difference, loss};
use crate::golden::{Golden, logits, train};

#[derive(Deserialize)]
struct Case {
    loss: String,
    epsilon: f32,
    hyperparameters: Hyperparameters,
    after: MfParameters,
    /// Logits of the training rows at the end.
    logits: Vec<f64>,
}

/// Every case starts from the same.
#[derive(Deserialize)]
struct Initial {
    initial: MfParameters,
}

impl Golden<Case, Initial> {
    fn load() -> Self {
        serde_json::from_str(include_str!("../golden/mf.json")).unwrap()
    }

    /// Two epochs as the case says.
    fn train(&self, case: &Case) -> BiasedMf {
        let (n_users, n_items) = (self.beside.initial.user_biases.len(), self.beside.initial.item_biases.len());
        let plan = self.plan(n_users, n_items);
        let loss = loss(&case.loss, case.epsilon);
        let mut model = BiasedMf::from_parameters(&self.beside.initial);
        train(&mut model, &plan, &loss, &case.hyperparameters);
        model
    }
}

fn flat(parameters: &MfParameters) -> Vec<f64> {
    let MfParameters { user_embeddings, user_biases, item_embeddings, item_biases, global_bias, .. } = parameters;
    let tables = [user_embeddings, user_biases, item_embeddings, item_biases];
    tables.into_iter().flatten().chain([global_bias]).map(|&value| f64::from(value)).collect()
}

#[test]
fn two_epochs_end_where_pytorch_ends() {
    let golden = Golden::load();
    for case in &golden.cases {
        let model = golden.train(case);
        let differences = [
            largest_difference(&flat(&model.parameters()), &flat(&case.after)),
            largest_difference(&logits(&model, &golden.rows()), &case.logits),
        ];
        println!("{} {:?}: parameters, logits {differences:?}", case.loss, case.hyperparameters);
        assert!(differences.iter().all(|&difference| difference < 3e-6), "{} {differences:?}", case.loss);
        assert!(
            largest_difference(&flat(&model.parameters()), &flat(&golden.beside.initial)) > 1e-2,
            "nothing was learnt"
        );
    }
}

#[test]
fn parameters_come_back_as_they_went_in() {
    let golden = Golden::load();
    let model = BiasedMf::from_parameters(&golden.beside.initial);
    assert_eq!(model.parameters(), golden.beside.initial);
    let text = serde_json::to_string(&model.parameters()).unwrap();
    assert_eq!(serde_json::from_str::<MfParameters>(&text).unwrap(), golden.beside.initial);
}

#[test]
fn a_copy_trains_as_its_original_would() {
    let golden = Golden::load();
    let (n_users, n_items) = (golden.beside.initial.user_biases.len(), golden.beside.initial.item_biases.len());
    let plan = golden.plan(n_users, n_items);
    for case in &golden.cases {
        let loss = loss(&case.loss, case.epsilon);
        let mut original = golden.train(case);
        let mut copy = BiasedMf::from_parameters(&golden.beside.initial);
        copy.copy_from(&original);
        for model in [&mut original, &mut copy] {
            model.train_epoch(&plan, &loss, &case.hyperparameters, &mut Workspace::default());
        }
        assert_eq!(copy.parameters(), original.parameters(), "{} {:?}", case.loss, case.hyperparameters);
    }
}

#[test]
#[should_panic(expected = "embeddings are not d floats for each bias")]
fn tables_of_the_wrong_shape_are_refused() {
    let mut parameters = Golden::load().beside.initial;
    parameters.item_biases.pop();
    BiasedMf::from_parameters(&parameters);
}

#[test]
#[should_panic(expected = "embeddings are not d floats for each bias")]
fn a_size_that_no_memory_has_does_not_wrap_to_a_small_one() {
    BiasedMf::from_parameters(&MfParameters {
        dimension: 1 << (usize::BITS - 20),
        user_embeddings: Vec::new(),
        user_biases: vec![0.0; 1 << 20],
        item_embeddings: Vec::new(),
        item_biases: vec![0.0; 1 << 20],
        global_bias: 0.0,
    });
}
