//! The autolossgen command line: arguments, configuration layering, terminal output; no arithmetic.

mod args;
mod commands;
mod interrupt;
mod message;
mod output;
mod overwrite;
mod progress;
mod show;

use std::process::ExitCode;

/// Exit codes: 0 done, 1 ran but nothing survived, 2 bad use or input.
fn main() -> ExitCode {
    interrupt::outlive_large_files();
    match commands::dispatch(args::Cli::of_command_line().command) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            message::say_failure(&error, &sentence(&error));
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

/// The error and its causes, each said once: some messages name their cause themselves.
fn sentence(error: &anyhow::Error) -> String {
    let add = |said: String, cause: String| {
        if said.is_empty() {
            cause
        } else if said.contains(&cause) {
            said
        } else {
            format!("{said}: {cause}")
        }
    };
    error.chain().map(ToString::to_string).fold(String::new(), add)
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let refused = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let named = anyhow::Error::new(refused()).context("cannot write x: permission denied");
        assert_eq!(sentence(&named), "cannot write x: permission denied");
        let unnamed = Err::<(), _>(refused()).context("cannot write x").unwrap_err();
        assert_eq!(sentence(&unnamed), "cannot write x: permission denied");
    }
}
