//! A recommender from outside the crate: a bias for each item, and one for each user. A registry gives it a name and a section
//! of the configuration; the search, the check and the test then train it like any other.

use autolossgen::formula::Loss;
use autolossgen::recsys::models::{ModelBuilder, ModelSpec};
use autolossgen::recsys::random::{Stream, uniform};
use autolossgen::recsys::{
    BoxedModel, EpochPlan, EpochSummary, Gram, Hyperparameters, Interactions, Model, OtherShape, Registry, Snapshot,
    Workspace,
};
use autolossgen::settings::{range, section};
use autolossgen::{Assignment, Base, Config, Run, pool, testing};

section! {
    /// The section `[model.biases]`.
    pub struct BiasOptions {
        /// Initial biases are uniform in ± this
        pub init_range: f32 [range::positive] = 0.01;
    }
}

impl ModelBuilder for BiasOptions {
    fn fresh(&self, n_users: usize, n_items: usize, rng: &mut Stream) -> BoxedModel {
        let draw = |_| self.init_range * (2.0 * uniform(rng) as f32 - 1.0);
        BoxedModel::new(Biases { n_users, weights: (0..n_users + n_items).map(draw).collect() })
    }
}

/// h = b_u + b_i; users first, then items.
#[derive(Clone)]
struct Biases {
    n_users: usize,
    weights: Vec<f32>,
}

impl Biases {
    fn logit(&self, user: u32, item: u32) -> f32 {
        self.weights[user as usize] + self.weights[self.n_users + item as usize]
    }
}

impl Model for Biases {
    fn predict(&self, data: &Interactions, logits: &mut Vec<f32>) {
        logits.clear();
        logits.extend(data.users().iter().zip(data.items()).map(|(&user, &item)| self.logit(user, item)));
    }

    /// Stochastic gradient descent with weight decay.
    fn train_epoch(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary {
        let Hyperparameters { learning_rate, l2, .. } = *hyperparameters;
        let mut non_finite = 0;
        for rows in plan.batches() {
            let pairs = || rows.users.iter().zip(rows.items);
            let logits: Vec<f32> = pairs().map(|(&user, &item)| self.logit(user, item)).collect();
            let mut slopes = vec![0.0; logits.len()];
            non_finite += loss.value_and_grad(&logits, rows.labels, &mut slopes, &mut workspace.loss).non_finite;
            let step = learning_rate / logits.len() as f32;
            self.weights.iter_mut().for_each(|weight| *weight *= 1.0 - learning_rate * l2);
            for ((&user, &item), slope) in pairs().zip(slopes) {
                self.weights[user as usize] -= step * slope;
                self.weights[self.n_users + item as usize] -= step * slope;
            }
        }
        EpochSummary { non_finite }
    }

    /// K_ij = [u_i = u_j] + [i_i = i_j].
    fn gram(&self, batch: &Interactions) -> Gram {
        let (size, users, items) = (batch.len(), batch.users(), batch.items());
        let entry = |i: usize, j: usize| f64::from(u8::from(users[i] == users[j]) + u8::from(items[i] == items[j]));
        Gram { size, values: (0..size * size).map(|at| entry(at / size, at % size)).collect() }
    }

    fn copy_from(&mut self, other: &Self) {
        self.clone_from(other);
    }

    fn reset_optimizer(&mut self) {}

    fn is_finite(&self) -> bool {
        self.weights.iter().all(|weight| weight.is_finite())
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.weights.clone(), 1.0)
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), OtherShape> {
        snapshot.fill(&mut [&mut self.weights]).map(drop)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let models = Registry::builtin().with(ModelSpec::of::<BiasOptions>("biases", "User bias + item bias"))?;
    testing::model(&*models.find("biases")?.build(&Default::default())?);
    println!("the recommender keeps the contract");

    let settings = [
        ("model.name", "biases"),
        ("model.biases.init_range", "0.1"),
        ("controller.max_nodes", "6"),
        ("test.seeds", "2"),
    ];
    let assignments = settings.map(|(key, value)| Assignment::of_text(key, value));
    let config = Config::layer(&Base { models: &models, ..Base::default() }, None, &assignments)?;
    let (folder, data) = (tempfile::tempdir()?, testing::dataset());
    let mut run = Run::create_over(&folder.path().join("run"), config, &data, &models)?;
    let tested = pool(0).install(|| {
        run.search(&data, &())?;
        run.check()?;
        run.test(data, &())
    })?;
    for result in &tested.expect("nobody asked for an early end").results {
        println!("{:.4}  {}", result.validation["auc"], result.loss);
    }
    Ok(())
}
