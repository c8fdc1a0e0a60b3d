//! Arguments as typed.

mod config;
mod data;
mod losses;
mod recommender;
mod reproduce;
mod run;
mod settings;
mod values;

use autolossgen::data::printable;
use clap::{Parser, Subcommand};

pub use config::ConfigCommand;
pub use data::{DataCommand, Flips, SynthArgs};
pub use losses::{EvalArgs, ExplainArgs, ExportArgs};
pub use recommender::{PredictArgs, RecommendArgs, TrainArgs, Unknown};
pub use reproduce::ReproduceArgs;
pub use run::{PhaseArgs, ReportArgs, RunArgs, SearchArgs, TestArgs};
pub use settings::Settings;

/// Finds, for a recommender and its data, the loss function that trains it best.
#[derive(Debug, Parser)]
#[command(name = "autolossgen", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// What the command line says. Where it is wrong the program ends, and the message has the arguments as they can be printed.
    pub fn of_command_line() -> Self {
        Self::try_parse().unwrap_or_else(|error| {
            let shown = std::env::args_os().map(|argument| printable(&argument.to_string_lossy()).into_owned());
            Self::try_parse_from(shown).err().unwrap_or(error).exit()
        })
    }
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
    /// Phase III: train the best of the valid candidates of a run and every baseline to convergence, and test them
    Test(TestArgs),
    /// Train with named or given formulas and print metrics
    Eval(EvalArgs),
    /// What a loss does: derivatives, sign, minimiser, growth, symmetry; or which of these go with success in a run
    Explain(ExplainArgs),
    /// Print a loss as code: a function with its semantics, for your own training
    Export(ExportArgs),
    /// Train a recommender with a loss, to be taken away: parameters, ids and settings in a folder
    Train(TrainArgs),
    /// Items for users, by a recommender of `train`
    Recommend(RecommendArgs),
    /// Scores of pairs, by a recommender of `train`
    Predict(PredictArgs),
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_argument_of_every_command_has_help_and_fits_the_others() {
        let mut cli = Cli::command();
        cli.build();
        let mut commands = vec![&cli];
        while let Some(command) = commands.pop() {
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{} of {}", arg.get_id(), command.get_name());
            }
            commands.extend(command.get_subcommands());
        }
    }
}
