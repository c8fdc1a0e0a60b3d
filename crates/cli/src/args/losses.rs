//! Arguments of `eval`, `explain` and `export`, which take losses.

use std::path::PathBuf;

use autolossgen::formula::Target;
use autolossgen::settings::Choice;
use autolossgen::{ClampRule, TaskName};
use clap::Args;

use super::settings::{Comparing, Settings};
use super::values::choice;

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
    /// Also write every prediction on the validation and test rows, by loss and seed, to a new file: .parquet, or .tsv
    #[arg(long, value_name = "FILE")]
    pub predictions: Option<PathBuf>,
    #[command(flatten)]
    pub comparing: Comparing,
    #[command(flatten)]
    pub settings: Settings,
}

/// `explain`
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// Names or formulas, separated by commas, or the folder of a tested run
    // A formula may begin with a minus. What follows is an argument of its own: where one that may be given several times
    // takes a minus, it takes all flags behind it too.
    #[arg(value_name = "LOSS|RUN", allow_hyphen_values = true)]
    pub subject: String,
    /// More names or formulas, also after `--` where one begins with a minus
    #[arg(value_name = "LOSS")]
    pub more: Vec<String>,
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

impl ExplainArgs {
    /// Everything that is to be explained, in order.
    pub fn subjects(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.subject).chain(&self.more).map(String::as_str)
    }
}

/// `export`
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// A name or a formula
    // A formula may begin with a minus.
    #[arg(value_name = "LOSS", allow_hyphen_values = true)]
    pub loss: String,
    /// What the loss is for: a formula of ranking is over pos, neg and gap
    #[arg(long, default_value = TaskName::Classification.name(), value_parser = choice::<TaskName>())]
    pub task: TaskName,
    /// What to write it for
    #[arg(long, value_name = "TARGET", value_parser = choice::<Target>())]
    pub to: Target,
    /// ε of log and reciprocal, and of eps [default: 1e-6]
    #[arg(long, value_name = "EPSILON", allow_hyphen_values = true)]
    pub epsilon: Option<String>,
    /// Clamp after every operation [default: none for a named loss, otherwise that of the default preset, signed]
    #[arg(long, value_name = "CLAMP", value_parser = choice::<ClampRule>())]
    pub clamp: Option<ClampRule>,
    /// What the loss is multiplied by, as in the scale that a run reports [default: 1]
    #[arg(long, value_name = "SCALE", allow_hyphen_values = true)]
    pub scale: Option<String>,
    /// Export the simplest formula that is verified to be the same loss: value and gradient within 1e-5 under these terms, for
    /// |logit| up to 20 and labels from 0 to 1
    #[arg(long)]
    pub simplified: bool,
    /// Name of the function [default: that of the loss, or generated_loss]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// File to write in place of stdout; a former export is overwritten
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite FILE whatever it is
    #[arg(long, requires = "out")]
    pub force: bool,
    /// One JSON document on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}
