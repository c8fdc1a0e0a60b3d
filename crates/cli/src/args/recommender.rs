//! Arguments of `train`, `recommend` and `predict`: a recommender to take away.

use std::path::PathBuf;

use autolossgen::ranking::TrainedOn;
use clap::{Args, ValueEnum};

use super::settings::Settings;
use super::values::{choice, whole};

/// `train`
#[derive(Clone, Debug, Args)]
pub struct TrainArgs {
    /// A name (ml-100k, synthetic), a file of ratings, or a folder with train, validation and test
    #[arg(long, value_name = "DATA")]
    pub data: Option<String>,
    /// A name or a formula
    // A formula may begin with a minus.
    #[arg(long, value_name = "LOSS", required = true, allow_hyphen_values = true)]
    pub loss: String,
    /// New folder of the recommender
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The rows that it is trained on, at the settings that validation chose
    #[arg(long, value_name = "ROWS", default_value = "all", value_parser = choice::<TrainedOn>())]
    pub rows: TrainedOn,
    #[command(flatten)]
    pub settings: Settings,
}

/// What to do with an id that the recommender does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Unknown {
    /// End with an error
    Refuse,
    /// Leave it out, and say how many were
    Skip,
}

/// `recommend`
#[derive(Clone, Debug, Args)]
pub struct RecommendArgs {
    /// Folder of the recommender
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Ids of users, separated by commas [default: every user]
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub users: Option<Vec<String>>,
    /// A file with one id of a user a line
    #[arg(long, value_name = "FILE", conflicts_with = "users")]
    pub users_from: Option<PathBuf>,
    /// Items for each user
    #[arg(long, value_name = "K", default_value = "20", allow_negative_numbers = true, value_parser = whole())]
    pub k: i64,
    /// A user that the recommender does not know
    #[arg(long, value_name = "HOW", value_enum, default_value = "refuse")]
    pub unknown: Unknown,
    /// File to write: user, item, rank, score; Parquet where its name ends in .parquet, else tab-separated [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite FILE whatever it is
    #[arg(long, requires = "out")]
    pub force: bool,
}

/// `predict`
#[derive(Clone, Debug, Args)]
pub struct PredictArgs {
    /// Folder of the recommender
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// A table of users and items, in any layout that data may have
    #[arg(value_name = "PAIRS")]
    pub pairs: PathBuf,
    /// A pair with a user or an item that the recommender does not know
    #[arg(long, value_name = "HOW", value_enum, default_value = "refuse")]
    pub unknown: Unknown,
    /// File to write: user, item, score; Parquet where its name ends in .parquet, else tab-separated [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite FILE whatever it is
    #[arg(long, requires = "out")]
    pub force: bool,
}
