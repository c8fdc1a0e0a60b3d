//! The norm of a batch's gradient from the Gram matrix, against the gradient of every parameter written out in double
//! precision. On generated rows, and on those of the folder in `AUTOLOSSGEN_ML100K` where the variable is set.

use std::collections::BTreeMap;

use autolossgen_recsys::random::{below, shuffle, stream, uniform};
use autolossgen_recsys::{
    BiasedMf, EpochPlan, Gram, Hyperparameters, Interactions, MfOptions, MfParameters, Model, Optimizer, SearchData,
    Workspace,
};

use crate::common::loss;

/// Of MaxR.
const EPSILON: f32 = 0.1;

/// dL/dlogit for a logit and a label.
type Slope = fn(f64, f64) -> f64;

const LOSSES: [(&str, Slope); 3] = [("bce", bce_slope), ("mse", mse_slope), ("maxr", maxr_slope)];

fn sigmoid(h: f64) -> f64 {
    1.0 / (1.0 + (-h).exp())
}

fn bce_slope(h: f64, y: f64) -> f64 {
    sigmoid(h) - y
}

fn mse_slope(h: f64, y: f64) -> f64 {
    2.0 * (sigmoid(h) - y) * sigmoid(h) * sigmoid(-h)
}

fn maxr_slope(h: f64, y: f64) -> f64 {
    let (p, y) = (sigmoid(h) + f64::from(EPSILON), y + f64::from(EPSILON));
    let slope = sigmoid(h) * sigmoid(-h);
    if p > y { slope / y } else { -slope * y / (p * p) }
}

/// dL/dlogit of each row as the search has it: single precision, from the compiled formula.
fn compiled_slopes(name: &str, model: &BiasedMf, batch: &Interactions) -> Vec<f64> {
    // BCE's formula has a protected logarithm; single precision loses an ε of 1e-12.
    let epsilon = if name == "maxr" { EPSILON } else { 1e-12 };
    let loss = loss(name, epsilon);
    let (mut logits, mut slopes) = (Vec::new(), vec![0.0; batch.len()]);
    model.predict(batch, &mut logits);
    loss.value_and_grad(&logits, batch.labels(), &mut slopes, &mut Default::default());
    slopes.into_iter().map(f64::from).collect()
}

/// √(gᵀKg) / |B|, the norm of the gradient of the mean loss.
fn norm_by_gram(gram: &Gram, g: &[f64]) -> f64 {
    let rows = gram.values.chunks_exact(gram.size).zip(g);
    let square: f64 = rows.map(|(row, gi)| gi * row.iter().zip(g).map(|(k, gj)| k * gj).sum::<f64>()).sum();
    square.sqrt() / gram.size as f64
}

/// One parameter of the table of users or items (its column, d for the bias), or the global bias.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Parameter {
    User(u32, usize),
    Item(u32, usize),
    Global,
}

/// The model written out, in double precision.
struct Exact(MfParameters);

impl Exact {
    fn user(&self, user: u32) -> Vec<f64> {
        row(&self.0.user_embeddings, self.0.dimension, user)
    }

    fn item(&self, item: u32) -> Vec<f64> {
        row(&self.0.item_embeddings, self.0.dimension, item)
    }

    fn logit(&self, user: u32, item: u32) -> f64 {
        let product: f64 = self.user(user).iter().zip(self.item(item)).map(|(x, y)| x * y).sum();
        let biases = [self.0.user_biases[user as usize], self.0.item_biases[item as usize], self.0.global_bias];
        product + biases.into_iter().map(f64::from).sum::<f64>()
    }

    /// Gradient of the mean over the batch of a loss with these derivatives.
    fn gradient(&self, batch: &Interactions, slope: impl Fn(f64, f64) -> f64) -> BTreeMap<Parameter, f64> {
        let mut gradient = BTreeMap::new();
        for ((&user, &item), &label) in batch.users().iter().zip(batch.items()).zip(batch.labels()) {
            let g = slope(self.logit(user, item), f64::from(label)) / batch.len() as f64;
            let mut add = |parameter: Parameter, value: f64| *gradient.entry(parameter).or_insert(0.0) += g * value;
            self.item(item).into_iter().chain([1.0]).enumerate().for_each(|(k, x)| add(Parameter::User(user, k), x));
            self.user(user).into_iter().chain([1.0]).enumerate().for_each(|(k, x)| add(Parameter::Item(item, k), x));
            add(Parameter::Global, 1.0);
        }
        gradient
    }

    fn norm(&self, batch: &Interactions, slope: impl Fn(f64, f64) -> f64) -> f64 {
        self.gradient(batch, slope).values().map(|value| value * value).sum::<f64>().sqrt()
    }
}

fn row(embeddings: &[f32], dimension: usize, id: u32) -> Vec<f64> {
    embeddings[id as usize * dimension..][..dimension].iter().copied().map(f64::from).collect()
}

/// `size` rows in which the user of one row and its item occur again.
fn batch(train: &Interactions, size: usize, number: u64) -> Interactions {
    let mut rng = stream(5, "batch", number);
    let first = below(&mut rng, train.len() as u64) as usize;
    let (users, items) = (train.users(), train.items());
    let others = || (0..train.len()).filter(|&at| at != first);
    let mut rows = vec![first];
    rows.extend(others().filter(|&at| users[at] == users[first]).take(size / 3));
    rows.extend(others().filter(|&at| items[at] == items[first] && users[at] != users[first]).take(size / 3));
    while rows.len() < size {
        rows.push(below(&mut rng, train.len() as u64) as usize);
    }
    shuffle(&mut rng, &mut rows);
    train.select(&rows)
}

/// An epoch of training, with decay, from N(0, 1): logits far from 0 and parameters that are stored scaled.
fn trained(data: &SearchData) -> BiasedMf {
    let options = MfOptions { dimension: 64, init_std: 1.0, global_bias: 0.1 };
    let mut model = BiasedMf::new(data.n_users, data.n_items, &options, &mut stream(5, "model", 0));
    let settings =
        Hyperparameters { optimizer: Optimizer::Sgd, learning_rate: 0.1, l2: 1e-3, l2_multiplier: 3.0, clip: 50.0 };
    let plan = EpochPlan::new(&data.train, data.n_users, data.n_items, 128, 5, 1);
    let loss = loss("bce", 1e-6);
    model.train_epoch(&plan, &loss, &settings, &mut Workspace::default());
    model
}

/// Largest relative difference of the norms of each loss's gradient, and of each difference of two.
fn largest_difference(data: &SearchData, size: usize, n_batches: u64) -> f64 {
    let model = trained(data);
    let exact = Exact(model.parameters());
    let mut largest = 0.0_f64;
    for number in 0..n_batches {
        let batch = batch(&data.train, size, number);
        let gram = model.gram(&batch);
        for (index, &(name, slope)) in LOSSES.iter().enumerate() {
            let g = compiled_slopes(name, &model, &batch);
            largest = largest.max((norm_by_gram(&gram, &g) / exact.norm(&batch, slope) - 1.0).abs());
            for &(other_name, other_slope) in &LOSSES[..index] {
                let other = compiled_slopes(other_name, &model, &batch);
                let minus: Vec<f64> = g.iter().zip(other).map(|(g, other)| g - other).collect();
                let expected = exact.norm(&batch, |h, y| slope(h, y) - other_slope(h, y));
                largest = largest.max((norm_by_gram(&gram, &minus) / expected - 1.0).abs());
            }
        }
    }
    largest
}

fn check(name: &str, data: &SearchData) {
    for size in [5, 20] {
        let difference = largest_difference(data, size, 20);
        println!("{name}, |B| = {size}: largest relative difference {difference:e}");
        assert!(difference < 1e-5, "{name}, |B| = {size}: {difference:e}");
    }
}

/// Rows in the shape of ML-100K, of which few users and items have most.
fn skewed() -> SearchData {
    let (n_users, n_items, n_rows) = (943, 1682, 80_000);
    let mut rng = stream(3, "rows", 0);
    let mut ids = |n: usize| (0..n_rows).map(|_| (uniform(&mut rng).powi(2) * n as f64) as u32).collect::<Vec<u32>>();
    let (users, items) = (ids(n_users), ids(n_items));
    let labels = users.iter().zip(&items).map(|(user, item)| ((user ^ item) % 2) as f32).collect();
    SearchData { n_users, n_items, train: Interactions::new(users, items, labels), validation: Interactions::default() }
}

/// The training rows of a folder with files of user, item and label.
fn ml_100k(folder: &str) -> SearchData {
    let file = std::path::Path::new(folder).join("ml100k01-1-5.train.csv");
    let text = std::fs::read_to_string(file).unwrap();
    let (mut users, mut items, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines().skip(1) {
        let fields: Vec<f32> = line.split('\t').map(|field| field.parse().unwrap()).collect();
        users.push(fields[0] as u32);
        items.push(fields[1] as u32);
        labels.push(fields[2]);
    }
    let n = |ids: &[u32]| ids.iter().max().unwrap() + 1;
    let (n_users, n_items) = (n(&users) as usize, n(&items) as usize);
    SearchData { n_users, n_items, train: Interactions::new(users, items, labels), validation: Interactions::default() }
}

#[test]
fn norms_by_gram_are_those_of_the_gradient() {
    check("skewed", &skewed());
}

#[test]
fn norms_by_gram_are_those_of_the_gradient_on_ml_100k() {
    match std::env::var("AUTOLOSSGEN_ML100K") {
        Ok(folder) => check(&folder, &ml_100k(&folder)),
        Err(_) => println!("not tested: AUTOLOSSGEN_ML100K names no folder"),
    }
}

#[test]
fn batches_repeat_users_and_items() {
    let train = skewed().train;
    for size in [5, 20] {
        let batch = batch(&train, size, 0);
        let distinct = |ids: &[u32]| ids.iter().collect::<std::collections::BTreeSet<_>>().len();
        assert_eq!(batch.len(), size);
        assert!(distinct(batch.users()) < size && distinct(batch.items()) < size);
    }
}
