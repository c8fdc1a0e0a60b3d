//! Neural matrix factorisation, NeuMF (He et al. 2017, "Neural Collaborative Filtering", §3.4, Eq. 12): φ_G = p_u ⊙ q_i;
//! φ_M = the last of the layers ReLU(W·x + b) over [p'_u, q'_i]; the logit is w · [φ_G, φ_M] + b.
//!
//! Both branches have embeddings of their own. Since the fusion is linear, the logit is that of generalised matrix
//! factorisation plus that of a multi-layer perceptron, and no parameter lies in both: so a step is one of each by the
//! same dL/dlogit, and the Gram matrix is the sum of two.

mod gmf;
#[cfg(test)]
mod tests;


use autolossgen_formula::Loss;
use autolossgen_settings::{range, section};
use serde::{Deserialize, Serialize};

use self::gmf::{Gmf, Slopes};
use super::mlp::{LayerParameters, Mlp, MlpParameters, uniform_within};
use super::spec::{ModelBuilder, ModelSpec};
use crate::boxed::BoxedModel;
use crate::gram::Gram;
use crate::hyperparameters::Hyperparameters;
use crate::interactions::Interactions;
use crate::kernel::gradient::grad_of_loss;
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::network::{self, Dropout};
use crate::kernel::normal::fill_normal;
use crate::kernel::plan::EpochPlan;
use crate::kernel::rule::{Rule, with_rule};
use crate::kernel::table::Table;
use crate::kernel::workspace::Workspace;
use crate::model::Model;
use crate::random::Stream;
use crate::snapshot::{OtherShape, Snapshot};
use crate::summary::EpochSummary;

pub(super) const SPEC: ModelSpec = ModelSpec::of::<NeuMfOptions>(
    "neumf",
    "Neural matrix factorisation (He et al. 2017, Eq. 12): w · [p_u ⊙ q_i, hidden layers ReLU(W·h + b) over [p'_u, q'_i]] + b",
);

section! {
    /// Shape and initial values of NeuMF.
    pub struct NeuMfOptions {
        /// Size d of each of the four embeddings, two of a user and two of an item
        pub dimension: usize [range::count(1, 4096)] = 64;
        /// Units of each hidden layer; He et al. (2017) halve from layer to layer
        pub layers: Vec<usize> [range::layer_sizes] = [64, 32, 16];
        /// Share of the units of a hidden layer that a training step leaves out, in [0, 1)
        pub dropout: f32 [range::less_than_one] = 0.0;
        /// Standard deviation of the initial embeddings; 0.01 in He et al. (2017)
        pub init_std: f32 [range::within(0.0, 100.0)] = 0.01, paper = 1.0 =>
            "The paper has no NeuMF; the embeddings start as those of its recommenders do in this preset";
    }
}

impl ModelBuilder for NeuMfOptions {
    fn fresh(&self, n_users: usize, n_items: usize, rng: &mut Stream) -> BoxedModel {
        BoxedModel::new(NeuMf::new(n_users, n_items, self, rng))
    }

    fn work_per_row(&self) -> usize {
        let sizes: Vec<usize> = [2 * self.dimension].iter().chain(&self.layers).chain(&[1]).copied().collect();
        3 * (3 * self.dimension + sizes.windows(2).map(|pair| pair[0] * pair[1]).sum::<usize>() / 8)
    }
}

/// Every parameter of NeuMF, by branch; an optimiser's state is not among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeuMfParameters {
    /// Generalised matrix factorisation
    pub gmf: GmfParameters,
    /// The perceptron with its share of the output's weights, and the output's bias; it has no batch normalisation
    pub mlp: MlpParameters,
}

/// Parameters of generalised matrix factorisation, Σ_k w_k·p_uk·q_ik.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GmfParameters {
    /// Embedding size d ≥ 1
    pub dimension: usize,
    /// p_u, shape (n_users, d), row-major
    pub user_embeddings: Vec<f32>,
    /// q_i, shape (n_items, d), row-major
    pub item_embeddings: Vec<f32>,
    /// w, shape (d,)
    pub output_weights: Vec<f32>,
}

/// Neural matrix factorisation.
#[derive(Clone, Debug)]
pub struct NeuMf {
    /// Embedding size of `gmf`, without padding.
    dimension: usize,
    gmf: Gmf,
    mlp: Mlp,
}

impl NeuMf {
    /// Embeddings drawn from N(0, init_std²): p_u, q_i, p'_u, q'_i; then, layer by layer, weights and biases uniform in
    /// ±1/√k_in (PyTorch's default), where k_in of the output counts both branches.
    ///
    /// # Panics
    /// When there is no layer, the dimension or the size of a layer is 0, or the dropout not in [0, 1).
    pub fn new(n_users: usize, n_items: usize, options: &NeuMfOptions, rng: &mut Stream) -> Self {
        let &NeuMfOptions { dimension, dropout, init_std, ref layers } = options;
        let mut draws = vec![0.0; dimension];
        let [p, q, p_mlp, q_mlp] = [n_users, n_items, n_users, n_items].map(|n| {
            let mut embeddings = Vec::with_capacity(n * dimension);
            for _ in 0..n {
                fill_normal(rng, &mut draws);
                embeddings.extend(draws.iter().map(|&draw| init_std * draw as f32));
            }
            embeddings
        });
        let sizes: Vec<usize> = [2 * dimension].iter().chain(layers).copied().collect();
        let layers = sizes.windows(2).map(|pair| LayerParameters::new(pair[0], pair[1], false, rng)).collect();
        let inputs = sizes[sizes.len() - 1];
        let fused = dimension + inputs;
        let (of_gmf, of_mlp) = (uniform_within(fused, dimension, rng), uniform_within(fused, inputs, rng));
        let output_bias = uniform_within(fused, 1, rng)[0];
        Self::from_parameters(&NeuMfParameters {
            gmf: GmfParameters { dimension, user_embeddings: p, item_embeddings: q, output_weights: of_gmf },
            mlp: MlpParameters {
                dimension,
                user_embeddings: p_mlp,
                item_embeddings: q_mlp,
                layers,
                output_weights: of_mlp,
                output_bias,
                dropout,
            },
        })
    }

    /// These parameters, and optimisers that have taken no step; the inverse of [`parameters`](Self::parameters).
    ///
    /// # Panics
    /// When the perceptron has no layer, a layer has no unit or has batch normalisation, a shape does not fit, or the
    /// dropout is not in [0, 1).
    ///
    /// ```
    /// use autolossgen_recsys::models::{GmfParameters, NeuMf, NeuMfParameters};
    /// use autolossgen_recsys::{Interactions, LayerParameters, MlpParameters, Model};
    /// let model = NeuMf::from_parameters(&NeuMfParameters {
    ///     gmf: GmfParameters {
    ///         dimension: 2,
    ///         user_embeddings: vec![1.0, 2.0],
    ///         item_embeddings: vec![3.0, 4.0],
    ///         output_weights: vec![10.0, 1.0],
    ///     },
    ///     mlp: MlpParameters {
    ///         dimension: 1,
    ///         user_embeddings: vec![2.0],
    ///         item_embeddings: vec![3.0],
    ///         layers: vec![LayerParameters { weights: vec![1.0, 10.0], bias: vec![0.5], batch_norm: None }],
    ///         output_weights: vec![2.0],
    ///         output_bias: 1.0,
    ///         dropout: 0.0,
    ///     },
    /// });
    /// let mut logits = Vec::new();
    /// model.predict(&Interactions::new(vec![0], vec![0], vec![1.0]), &mut logits);
    /// assert_eq!(logits, [10.0 * 3.0 + 8.0 + 2.0 * 32.5 + 1.0]);
    /// ```
    pub fn from_parameters(parameters: &NeuMfParameters) -> Self {
        let NeuMfParameters { gmf, mlp } = parameters;
        let GmfParameters { dimension, ref user_embeddings, ref item_embeddings, ref output_weights } = *gmf;
        assert!(dimension > 0, "embeddings need at least one dimension");
        assert_eq!(output_weights.len(), dimension, "the output's weights are not one for each dimension");
        assert!(mlp.layers.iter().all(|layer| layer.batch_norm.is_none()), "NeuMF has no batch normalisation");
        let table =
            |embeddings: &[f32]| Table::from_values(dimension, embeddings, &vec![0.0; embeddings.len() / dimension]);
        let gmf = Gmf::new(table(user_embeddings), table(item_embeddings), output_weights);
        let mlp = Mlp::from_parameters(mlp);
        let n_rows = |users: &Table, items: &Table| (users.len(), items.len());
        let network = &mlp.network;
        assert_eq!(
            n_rows(&gmf.users, &gmf.items),
            n_rows(&network.users, &network.items),
            "the branches differ in users or items"
        );
        Self { dimension, gmf, mlp }
    }

    /// Every parameter as it is now.
    pub fn parameters(&self) -> NeuMfParameters {
        let Gmf { users, items, scale, weights, .. } = &self.gmf;
        let embeddings = |table: &Table| {
            let rows = table.rows.chunks_exact(table.stride);
            rows.flat_map(|row| row[..self.dimension].iter().map(|weight| weight * *scale as f32)).collect()
        };
        let gmf = GmfParameters {
            dimension: self.dimension,
            user_embeddings: embeddings(users),
            item_embeddings: embeddings(items),
            output_weights: weights[..self.dimension].to_vec(),
        };
        NeuMfParameters { gmf, mlp: self.mlp.parameters() }
    }

    /// Logits of `data`, into `logits` of the same length.
    fn predict_on(&self, set: InstructionSet, data: &Interactions, logits: &mut [f32]) {
        network::predict(set, &self.mlp.network, data, logits);
        self.gmf.add_to(set, [data.users(), data.items()], logits);
    }

    fn train_on(
        &mut self,
        set: InstructionSet,
        plan: &EpochPlan,
        loss: &Loss,
        settings: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary {
        let Self { gmf, mlp, .. } = self;
        let (network, mut slopes) = (&mut mlp.network, Slopes::default());
        let n_states = with_rule!(settings, |R| R::STATES);
        network.ensure_states(n_states);
        gmf.ensure_states(n_states);
        let mut dropout = Dropout::new(network.dropout, plan.seed, plan.epoch);
        let mut non_finite = 0;
        for batch in &plan.batches {
            let rows = batch.rows.clone();
            let ids = [&plan.users[rows.clone()], &plan.items[rows.clone()]];
            let Workspace { logit, grad, passes, loss: scratch, .. } = workspace;
            logit.resize(rows.len(), 0.0);
            grad.resize(rows.len(), 0.0);
            network::forward(set, network, ids, &mut dropout, passes, logit);
            gmf.add_to(set, ids, logit);
            non_finite += grad_of_loss(set, loss, logit, &plan.labels[rows], grad, scratch);
            network::backward(set, network, grad, passes);
            gmf.backward(set, ids, grad, &mut slopes);
            network.update(set, plan, batch, settings, workspace);
            gmf.update(set, (plan, batch), settings, &slopes, &mut workspace.sums);
        }
        EpochSummary { non_finite }
    }
}

impl Model for NeuMf {
    fn predict(&self, data: &Interactions, logits: &mut Vec<f32>) {
        logits.resize(data.len(), 0.0);
        self.predict_on(InstructionSet::best(), data, logits);
    }

    /// The masks of dropout derive from the seed and the number of the plan's epoch: the same for all who train on it.
    fn train_epoch(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary {
        self.train_on(InstructionSet::best(), plan, loss, hyperparameters, workspace)
    }

    /// As the model predicts: without dropout.
    fn gram(&self, batch: &Interactions) -> Gram {
        let mut gram = self.mlp.gram(batch);
        self.gmf.add_to_gram(batch, &mut gram.values);
        gram
    }

    fn copy_from(&mut self, other: &Self) {
        self.dimension = other.dimension;
        self.gmf.copy_from(&other.gmf);
        self.mlp.copy_from(&other.mlp);
    }

    fn reset_optimizer(&mut self) {
        self.gmf.reset_optimizer();
        self.mlp.reset_optimizer();
    }

    fn is_finite(&self) -> bool {
        self.gmf.is_finite() && self.mlp.is_finite()
    }

    fn snapshot(&self) -> Snapshot {
        let (gmf, network) = (&self.gmf, &self.mlp.network);
        // Both branches decay by the same steps.
        debug_assert_eq!(gmf.scale.to_bits(), network.scale.to_bits());
        let of_gmf: [&[f32]; 3] = [&gmf.users.rows, &gmf.items.rows, &gmf.weights];
        let of_mlp: [&[f32]; 3] = [&network.users.rows, &network.items.rows, &network.dense];
        Snapshot::of(&[of_gmf, of_mlp].concat(), gmf.scale)
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), OtherShape> {
        let (gmf, network) = (&mut self.gmf, &mut self.mlp.network);
        let [users, items, weights] = [&mut *gmf.users.rows, &mut *gmf.items.rows, &mut gmf.weights];
        gmf.scale = snapshot.fill(&mut [
            users,
            items,
            weights,
            &mut network.users.rows,
            &mut network.items.rows,
            &mut network.dense,
        ])?;
        network.scale = gmf.scale;
        self.reset_optimizer();
        Ok(())
    }
}
