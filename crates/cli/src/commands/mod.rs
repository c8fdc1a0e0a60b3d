//! One module a command; [`settings`] and [`loss`] read what several commands take.

mod config;
mod data;
mod eval;
mod eval_ranking;
mod explain;
mod export;
mod folder;
mod loss;
mod phases;
mod phases_ranking;
mod recommender;
mod report;
mod reproduce;
mod settings;
mod tensorboard;
mod workers;

use std::process::ExitCode;

use clap::CommandFactory;

use crate::args::{Cli, Command};
use crate::output::print_code;

/// Runs a command and says how it ended.
pub fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run(args) => phases::run(args),
        Command::Search(args) => phases::search(args),
        Command::Check(args) => phases::check(args),
        Command::Test(args) => phases::test(args),
        Command::Eval(args) => eval::eval(args),
        Command::Explain(args) => explain::explain(args),
        Command::Export(args) => export::export(args),
        Command::Train(args) => recommender::train(&args),
        Command::Recommend(args) => recommender::recommend(&args),
        Command::Predict(args) => recommender::predict(&args),
        Command::Report(args) => report::report(args),
        Command::Reproduce(args) => reproduce::reproduce(args),
        Command::Data(command) => data::data(command),
        Command::Config(command) => config::config(command),
        Command::Completions { shell } => completions(shell),
    }
}

fn completions(shell: clap_complete::Shell) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "autolossgen", &mut script);
    print_code(&script)?;
    Ok(ExitCode::SUCCESS)
}
