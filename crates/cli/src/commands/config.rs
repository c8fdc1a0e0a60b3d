//! `config show` and `config check`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use autolossgen::settings::Choice;
use autolossgen::{Assignment, Base, Config, Preset, RankingConfig, TaskName, preset_text};

use crate::args::ConfigCommand;
use crate::message::say;
use crate::output::print_code;

/// Runs a `config` command.
pub fn config(command: ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Show { preset, task } => show(preset, task),
        ConfigCommand::Check { file, preset } => check(&file, preset),
    }
}

fn show(preset: Preset, task: TaskName) -> anyhow::Result<ExitCode> {
    match task {
        TaskName::Ranking => print_code(RankingConfig::text())?,
        TaskName::Classification | TaskName::Regression => {
            print_code(preset_text(preset, Base::default().models))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn check(file: &Path, preset: Option<Preset>) -> anyhow::Result<ExitCode> {
    let text = Config::read_text(file).with_context(|| format!("cannot read the configuration {}", file.display()))?;
    let flag = preset.map(|preset| Assignment::new("preset", preset.name()));
    if TaskName::of(Some((file, &text)), &[])? == TaskName::Ranking {
        RankingConfig::layer(Some((file, &text)), flag.as_slice())?;
        say(format_args!("{}: valid for ranking", file.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let config = Config::layer(&Base::default(), Some((file, &text)), flag.as_slice())?;
    say(format_args!("{}: valid over the preset {}", file.display(), config.preset));
    Ok(ExitCode::SUCCESS)
}
