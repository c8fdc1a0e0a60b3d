//! The kernel against itself on every instruction set, and its lazy decay against decay of every parameter at every step.

use autolossgen_formula::{Loss, Semantics, resolve};

use super::SMALLEST_SCALE;
use super::epoch::{Parameters, predict, train_epoch};
use super::instruction_set::InstructionSet;
use super::network::{self, Network};
use super::plan::EpochPlan;
use super::table::Table;
use super::workspace::Workspace;
use crate::hyperparameters::{Hyperparameters, Optimizer};
use crate::interactions::Interactions;
use crate::random::{below, normal, stream};

const OPTIMIZERS: [Optimizer; 3] = [Optimizer::Sgd, Optimizer::Adagrad, Optimizer::Adam];

/// With an ε that single precision loses: BCE is then what [`Eager`] has.
fn loss(name: &str) -> Loss {
    resolve(name).unwrap().compile(Semantics::unclamped(1e-12)).unwrap()
}

fn random_table(n: usize, dimension: usize, purpose: &str) -> Table {
    let mut rng = stream(7, purpose, 0);
    let mut draw = |n: usize| (0..n).map(|_| normal(&mut rng) as f32).collect::<Vec<_>>();
    Table::from_values(dimension, &draw(n * dimension), &draw(n))
}

fn random_parameters(n_users: usize, n_items: usize, dimension: usize) -> Parameters {
    Parameters::new(random_table(n_users, dimension, "users"), random_table(n_items, dimension, "items"), 0.1)
}

fn random_rows(n_users: u64, n_items: u64, n_rows: usize) -> Interactions {
    let mut rng = stream(7, "rows", 0);
    let mut draw = |n: u64| (0..n_rows).map(|_| below(&mut rng, n) as u32).collect::<Vec<_>>();
    let (users, items, labels) = (draw(n_users), draw(n_items), draw(2));
    Interactions::new(users, items, labels.into_iter().map(|label| label as f32).collect())
}

/// Every number that training can change, as bits.
fn bits(parameters: &Parameters) -> Vec<u64> {
    let Parameters { users, items, global, global_first, global_second, scale, steps } = parameters;
    let of_table = |table: &Table| {
        let columns: [&[f32]; 6] =
            [&table.rows, &table.biases, &table.row_first, &table.bias_first, &table.row_second, &table.bias_second];
        columns.into_iter().flatten().map(|value| u64::from(value.to_bits())).collect::<Vec<_>>()
    };
    let scalars = [global, global_first, global_second].map(|value| u64::from(value.to_bits()));
    [of_table(users), of_table(items), scalars.to_vec(), vec![scale.to_bits(), *steps]].concat()
}

/// Rows of a batch of which about half stand alone: there are whole blocks of those, a block of both kinds, and rows that share.
const MIXED: (u64, u64, usize) = (900, 700, 200);
/// Most rows of a batch share their user or their item.
const CROWDED: (u64, u64, usize) = (90, 70, 64);

/// Two epochs of 1,000 rows, and the logits after them.
fn trained_on(
    set: InstructionSet,
    (n_users, n_items, batch_size): (u64, u64, usize),
    dimension: usize,
    name: &str,
    (optimizer, clip): (Optimizer, f32),
) -> (Vec<u64>, Vec<u32>) {
    let rows = random_rows(n_users, n_items, 1000);
    let mut parameters = random_parameters(n_users as usize, n_items as usize, dimension);
    let settings = Hyperparameters { optimizer, learning_rate: 0.1, l2: 0.01, l2_multiplier: 3.0, clip };
    for epoch in 1..=2 {
        let plan = EpochPlan::new(&rows, n_users as usize, n_items as usize, batch_size, 7, epoch);
        train_epoch(set, &mut parameters, &plan, &loss(name), &settings, &mut Workspace::default());
    }
    let mut logits = vec![0.0; rows.len()];
    predict(set, &parameters, &rows, &mut logits);
    (bits(&parameters), logits.into_iter().map(f32::to_bits).collect())
}

/// Those that this processor has, but for the portable one.
fn vector_sets() -> Vec<InstructionSet> {
    let (there, missing): (Vec<_>, Vec<_>) = InstructionSet::ALL.into_iter().partition(|set| set.is_available());
    println!("not tested, this processor lacks them: {missing:?}");
    there.into_iter().filter(|&set| set != InstructionSet::Portable).collect()
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    for set in vector_sets() {
        for (name, optimizer) in ["bce", "focal", "maxr"].into_iter().zip(OPTIMIZERS) {
            // 64 is the stride that the kernel has as a constant; without a clip a rule is another function.
            for (dimension, clip, shape) in [40, 64].into_iter().flat_map(|dimension| {
                [
                    (dimension, 0.02, MIXED),
                    (dimension, 0.0, MIXED),
                    (dimension, 0.02, CROWDED),
                    (dimension, 0.0, CROWDED),
                ]
            }) {
                let trained = |set| trained_on(set, shape, dimension, name, (optimizer, clip));
                let equal = trained(set) == trained(InstructionSet::Portable);
                assert!(
                    equal,
                    "{name} by {optimizer:?}, clip {clip}, at d = {dimension} and {shape:?} differs on {set:?}"
                );
            }
        }
    }
}

/// The matrix products of the perceptron choose their own instructions, the same in each of these.
#[test]
fn every_instruction_set_gives_the_same_perceptron() {
    let ((n_users, n_items), dimension, n_rows) = ((30, 20), 24, 300);
    let trained = |set: InstructionSet, optimizer: Optimizer, clip: f32| {
        let tables = ["users", "items"].map(|purpose| random_table(n_users.max(n_items), dimension, purpose));
        let [users, items] = tables;
        let mut network = Network::new(users, items, &[24, 9], true, 0.2);
        let mut rng = stream(7, "dense", 0);
        network.dense.iter_mut().for_each(|weight| *weight = 0.3 * normal(&mut rng) as f32);
        let rows = random_rows(n_users as u64, n_items as u64, n_rows);
        let plan = EpochPlan::new(&rows, n_users, n_items, 32, 7, 1);
        let settings = Hyperparameters { optimizer, learning_rate: 0.1, l2: 0.01, l2_multiplier: 3.0, clip };
        network::train_epoch(set, &mut network, &plan, &loss("bce"), &settings, &mut Workspace::default());
        let mut logits = vec![0.0; n_rows];
        network::predict(set, &network, &rows, &mut logits);
        let all = [&network.users.rows[..], &network.items.rows, &network.dense, &network.running, &logits].concat();
        all.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    for (set, optimizer) in vector_sets().into_iter().flat_map(|set| OPTIMIZERS.map(|optimizer| (set, optimizer))) {
        for clip in [0.0, 0.02] {
            let equal = trained(set, optimizer, clip) == trained(InstructionSet::Portable, optimizer, clip);
            assert!(equal, "{optimizer:?} with clip {clip} differs on {set:?}");
        }
    }
}

/// Training with BCE in double precision, written from the equations: the decay reaches every parameter at every step.
/// A row of `theta` is an embedding and its bias; users come first, then items, then the global bias.
struct Eager {
    dimension: usize,
    n_users: usize,
    theta: Vec<f64>,
    squares: Vec<f64>,
}

impl Eager {
    fn new(parameters: &Parameters, dimension: usize) -> Self {
        let theta = weights(parameters, dimension);
        Self { dimension, n_users: parameters.users.biases.len(), squares: vec![0.0; theta.len()], theta }
    }

    fn gradient(&self, batch: &Interactions) -> Vec<f64> {
        let (width, global) = (self.dimension + 1, self.theta.len() - 1);
        let mut gradient = vec![0.0; self.theta.len()];
        for ((&user, &item), &label) in batch.users().iter().zip(batch.items()).zip(batch.labels()) {
            let (user, item) = (user as usize * width, (self.n_users + item as usize) * width);
            let product: f64 = (0..self.dimension).map(|k| self.theta[user + k] * self.theta[item + k]).sum();
            let biases = self.theta[user + self.dimension] + self.theta[item + self.dimension] + self.theta[global];
            let error = 1.0 / (1.0 + (-product - biases).exp()) - f64::from(label);
            let g = error / batch.len() as f64;
            for k in 0..self.dimension {
                gradient[user + k] += g * self.theta[item + k];
                gradient[item + k] += g * self.theta[user + k];
            }
            [user + self.dimension, item + self.dimension, global].into_iter().for_each(|at| gradient[at] += g);
        }
        gradient
    }

    fn step(&mut self, batch: &Interactions, settings: &Hyperparameters) {
        let rate = f64::from(settings.learning_rate);
        let decay = 1.0 - rate * f64::from(settings.l2) * f64::from(settings.l2_multiplier);
        for (at, g) in self.gradient(batch).into_iter().enumerate() {
            self.squares[at] += g * g;
            let root = if settings.optimizer == Optimizer::Adagrad { self.squares[at].sqrt() + 1e-10 } else { 1.0 };
            self.theta[at] = self.theta[at] * decay - rate * g / root;
        }
    }
}

/// Parameters as the model stands for them, in the layout of [`Eager`].
fn weights(parameters: &Parameters, dimension: usize) -> Vec<f64> {
    let mut all = Vec::new();
    for table in [&parameters.users, &parameters.items] {
        for (row, bias) in table.rows.chunks_exact(table.stride).zip(&table.biases) {
            all.extend(row[..dimension].iter().chain([bias]).copied());
        }
    }
    all.push(parameters.global);
    all.into_iter().map(|weight| f64::from(weight) * parameters.scale).collect()
}

fn largest_difference(ours: &[f64], theirs: &[f64]) -> f64 {
    let relative = |(ours, theirs): (&f64, &f64)| (ours - theirs).abs() / theirs.abs().max(1e-3);
    ours.iter().zip(theirs).map(relative).fold(0.0, f64::max)
}

#[test]
fn lazy_decay_is_eager_decay_through_renormalisation() {
    let (n_users, n_items, dimension, batch_size) = (5, 6, 3, 7);
    // The last user and the last item never occur: they only decay.
    let rows = random_rows(n_users as u64 - 1, n_items as u64 - 1, 60);
    let plan = EpochPlan::in_order(&rows, n_users, n_items, batch_size);
    for (optimizer, l2) in [(Optimizer::Sgd, 0.3), (Optimizer::Adagrad, 0.2)] {
        let settings = Hyperparameters { optimizer, learning_rate: 0.3, l2, l2_multiplier: 1.0, clip: 0.0 };
        let mut parameters = random_parameters(n_users, n_items, dimension);
        let mut eager = Eager::new(&parameters, dimension);
        for _ in 0..20 {
            let mut workspace = Workspace::default();
            train_epoch(InstructionSet::best(), &mut parameters, &plan, &loss("bce"), &settings, &mut workspace);
            for start in (0..rows.len()).step_by(batch_size) {
                let batch: Vec<usize> = (start..(start + batch_size).min(rows.len())).collect();
                eager.step(&rows.select(&batch), &settings);
            }
        }
        let decay = 1.0 - f64::from(settings.learning_rate * settings.l2);
        assert!(decay.powi(parameters.steps as i32) < 0.1 * SMALLEST_SCALE, "the decay is too weak to be a test");
        assert!(parameters.scale >= SMALLEST_SCALE, "the scale was not multiplied into the tables");
        let difference = largest_difference(&weights(&parameters, dimension), &eager.theta);
        println!("{optimizer:?}: largest relative difference {difference:e}");
        assert!(difference < 1e-4, "{optimizer:?}: {difference}");
    }
}

#[test]
fn a_batch_of_whole_blocks_is_one_step() {
    let ((n_users, n_items, batch_size), dimension) = (MIXED, 5);
    let rows = random_rows(n_users, n_items, 1000);
    let plan = EpochPlan::in_order(&rows, n_users as usize, n_items as usize, batch_size);
    let alone: Vec<usize> = plan.batches.iter().map(|batch| batch.alone().len()).collect();
    assert!(
        alone.iter().all(|n| (70..170).contains(n) && n % 32 > 0),
        "blocks of one kind, of both, of neither: {alone:?}"
    );
    let settings =
        Hyperparameters { optimizer: Optimizer::Sgd, learning_rate: 3.0, l2: 1e-3, l2_multiplier: 1.0, clip: 0.0 };
    let mut parameters = random_parameters(n_users as usize, n_items as usize, dimension);
    let mut eager = Eager::new(&parameters, dimension);
    for _ in 0..3 {
        train_epoch(InstructionSet::best(), &mut parameters, &plan, &loss("bce"), &settings, &mut Workspace::default());
        for start in (0..rows.len()).step_by(batch_size) {
            eager.step(&rows.select(&(start..start + batch_size).collect::<Vec<_>>()), &settings);
        }
    }
    let difference = largest_difference(&weights(&parameters, dimension), &eager.theta);
    println!("largest relative difference {difference:e}");
    assert!(difference < 1e-4, "{difference}");
}

#[test]
fn weak_decay_is_not_lost_to_rounding() {
    // 1 − 3e-6 and 1 − 1e-8 have no near neighbour in single precision. User 1 never occurs, and only decays.
    let rows = Interactions::new(vec![0; 5000], vec![0; 5000], vec![1.0; 5000]);
    let plan = EpochPlan::in_order(&rows, 2, 1, 1);
    for (learning_rate, l2, l2_multiplier) in [(0.01, 1e-4, 3.0), (0.01, 1e-6, 1.0)] {
        let settings = Hyperparameters { optimizer: Optimizer::Sgd, learning_rate, l2, l2_multiplier, clip: 0.0 };
        let mut parameters = random_parameters(2, 1, 1);
        let before = weights(&parameters, 1)[2];
        for _ in 0..20 {
            train_epoch(
                InstructionSet::best(),
                &mut parameters,
                &plan,
                &loss("bce"),
                &settings,
                &mut Workspace::default(),
            );
        }
        let per_step = f64::from(learning_rate) * f64::from(l2) * f64::from(l2_multiplier);
        let (lost, expected) = (1.0 - weights(&parameters, 1)[2] / before, 1.0 - (1.0 - per_step).powi(100_000));
        println!("decay of {expected:e}: relative error {:e}", lost / expected - 1.0);
        assert!((lost / expected - 1.0).abs() < 1e-3, "{lost:e} was lost where {expected:e} should be");
    }
}
