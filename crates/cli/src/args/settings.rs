//! Flags that stand for settings. Each gives the configuration a value of the setting's own type.

use std::path::PathBuf;

use autolossgen::settings::Choice;
use autolossgen::{Assignment, Preset, Protocol, RewardRule, TaskName, comment_of};
use clap::Args;

use super::values::{choice, model, threads, whole};

/// The comment of the setting `key` as the help of a flag, and what holds without the flag.
///
/// # Panics
/// When there is no such setting, which a test of every command rules out.
pub fn setting(key: &str, default: &str) -> String {
    let comment = comment_of(key).expect("a flag stands for a setting that there is");
    format!("{comment} [default: {default}]")
}

/// Settings that every command with a configuration takes; a preset, then a file, then these.
#[derive(Clone, Debug, Args)]
pub struct Settings {
    /// Where the settings start [default: what the file says, or default]
    #[arg(long, value_parser = choice::<Preset>())]
    pub preset: Option<Preset>,
    /// A TOML file laid over the preset
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One setting, as in the file: --set training.learning_rate=0.1
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// What is predicted [default: classification]
    #[arg(long, value_parser = choice::<TaskName>())]
    pub task: Option<TaskName>,
    /// The recommender [default: mf]
    #[arg(long, value_parser = model())]
    pub model: Option<String>,
    #[arg(long, allow_negative_numbers = true, value_parser = whole(), help = setting("seed", "42"))]
    pub seed: Option<i64>,
    #[arg(long, allow_negative_numbers = true, value_parser = threads(), help = setting("threads", "0"))]
    pub threads: Option<u32>,
    /// One JSON document on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}

/// How Phase III compares losses.
#[derive(Clone, Debug, Args)]
pub struct Comparing {
    /// How Phase III compares losses [default: test.protocol of the settings]
    #[arg(long, value_name = "PROTOCOL", value_parser = choice::<Protocol>())]
    pub protocol: Option<Protocol>,
}

/// What ends a search.
#[derive(Clone, Debug, Args)]
pub struct Budget {
    #[arg(
        long, value_name = "N", allow_negative_numbers = true, value_parser = whole(),
        help = setting("search.samples", "search.samples of the settings")
    )]
    pub samples: Option<i64>,
    #[arg(
        long, value_name = "N", allow_negative_numbers = true, value_parser = whole(),
        help = setting("search.candidates", "search.candidates")
    )]
    pub candidates: Option<i64>,
    #[arg(
        long, value_name = "SECONDS", allow_negative_numbers = true,
        help = setting("search.time", "search.time")
    )]
    pub time: Option<f64>,
}

/// How a search tries losses.
#[derive(Clone, Debug, Args)]
pub struct Trying {
    /// What rewards a loss [default: search.reward of the settings]
    #[arg(long, value_name = "RULE", value_parser = choice::<RewardRule>())]
    pub reward: Option<RewardRule>,
    #[arg(
        long, value_name = "K", allow_negative_numbers = true, value_parser = whole(),
        help = setting("search.folds", "search.folds")
    )]
    pub folds: Option<i64>,
    /// Named losses to try before any other, separated by commas [default: search.warm_start]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub warm_start: Option<Vec<String>>,
}

impl Settings {
    /// What the flags say of settings, but for `--set` and the file.
    pub fn assignments(&self) -> Vec<Assignment> {
        let flags = [
            self.preset.map(|preset| Assignment::new("preset", preset.name())),
            self.task.map(|task| Assignment::new("task", task.name())),
            self.model.as_deref().map(|name| Assignment::new("model.name", name)),
            self.seed.map(|seed| Assignment::new("seed", seed)),
            self.threads.map(|threads| Assignment::new("threads", threads)),
        ];
        flags.into_iter().flatten().collect()
    }
}

impl Comparing {
    /// What the flag says of settings.
    pub fn assignments(&self) -> Vec<Assignment> {
        self.protocol.iter().map(|protocol| Assignment::new("test.protocol", protocol.name())).collect()
    }
}

impl Budget {
    /// What the flags say of settings.
    pub fn assignments(&self) -> Vec<Assignment> {
        let flags = [
            self.samples.map(|samples| Assignment::new("search.samples", samples)),
            self.candidates.map(|candidates| Assignment::new("search.candidates", candidates)),
            self.time.map(|seconds| Assignment::new("search.time", seconds)),
        ];
        flags.into_iter().flatten().collect()
    }
}

impl Trying {
    /// What the flags say of settings.
    pub fn assignments(&self) -> Vec<Assignment> {
        let flags = [
            self.reward.map(|rule| Assignment::new("search.reward", rule.name())),
            self.folds.map(|folds| Assignment::new("search.folds", folds)),
            self.warm_start.clone().map(|names| Assignment::new("search.warm_start", names)),
        ];
        flags.into_iter().flatten().collect()
    }
}
