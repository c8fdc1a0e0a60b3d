//! Arguments of `run`, its phases, and `report`.

use std::path::PathBuf;

use clap::Args;

use super::settings::{Budget, Comparing, Settings, Trying, setting};
use super::values::threads;

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
    pub comparing: Comparing,
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
    #[arg(long, allow_negative_numbers = true, value_parser = threads(), help = setting("threads", "as in the run"))]
    pub threads: Option<u32>,
}

/// `test`
#[derive(Clone, Debug, Args)]
pub struct TestArgs {
    #[command(flatten)]
    pub phase: PhaseArgs,
    /// Go on with a test that was cut off; one that is done is shown and not done again
    #[arg(long)]
    pub resume: bool,
    /// Also write every prediction on the validation and test rows, by loss and seed, to a new file: .parquet, or .tsv
    #[arg(long, value_name = "FILE")]
    pub predictions: Option<PathBuf>,
    #[command(flatten)]
    pub comparing: Comparing,
}

/// `report`
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Folder of the run
    pub run: PathBuf,
    /// File to write; a former report is overwritten [default: report.html in the folder of the run]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite FILE whatever it is
    #[arg(long, requires = "out")]
    pub force: bool,
    /// One JSON document on stdout: where the page is, and how far the run has come
    #[arg(long)]
    pub json: bool,
}
