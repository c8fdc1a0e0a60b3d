//! The configuration of the task `ranking`: what recommends is judged by the rank of what a user takes next.

use std::path::Path;

use autolossgen_formula::{Binary, NamedLoss, RANKING_LOSSES, Reducer, Scope, Unary};
use autolossgen_recsys::ranking::{MetricAt, Negatives, RankingMetric, RankingModelName, Similarity};
use autolossgen_recsys::{Optimizer, Task};
use autolossgen_settings::range::{self, Outside};
use autolossgen_settings::{Choice, Problem, section};
use toml::Value;

use super::layer::{Assignment, lay_over, named, parse, read, set_by, typed};
use super::preset::section_text;
use super::ranges::{bounds, thread_count};
use super::{ConfigError, DataConfig, HalvingConfig, TaskName};

/// What a configuration of ranking begins with.
const HEADING: &str = "# Ranking from implicit feedback: every loss at its own settings.\ntask = \"ranking\"\n";

/// Where sections that other tasks have too differ.
const OVER: &[(&str, &str)] = &[("data.split", "\"ratio\""), ("halving.rung_epochs", "8")];

section! {
    /// The resolved configuration of a comparison of losses for ranking.
    pub struct RankingConfig {
        /// Root seed; the same seed gives the same bytes
        pub seed: u64 [range::any] = 42;
        /// Worker threads; 0 for one per core. Results never depend on it
        pub threads: usize [thread_count] = 0;
        sections {
            /// Reading and splitting
            pub data: DataConfig,
            /// The recommender: score = e_u . e_i, or their cosine divided by the temperature
            pub model: RankingModelConfig,
            /// How a recommender is trained
            pub training: RankingTrainingConfig,
            /// What validation chooses by
            pub selection: RankingSelectionConfig,
            /// When a training ends
            pub stop: RankingStopConfig,
            /// Successive halving
            pub halving: HalvingConfig,
            /// The search for losses
            pub search: RankingSearchConfig,
            /// The comparison
            pub test: RankingTestConfig,
        }
    }
}

section! {
    /// The recommender.
    #[derive(Copy)]
    pub struct RankingModelConfig {
        /// mf (matrix factorisation) or lightgcn (its vectors averaged over the graph of users and items; dearer by a factor of a few)
        pub name: RankingModelName [range::any] = "mf";
        /// Length of an embedding
        pub dimension: usize [range::count(1, 4096)] = 64;
        /// Layers of lightgcn
        pub n_layers: usize [range::count(1, 16)] = 3;
    }
}

section! {
    /// How a recommender is trained.
    #[derive(Copy)]
    pub struct RankingTrainingConfig {
        /// sgd, adagrad or adam, which moves the rows of a batch alone
        pub optimizer: Optimizer [range::any] = "adam";
        /// Positive pairs of a mini-batch
        pub batch_size: usize [range::count(1, 1 << 24)] = 1024;
        /// Where negatives come from: uniform or popularity (of each positive its own, from the items that the user has not in
        /// training), shared or shared_popularity (one set a batch), or in_batch (the positives of the others)
        pub negatives: Negatives [range::any] = "uniform";
        /// popularity and shared_popularity: an item is drawn in proportion to its number of users to this power
        pub exponent: f64 [range::within(0.0, 4.0)] = 0.75;
    }
}

section! {
    /// What validation chooses by.
    #[derive(Copy)]
    pub struct RankingSelectionConfig {
        /// Metric that chooses epochs and settings and that the verdict is about: ndcg, recall, hit_rate, mrr, map or precision, @ and how
        /// many items are recommended
        pub metric: MetricAt [range::any] = "ndcg@20";
        /// Further divisions of training and validation, on which the few best configurations of a loss, and the best losses of a search,
        /// are trained again from other seeds; the mean over them chooses. Of each user as many positives are held out as before, at
        /// random (under data.split temporal and leave-last-out the parts stay as they are). 0: validation itself chooses, as it should where
        /// ready parts were divided by time
        pub divisions: usize [range::count(0, 100)] = 3;
    }
}

section! {
    /// When a training ends.
    #[derive(Copy)]
    pub struct RankingStopConfig {
        /// Stop when the best epoch on validation is this old
        pub patience: usize [range::count(1, usize::MAX)] = 15;
        /// At the latest here
        pub max_epochs: usize [range::count(1, 10_000_000)] = 300;
    }
}

section! {
    /// The search for losses: every one of few nodes, then evolution with coefficients from the best of them.
    pub struct RankingSearchConfig {
        /// Every loss of up to so many nodes is tried, formulas being trees over pos, neg, gap and 1
        pub max_nodes: usize [range::count(1, 7)] = 5;
        /// A loss is tried if dL/ds+ <= 0 on this share of simulated rows and dL/ds- >= 0 for this share of their negatives, and both
        /// act: 1 leaves out losses of squares, which turn where a score is beyond its target
        pub right_sign: f64 [range::positive_within(1.0)] = 0.3;
        /// Losses that evolution tries after them
        pub samples: usize [range::any] = 300;
        /// Operators of one operand
        pub unary: Vec<Unary> [range::set] = ["neg", "log", "square", "reciprocal", "exp", "sigmoid", "relu"];
        /// Operators of two operands
        pub binary: Vec<Binary> [range::set] = ["add", "mul", "max", "min"];
        /// Reducers over the negatives
        pub reducers: Vec<Reducer> [range::set] = ["mean"];
        /// Learning rates at which the losses of few nodes are tried, under each of test.similarities, the other settings in the middle
        /// of their grids
        pub learning_rates: Vec<f32> [range::rates] = [1e-2];
        /// Epochs after which losses are given up; without any, all are trained to convergence
        pub rungs: Vec<usize> [range::ascending] = [3, 12, 36];
        /// Of so many losses one goes on
        pub reduction: usize [range::count(2, 1000)] = 4;
        /// Losses of the complete part that are trained to convergence, and from which evolution begins
        pub population: usize [range::count(1, 10_000)] = 30;
        /// Losses of the population that may differ by their coefficients alone, so that it holds more than one idea
        pub niche: usize [range::count(1, 10_000)] = 3;
        /// The best of so many, drawn at random, is the parent of a new loss
        pub tournament: usize [range::count(1, 10_000)] = 5;
        /// Operations that a new loss may have
        pub operations: usize [range::count(1, 30)] = 10;
        /// Losses that go to the test
        pub candidates: usize [range::count(1, 1000)] = 5;
    }
}

section! {
    /// The comparison.
    pub struct RankingTestConfig {
        /// Named losses that a found loss has to beat
        pub baselines: Vec<String> [baselines] = ["bpr", "bce", "mse", "hinge", "squared-gap", "ssm", "bsl", "psl", "ccl", "gbce"];
        /// Metrics on the test part, beside that which chooses
        pub metrics: Vec<String> [metrics] = ["ndcg@20", "recall@20", "hit_rate@20", "mrr@20", "map@20", "precision@20"];
        /// Similarities to try: inner or cosine
        pub similarities: Vec<Similarity> [range::set] = ["inner", "cosine"];
        /// Learning rates to try. Each pair of one of these and an L2 coefficient is a configuration of each similarity; the values of
        /// temperature, scale and number of negatives are spread over the pairs, so that every loss has as many configurations
        pub learning_rates: Vec<f32> [range::rates] = [1e-3, 3e-3, 1e-2];
        /// L2 coefficients to try; the decay acts on the embeddings of a batch
        pub l2: Vec<f32> [range::coefficients] = [1e-5, 1e-4, 1e-3];
        /// cosine: temperatures to try. Under inner the temperature is 1: another one is the same loss at another learning rate, scale
        /// and L2, which are tried
        pub temperatures: Vec<f32> [range::rates] = [0.1, 0.2, 0.4];
        /// Standard deviations of fresh embeddings to try
        pub init_std: Vec<f32> [range::rates] = [0.03, 0.1, 0.3];
        /// Numbers of negatives to try; under in_batch it is the size of the batch
        pub n_negatives: Vec<usize> [range::ascending] = [16, 64];
        /// Rounds after that grid, for each similarity. In each, configurations beside the best of a loss are tried: beyond what was tried
        /// where the best lies at an end of it, half way to the next value elsewhere, so that every loss has the same budget
        pub rounds: usize [range::count(0, 1000)] = 2;
        /// Smallest and largest learning rate
        pub learning_rate_bounds: [f32; 2] [bounds] = [1e-5, 0.3];
        /// Smallest and largest L2 coefficient; 0 may be in the grid
        pub l2_bounds: [f32; 2] [bounds] = [1e-7, 3e-2];
        /// Smallest and largest temperature
        pub temperature_bounds: [f32; 2] [bounds] = [3e-3, 12.0];
        /// Smallest and largest standard deviation of fresh embeddings
        pub init_std_bounds: [f32; 2] [bounds] = [1e-3, 9.0];
        /// Smallest and largest number of negatives
        pub n_negatives_bounds: [f32; 2] [bounds] = [1.0, 256.0];
        /// Seeds from which the best configuration is trained: seed, seed + 1, ...
        pub seeds: usize [range::count(1, 1000)] = 3;
    }
}

/// Names of losses of ranking.
fn baselines(names: &[String]) -> Result<(), Outside> {
    let unknown = names.iter().find(|name| NamedLoss::find_for(Scope::Ranking, name).is_none());
    unknown.map_or(Ok(()), |unknown| {
        let known: Vec<&str> = RANKING_LOSSES.iter().map(|named| named.name).collect();
        Err((format!("'{unknown}'"), format!("is no loss of ranking; use {}", known.join(", "))))
    })
}

/// Texts of metrics of a ranking, at least one.
fn metrics(texts: &[String]) -> Result<(), Outside> {
    range::set(texts)?;
    let wrong = texts.iter().find_map(|text| text.parse::<MetricAt>().err().map(|error| (text, error)));
    wrong.map_or(Ok(()), |(text, error)| Err((format!("'{text}'"), error.to_string())))
}

impl TaskName {
    /// The task that the assignments, or else the file, name; classification where neither does.
    ///
    /// # Errors
    /// A file that is no TOML; an unknown task.
    pub fn of(file: Option<(&Path, &str)>, assignments: &[Assignment]) -> Result<Self, ConfigError> {
        let file = file.map(read).transpose()?;
        let Some(name) = named("task", file.as_ref(), assignments) else { return Ok(Self::Classification) };
        Self::parse(&name).map_err(|unknown| {
            let problem = Problem { key: "task".into(), value: format!("'{name}'"), allowed: unknown.to_string() };
            set_by(ConfigError::of(problem), file.as_ref(), assignments)
        })
    }
}

impl RankingModelConfig {
    /// The recommender in a line of text.
    pub fn named(&self) -> String {
        match self.name {
            RankingModelName::Mf => "mf".to_owned(),
            RankingModelName::LightGcn => format!("lightgcn of {} layers", self.n_layers),
        }
    }
}

impl RankingSelectionConfig {
    /// What a value of validation in a table is.
    pub fn described(&self) -> String {
        match self.divisions {
            0 => "of the first seed".to_owned(),
            1 => "of a further division of training and validation".to_owned(),
            divisions => format!("mean over {divisions} further divisions of training and validation"),
        }
    }
}

impl RankingConfig {
    /// As TOML, every setting.
    pub fn to_toml(&self) -> String {
        format!("task = \"ranking\"\n{}", toml::to_string(self).expect("every field is a TOML value"))
    }

    /// Every setting as commented TOML.
    pub fn text() -> String {
        section_text::<Self>(HEADING, OVER)
    }

    /// The defaults with a TOML file (its name and text) and assignments laid over them.
    ///
    /// # Errors
    /// An unknown key, text that is no TOML, a value of the wrong type or range, settings that do not go together; a metric of labels.
    pub fn layer(file: Option<(&Path, &str)>, assignments: &[Assignment]) -> Result<Self, ConfigError> {
        let file = file.map(read).transpose()?;
        let mut table = parse(&"ranking", &Self::text())?;
        // These keys say which configuration this is.
        table.insert("preset".into(), Value::String("default".into()));
        lay_over(&mut table, "ranking", &[], file.as_ref(), assignments)?;
        table.remove("task");
        let resolved = Self::resolved(table);
        resolved.map_err(|error| set_by(error, file.as_ref(), assignments))
    }

    fn resolved(mut table: toml::Table) -> Result<Self, ConfigError> {
        if let Some(preset) = table.remove("preset").filter(|preset| preset.as_str() != Some("default")) {
            let allowed = "ranking, which the paper has not, has the preset default alone";
            return Err(wrong("preset", preset.to_string(), allowed));
        }
        let metric = table.get("selection").and_then(|section| section.get("metric")).and_then(Value::as_str);
        if let Some((metric, error)) = metric.and_then(|text| Some((text, text.parse::<MetricAt>().err()?))) {
            return Err(wrong(
                "selection.metric",
                format!("'{metric}'"),
                metric_of_ranking(metric, &error.to_string()),
            ));
        }
        let similarities = table.get("test").and_then(|section| section.get("similarities")).and_then(Value::as_array);
        for name in similarities.into_iter().flatten().filter_map(Value::as_str) {
            if let Err(unknown) = Similarity::parse(name) {
                return Err(wrong("test.similarities", format!("'{name}'"), unknown.to_string()));
            }
        }
        let config: Self = typed(table)?;
        config.check_rules().map_err(ConfigError::of)?;
        Ok(config)
    }

    /// Whether every value of a grid lies within its bounds.
    fn check_rules(&self) -> Result<(), Problem> {
        let test = &self.test;
        let negatives: Vec<f32> = test.n_negatives.iter().map(|&n| n as f32).collect();
        let grids = [
            ("learning_rates", &test.learning_rates, test.learning_rate_bounds),
            ("l2", &test.l2, test.l2_bounds),
            ("temperatures", &test.temperatures, test.temperature_bounds),
            ("init_std", &test.init_std, test.init_std_bounds),
            ("n_negatives", &negatives, test.n_negatives_bounds),
        ];
        for (name, grid, [low, high]) in grids {
            let problem =
                |allowed: String| Problem { key: format!("test.{name}"), value: format!("{grid:?}"), allowed };
            if !grid.windows(2).all(|pair| pair[0] < pair[1]) {
                return Err(problem("must ascend, each value once".into()));
            }
            let outside = grid.iter().find(|&&value| value != 0.0 && !(low..=high).contains(&value));
            if let Some(outside) = outside {
                return Err(problem(format!("{outside:?} lies outside its bounds, {low:?} to {high:?}: widen them")));
            }
        }
        Ok(())
    }

    /// The metrics of the test part, that which chooses first.
    pub fn metrics(&self) -> Vec<MetricAt> {
        let own = self.selection.metric;
        let further = self.test.metrics.iter().filter_map(|text| text.parse().ok()).filter(|&metric| metric != own);
        std::iter::once(own).chain(further).collect()
    }
}

/// What is said of a text that is no metric of ranking: a metric of labels has its task.
fn metric_of_ranking(text: &str, error: &str) -> String {
    let task = |task: &Task| task.metric().name() == text;
    let is_of_labels = autolossgen_recsys::Metric::ALL.iter().any(|metric| metric.name() == text);
    if !is_of_labels && !Task::ALL.iter().any(task) {
        return error.to_owned();
    }
    let names = RankingMetric::names().join(", ");
    format!("is a metric of labels, which ranking has not; use one of {names} with a cutoff, as in ndcg@20")
}

fn wrong(key: &str, value: String, allowed: impl Into<String>) -> ConfigError {
    ConfigError::of(Problem { key: key.into(), value, allowed: allowed.into() })
}

#[cfg(test)]
mod tests {
    use autolossgen_data::SplitKind;

    use super::*;

    fn layered(file: &str, settings: &[(&str, &str)]) -> Result<RankingConfig, String> {
        let assignments: Vec<_> = settings.iter().map(|(key, text)| Assignment::of_text(key, text)).collect();
        RankingConfig::layer(Some((Path::new("my.toml"), file)), &assignments).map_err(|error| error.to_string())
    }

    #[test]
    fn the_text_says_the_defaults() {
        let config = layered("task = 'ranking'", &[]).unwrap();
        assert_eq!(layered(&RankingConfig::text(), &[]).unwrap(), config);
        assert_eq!((config.data.split, config.halving.rung_epochs), (SplitKind::Ratio, 8));
        let files = [("task = 'ranking'", TaskName::Ranking), ("seed = 1", TaskName::Classification)];
        for (text, task) in files {
            assert_eq!(TaskName::of(Some((Path::new("my.toml"), text)), &[]).unwrap(), task);
        }
    }

    #[test]
    fn the_metric_that_chooses_comes_first_and_once() {
        let config =
            layered("", &[("selection.metric", "recall@20"), ("test.metrics", "['ndcg@5', 'recall@20']")]).unwrap();
        assert_eq!(config.metrics().iter().map(ToString::to_string).collect::<Vec<_>>(), ["recall@20", "ndcg@5"]);
    }

    #[test]
    fn errors_say_what_is_wrong_and_what_would_be_right() {
        let cases = [
            (
                "selection.metric",
                "rmse",
                "command line: selection.metric = 'rmse': is a metric of labels, which ranking has not",
            ),
            ("selection.metric", "ndcg", "has no cutoff"),
            ("test.metrics", "['ndgc@2']", "did you mean 'ndcg'"),
            ("test.similarities", "['dot']", "test.similarities = 'dot': use inner or cosine"),
            ("test.l2", "[1e-3, 1e-4]", "must ascend"),
            ("test.l2", "[]", "needs at least one value"),
            ("test.temperatures", "[100.0]", "100.0 lies outside its bounds, 0.003 to 12.0"),
            ("training.negatives", "some", "use uniform, popularity, shared"),
            ("preset", "paper", "ranking, which the paper has not, has the preset default alone"),
            ("search.reward", "converged", "there is no setting 'search.reward'"),
            ("test.baselines", "['maxr']", "'maxr': is no loss of ranking; use bpr, bce, mse"),
            ("search.unary", "['cosh']", "cosh"),
        ];
        for (key, value, expected) in cases {
            let message = layered("", &[(key, value)]).unwrap_err();
            assert!(message.contains(expected), "{message}\nlacks {expected}");
            assert!(!message.contains('\n'), "{message}");
        }
        let unknown = TaskName::of(None, &[Assignment::new("task", "rank")]).unwrap_err().to_string();
        assert!(
            unknown.contains("command line: task = 'rank': use classification, regression or ranking"),
            "{unknown}"
        );
    }
}
