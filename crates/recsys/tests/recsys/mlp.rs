//! Training of the multi-layer perceptron against PyTorch (`golden/mlp.py` writes the values), and its Gram matrix
//! against central differences.

use autolossgen_recsys::random::stream;
use autolossgen_recsys::{
    EpochPlan, Hyperparameters, Interactions, Mlp, MlpOptions, MlpParameters, Model, Optimizer, Workspace,
};
use serde::Deserialize;

use crate::common::{largest_difference, loss, settings};
use crate::golden::{Golden, logits, train};

#[derive(Deserialize)]
struct Case {
    loss: String,
    hyperparameters: Hyperparameters,
    initial: MlpParameters,
    /// Logits of the training rows before training, by the running statistics and without dropout.
    logits_before: Vec<f64>,
    after: MlpParameters,
    /// Logits of the training rows at the end.
    logits: Vec<f64>,
}

impl Golden<Case> {
    fn load() -> Self {
        serde_json::from_str(include_str!("../golden/mlp.json")).unwrap()
    }

    /// Trains `model` for two epochs as the case says.
    fn train(&self, case: &Case, model: &mut Mlp) {
        let n = |embeddings: &[f32]| embeddings.len() / case.initial.dimension;
        let (n_users, n_items) = (n(&case.initial.user_embeddings), n(&case.initial.item_embeddings));
        let plan = self.plan(n_users, n_items);
        // 1e-12 is lost in single precision, so that the formula of BCE, which has a protected logarithm, is BCE itself.
        let loss = loss(&case.loss, 1e-12);
        train(model, &plan, &loss, &case.hyperparameters);
    }
}

/// Every number of the model.
pub fn flat(parameters: &MlpParameters) -> Vec<f64> {
    let MlpParameters { user_embeddings, item_embeddings, layers, output_weights, output_bias, .. } = parameters;
    let mut all = [user_embeddings.as_slice(), item_embeddings, output_weights, &[*output_bias]].concat();
    for layer in layers {
        all.extend(layer.weights.iter().chain(&layer.bias));
        if let Some(norm) = &layer.batch_norm {
            all.extend([&norm.gamma, &norm.beta, &norm.running_mean, &norm.running_variance].into_iter().flatten());
        }
    }
    all.into_iter().map(f64::from).collect()
}

#[test]
fn two_epochs_end_where_pytorch_ends() {
    let golden = Golden::load();
    for case in &golden.cases {
        let mut model = Mlp::from_parameters(&case.initial);
        let before = largest_difference(&logits(&model, &golden.rows()), &case.logits_before);
        golden.train(case, &mut model);
        let differences = [
            before,
            largest_difference(&flat(&model.parameters()), &flat(&case.after)),
            largest_difference(&logits(&model, &golden.rows()), &case.logits),
        ];
        let (norm, dropout) = (case.initial.layers[0].batch_norm.is_some(), case.initial.dropout);
        let name = format!("{} {:?} normalised {norm} dropout {dropout}", case.loss, case.hyperparameters);
        println!("{name}: logits before, parameters, logits {differences:?}");
        assert!(differences.iter().all(|&difference| difference < 1e-5), "{name} {differences:?}");
        assert!(largest_difference(&flat(&model.parameters()), &flat(&case.initial)) > 1e-2, "nothing was learnt");
    }
}

#[test]
fn parameters_come_back_as_they_went_in() {
    for case in Golden::load().cases {
        assert_eq!(Mlp::from_parameters(&case.initial).parameters(), case.initial);
    }
}

#[test]
fn a_copy_trains_as_its_original_would() {
    let golden = Golden::load();
    for case in &golden.cases {
        let mut original = Mlp::from_parameters(&case.initial);
        golden.train(case, &mut original);
        let mut copy = Mlp::from_parameters(&golden.cases[0].initial);
        copy.copy_from(&original);
        for model in [&mut original, &mut copy] {
            golden.train(case, model);
        }
        assert_eq!(copy.parameters(), original.parameters());
    }
}

/// Every parameter in turn, moved by `by`.
fn moved(parameters: &MlpParameters, by: f32, visit: &mut dyn FnMut(&MlpParameters)) {
    let mut one = |pick: &dyn Fn(&mut MlpParameters) -> &mut f32| {
        let mut parameters = parameters.clone();
        *pick(&mut parameters) += by;
        visit(&parameters);
    };
    (0..parameters.user_embeddings.len()).for_each(|i| one(&|p| &mut p.user_embeddings[i]));
    (0..parameters.item_embeddings.len()).for_each(|i| one(&|p| &mut p.item_embeddings[i]));
    for (index, layer) in parameters.layers.iter().enumerate() {
        (0..layer.weights.len()).for_each(|i| one(&|p| &mut p.layers[index].weights[i]));
        (0..layer.bias.len()).for_each(|i| one(&|p| &mut p.layers[index].bias[i]));
        for i in 0..layer.batch_norm.as_ref().map_or(0, |norm| norm.gamma.len()) {
            one(&|p| &mut p.layers[index].batch_norm.as_mut().unwrap().gamma[i]);
            one(&|p| &mut p.layers[index].batch_norm.as_mut().unwrap().beta[i]);
        }
    }
    (0..parameters.output_weights.len()).for_each(|i| one(&|p| &mut p.output_weights[i]));
    one(&|p| &mut p.output_bias);
}

#[test]
fn the_gram_matrix_is_that_of_the_derivatives() {
    let golden = Golden::load();
    let batch = golden.rows().select(&[0, 1, 2, 5, 8, 11]);
    let n = batch.len();
    for case in &golden.cases {
        let mut model = Mlp::from_parameters(&case.initial);
        golden.train(case, &mut model);
        let parameters = model.parameters();
        let (mut plus, mut minus) = (Vec::new(), Vec::new());
        let step = 1.0 / 256.0;
        moved(&parameters, step, &mut |p| plus.push(logits(&Mlp::from_parameters(p), &batch)));
        moved(&parameters, -step, &mut |p| minus.push(logits(&Mlp::from_parameters(p), &batch)));
        let mut expected = vec![0.0; n * n];
        for (plus, minus) in plus.iter().zip(&minus) {
            let slope = |row: usize| (plus[row] - minus[row]) / (2.0 * f64::from(step));
            (0..n * n).for_each(|at| expected[at] += slope(at / n) * slope(at % n));
        }
        let gram = model.gram(&batch);
        let size = expected.iter().map(|value| value.abs()).fold(0.0, f64::max);
        let difference = largest_difference(&gram.values, &expected) / size;
        println!("largest difference {difference:e} of {size}");
        assert!(difference < 2e-3, "{difference}");
    }
}

#[test]
fn the_masks_of_an_epoch_are_the_same_for_all_and_others_in_the_next() {
    let options = MlpOptions { dimension: 8, layers: vec![16, 8], dropout: 0.5, batch_norm: true, init_std: 0.1 };
    let golden = Golden::load();
    let trained = |epoch: u64, dropout: f32| {
        let options = MlpOptions { dropout, ..options.clone() };
        let mut model = Mlp::new(6, 7, &options, &mut stream(1, "model", 0));
        let plan = EpochPlan::new(&golden.rows(), 6, 7, 38, 3, epoch);
        let loss = loss("bce", 1e-6);
        let settings = settings(Optimizer::Sgd, 0.1, 0.0);
        model.train_epoch(&plan, &loss, &settings, &mut Workspace::default());
        flat(&model.parameters())
    };
    assert_eq!(trained(1, 0.5), trained(1, 0.5));
    assert!(largest_difference(&trained(1, 0.5), &trained(2, 0.5)) > 1e-4);
    // One batch of every row: without dropout the order hardly matters.
    assert!(largest_difference(&trained(1, 0.0), &trained(2, 0.0)) < 1e-5);
}

#[test]
#[should_panic(expected = "batch normalisation needs two rows")]
fn a_batch_of_one_row_cannot_be_normalised() {
    let options = MlpOptions { dimension: 4, layers: vec![4], dropout: 0.0, batch_norm: true, init_std: 0.1 };
    let mut model = Mlp::new(2, 2, &options, &mut stream(1, "model", 0));
    let plan = EpochPlan::in_order(&Interactions::new(vec![0, 1, 0], vec![0, 1, 1], vec![1.0, 0.0, 1.0]), 2, 2, 2);
    let loss = loss("bce", 1e-6);
    let settings = settings(Optimizer::Sgd, 0.1, 0.0);
    model.train_epoch(&plan, &loss, &settings, &mut Workspace::default());
}
