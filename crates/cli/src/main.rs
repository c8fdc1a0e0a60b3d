//! The autolossgen command line: arguments, configuration layering, terminal output; no arithmetic.

mod args;
mod commands;
mod interrupt;
mod progress;
mod table;

use std::process::ExitCode;

use clap::Parser;

/// Exit codes: 0 done, 1 ran but nothing survived, 2 bad use or input.
fn main() -> ExitCode {
    let cli = args::Cli::parse();
    match commands::dispatch(cli.command) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("autolossgen: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// A reader that has seen enough (`| head`) is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
