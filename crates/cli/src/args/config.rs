//! Arguments of `config`.

use std::path::PathBuf;

use autolossgen::settings::Choice;
use autolossgen::{Preset, TaskName};
use clap::Subcommand;

use super::values::choice;

/// `config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print a preset, commented
    Show {
        /// Which one
        #[arg(long, default_value = Preset::Default.name(), value_parser = choice::<Preset>())]
        preset: Preset,
        /// Whose settings: those of ranking are others
        #[arg(long, default_value = TaskName::Classification.name(), value_parser = choice::<TaskName>())]
        task: TaskName,
    },
    /// Check a configuration file
    Check {
        /// TOML file
        file: PathBuf,
        /// The preset it is laid over [default: what the file says, or default]
        #[arg(long, value_parser = choice::<Preset>())]
        preset: Option<Preset>,
    },
}
