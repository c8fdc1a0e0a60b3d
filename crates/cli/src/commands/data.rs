//! `data fetch`, `info`, `split` and `synth`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use autolossgen::recsys::data::{self, Dataset, LabelNoise, fetch, synth};

use super::{print, print_json, settings};
use crate::args::{DataCommand, Flips, Settings, SynthArgs};
use crate::message::say;

/// Runs a `data` command.
pub fn data(command: DataCommand) -> anyhow::Result<ExitCode> {
    match command {
        DataCommand::Fetch { name } => fetch_named(&name)?,
        DataCommand::Info { data, settings } => info(&data, &settings)?,
        DataCommand::Split { data, out, flips, settings } => split(&data, &out, &flips, &settings)?,
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
    print(format!("{}\n", fetched.path.display()))
}

fn info(source: &str, settings: &Settings) -> anyhow::Result<()> {
    let info = data::describe(&settings::load(&settings::resolve_with_data(settings, None, Some(source))?)?);
    if settings.json {
        return print_json(&info);
    }
    print(format!("{info}\n"))
}

fn split(source: &str, out: &Path, flips: &Flips, settings: &Settings) -> anyhow::Result<()> {
    let noise = label_noise(flips)?;
    let config = settings::resolve_with_data(settings, None, Some(source))?;
    let (dataset, flipped) = noisy(settings::load(&config)?, noise, config.seed)?;
    let info = data::describe(&dataset);
    data::write_split(dataset, out)?;
    let (train, validation, test) = (info.train, info.validation, info.test);
    say(format_args!("{}: {train} rows to train, {validation} to validate, {test} to test", out.display()));
    if let Some(flipped) = flipped {
        say(format_args!("{}: {flipped}", out.display()));
    }
    if settings.json { print_json(&info) } else { Ok(()) }
}

/// The noise that is asked for, if any is.
fn label_noise(flips: &Flips) -> anyhow::Result<Option<LabelNoise>> {
    let Flips { flip_positives, flip_negatives, flip_validation } = *flips;
    if flip_positives.is_none() && flip_negatives.is_none() {
        if flip_validation {
            bail!("--flip-validation flips nothing by itself: say how much with --flip-positives or --flip-negatives");
        }
        return Ok(None);
    }
    Ok(Some(LabelNoise::new(flip_positives.unwrap_or(0.0), flip_negatives.unwrap_or(0.0), flip_validation)?))
}

fn noisy(clean: Dataset, noise: Option<LabelNoise>, seed: u64) -> anyhow::Result<(Dataset, Option<data::Flips>)> {
    let Some(noise) = noise else { return Ok((clean, None)) };
    let (dataset, flips) = noise.apply(clean, seed)?;
    Ok((dataset, Some(flips)))
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
