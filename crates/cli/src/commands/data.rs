//! `data fetch`, `info`, `split` and `synth`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use autolossgen::recsys::data::{self, fetch, synth};

use super::{print_json, settings};
use crate::args::{DataCommand, Settings};

/// Runs a `data` command.
pub fn data(command: DataCommand) -> anyhow::Result<ExitCode> {
    match command {
        DataCommand::Fetch { name } => fetch_named(&name)?,
        DataCommand::Info { data, settings } => info(&data, &settings)?,
        DataCommand::Split { data, out, settings } => split(&data, &out, &settings)?,
        DataCommand::Synth { out, users, items, rows, seed } => {
            let options = synth::SynthOptions { n_users: users, n_items: items, n_rows: rows };
            data::write_ratings(&synth::generate(&options, seed)?, &out)?;
            eprintln!("{}: {rows} ratings of {users} users and {items} items", out.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn fetch_named(name: &str) -> anyhow::Result<()> {
    if name != "ml-100k" {
        bail!("no dataset is called '{name}'; ml-100k can be fetched");
    }
    let fetched = fetch::ml_100k(&mut |note| eprintln!("data: {note}"))?;
    println!("{}", fetched.path.display());
    eprintln!("data: ml-100k is there, from {}", fetched.source);
    Ok(())
}

fn info(source: &str, settings: &Settings) -> anyhow::Result<()> {
    let info = data::describe(&settings::load(&settings::resolve_with_data(settings, None, Some(source))?)?);
    if settings.json {
        return print_json(&info);
    }
    println!("{info}");
    Ok(())
}

fn split(source: &str, out: &Path, settings: &Settings) -> anyhow::Result<()> {
    let dataset = settings::load(&settings::resolve_with_data(settings, None, Some(source))?)?;
    let (train, validation, test) = (dataset.search.train.len(), dataset.search.validation.len(), dataset.test.len());
    data::write_split(dataset, out)?;
    eprintln!("{}: {train} rows to train, {validation} to validate, {test} to test", out.display());
    Ok(())
}
