//! `data fetch`, `info`, `split` and `synth`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use autolossgen::recsys::data::{self, fetch, synth};

use super::{print, print_json, settings};
use crate::args::{DataCommand, Settings, SynthArgs};
use crate::message::say;

/// Runs a `data` command.
pub fn data(command: DataCommand) -> anyhow::Result<ExitCode> {
    match command {
        DataCommand::Fetch { name } => fetch_named(&name)?,
        DataCommand::Info { data, settings } => info(&data, &settings)?,
        DataCommand::Split { data, out, settings } => split(&data, &out, &settings)?,
        DataCommand::Synth(args) => generate(&args)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn fetch_named(name: &str) -> anyhow::Result<()> {
    if name != "ml-100k" {
        bail!("no dataset is called '{name}'; ml-100k can be fetched");
    }
    let fetched = fetch::ml_100k(&mut |note| say(format_args!("data: {note}")))?;
    say(format_args!("data: ml-100k is there, from {}", fetched.source));
    Ok(print(format!("{}\n", fetched.path.display()))?)
}

fn info(source: &str, settings: &Settings) -> anyhow::Result<()> {
    let info = data::describe(&settings::load(&settings::resolve_with_data(settings, None, Some(source))?)?);
    if settings.json {
        return print_json(&info);
    }
    Ok(print(format!("{info}\n"))?)
}

fn split(source: &str, out: &Path, settings: &Settings) -> anyhow::Result<()> {
    let dataset = settings::load(&settings::resolve_with_data(settings, None, Some(source))?)?;
    let info = data::describe(&dataset);
    data::write_split(dataset, out)?;
    let (train, validation, test) = (info.train, info.validation, info.test);
    say(format_args!("{}: {train} rows to train, {validation} to validate, {test} to test", out.display()));
    if settings.json { print_json(&info) } else { Ok(()) }
}

fn generate(args: &SynthArgs) -> anyhow::Result<()> {
    let options = synth::SynthOptions {
        n_users: args.users,
        n_items: args.items,
        n_rows: args.rows,
        positive_share: args.positive_share,
        popularity_bias: args.popularity_bias,
        noise: args.noise,
    };
    data::write_ratings(&synth::generate(&options, args.seed)?, &args.out)?;
    let SynthArgs { out, rows, users, items, .. } = args;
    say(format_args!("{}: {rows} ratings by {users} users of {items} items", out.display()));
    Ok(())
}
