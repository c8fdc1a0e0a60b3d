//! `config show` and `config check`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use autolossgen::Config;

use super::print;
use crate::args::ConfigCommand;
use crate::message::say;

/// Runs a `config` command.
pub fn config(command: ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Show { preset } => show(&preset),
        ConfigCommand::Check { file, preset } => check(&file, preset.as_deref()),
    }
}

fn show(preset: &str) -> anyhow::Result<ExitCode> {
    print(autolossgen::preset_text(preset)?)?;
    Ok(ExitCode::SUCCESS)
}

fn check(file: &Path, preset: Option<&str>) -> anyhow::Result<ExitCode> {
    let text = Config::read_text(file).with_context(|| format!("cannot read the configuration {}", file.display()))?;
    let config = Config::layer(preset, Some((file, &text)), &[])?;
    say(format_args!("{}: valid over the preset {}", file.display(), config.preset));
    Ok(ExitCode::SUCCESS)
}
