//! A recommender that is written outside the crate, from what is public alone, by itself and in a box.

use autolossgen_formula::Loss;
use autolossgen_recsys::random::stream;
use autolossgen_recsys::{
    BiasedMf, BoxedModel, Conditions, EpochPlan, EpochPlans, EpochSummary, Gram, Hyperparameters, Interactions, Metric,
    MfOptions, Model, Optimizer, OtherShape, SearchData, SelectionMetric, Snapshot, StopRule, ThresholdRule, Training,
    Workspace,
};

use crate::common::{N_ITEMS, N_USERS, loss, rows, settings, train};

/// h = b_u + b_i, by plain gradient descent.
#[derive(Clone, Debug, PartialEq)]
pub struct Biases {
    users: Vec<f32>,
    items: Vec<f32>,
}

impl Biases {
    pub fn new(n_users: usize, n_items: usize) -> Self {
        Self { users: vec![0.0; n_users], items: vec![0.0; n_items] }
    }

    fn logits(&self, users: &[u32], items: &[u32], logits: &mut Vec<f32>) {
        logits.clear();
        let pairs = users.iter().zip(items);
        logits.extend(pairs.map(|(&user, &item)| self.users[user as usize] + self.items[item as usize]));
    }
}

impl Model for Biases {
    fn predict(&self, data: &Interactions, logits: &mut Vec<f32>) {
        self.logits(data.users(), data.items(), logits);
    }

    fn train_epoch(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary {
        assert!(plan.n_users() <= self.users.len() && plan.n_items() <= self.items.len());
        let mut non_finite = 0;
        let Hyperparameters { learning_rate, l2, l2_multiplier, .. } = *hyperparameters;
        for batch in plan.batches() {
            let Workspace { loss: scratch, logit, grad, .. } = &mut *workspace;
            self.logits(batch.users, batch.items, logit);
            grad.resize(batch.labels.len(), 0.0);
            non_finite += loss.grad(logit, batch.labels, grad, scratch);
            let decay = 1.0 - learning_rate * l2 * l2_multiplier;
            self.users.iter_mut().chain(&mut self.items).for_each(|bias| *bias *= decay);
            let rate = learning_rate / batch.labels.len() as f32;
            for ((&user, &item), g) in batch.users.iter().zip(batch.items).zip(grad) {
                self.users[user as usize] -= rate * *g;
                self.items[item as usize] -= rate * *g;
            }
        }
        EpochSummary { non_finite }
    }

    fn gram(&self, batch: &Interactions) -> Gram {
        let (users, items, size) = (batch.users(), batch.items(), batch.len());
        let shared = |i: usize, j: usize| u8::from(users[i] == users[j]) + u8::from(items[i] == items[j]);
        Gram { size, values: (0..size * size).map(|at| f64::from(shared(at / size, at % size))).collect() }
    }

    fn copy_from(&mut self, other: &Self) {
        self.clone_from(other);
    }

    fn reset_optimizer(&mut self) {}

    fn is_finite(&self) -> bool {
        self.users.iter().chain(&self.items).all(|bias| bias.is_finite())
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::of(&[&self.users, &self.items], 1.0)
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), OtherShape> {
        snapshot.fill(&mut [&mut self.users, &mut self.items]).map(|_| ())
    }
}

fn mf(dimension: usize) -> BiasedMf {
    let options = MfOptions { dimension, init_std: 0.1, global_bias: 0.0 };
    BiasedMf::new(N_USERS, N_ITEMS, &options, &mut stream(1, "model", 0))
}

fn predictions(model: &impl Model) -> Vec<f32> {
    let mut logits = Vec::new();
    model.predict(&rows(), &mut logits);
    logits
}

#[test]
fn a_model_from_outside_learns_from_the_batches_of_a_plan() {
    let rows = rows();
    let plan = EpochPlan::new(&rows, N_USERS, N_ITEMS, 8, 3, 2);
    assert_eq!((plan.seed(), plan.epoch(), plan.n_users(), plan.n_items()), (3, 2, N_USERS, N_ITEMS));
    let sizes: Vec<usize> = plan.batches().map(|batch| batch.labels.len()).collect();
    assert_eq!((sizes.len(), sizes), (plan.n_batches(), vec![8, 8, 8, 8, 8, 8, 8, 4]));
    let as_triples = |users: &[u32], items: &[u32], labels: &[f32]| {
        let ids = users.iter().zip(items).zip(labels);
        ids.map(|((&user, &item), &label)| (user, item, label as u32)).collect::<Vec<_>>()
    };
    let mut seen: Vec<_> =
        plan.batches().flat_map(|batch| as_triples(batch.users, batch.items, batch.labels)).collect();
    let mut all = as_triples(rows.users(), rows.items(), rows.labels());
    seen.sort_unstable();
    all.sort_unstable();
    assert_eq!(seen, all, "each row once");

    let mut model = BoxedModel::new(Biases::new(N_USERS, N_ITEMS));
    let value = |model: &BoxedModel| Metric::LogLoss.evaluate(&predictions(model), rows.labels(), 0.0).unwrap();
    let before = value(&model);
    train(&mut model, 1..20);
    assert!(model.is_finite() && value(&model) < before - 0.005, "{} after {before}", value(&model));
    let gram = model.gram(&rows.select(&[0, 7]));
    assert_eq!(gram.values, [2.0, 1.0, 1.0, 2.0], "rows 0 and 7 share their user");
}

#[test]
fn a_box_changes_no_bit() {
    let (mut bare, mut boxed) = (mf(4), BoxedModel::new(mf(4)));
    train(&mut bare, 1..4);
    train(&mut boxed, 1..4);
    assert_eq!(boxed.snapshot(), bare.snapshot());
    assert_eq!(predictions(&boxed), predictions(&bare));
    assert_eq!(boxed.gram(&rows()), bare.gram(&rows()));
    assert_eq!(boxed.downcast_ref::<BiasedMf>().unwrap().parameters(), bare.parameters());
    assert!(boxed.downcast_ref::<Biases>().is_none());
}

#[test]
fn a_box_takes_over_a_model_of_its_type_and_of_another() {
    let (mut trained, mut biases) = (BoxedModel::new(mf(4)), BoxedModel::new(Biases::new(N_USERS, N_ITEMS)));
    train(&mut trained, 1..3);
    train(&mut biases, 1..3);
    let mut copy = BoxedModel::new(mf(8));
    for source in [&trained, &biases, &trained] {
        copy.copy_from(source);
        assert_eq!(copy.snapshot(), source.snapshot());
    }
    // The optimiser's state came too.
    train(&mut trained, 3..5);
    train(&mut copy, 3..5);
    assert_eq!(copy.snapshot(), trained.snapshot());
    train(&mut copy.clone(), 5..6);
    assert_eq!(copy.snapshot(), trained.snapshot(), "a clone is a model of its own");
}

#[test]
fn a_snapshot_of_a_model_from_outside_comes_back_bit_for_bit() {
    let mut model = BoxedModel::new(Biases::new(N_USERS, N_ITEMS));
    train(&mut model, 1..4);
    let text = serde_json::to_string(&model.snapshot()).unwrap();
    let snapshot: Snapshot = serde_json::from_str(&text).unwrap();
    assert_eq!((snapshot.numbers().len(), snapshot.scale()), (N_USERS + N_ITEMS, 1.0));
    let mut other = BoxedModel::new(Biases::new(N_USERS, N_ITEMS));
    other.restore(&snapshot).unwrap();
    assert!(predictions(&other).iter().map(|h| h.to_bits()).eq(predictions(&model).iter().map(|h| h.to_bits())));
    assert_eq!(other.restore(&mf(4).snapshot()), Err(OtherShape));
    assert_eq!(other.snapshot(), snapshot);
}

#[test]
fn a_model_from_outside_trains_to_convergence() {
    let data = SearchData { n_users: N_USERS, n_items: N_ITEMS, train: rows(), validation: rows() };
    let rule = StopRule { falling: 3, patience: 5, min_epochs: 0, max_epochs: 30 };
    let (loss, plans) = (loss("bce", 1e-6), EpochPlans::new(8, 1));
    let hyperparameters = settings(Optimizer::Sgd, 0.5, 0.0);
    let metric = SelectionMetric { metric: Metric::LogLoss, threshold: ThresholdRule::Own };
    let conditions = Conditions { data: &data, loss: &loss, hyperparameters, plans: &plans, rule, metric };
    let mut training = Training::new(BoxedModel::new(Biases::new(N_USERS, N_ITEMS)));
    training.advance(&conditions, usize::MAX, &|| false);
    let log_loss = -training.gain();
    assert!(training.ending().is_some() && training.best_epoch() > 0 && log_loss < 2.0_f64.ln(), "{log_loss}");
}
