//! One module a command.

mod config;
mod data;
mod eval;
mod explain;
mod explanation;
mod export;
mod hall;
mod loss_table;
mod phases;
mod report;
mod reproduce;
mod results;
mod run_explanation;
mod settings;
mod tensorboard;
mod tuning;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use autolossgen::Figure;
use autolossgen::recsys::data::write_atomically;
use clap::CommandFactory;

use crate::args::{Cli, Command};
use crate::message::say;

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
    print(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints `value` as one JSON document on stdout.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    print(&text)
}

/// Writes a figure, whole or not at all, and says where.
fn write_figure(figure: &Figure, path: &Path) -> anyhow::Result<()> {
    write_atomically(path, figure.to_svg().as_bytes())?;
    say(format_args!("figure: {}", path.display()));
    Ok(())
}

/// Writes to stdout, where a closed pipe or a full disk is an error and no panic.
fn print(text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_ref()).and_then(|()| stdout.flush()).context("cannot write to stdout")
}
