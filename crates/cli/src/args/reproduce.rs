//! Arguments of `reproduce`.

use std::path::PathBuf;

use autolossgen::Assignment;
use autolossgen_report::reproduce::Exhibit;
use clap::Args;

use super::settings::Settings;
use super::values::{choice, whole};

/// `reproduce`
#[derive(Clone, Debug, Args)]
#[command(
    mut_arg("preset", |arg| arg.help(
        "Where the settings start [default: what the file says, or else reference for tables 5, 6 and 8, and paper for \
         all else]"
    )),
    mut_arg("task", |arg| arg.help(
        "What is predicted: one of the two of table4; all else is about one [default: that or those of the table or \
         figure]"
    )),
    mut_arg("model", |arg| arg.help(
        "The recommender [default: model.name of the file or of --set, or else mf and mlp]"
    ))
)]
pub struct ReproduceArgs {
    /// The table or figure
    #[arg(value_name = "NAME", value_parser = choice::<Exhibit>())]
    pub exhibit: Exhibit,
    /// A name, a file of ratings, or a folder with train, validation and test; may be repeated [default: ml-100k]
    #[arg(long, value_name = "DATA")]
    pub data: Vec<String>,
    /// Number of seeds (all but table3): that of --seed, and those after it [default: 3]
    #[arg(
        long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=1000)
    )]
    pub seeds: Option<u16>,
    /// Formulas to sample (table4, table8, fig5) [default: search.samples of the settings; table8: 2000]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole())]
    pub samples: Option<i64>,
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

impl ReproduceArgs {
    /// What `--samples` and `--time` say of settings.
    pub fn assignments(&self) -> Vec<Assignment> {
        let flags = [
            self.samples.map(|samples| Assignment::new("search.samples", samples)),
            self.time.map(|seconds| Assignment::new("search.time", seconds)),
        ];
        flags.into_iter().flatten().collect()
    }
}
