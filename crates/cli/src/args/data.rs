//! Arguments of `data`.

use std::path::PathBuf;

use autolossgen::data::NamedData;
use clap::{Args, Subcommand};

use super::settings::Settings;
use super::values::one_of;

/// Named data that come from elsewhere.
const FETCHED: &[NamedData] = &[NamedData::MovieLens100k];

/// `data …`
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Download a named dataset into the cache
    Fetch {
        /// The dataset
        #[arg(value_parser = one_of(FETCHED))]
        name: NamedData,
    },
    /// Users, items, positives, negatives, density and the rows of each split
    Info {
        /// A name, a file or a folder
        data: String,
        #[command(flatten)]
        settings: Settings,
    },
    /// Write train, validation and test files
    Split {
        /// A name or a file
        data: String,
        /// Folder to write
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        flips: Flips,
        #[command(flatten)]
        settings: Settings,
    },
    /// Generate ratings from planted factors
    Synth(SynthArgs),
}

/// Labels that `data split` makes wrong
#[derive(Clone, Debug, Args)]
pub struct Flips {
    /// Label noise: the probability, 0 or more and less than 1, with which a training label 1 becomes 0 [default: 0]
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    pub flip_positives: Option<f64>,
    /// The same of a training label 0 that becomes 1 [default: 0]
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    pub flip_negatives: Option<f64>,
    /// Flip validation labels too; test labels never are
    #[arg(long)]
    pub flip_validation: bool,
}

/// `data synth`
#[derive(Clone, Debug, Args)]
pub struct SynthArgs {
    /// File to write, tab separated: user, item, rating, timestamp
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Users
    #[arg(long, default_value_t = 943)]
    pub users: usize,
    /// Items
    #[arg(long, default_value_t = 1682)]
    pub items: usize,
    /// Rows
    #[arg(long, default_value_t = 100_000)]
    pub rows: usize,
    /// Share of rows with a rating above 3, more than 0 and less than 1 [default: what comes of the planted ratings,
    /// somewhat more than one half]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub positive_share: Option<f64>,
    /// How much the choice of rows depends on what is liked, 0 or more: a drawn pair is kept with the chance
    /// sigmoid(B * (score - mean score)), 0.001 at least; 0: not at all
    #[arg(long, value_name = "B", default_value_t = 0.0, allow_negative_numbers = true)]
    pub popularity_bias: f64,
    /// Standard deviation of the noise of a rating before it is rounded, from 0 to 100
    #[arg(long, value_name = "SIGMA", default_value_t = 0.7, allow_negative_numbers = true)]
    pub noise: f64,
    /// Seed
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}
