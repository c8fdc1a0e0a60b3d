//! Arguments of `config`.

use std::path::PathBuf;

use autolossgen::Preset;
use autolossgen::settings::Choice;
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
