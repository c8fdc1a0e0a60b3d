//! Training of matrix factorisation against PyTorch: `golden/mf.py` writes the values.

use autolossgen_recsys::{BiasedMf, EpochPlan, Hyperparameters, Interactions, MfParameters, Model, Workspace};
use serde::Deserialize;

use crate::common::{largest_difference, loss};

#[derive(Deserialize)]
struct Golden {
    batch_size: usize,
    users: Vec<u32>,
    items: Vec<u32>,
    labels: Vec<f32>,
    initial: MfParameters,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    loss: String,
    epsilon: f32,
    hyperparameters: Hyperparameters,
    after: MfParameters,
    /// Logits of the training rows at the end.
    logits: Vec<f64>,
}

impl Golden {
    fn load() -> Self {
        serde_json::from_str(include_str!("../golden/mf.json")).unwrap()
    }

    fn rows(&self) -> Interactions {
        Interactions::new(self.users.clone(), self.items.clone(), self.labels.clone())
    }

    /// Two epochs as the case says.
    fn train(&self, case: &Case) -> BiasedMf {
        let (n_users, n_items) = (self.initial.user_biases.len(), self.initial.item_biases.len());
        let plan = EpochPlan::in_order(&self.rows(), n_users, n_items, self.batch_size);
        let loss = loss(&case.loss, case.epsilon);
        let mut model = BiasedMf::from_parameters(&self.initial);
        let mut workspace = Workspace::default();
        for _ in 0..2 {
            let found = model.train_epoch(&plan, &loss, &case.hyperparameters, &mut workspace);
            assert_eq!(found.non_finite, 0, "{}", case.loss);
        }
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
        let mut logits = Vec::new();
        model.predict(&golden.rows(), &mut logits);
        let logits: Vec<f64> = logits.into_iter().map(f64::from).collect();
        let differences = [
            largest_difference(&flat(&model.parameters()), &flat(&case.after)),
            largest_difference(&logits, &case.logits),
        ];
        println!("{} {:?}: parameters, logits {differences:?}", case.loss, case.hyperparameters);
        assert!(differences.iter().all(|&difference| difference < 3e-6), "{} {differences:?}", case.loss);
        assert!(largest_difference(&flat(&model.parameters()), &flat(&golden.initial)) > 1e-2, "nothing was learnt");
    }
}

#[test]
fn parameters_come_back_as_they_went_in() {
    let golden = Golden::load();
    let model = BiasedMf::from_parameters(&golden.initial);
    assert_eq!(model.parameters(), golden.initial);
    let text = serde_json::to_string(&model.parameters()).unwrap();
    assert_eq!(serde_json::from_str::<MfParameters>(&text).unwrap(), golden.initial);
}

#[test]
fn a_copy_trains_as_its_original_would() {
    let golden = Golden::load();
    let (n_users, n_items) = (golden.initial.user_biases.len(), golden.initial.item_biases.len());
    let plan = EpochPlan::in_order(&golden.rows(), n_users, n_items, golden.batch_size);
    for case in &golden.cases {
        let loss = loss(&case.loss, case.epsilon);
        let mut original = golden.train(case);
        let mut copy = BiasedMf::from_parameters(&golden.initial);
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
    let mut parameters = Golden::load().initial;
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
