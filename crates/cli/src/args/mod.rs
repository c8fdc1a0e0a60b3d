//! Arguments as typed.

mod data;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use data::{DataCommand, Flips, SynthArgs};

/// Finds, for a recommender and its data, the loss function that trains it best.
#[derive(Debug, Parser)]
#[command(name = "autolossgen", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Search, check, test and report, in one go
    Run(RunArgs),
    /// Phase I: sample formulas and keep those that train the recommender
    Search(SearchArgs),
    /// Phase II: keep the candidates of a run whose derivative has the right sign
    Check(PhaseArgs),
    /// Phase III: train the valid candidates of a run and every baseline to convergence, and test them
    Test(TestArgs),
    /// Train with named or given formulas and print metrics
    Eval(EvalArgs),
    /// What a loss does: derivatives, sign, minimiser, growth, symmetry; or which of these go with success in a run
    Explain(ExplainArgs),
    /// Print a loss as code: a function with its semantics, for your own training
    Export(ExportArgs),
    /// Write what a run found as one HTML page that needs nothing else; also while the run is going on
    Report(ReportArgs),
    /// A table or figure of the paper, computed anew beside the paper's numbers
    Reproduce(ReproduceArgs),
    /// Fetch, describe, split or generate data
    #[command(subcommand)]
    Data(DataCommand),
    /// Show or check the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the completion script of a shell
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
}

/// Settings that every command with a configuration takes; a preset, then a file, then these.
#[derive(Clone, Debug, Args)]
pub struct Settings {
    /// Where the settings start: default, paper or reference [default: what the file says, or default]
    #[arg(long)]
    pub preset: Option<String>,
    /// A TOML file laid over the preset
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One setting, as in the file: --set training.learning_rate=0.1
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// What is predicted: classification (judged by AUC) or regression (by RMSE) [default: classification]
    #[arg(long)]
    pub task: Option<String>,
    /// The recommender: mf or mlp [default: mf]
    #[arg(long)]
    pub model: Option<String>,
    /// Root seed: the same seed gives the same bytes, whatever --threads [default: 42]
    // TOML, in which the run keeps its seed, has no larger number.
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// Worker threads, 1024 at most; 0 for one per core [default: 0]
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(..=1024))]
    pub threads: Option<u16>,
    /// One JSON document on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}

/// How Phase III compares losses.
#[derive(Clone, Debug, Args)]
pub struct Protocol {
    /// tuned: each loss at its own learning rate, L2 and ε, chosen on validation with the same budget, then several
    /// seeds; fixed: every loss at the same learning rate and L2 [default: test.protocol of the settings]
    #[arg(long, value_name = "PROTOCOL")]
    pub protocol: Option<String>,
}

/// What ends a search.
#[derive(Clone, Debug, Args)]
pub struct Budget {
    /// Formulas to sample; 0 for no limit [default: search.samples of the settings]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub samples: Option<u64>,
    /// Accepted losses after which to end; 0 for no limit [default: search.candidates]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub candidates: Option<u64>,
    /// Seconds of wall clock for the search; 0 for no limit [default: search.time]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub time: Option<f64>,
}

/// How a search tries losses.
#[derive(Clone, Debug, Args)]
pub struct Trying {
    /// What rewards a loss: one-epoch, on a copy of the recommender (Algorithm 1), or converged, what a fresh recommender
    /// reaches at the loss's own learning rate and L2 (Eq. 5) [default: search.reward of the settings]
    #[arg(long, value_name = "RULE")]
    pub reward: Option<String>,
    /// Reward on K folds of the training rows, so that the validation rows are left to Phase III; 0 to reward on the
    /// validation rows [default: search.folds]
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    pub folds: Option<u64>,
    /// Named losses to try before any other, separated by commas [default: search.warm_start]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub warm_start: Option<Vec<String>>,
}

/// What a run that goes on keeps.
const KEPT: [&str; 13] = [
    "out",
    "samples",
    "candidates",
    "time",
    "reward",
    "folds",
    "warm_start",
    "preset",
    "config",
    "set",
    "task",
    "model",
    "seed",
];

/// `run`
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// A name (ml-100k, synthetic), a file of ratings, or a folder with train, validation and test
    #[arg(value_name = "DATA")]
    pub positional: Option<String>,
    /// The same as DATA
    #[arg(long = "data", value_name = "DATA", conflicts_with = "positional")]
    pub data: Option<String>,
    /// Folder of the run [default: runs/TIME-DATA-MODEL]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with a run that was cut off, to the same results as if it had not been; --data says where the data lie, if they
    /// moved
    #[arg(long, value_name = "RUN", conflicts_with_all = KEPT, conflicts_with_all = ["positional", "protocol"])]
    pub resume: Option<PathBuf>,
    /// Folder in which to write the scalars of the search, update by update, as an event file of TensorBoard
    #[arg(long, value_name = "DIR")]
    pub tensorboard: Option<PathBuf>,
    #[command(flatten)]
    pub budget: Budget,
    #[command(flatten)]
    pub trying: Trying,
    #[command(flatten)]
    pub protocol: Protocol,
    #[command(flatten)]
    pub settings: Settings,
}

/// `search`
#[derive(Clone, Debug, Args)]
pub struct SearchArgs {
    /// A name (ml-100k, synthetic), a file of ratings, or a folder with train, validation and test
    #[arg(long, value_name = "DATA")]
    pub data: Option<String>,
    /// Folder of the run [default: runs/TIME-DATA-MODEL]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with a search that was cut off, to the same results as if it had not been; --data says where the data lie, if
    /// they moved
    #[arg(long, value_name = "RUN", conflicts_with_all = KEPT)]
    pub resume: Option<PathBuf>,
    /// Folder in which to write the scalars of the search, update by update, as an event file of TensorBoard
    #[arg(long, value_name = "DIR")]
    pub tensorboard: Option<PathBuf>,
    #[command(flatten)]
    pub budget: Budget,
    #[command(flatten)]
    pub trying: Trying,
    #[command(flatten)]
    pub settings: Settings,
}

/// `check`, and `test` but for its protocol
#[derive(Clone, Debug, Args)]
pub struct PhaseArgs {
    /// Folder of the run
    pub run: PathBuf,
    /// Where the data of the search lie now, if they moved; others are refused
    #[arg(long, value_name = "DATA")]
    pub data: Option<String>,
    /// One JSON document on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
    /// Worker threads, 1024 at most; 0 for one per core [default: as in the run]
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(..=1024))]
    pub threads: Option<u16>,
}

/// `test`
#[derive(Clone, Debug, Args)]
pub struct TestArgs {
    #[command(flatten)]
    pub phase: PhaseArgs,
    /// Go on with a test that was cut off; one that is done is shown and not done again
    #[arg(long)]
    pub resume: bool,
    #[command(flatten)]
    pub protocol: Protocol,
}

/// `eval`
#[derive(Clone, Debug, Args)]
pub struct EvalArgs {
    /// A name (ml-100k, synthetic), a file of ratings, or a folder with train, validation and test
    #[arg(long, value_name = "DATA")]
    pub data: Option<String>,
    /// Names or formulas, separated by commas; may be repeated
    // A formula may begin with a minus.
    #[arg(long, value_name = "LOSS", required = true, allow_hyphen_values = true)]
    pub loss: Vec<String>,
    /// ε of every loss: a value, several separated by commas (the best on validation is kept), or `grid`
    #[arg(long, value_name = "EPSILON", allow_hyphen_values = true)]
    pub epsilon: Option<String>,
    #[command(flatten)]
    pub protocol: Protocol,
    #[command(flatten)]
    pub settings: Settings,
}

/// `explain`
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// Names or formulas, separated by commas (after `--` where one begins with a minus), or the folder of a tested run
    #[arg(value_name = "LOSS|RUN", required = true)]
    pub subject: Vec<String>,
    /// ε of every loss [default: search.epsilon of the settings]
    #[arg(long, value_name = "EPSILON", allow_hyphen_values = true)]
    pub epsilon: Option<String>,
    /// Draw the derivatives also where the output is no terminal
    #[arg(long, conflicts_with = "json")]
    pub curves: bool,
    /// Also draw dL/dlogit and dL/dŷ over ŷ, of one loss, as SVG
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    #[command(flatten)]
    pub settings: Settings,
}

/// `export`
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// A name or a formula
    // A formula may begin with a minus.
    #[arg(value_name = "LOSS", allow_hyphen_values = true)]
    pub loss: String,
    /// pytorch, jax, tensorflow, numpy, latex, lightgbm, xgboost or recbole
    #[arg(long, value_name = "TARGET")]
    pub to: String,
    /// ε of log and reciprocal, and of eps [default: 1e-6]
    #[arg(long, value_name = "EPSILON", allow_hyphen_values = true)]
    pub epsilon: Option<String>,
    /// Clamp after every operation: signed, positive or none [default: none for a named loss, otherwise that of the
    /// default preset, signed]
    #[arg(long, value_name = "CLAMP")]
    pub clamp: Option<String>,
    /// What the loss is multiplied by, as in the scale that a run reports [default: 1]
    #[arg(long, value_name = "SCALE", allow_hyphen_values = true)]
    pub scale: Option<String>,
    /// Export the simplest formula that is verified to be the same loss: value and gradient within 1e-5 under these terms
    #[arg(long)]
    pub simplified: bool,
    /// Name of the function [default: that of the loss, or generated_loss]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// File to write in place of stdout
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// One JSON document on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}

/// `report`
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Folder of the run
    pub run: PathBuf,
    /// File to write [default: report.html in the folder of the run]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// One JSON document on stdout: where the page is, and how far the run has come
    #[arg(long)]
    pub json: bool,
}

/// `reproduce`
#[derive(Clone, Debug, Args)]
#[command(
    mut_arg("preset", |arg| arg.help(
        "Where the settings start: default, paper or reference [default: what the file says, or else reference for \
         tables 5, 6 and 8, and paper for all else]"
    )),
    mut_arg("task", |arg| arg.help(
        "classification or regression: one of the two of table4; all else is about one [default: that or those \
         of the table or figure]"
    )),
    mut_arg("model", |arg| arg.help(
        "The recommender: mf or mlp [default: model.name of the file or of --set, or else all]"
    ))
)]
pub struct ReproduceArgs {
    /// table3, table4, table5, table6, table7, table8, fig5 or fig6
    pub name: String,
    /// A name, a file of ratings, or a folder with train, validation and test; may be repeated [default: ml-100k]
    #[arg(long, value_name = "DATA")]
    pub data: Vec<String>,
    /// Number of seeds (all but table3): that of --seed, and those after it [default: 3]
    #[arg(
        long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=1000)
    )]
    pub seeds: Option<u16>,
    /// Formulas to sample (table4, table8, fig5) [default: search.samples of the settings; table8: 2000]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub samples: Option<u64>,
    /// Seconds of each search (table7, fig6) [default: 60]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub time: Option<f64>,
    /// Further losses (table5, table6): names or formulas, separated by commas; may be repeated
    // A formula may begin with a minus.
    #[arg(long, value_name = "LOSS", allow_hyphen_values = true)]
    pub loss: Vec<String>,
    /// Folder of the figures (fig5, fig6) [default: reproduce]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub settings: Settings,
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print a preset, commented
    Show {
        /// default, paper or reference
        #[arg(long, default_value = "default")]
        preset: String,
    },
    /// Check a configuration file
    Check {
        /// TOML file
        file: PathBuf,
        /// The preset it is laid over [default: what the file says, or default]
        #[arg(long)]
        preset: Option<String>,
    },
}
