//! Ranges of the settings.

use std::fmt::Display;

use autolossgen_formula::{NamedLoss, nearest};
use autolossgen_recsys::data::{LabelRule, SplitRule};
use autolossgen_recsys::{Metric, SearchData, Task};
use toml::{Table, Value};

use super::{Config, ConfigError, RewardRule};
use crate::MODELS;
use crate::test::PROTOCOLS;

/// What L2 coefficients and learning rates of a race must be together.
const DECAYS: &str = "the largest, times the largest learning rate and l2_multiplier, must be below 1";

/// Collects the first setting that is out of its range.
struct Ranges(Result<(), ConfigError>);

impl Ranges {
    fn check(&mut self, key: &str, value: impl Display, holds: bool, allowed: &str) {
        if self.0.is_ok() && !holds {
            let (key, value, allowed) = (key.into(), value.to_string(), allowed.into());
            self.0 = Err(ConfigError::Value { source_name: "configuration".into(), key, value, allowed });
        }
    }

    fn positive(&mut self, key: &str, value: f64) {
        self.check(key, value, value > 0.0 && value.is_finite(), "must be positive and finite");
    }

    fn not_negative(&mut self, key: &str, value: f64) {
        self.check(key, value, value >= 0.0 && value.is_finite(), "must be 0 or more, and finite");
    }

    /// In bounds within which no sum of what derives from it is infinite.
    fn within(&mut self, key: &str, value: f64, low: f64, high: f64) {
        self.check(key, value, (low..=high).contains(&value), &format!("must lie between {low} and {high}"));
    }

    fn positive_within(&mut self, key: &str, value: f64, high: f64) {
        self.check(key, value, value > 0.0 && value <= high, &format!("must be positive, and {high} at the most"));
    }

    fn share(&mut self, key: &str, value: f64) {
        self.check(key, value, (0.0..=1.0).contains(&value), "must lie between 0 and 1");
    }

    fn count(&mut self, key: &str, value: usize, low: usize, high: usize) {
        let allowed = if high == usize::MAX {
            format!("must be {low} or more")
        } else {
            format!("must lie between {low} and {high}")
        };
        self.check(key, value, (low..=high).contains(&value), &allowed);
    }

    fn not_empty(&mut self, key: &str, n: usize, example: &str) {
        self.check(key, "[]", n > 0, &format!("needs at least one value, as in {example}"));
    }

    fn rates(&mut self, key: &str, rates: &[f32]) {
        self.not_empty(key, rates.len(), "[0.3, 1.0, 3.0]");
        rates.iter().for_each(|&rate| self.positive(key, rate.into()));
    }

    fn coefficients(&mut self, key: &str, coefficients: &[f32]) {
        self.not_empty(key, coefficients.len(), "[1e-5, 3e-5]");
        coefficients.iter().for_each(|&l2| self.not_negative(key, l2.into()));
    }

    fn loss_names(&mut self, key: &str, names: &[String]) {
        for name in names {
            let known = NamedLoss::find(name).is_some();
            self.check(key, format!("'{name}'"), known, "use names of losses, as in [\"bce\", \"mse\"]");
        }
    }

    fn one_of(&mut self, key: &str, value: &str, names: &[&str]) {
        let (last, others) = names.split_last().expect("a setting has a value");
        let choice = if others.is_empty() { (*last).to_owned() } else { format!("{} or {last}", others.join(", ")) };
        let near = nearest(value, names.iter().copied());
        let suggestion = near.map_or(String::new(), |near| format!(" (did you mean '{near}'?)"));
        self.check(key, format!("'{value}'"), names.contains(&value), &format!("use {choice}{suggestion}"));
    }
}

/// Whether the settings that become enums name one of their variants: said here, for the sentence of the deserialiser
/// names neither the layer nor the choices as the others do.
///
/// # Errors
/// The first that does not.
pub(super) fn named_choices(table: &Table) -> Result<(), ConfigError> {
    let metrics: Vec<&str> = std::iter::once("auto").chain(Metric::ALL.map(Metric::name)).collect();
    let choices = [
        ("task", &Task::NAMES[..]),
        ("data.label", &LabelRule::NAMES),
        ("search.reward", &RewardRule::NAMES),
        ("test.metric", &metrics),
    ];
    let mut ranges = Ranges(Ok(()));
    for (key, names) in choices {
        ranges.one_of(key, text_at(table, key), names);
    }
    ranges.0
}

/// The string at a dotted key of a merged table, which has every key, each of its kind.
fn text_at<'a>(table: &'a Table, key: &str) -> &'a str {
    let (section, key) = key.rsplit_once('.').unwrap_or(("", key));
    let section = table.get(section).and_then(Value::as_table).unwrap_or(table);
    section.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Config {
    /// # Errors
    /// The first setting that is out of its range.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let mut ranges = Ranges(Ok(()));
        self.training_ranges(&mut ranges);
        self.search_ranges(&mut ranges);
        self.controller_ranges(&mut ranges);
        self.test_ranges(&mut ranges);
        ranges.0
    }

    /// Whether a batch of one row cannot be trained on.
    fn normalises_batches(&self) -> bool {
        self.model.name == "mlp" && self.model.batch_norm
    }

    /// Whether these data can be trained on as configured.
    ///
    /// # Errors
    /// Fewer rows than the folds need; batch normalisation, and batches of which the last has one row.
    pub fn fit(&self, data: &SearchData) -> Result<(), ConfigError> {
        let (rows, folds) = (data.train.len(), self.search.folds);
        let least = 2 * folds;
        let few = format!("needs {least} training rows or more, and there are {rows}");
        let mut ranges = Ranges(Ok(()));
        ranges.check("search.folds", folds, rows >= least, &few);
        ranges.0?;
        self.fit_batches(rows)?;
        // All but the rows of a smaller or of a larger fold.
        let Some(smaller) = rows.checked_div(folds) else { return Ok(()) };
        [smaller, rows.div_ceil(folds)].into_iter().try_for_each(|held_out| self.fit_batches(rows - held_out))
    }

    fn fit_batches(&self, rows: usize) -> Result<(), ConfigError> {
        let size = self.training.batch_size;
        if !self.normalises_batches() || rows % size != 1 {
            return Ok(());
        }
        let advice = match (size + 1..size + rows).find(|size| rows % size != 1) {
            Some(next) => format!(
                "the last batch of {rows} rows has one row, and batch normalisation needs two: choose another size, as in \
                 {next}"
            ),
            None => "there is one row to train on, and batch normalisation needs two".to_owned(),
        };
        let (key, value) = ("training.batch_size".to_owned(), size.to_string());
        Err(ConfigError::Value { source_name: "configuration".into(), key, value, allowed: advice })
    }

    fn training_ranges(&self, ranges: &mut Ranges) {
        let (data, model, training) = (&self.data, &self.model, &self.training);
        ranges.count("threads", self.threads, 0, 1024);
        ranges.check("data.threshold", data.threshold, data.threshold.is_finite(), "must be finite");
        ranges.one_of("data.split", &data.split, &["leave-one-out", "random", "temporal"]);
        let divides = SplitRule::parse("random", data.ratios).is_ok();
        let shares = "three positive shares that sum to 1 are needed, as in [0.8, 0.1, 0.1]";
        ranges.check("data.ratios", format!("{:?}", data.ratios), divides, shares);
        ranges.one_of("model.name", &model.name, &MODELS);
        ranges.count("model.dimension", model.dimension, 1, 4096);
        ranges.check(
            "model.init_std",
            model.init_std,
            (0.0..=100.0).contains(&model.init_std),
            "must lie between 0 and 100",
        );
        let sizes = !model.layers.is_empty() && model.layers.iter().all(|size| (1..=4096).contains(size));
        let units = "needs at least one hidden layer, each of 1 to 4096 units, as in [64, 16]";
        ranges.check("model.layers", format!("{:?}", model.layers), sizes, units);
        let share = "must be 0 or more, and less than 1";
        ranges.check("model.dropout", model.dropout, (0.0..1.0).contains(&model.dropout), share);
        ranges.check("model.global_bias", model.global_bias, model.global_bias.is_finite(), "must be finite");
        ranges.positive("training.learning_rate", training.learning_rate.into());
        ranges.not_negative("training.l2", training.l2.into());
        ranges.not_negative("training.l2_multiplier", training.l2_multiplier.into());
        ranges.not_negative("training.clip", training.clip.into());
        ranges.count("training.batch_size", training.batch_size, 1, 1 << 24);
        let rows = "batch normalisation needs batches of 2 rows or more (or model.batch_norm = false)";
        let divides = training.batch_size > 1 || !self.normalises_batches();
        ranges.check("training.batch_size", training.batch_size, divides, rows);
        let decay = training.learning_rate * training.l2 * training.l2_multiplier;
        ranges.check("training.l2", training.l2, decay < 1.0, "learning_rate * l2 * l2_multiplier must be below 1");
    }

    fn search_ranges(&self, ranges: &mut Ranges) {
        let search = &self.search;
        ranges.not_negative("search.time", search.time);
        ranges.within("search.checkpoint", search.checkpoint, 0.0, 86_400.0);
        let bounded = search.time > 0.0 || search.samples > 0 || search.candidates > 0 || search.nothing_accepted > 0;
        let ends = bounded || search.converged_after > 0 && search.on_convergence == "end";
        ranges.check(
            "search.samples",
            search.samples,
            ends,
            "set a limit: samples, time, candidates or nothing_accepted",
        );
        self.reward_ranges(ranges);
        ranges.one_of("search.on_convergence", &search.on_convergence, &["end", "restart"]);
        ranges.not_negative("search.converged_tolerance", search.converged_tolerance);
        ranges.not_negative("search.eta", search.eta);
        ranges.positive("search.delta", search.delta);
        ranges.count("search.proxy_batch", search.proxy_batch, 1, 256);
        ranges.count("search.samples_per_update", search.samples_per_update, 1, 10_000);
        ranges.within("search.zero_gradient_reward", search.zero_gradient_reward, -1e6, 1e6);
        ranges.positive("search.epsilon", search.epsilon.into());
        ranges.one_of("search.clamp", &search.clamp, &["signed", "positive", "none"]);
        ranges.positive("search.clamp_low", search.clamp_low.into());
        let (low, high) = (search.clamp_low, search.clamp_high);
        ranges.check("search.clamp_high", high, high > low && high.is_finite(), "must lie above search.clamp_low");
    }

    fn reward_ranges(&self, ranges: &mut Ranges) {
        let search = &self.search;
        ranges.check(
            "search.folds",
            search.folds,
            search.folds != 1 && search.folds <= 100,
            "must be 0, or lie between 2 and 100",
        );
        ranges.loss_names("search.warm_start", &search.warm_start);
        let ascending = search.rungs.windows(2).all(|pair| pair[0] < pair[1]) && search.rungs.first() != Some(&0);
        ranges.check(
            "search.rungs",
            format!("{:?}", search.rungs),
            ascending,
            "must ascend from 1 or more, as in [1, 3, 10]",
        );
        ranges.count("search.reduction", search.reduction, 2, 1000);
        ranges.rates("search.learning_rates", &search.learning_rates);
        ranges.coefficients("search.l2_coefficients", &search.l2_coefficients);
        let (grid, is_raced) = (self.search_grid(&[]), search.reward == RewardRule::Converged);
        ranges.check(
            "search.l2_coefficients",
            format!("{:?}", grid.l2),
            !is_raced || grid.decay() * self.training.l2_multiplier < 1.0,
            DECAYS,
        );
    }

    fn controller_ranges(&self, ranges: &mut Ranges) {
        let controller = &self.controller;
        ranges.one_of("controller.name", &controller.name, &["lstm", "random", "evolution"]);
        ranges.one_of("controller.inputs", &controller.inputs, &["paper", "extended"]);
        let can_extend = controller.inputs == "paper" || controller.name == "evolution";
        ranges.check("controller.inputs", "'extended'", can_extend, "needs controller.name = \"evolution\"");
        ranges.count("controller.population", controller.population, 2, 1_000_000);
        ranges.count("controller.tournament", controller.tournament, 1, 1_000_000);
        ranges.one_of("controller.operators", &controller.operators, &["paper", "extended"]);
        ranges.count("controller.max_variables", controller.max_variables, 4, 15);
        ranges.count("controller.layers", controller.layers, 1, 8);
        ranges.count("controller.hidden", controller.hidden, 1, 1024);
        ranges.positive_within("controller.init_range", controller.init_range, 100.0);
        ranges.positive_within("controller.tanh_constant", controller.tanh_constant, 100.0);
        ranges.within("controller.entropy_weight", controller.entropy_weight, 0.0, 1e6);
        ranges.positive_within("controller.learning_rate", controller.learning_rate, 10.0);
        ranges.share("controller.baseline_decay", controller.baseline_decay);
    }

    fn test_ranges(&self, ranges: &mut Ranges) {
        let (check, test) = (&self.check, &self.test);
        ranges.count("check.pairs", check.pairs, 1, 10_000_000);
        ranges.share("check.threshold", check.threshold);
        ranges.not_negative("check.dead_zone", check.dead_zone);
        ranges.one_of("test.protocol", &test.protocol, &PROTOCOLS);
        self.tuned_ranges(ranges);
        ranges.count("test.screening", test.screening, 1, 100_000);
        ranges.loss_names("test.baselines", &test.baselines);
        ranges.not_empty("test.epsilons", test.epsilons.len(), "[1e-6]");
        for &epsilon in &test.epsilons {
            ranges.positive("test.epsilons", epsilon.into());
        }
        ranges.count("test.falling", test.falling, 1, usize::MAX);
        ranges.count("test.patience", test.patience, 1, usize::MAX);
        ranges.count("test.max_epochs", test.max_epochs, 1, 10_000_000);
        ranges.one_of("test.threshold_on", &test.threshold_on, &["validation", "test"]);
    }

    fn tuned_ranges(&self, ranges: &mut Ranges) {
        let test = &self.test;
        ranges.rates("test.tuned_learning_rates", &test.tuned_learning_rates);
        ranges.coefficients("test.tuned_l2", &test.tuned_l2);
        let pairs = test.configurations();
        let few = format!(
            "under tuned each value needs a configuration of its own, and test.tuned_learning_rates and test.tuned_l2 make \
             {pairs}"
        );
        let is_tuned = test.protocol == "tuned";
        ranges.check("test.epsilons", format!("{:?}", test.epsilons), !is_tuned || test.epsilons.len() <= pairs, &few);
        let grid = self.tuned_grid(&[]);
        let decays = grid.decay() * self.training.l2_multiplier < 1.0;
        ranges.check("test.tuned_l2", format!("{:?}", grid.l2), !is_tuned || decays, DECAYS);
        ranges.count("test.rung_epochs", test.rung_epochs, 1, 10_000_000);
        ranges.count("test.eta", test.eta, 2, 1000);
        ranges.count("test.seeds", test.seeds, 1, 1000);
    }
}
