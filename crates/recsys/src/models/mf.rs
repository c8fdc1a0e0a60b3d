//! Biased matrix factorisation (Eq. 2): h = e_u · e_i + b_u + b_i + b_g.

use autolossgen_formula::Loss;
use autolossgen_settings::{range, section};
use serde::{Deserialize, Serialize};

use super::spec::{ModelBuilder, ModelSpec};
use crate::boxed::BoxedModel;
use crate::gram::Gram;
use crate::hyperparameters::Hyperparameters;
use crate::interactions::Interactions;
use crate::kernel::epoch::{self, Parameters};
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::normal::fill_normal;
use crate::kernel::plan::EpochPlan;
use crate::kernel::table::Table;
use crate::kernel::workspace::Workspace;
use crate::model::Model;
use crate::random::Stream;
use crate::snapshot::{OtherShape, Snapshot};
use crate::summary::EpochSummary;

pub(super) const SPEC: ModelSpec =
    ModelSpec::of::<MfOptions>("mf", "Biased matrix factorisation (Eq. 2): h = e_u · e_i + b_u + b_i + b_g");

section! {
    /// Shape and initial values of biased matrix factorisation.
    #[derive(Copy)]
    pub struct MfOptions {
        /// Embedding size d
        pub dimension: usize [range::count(1, 4096)] = 64;
        /// Standard deviation of the initial embeddings and biases
        pub init_std: f32 [range::within(0.0, 100.0)] = 0.01, paper = 1.0 =>
            "The paper does not say how parameters start; N(0, 1) is the library default of the authors' code";
        /// Initial global bias b_g
        pub global_bias: f32 [range::finite] = 0.0, paper = 0.1 => "As in the authors' code";
    }
}

impl ModelBuilder for MfOptions {
    fn fresh(&self, n_users: usize, n_items: usize, rng: &mut Stream) -> BoxedModel {
        BoxedModel::new(BiasedMf::new(n_users, n_items, self, rng))
    }

    fn work_per_row(&self) -> usize {
        3 * self.dimension
    }
}

/// Every parameter of biased matrix factorisation; an optimiser's state is not among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MfParameters {
    /// Embedding size d ≥ 1
    pub dimension: usize,
    /// e_u, shape (n_users, d), row-major
    pub user_embeddings: Vec<f32>,
    /// b_u, shape (n_users,)
    pub user_biases: Vec<f32>,
    /// e_i, shape (n_items, d), row-major
    pub item_embeddings: Vec<f32>,
    /// b_i, shape (n_items,)
    pub item_biases: Vec<f32>,
    /// b_g
    pub global_bias: f32,
}

/// Biased matrix factorisation.
#[derive(Clone, Debug)]
pub struct BiasedMf {
    dimension: usize,
    parameters: Parameters,
}

impl BiasedMf {
    /// Parameters drawn from N(0, init_std²): each user's embedding and bias, then each item's.
    pub fn new(n_users: usize, n_items: usize, options: &MfOptions, rng: &mut Stream) -> Self {
        let (mut users, mut items) = (Table::new(n_users, options.dimension), Table::new(n_items, options.dimension));
        let mut draws = vec![0.0; options.dimension + 1];
        for table in [&mut users, &mut items] {
            for (row, bias) in table.rows.chunks_exact_mut(table.stride).zip(&mut table.biases) {
                fill_normal(rng, &mut draws);
                let weights = row[..options.dimension].iter_mut().chain([bias]);
                weights.zip(&draws).for_each(|(weight, &draw)| *weight = options.init_std * draw as f32);
            }
        }
        Self { dimension: options.dimension, parameters: Parameters::new(users, items, options.global_bias) }
    }

    /// These parameters, and optimisers that have taken no step; the inverse of [`parameters`](Self::parameters).
    ///
    /// # Panics
    /// When the dimension is 0, or a table has not d floats for each of its biases.
    ///
    /// ```
    /// use autolossgen_recsys::{BiasedMf, Interactions, MfParameters, Model};
    /// let model = BiasedMf::from_parameters(&MfParameters {
    ///     dimension: 2,
    ///     user_embeddings: vec![1.0, 2.0],
    ///     user_biases: vec![0.5],
    ///     item_embeddings: vec![3.0, 4.0],
    ///     item_biases: vec![0.25],
    ///     global_bias: 0.125,
    /// });
    /// let mut logits = Vec::new();
    /// model.predict(&Interactions::new(vec![0], vec![0], vec![1.0]), &mut logits);
    /// assert_eq!(logits, [11.875]);
    /// ```
    pub fn from_parameters(parameters: &MfParameters) -> Self {
        let MfParameters { dimension, user_embeddings, user_biases, item_embeddings, item_biases, global_bias } =
            parameters;
        assert!(*dimension > 0, "embeddings need at least one dimension");
        let users = Table::from_values(*dimension, user_embeddings, user_biases);
        let items = Table::from_values(*dimension, item_embeddings, item_biases);
        Self { dimension: *dimension, parameters: Parameters::new(users, items, *global_bias) }
    }

    /// Every parameter as it is now.
    pub fn parameters(&self) -> MfParameters {
        let Parameters { users, items, .. } = &self.parameters;
        let embeddings =
            |table: &Table| (0..table.biases.len()).flat_map(|id| self.embedding(table, id)).collect::<Vec<_>>();
        MfParameters {
            dimension: self.dimension,
            user_embeddings: embeddings(users),
            user_biases: (0..users.biases.len()).map(|user| self.user_bias(user)).collect(),
            item_embeddings: embeddings(items),
            item_biases: (0..items.biases.len()).map(|item| self.item_bias(item)).collect(),
            global_bias: self.global_bias(),
        }
    }

    /// Embedding e_u of a user, shape (d,).
    pub fn user_embedding(&self, user: usize) -> Vec<f32> {
        self.embedding(&self.parameters.users, user)
    }

    /// Embedding e_i of an item, shape (d,).
    pub fn item_embedding(&self, item: usize) -> Vec<f32> {
        self.embedding(&self.parameters.items, item)
    }

    fn embedding(&self, table: &Table, id: usize) -> Vec<f32> {
        table.row(id as u32, table.stride)[..self.dimension].iter().map(|weight| weight * self.scale()).collect()
    }

    /// What a stored parameter is multiplied by.
    fn scale(&self) -> f32 {
        self.parameters.scale as f32
    }

    /// Bias b_u of a user.
    pub fn user_bias(&self, user: usize) -> f32 {
        self.parameters.users.biases[user] * self.scale()
    }

    /// Bias b_i of an item.
    pub fn item_bias(&self, item: usize) -> f32 {
        self.parameters.items.biases[item] * self.scale()
    }

    /// Global bias b_g.
    pub fn global_bias(&self) -> f32 {
        self.parameters.global * self.scale()
    }
}

impl Model for BiasedMf {
    fn predict(&self, data: &Interactions, logits: &mut Vec<f32>) {
        logits.resize(data.len(), 0.0);
        epoch::predict(InstructionSet::best(), &self.parameters, data, logits);
    }

    fn train_epoch(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary {
        epoch::train_epoch(InstructionSet::best(), &mut self.parameters, plan, loss, hyperparameters, workspace)
    }

    /// K_ij = [u_i = u_j](e_i·e_j of the items + 1) + [i_i = i_j](e_i·e_j of the users + 1) + 1.
    fn gram(&self, batch: &Interactions) -> Gram {
        let n = batch.len();
        let (users, items) = (batch.users(), batch.items());
        let product =
            |x: Vec<f32>, y: Vec<f32>| x.iter().zip(&y).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum::<f64>();
        let mut values = vec![1.0; n * n];
        for i in 0..n {
            for j in 0..n {
                if users[i] == users[j] {
                    values[i * n + j] +=
                        1.0 + product(self.item_embedding(items[i] as usize), self.item_embedding(items[j] as usize));
                }
                if items[i] == items[j] {
                    values[i * n + j] +=
                        1.0 + product(self.user_embedding(users[i] as usize), self.user_embedding(users[j] as usize));
                }
            }
        }
        Gram { size: n, values }
    }

    fn copy_from(&mut self, other: &Self) {
        let (own, theirs) = (&mut self.parameters, &other.parameters);
        self.dimension = other.dimension;
        own.users.copy_from(&theirs.users);
        own.items.copy_from(&theirs.items);
        (own.global, own.global_first, own.global_second) = (theirs.global, theirs.global_first, theirs.global_second);
        (own.scale, own.steps) = (theirs.scale, theirs.steps);
    }

    fn reset_optimizer(&mut self) {
        let parameters = &mut self.parameters;
        parameters.users.clear_states();
        parameters.items.clear_states();
        (parameters.global_first, parameters.global_second, parameters.steps) = (0.0, 0.0, 0);
    }

    fn is_finite(&self) -> bool {
        let Parameters { users, items, global, scale, .. } = &self.parameters;
        users.is_finite() && items.is_finite() && global.is_finite() && scale.is_finite()
    }

    fn snapshot(&self) -> Snapshot {
        let Parameters { users, items, global, scale, .. } = &self.parameters;
        Snapshot::of(&[&users.rows, &users.biases, &items.rows, &items.biases, &[*global]], *scale)
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), OtherShape> {
        let Parameters { users, items, global, scale, .. } = &mut self.parameters;
        *scale = snapshot.fill(&mut [
            &mut users.rows,
            &mut users.biases,
            &mut items.rows,
            &mut items.biases,
            std::slice::from_mut(global),
        ])?;
        self.reset_optimizer();
        Ok(())
    }
}
