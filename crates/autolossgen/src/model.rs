//! The recommenders that a configuration can name.

use autolossgen_formula::Loss;
use autolossgen_recsys::random::stream;
use autolossgen_recsys::{
    BiasedMf, EpochPlan, EpochSummary, Gram, Hyperparameters, Interactions, Mlp, Model, OtherShape, SearchData,
    Snapshot, Workspace,
};

use crate::Config;

/// Names of the recommenders, as `model.name` takes them.
pub const MODELS: [&str; 2] = ["mf", "mlp"];

/// A recommender of one of the names in [`MODELS`].
#[derive(Clone, Debug)]
pub enum AnyModel {
    /// Biased matrix factorisation (Eq. 2)
    Mf(BiasedMf),
    /// Multi-layer perceptron (Eq. 3)
    Mlp(Mlp),
}

impl AnyModel {
    /// A recommender that no loss has trained; `number` 0 is the one that Phase III starts from, and the search's first.
    pub fn fresh(config: &Config, data: &SearchData, number: u64) -> Self {
        let mut rng = stream(config.seed, "model", number);
        match config.model.name.as_str() {
            "mlp" => Self::Mlp(Mlp::new(data.n_users, data.n_items, &config.mlp_options(), &mut rng)),
            _ => Self::Mf(BiasedMf::new(data.n_users, data.n_items, &config.mf_options(), &mut rng)),
        }
    }
}

/// The same for each recommender.
macro_rules! either {
    ($model:expr, $inner:ident => $body:expr) => {
        match $model {
            AnyModel::Mf($inner) => $body,
            AnyModel::Mlp($inner) => $body,
        }
    };
}

impl Model for AnyModel {
    fn predict(&self, data: &Interactions, logits: &mut Vec<f32>) {
        either!(self, model => model.predict(data, logits));
    }

    fn train_epoch(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary {
        either!(self, model => model.train_epoch(plan, loss, hyperparameters, workspace))
    }

    fn gram(&self, batch: &Interactions) -> Gram {
        either!(self, model => model.gram(batch))
    }

    fn copy_from(&mut self, other: &Self) {
        match (self, other) {
            (Self::Mf(own), Self::Mf(other)) => own.copy_from(other),
            (Self::Mlp(own), Self::Mlp(other)) => own.copy_from(other),
            (own, other) => own.clone_from(other),
        }
    }

    fn reset_optimizer(&mut self) {
        either!(self, model => model.reset_optimizer());
    }

    fn is_finite(&self) -> bool {
        either!(self, model => model.is_finite())
    }

    fn snapshot(&self) -> Snapshot {
        either!(self, model => model.snapshot())
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), OtherShape> {
        either!(self, model => model.restore(snapshot))
    }
}
