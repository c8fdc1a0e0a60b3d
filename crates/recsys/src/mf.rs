//! Biased matrix factorisation (Eq. 2): h = e_u · e_i + b_u + b_i + b_g.

use autolossgen_formula::Loss;
use serde::{Deserialize, Serialize};

use crate::kernel::epoch::{self, Parameters};
use crate::kernel::table::Table;
use crate::random::{Stream, normal};
use crate::{EpochPlan, EpochSummary, Gram, Hyperparameters, Interactions, Model, Workspace};

/// Shape and initial values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MfOptions {
    /// Embedding size d; default 64
    pub dimension: usize,
    /// Standard deviation of the initial embeddings and biases; 1 in the reference
    pub init_std: f32,
    /// Initial global bias b_g; 0.1 in the reference
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
        let mut model = Self::zeros(n_users, n_items, options.dimension);
        model.parameters.global = options.global_bias;
        for table in [&mut model.parameters.users, &mut model.parameters.items] {
            for (row, bias) in table.rows.chunks_exact_mut(table.stride).zip(&mut table.biases) {
                row[..options.dimension].iter_mut().for_each(|weight| *weight = options.init_std * normal(rng) as f32);
                *bias = options.init_std * normal(rng) as f32;
            }
        }
        model
    }

    fn zeros(n_users: usize, n_items: usize, dimension: usize) -> Self {
        let (users, items) = (Table::new(n_users, dimension), Table::new(n_items, dimension));
        let parameters =
            Parameters { users, items, global: 0.0, global_first: 0.0, global_second: 0.0, scale: 1.0, steps: 0 };
        Self { dimension, parameters }
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
        table.row(id as u32)[..self.dimension].iter().map(|weight| weight * self.parameters.scale).collect()
    }

    /// Bias b_u of a user.
    pub fn user_bias(&self, user: usize) -> f32 {
        self.parameters.users.biases[user] * self.parameters.scale
    }

    /// Bias b_i of an item.
    pub fn item_bias(&self, item: usize) -> f32 {
        self.parameters.items.biases[item] * self.parameters.scale
    }

    /// Global bias b_g.
    pub fn global_bias(&self) -> f32 {
        self.parameters.global * self.parameters.scale
    }
}

impl Model for BiasedMf {
    fn predict(&self, data: &Interactions, logits: &mut Vec<f32>) {
        logits.resize(data.len(), 0.0);
        epoch::predict(&self.parameters, data, logits);
    }

    fn train_epoch(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary {
        epoch::train_epoch(&mut self.parameters, plan, loss, hyperparameters, workspace)
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

    fn is_finite(&self) -> bool {
        let Parameters { users, items, global, scale, .. } = &self.parameters;
        let sum = |table: &Table| table.rows.iter().chain(&table.biases).map(|weight| weight * 0.0).sum::<f32>();
        // 0·w is 0 for every finite w and NaN otherwise.
        (sum(users) + sum(items) + global * 0.0 + scale * 0.0) == 0.0
    }
}
