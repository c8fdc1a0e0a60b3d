//! Rules between settings, and between settings and data.

use autolossgen_data::Dataset;
use autolossgen_recsys::{Metric, Registry, SearchData};
use autolossgen_settings::{Choice, Problem};

use super::{Config, ConfigError, ControllerName, InputSet, OnConvergence, Protocol, RewardRule};

/// What L2 coefficients and learning rates of a race must be together.
const DECAYS: &str = "the largest, times the largest learning rate and l2_multiplier, must be below 1";

fn expect(holds: bool, key: &str, value: impl ToString, allowed: impl Into<String>) -> Result<(), Problem> {
    if holds { Ok(()) } else { Err(Problem { key: key.into(), value: value.to_string(), allowed: allowed.into() }) }
}

/// Whether every value of a grid but 0 lies within the bounds to which it may grow.
fn within(key: &str, [low, high]: [f32; 2], grid: &[f32]) -> Result<(), Problem> {
    let outside = grid.iter().find(|&&value| value != 0.0 && !(low..=high).contains(&value));
    let Some(outside) = outside else { return Ok(()) };
    expect(
        false,
        key,
        format!("[{low:?}, {high:?}]"),
        format!("the grid has {outside:?}, which lies outside: widen the bounds"),
    )
}

/// A value that is given twice would be tried twice, and count as two of the budget.
fn distinct(key: &str, grid: &[f32]) -> Result<(), Problem> {
    let twice = grid.iter().enumerate().find(|(index, value)| grid[..*index].contains(value));
    let Some((_, twice)) = twice else { return Ok(()) };
    expect(false, key, format!("{grid:?}"), format!("has {twice:?} twice: give each value once"))
}

/// A grid whose values go up and down may have one that was mistyped.
fn in_order(key: &str, grid: &[f32]) -> Result<(), Problem> {
    if grid.is_sorted() || grid.is_sorted_by(|a, b| a >= b) {
        return Ok(());
    }
    expect(false, key, format!("{grid:?}"), "goes up and down: give the values in order")
}

fn largest(values: &[f32]) -> f32 {
    values.iter().copied().fold(0.0, f32::max)
}

impl Config {
    /// Whether settings go together.
    pub(super) fn check_rules(&self) -> Result<(), ConfigError> {
        let rules = [Self::decay_rule, Self::limit_rule, Self::clamp_rule, Self::input_rule, Self::tuned_rules];
        rules.into_iter().try_for_each(|rule| rule(self)).map_err(ConfigError::of)
    }

    fn decay_rule(&self) -> Result<(), Problem> {
        let training = &self.training;
        let decay = training.learning_rate * training.l2 * training.l2_multiplier;
        expect(decay < 1.0, "training.l2", training.l2, "learning_rate * l2 * l2_multiplier must be below 1")?;
        let (search, is_raced) = (&self.search, self.search.reward == RewardRule::Converged);
        let decays = !is_raced || self.decays(&search.learning_rates, &search.l2_coefficients);
        expect(decays, "search.l2_coefficients", format!("{:?}", search.l2_coefficients), DECAYS)
    }

    /// Whether no step of a grid takes a whole parameter by L2.
    fn decays(&self, learning_rates: &[f32], l2: &[f32]) -> bool {
        largest(learning_rates) * self.training.learning_rate * largest(l2) * self.training.l2_multiplier < 1.0
    }

    fn limit_rule(&self) -> Result<(), Problem> {
        let search = &self.search;
        let is_complete = self.controller.name == ControllerName::Complete;
        let bounded = is_complete || search.time > 0.0 || search.samples > 0 || search.candidates > 0;
        // A search by convergence may accept a loss for ever, now and then.
        let is_one_epoch = search.reward == RewardRule::OneEpoch;
        let one_epoch =
            search.nothing_accepted > 0 || search.converged_after > 0 && search.on_convergence == OnConvergence::End;
        let ends = bounded || is_one_epoch && one_epoch;
        let allowed = if is_one_epoch {
            "set a limit: samples, time, candidates or nothing_accepted"
        } else {
            "this controller has no last loss: set a limit, samples, time or candidates"
        };
        expect(ends, "search.samples", search.samples, allowed)
    }

    fn clamp_rule(&self) -> Result<(), Problem> {
        let (low, high) = (self.search.clamp_low, self.search.clamp_high);
        expect(high > low && high.is_finite(), "search.clamp_high", high, "must lie above search.clamp_low")
    }

    fn input_rule(&self) -> Result<(), Problem> {
        let controller = &self.controller;
        let extends = [ControllerName::Evolution, ControllerName::Complete].contains(&controller.name);
        let can_extend = controller.inputs == InputSet::Paper || extends;
        let allowed = "needs controller.name = \"evolution\" or \"complete\"";
        expect(can_extend, "controller.inputs", "'extended'", allowed)?;
        let Some((gib, fits)) = self.too_many_nodes() else { return Ok(()) };
        let (nodes, memory) = (controller.max_nodes, controller.memory);
        let allowed = format!(
            "an enumeration of {nodes} nodes takes some {gib:.1} GiB, and controller.memory allows {memory}: {fits} nodes fit"
        );
        expect(false, "controller.max_nodes", nodes, allowed)
    }

    fn tuned_rules(&self) -> Result<(), Problem> {
        let (test, epsilons) = (&self.test, &self.selection.epsilons);
        if test.protocol != Protocol::Tuned {
            return Ok(());
        }
        let grids = [
            ("test.tuned_learning_rates", &test.tuned_learning_rates),
            ("test.tuned_l2", &test.tuned_l2),
            ("selection.epsilons", epsilons),
        ];
        grids.iter().try_for_each(|(key, grid)| distinct(key, grid).and_then(|()| in_order(key, grid)))?;
        let pairs = test.configurations();
        let few = format!(
            "under tuned each value needs a configuration of its own, and test.tuned_learning_rates and test.tuned_l2 make \
             {pairs}"
        );
        expect(epsilons.len() <= pairs, "selection.epsilons", format!("{epsilons:?}"), few)?;
        let decays = self.decays(&test.tuned_learning_rates, &test.tuned_l2);
        expect(decays, "test.tuned_l2", format!("{:?}", test.tuned_l2), DECAYS)?;
        if test.rounds == 0 {
            return Ok(());
        }
        within("test.learning_rate_bounds", test.learning_rate_bounds, &test.tuned_learning_rates)?;
        within("test.l2_bounds", test.l2_bounds, &test.tuned_l2)?;
        within("test.epsilon_bounds", test.epsilon_bounds, epsilons)
    }

    /// Whether batches are large enough for the recommender.
    pub(super) fn check_batch(&self, models: &Registry) -> Result<(), ConfigError> {
        let size = self.training.batch_size;
        let allowed = format!(
            "batch normalisation needs batches of 2 rows or more (or model.{}.batch_norm = false)",
            self.model.name
        );
        let fits = size >= self.model_builder(models)?.min_batch();
        expect(fits, "training.batch_size", size, allowed).map_err(ConfigError::of)
    }

    /// Whether the labels of `dataset` are what the metric needs.
    ///
    /// # Errors
    /// A metric of classes where labels are graded; AUC where the validation rows are of one class.
    pub fn expect_labels(&self, dataset: &Dataset) -> Result<(), ConfigError> {
        let (metric, validation) = (self.metric(), &dataset.search.validation);
        let of_one_class = [0, validation.len()].contains(&validation.n_positive());
        let allowed = if metric.needs_classes() && dataset.is_graded() {
            "needs labels 0 and 1, and these are graded; use auto, rmse, mae or log_loss"
        } else if metric == Metric::Auc && of_one_class {
            "needs validation rows of both classes, and these are of one; use rmse, mae or log_loss, or another data.split"
        } else {
            return Ok(());
        };
        Err(ConfigError::Value {
            source_name: dataset.name.clone(),
            key: "selection.metric".into(),
            value: format!("'{}'", metric.name()),
            allowed: allowed.into(),
        })
    }

    /// Whether these data can be trained on as configured.
    ///
    /// # Errors
    /// Fewer rows than the folds need; a last batch that is smaller than the recommender needs.
    pub fn fit(&self, data: &SearchData, models: &Registry) -> Result<(), ConfigError> {
        let (rows, folds) = (data.train.len(), self.search.folds);
        let least = 2 * folds;
        let few = format!("needs {least} training rows or more, and there are {rows}");
        expect(rows >= least, "search.folds", folds, few).map_err(ConfigError::of)?;
        let min_batch = self.model_builder(models)?.min_batch();
        self.fit_batches(rows, min_batch)?;
        // All but the rows of a smaller or of a larger fold.
        let Some(smaller) = rows.checked_div(folds) else { return Ok(()) };
        let held_out = [smaller, rows.div_ceil(folds)];
        held_out.into_iter().try_for_each(|held_out| self.fit_batches(rows - held_out, min_batch))
    }

    fn fit_batches(&self, rows: usize, min_batch: usize) -> Result<(), ConfigError> {
        let size = self.training.batch_size;
        let is_short = |size: usize| (1..min_batch).contains(&(rows % size));
        if !is_short(size) {
            return Ok(());
        }
        let advice = match (size + 1..size + rows).find(|&size| !is_short(size)) {
            Some(next) => format!(
                "the last batch of {rows} rows has one row, and batch normalisation needs two: choose another size, as in \
                 {next}"
            ),
            None => "there is one row to train on, and batch normalisation needs two".to_owned(),
        };
        expect(false, "training.batch_size", size, advice).map_err(ConfigError::of)
    }
}
