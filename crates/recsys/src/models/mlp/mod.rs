//! Multi-layer perceptron (Eq. 3): h₀ = [e_u, e_i]; hₗ₊₁ = dropout(ReLU(BN(Wₗhₗ + bₗ))); the logit is wᵀhₙ + b.
//!
//! As in the authors' code the last product has neither batch normalisation nor ReLU: under ReLU no prediction could be
//! below ½.

mod gram;

use autolossgen_formula::Loss;
use autolossgen_settings::{range, section};
use serde::{Deserialize, Serialize};

use super::spec::{ModelBuilder, ModelSpec};
use crate::boxed::BoxedModel;
use crate::gram::Gram;
use crate::hyperparameters::Hyperparameters;
use crate::interactions::Interactions;
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::network::{self, Network};
use crate::kernel::normal::fill_normal;
use crate::kernel::plan::EpochPlan;
use crate::kernel::table::Table;
use crate::kernel::workspace::Workspace;
use crate::model::Model;
use crate::random::{Stream, uniform};
use crate::snapshot::{OtherShape, Snapshot};
use crate::summary::EpochSummary;

pub(super) const SPEC: ModelSpec = ModelSpec::of::<MlpOptions>(
    "mlp",
    "Multi-layer perceptron (Eq. 3): hidden layers dropout(ReLU(BN(W·h + b))) over [e_u, e_i]",
);

section! {
    /// Shape and initial values of a multi-layer perceptron.
    pub struct MlpOptions {
        /// Embedding size d of users and of items
        pub dimension: usize [range::count(1, 4096)] = 64;
        /// Units of each hidden layer
        pub layers: Vec<usize> [range::layer_sizes] = [64, 16];
        /// Share of the units of a hidden layer that a training step leaves out, in [0, 1)
        pub dropout: f32 [range::less_than_one] = 0.2;
        /// Whether the hidden layers have batch normalisation. It needs batches of two rows or more
        pub batch_norm: bool [range::any] = true;
        /// Standard deviation of the initial embeddings
        pub init_std: f32 [range::within(0.0, 100.0)] = 0.01, paper = 1.0 =>
            "The paper does not say how parameters start; N(0, 1) is the library default of the authors' code";
    }
}

impl ModelBuilder for MlpOptions {
    fn fresh(&self, n_users: usize, n_items: usize, rng: &mut Stream) -> BoxedModel {
        BoxedModel::new(Mlp::new(n_users, n_items, self, rng))
    }

    fn min_batch(&self) -> usize {
        if self.batch_norm { 2 } else { 1 }
    }

    fn work_per_row(&self) -> usize {
        let sizes: Vec<usize> = [2 * self.dimension].iter().chain(&self.layers).chain(&[1]).copied().collect();
        3 * (2 * self.dimension + sizes.windows(2).map(|pair| pair[0] * pair[1]).sum::<usize>() / 8)
    }
}

/// Every parameter of a multi-layer perceptron, and the running statistics; an optimiser's state is not among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MlpParameters {
    /// Embedding size d ≥ 1
    pub dimension: usize,
    /// e_u, shape (n_users, d), row-major
    pub user_embeddings: Vec<f32>,
    /// e_i, shape (n_items, d), row-major
    pub item_embeddings: Vec<f32>,
    /// The hidden layers, the first one first
    pub layers: Vec<LayerParameters>,
    /// w, shape (units of the last layer,)
    pub output_weights: Vec<f32>,
    /// b
    pub output_bias: f32,
    /// Share of the units of a hidden layer that a training step leaves out
    pub dropout: f32,
}

/// Parameters of a hidden layer of k_in inputs and k_out units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerParameters {
    /// W, shape (k_out, k_in), row-major
    pub weights: Vec<f32>,
    /// b, shape (k_out,). Under batch normalisation it has no gradient, for the mean takes it away
    pub bias: Vec<f32>,
    /// Batch normalisation, if the layer has it
    pub batch_norm: Option<BatchNormParameters>,
}

/// Parameters and running statistics of batch normalisation (Ioffe and Szegedy 2015), each of shape (k_out,).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchNormParameters {
    /// γ
    pub gamma: Vec<f32>,
    /// β
    pub beta: Vec<f32>,
    /// Mean, a tenth of it from each batch
    pub running_mean: Vec<f32>,
    /// Unbiased variance, likewise
    pub running_variance: Vec<f32>,
}

/// Multi-layer perceptron over the embeddings of user and item.
#[derive(Clone, Debug)]
pub struct Mlp {
    dimension: usize,
    pub(super) network: Network,
}

impl Mlp {
    /// Embeddings drawn from N(0, init_std²), users first; then, layer by layer, weights and biases uniform in
    /// ±1/√k_in (PyTorch's default); γ = 1, β = 0.
    ///
    /// # Panics
    /// When there is no layer, the dimension or the size of a layer is 0, or the dropout not in [0, 1).
    pub fn new(n_users: usize, n_items: usize, options: &MlpOptions, rng: &mut Stream) -> Self {
        let dimension = options.dimension;
        let mut draws = vec![0.0; dimension];
        let mut draw = |n: usize| {
            let mut embeddings = Vec::with_capacity(n * dimension);
            for _ in 0..n {
                fill_normal(rng, &mut draws);
                embeddings.extend(draws.iter().map(|&draw| options.init_std * draw as f32));
            }
            embeddings
        };
        let (user_embeddings, item_embeddings) = (draw(n_users), draw(n_items));
        let mut inputs = 2 * dimension;
        let mut layers = Vec::new();
        for &outputs in &options.layers {
            layers.push(LayerParameters::new(inputs, outputs, options.batch_norm, rng));
            inputs = outputs;
        }
        let output_weights = uniform_within(inputs, inputs, rng);
        let output_bias = uniform_within(inputs, 1, rng)[0];
        let dropout = options.dropout;
        Self::from_parameters(&MlpParameters {
            dimension,
            user_embeddings,
            item_embeddings,
            layers,
            output_weights,
            output_bias,
            dropout,
        })
    }

    /// These parameters, and optimisers that have taken no step; the inverse of [`parameters`](Self::parameters).
    ///
    /// # Panics
    /// When there is no layer, a shape does not fit, a layer has no unit, some layers have batch normalisation and others
    /// not, or the dropout is not in [0, 1).
    ///
    /// ```
    /// use autolossgen_recsys::{Interactions, LayerParameters, Mlp, MlpParameters, Model};
    /// let model = Mlp::from_parameters(&MlpParameters {
    ///     dimension: 1,
    ///     user_embeddings: vec![2.0],
    ///     item_embeddings: vec![3.0],
    ///     layers: vec![LayerParameters { weights: vec![1.0, 10.0, -1.0, 0.0], bias: vec![0.5, 0.5], batch_norm: None }],
    ///     output_weights: vec![2.0, 100.0],
    ///     output_bias: 1.0,
    ///     dropout: 0.2,
    /// });
    /// let mut logits = Vec::new();
    /// model.predict(&Interactions::new(vec![0], vec![0], vec![1.0]), &mut logits);
    /// assert_eq!(logits, [2.0 * 32.5 + 1.0]);
    /// ```
    pub fn from_parameters(parameters: &MlpParameters) -> Self {
        let MlpParameters { dimension, user_embeddings, item_embeddings, layers, dropout, .. } = parameters;
        let dimension = *dimension;
        assert!(dimension > 0, "embeddings need at least one dimension");
        assert!((0.0..1.0).contains(dropout), "dropout {dropout} is not in [0, 1)");
        assert!(!layers.is_empty() && layers.iter().all(|layer| !layer.bias.is_empty()), "a layer or its units lack");
        let table =
            |embeddings: &[f32]| Table::from_values(dimension, embeddings, &vec![0.0; embeddings.len() / dimension]);
        let sizes: Vec<usize> = layers.iter().map(|layer| layer.bias.len()).collect();
        let batch_norm = layers[0].batch_norm.is_some();
        let network = Network::new(table(user_embeddings), table(item_embeddings), &sizes, batch_norm, *dropout);
        let mut mlp = Self { dimension, network };
        (0..layers.len()).for_each(|index| mlp.set_layer(index, &layers[index]));
        let output = mlp.network.output_start()..;
        let (bias, weights) = mlp.network.dense[output].split_last_mut().expect("there is a bias");
        weights.copy_from_slice(&parameters.output_weights);
        *bias = parameters.output_bias;
        mlp
    }

    fn set_layer(&mut self, index: usize, parameters: &LayerParameters) {
        let layer = self.network.layers[index].clone();
        let LayerParameters { weights, bias, batch_norm } = parameters;
        assert_eq!(batch_norm.is_some(), layer.batch_norm, "batch normalisation of some layers only");
        let (dimension, stride) = (self.dimension, self.network.users.stride);
        let dense = &mut self.network.dense;
        if index == 0 {
            // The padding of [e_u, e_i] has weights too, which stay 0.
            let (to, from) = (dense[layer.weights()].chunks_exact_mut(stride), weights.chunks_exact(dimension));
            assert_eq!(weights.len(), 2 * dimension * layer.outputs, "the weights of the first layer do not fit");
            to.zip(from).for_each(|(to, from)| to[..dimension].copy_from_slice(from));
        } else {
            dense[layer.weights()].copy_from_slice(weights);
        }
        dense[layer.bias()].copy_from_slice(bias);
        if let Some(norm) = batch_norm {
            dense[layer.gamma()].copy_from_slice(&norm.gamma);
            dense[layer.beta()].copy_from_slice(&norm.beta);
            self.network.running[layer.running_mean()].copy_from_slice(&norm.running_mean);
            self.network.running[layer.running_variance()].copy_from_slice(&norm.running_variance);
        }
    }

    /// Every parameter as it is now.
    pub fn parameters(&self) -> MlpParameters {
        let network = &self.network;
        let (output_weights, output_bias) = network.output();
        MlpParameters {
            dimension: self.dimension,
            user_embeddings: self.embeddings(&network.users),
            item_embeddings: self.embeddings(&network.items),
            layers: (0..network.layers.len()).map(|index| self.layer(index)).collect(),
            output_weights: output_weights.to_vec(),
            output_bias,
            dropout: network.dropout,
        }
    }

    fn embeddings(&self, table: &Table) -> Vec<f32> {
        let scale = self.network.scale as f32;
        let rows = table.rows.chunks_exact(table.stride);
        rows.flat_map(|row| row[..self.dimension].iter().map(|weight| weight * scale)).collect()
    }

    fn layer(&self, index: usize) -> LayerParameters {
        let Network { dense, running, layers, users, .. } = &self.network;
        let layer = &layers[index];
        let weights = &dense[layer.weights()];
        let unpadded = |row: &[f32]| row[..self.dimension].to_vec();
        let first = || weights.chunks_exact(users.stride).flat_map(unpadded).collect();
        let batch_norm = BatchNormParameters {
            gamma: dense[layer.gamma()].to_vec(),
            beta: dense[layer.beta()].to_vec(),
            running_mean: running[layer.running_mean()].to_vec(),
            running_variance: running[layer.running_variance()].to_vec(),
        };
        LayerParameters {
            weights: if index == 0 { first() } else { weights.to_vec() },
            bias: dense[layer.bias()].to_vec(),
            batch_norm: layer.batch_norm.then_some(batch_norm),
        }
    }
}

impl LayerParameters {
    /// W and b uniform in ±1/√k_in; γ = 1, β = 0.
    pub(super) fn new(inputs: usize, outputs: usize, batch_norm: bool, rng: &mut Stream) -> Self {
        let norm = || BatchNormParameters {
            gamma: vec![1.0; outputs],
            beta: vec![0.0; outputs],
            running_mean: vec![0.0; outputs],
            running_variance: vec![1.0; outputs],
        };
        let weights = uniform_within(inputs, inputs * outputs, rng);
        let bias = uniform_within(inputs, outputs, rng);
        Self { weights, bias, batch_norm: batch_norm.then(norm) }
    }
}

/// `n` draws uniform in ±1/√`inputs`.
pub(super) fn uniform_within(inputs: usize, n: usize, rng: &mut Stream) -> Vec<f32> {
    let bound = (inputs as f64).sqrt().recip();
    (0..n).map(|_| (bound * (2.0 * uniform(rng) - 1.0)) as f32).collect()
}

impl Model for Mlp {
    fn predict(&self, data: &Interactions, logits: &mut Vec<f32>) {
        logits.resize(data.len(), 0.0);
        network::predict(InstructionSet::best(), &self.network, data, logits);
    }

    /// The masks of dropout derive from the seed and the number of the plan's epoch: the same for all who train on it.
    ///
    /// # Panics
    /// When a batch under batch normalisation has one row.
    fn train_epoch(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary {
        network::train_epoch(InstructionSet::best(), &mut self.network, plan, loss, hyperparameters, workspace)
    }

    /// As the model predicts: by the running statistics and without dropout, so that a row of J depends on its row of
    /// the batch alone.
    fn gram(&self, batch: &Interactions) -> Gram {
        gram::gram(self, batch)
    }

    fn copy_from(&mut self, other: &Self) {
        self.dimension = other.dimension;
        self.network.copy_from(&other.network);
    }

    fn reset_optimizer(&mut self) {
        self.network.reset_optimizer();
    }

    fn is_finite(&self) -> bool {
        self.network.is_finite()
    }

    fn snapshot(&self) -> Snapshot {
        let Network { users, items, scale, dense, running, .. } = &self.network;
        Snapshot::of(&[&users.rows, &items.rows, dense, running], *scale)
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), OtherShape> {
        let Network { users, items, scale, dense, running, .. } = &mut self.network;
        *scale = snapshot.fill(&mut [&mut users.rows, &mut items.rows, dense, running])?;
        self.reset_optimizer();
        Ok(())
    }
}
