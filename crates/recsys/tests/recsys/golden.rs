//! Trainings by PyTorch in double precision, as the scripts of `golden/` write them.

use autolossgen_formula::Loss;
use autolossgen_recsys::{EpochPlan, Hyperparameters, Interactions, Model, Workspace};
use serde::Deserialize;

/// Two epochs of the same batches for every case; `Beside` is what only one of the scripts writes.
#[derive(Deserialize)]
pub struct Golden<Case, Beside = ()> {
    batch_size: usize,
    users: Vec<u32>,
    items: Vec<u32>,
    labels: Vec<f32>,
    pub cases: Vec<Case>,
    #[serde(flatten)]
    pub beside: Beside,
}

impl<Case, Beside> Golden<Case, Beside> {
    /// The rows of training.
    pub fn rows(&self) -> Interactions {
        Interactions::new(self.users.clone(), self.items.clone(), self.labels.clone())
    }

    /// The batches of an epoch of a model of `n_users` users and `n_items` items.
    pub fn plan(&self, n_users: usize, n_items: usize) -> EpochPlan {
        EpochPlan::in_order(&self.rows(), n_users, n_items, self.batch_size)
    }
}

/// Trains `model` for two epochs.
pub fn train(model: &mut impl Model, plan: &EpochPlan, loss: &Loss, hyperparameters: &Hyperparameters) {
    let mut workspace = Workspace::default();
    for _ in 0..2 {
        let found = model.train_epoch(plan, loss, hyperparameters, &mut workspace);
        assert_eq!(found.non_finite, 0, "{}", loss.formula());
    }
}

/// Logits of `rows`.
pub fn logits(model: &impl Model, rows: &Interactions) -> Vec<f64> {
    let mut logits = Vec::new();
    model.predict(rows, &mut logits);
    logits.into_iter().map(f64::from).collect()
}
