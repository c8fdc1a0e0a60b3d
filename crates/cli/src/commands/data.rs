//! `data fetch`, `info`, `split` and `synth`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use autolossgen::data::{self, Dataset, LabelNoise, NamedData, Profile, RankingDataset, Schema, fetch, synth};
use autolossgen::{Config, TaskName};
use serde::Serialize;

use super::settings::{self, Layers};
use crate::args::{DataCommand, Flips, Settings, SynthArgs};
use crate::message::say;
use crate::output::{print, print_json};

/// Runs a `data` command.
pub fn data(command: DataCommand) -> anyhow::Result<ExitCode> {
    match command {
        DataCommand::Fetch { name } => fetch_named(name)?,
        DataCommand::Info { data, settings } => info(&data, &settings)?,
        DataCommand::Split { data, out, flips, settings } => split(&data, &out, &flips, &settings)?,
        DataCommand::Synth(args) => generate(&args)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn fetch_named(name: NamedData) -> anyhow::Result<()> {
    let mut note = |note: &str| say(format_args!("data: {note}"));
    let fetched = match name {
        NamedData::MovieLens100k => fetch::ml_100k(&mut note)?,
        NamedData::Synthetic => bail!("{name} is generated where it is used: there is nothing to fetch"),
    };
    say(format_args!("data: {name} is there, from {}", fetched.source));
    print(format!("{}\n", fetched.path.display()))
}

fn resolve(source: &str, settings: &Settings) -> anyhow::Result<Config> {
    settings::with_data(Layers::of(settings)?.resolve()?, Some(source))
}

fn info(source: &str, settings: &Settings) -> anyhow::Result<()> {
    if Layers::of(settings)?.task()? == TaskName::Ranking {
        return info_of_ranking(source, settings);
    }
    let config = resolve(source, settings)?;
    let options = settings::load_options(&config)?;
    let mut note = |note: &str| say(format_args!("data: {note}"));
    let table = data::read(&config.data.source, &options, &mut note)?;
    let (files, profile, mut warnings) = (table.schemas.clone(), table.profile.clone(), table.warnings(&options));
    let divided = table.divide(&options);
    warnings.extend(divided.iter().flat_map(Dataset::warnings));
    let split = divided.as_ref().ok().map(data::describe);
    if settings.json {
        let problem = divided.as_ref().err().map(ToString::to_string);
        print_json(&Understood { split, files: &files, rows: &profile, warnings: &warnings, problem })?;
    } else {
        print(understood(&files, &profile, &warnings, split.as_ref()))?;
    }
    divided?;
    Ok(())
}

/// The same of the pairs that ranking takes.
fn info_of_ranking(source: &str, settings: &Settings) -> anyhow::Result<()> {
    let mut config = Layers::of(settings)?.resolve_ranking()?;
    settings::name_data(&mut config.data, Some(source))?;
    let options = settings::ranking_options(&config)?;
    let mut note = |note: &str| say(format_args!("data: {note}"));
    let table = data::read(&config.data.source, &options, &mut note)?;
    let (files, profile, mut warnings) = (table.schemas.clone(), table.profile.clone(), table.warnings(&options));
    let divided = table.divide_positives(&options);
    warnings.extend(divided.iter().flat_map(RankingDataset::warnings));
    let split = divided.as_ref().ok().map(PositivePairs::of);
    if settings.json {
        let problem = divided.as_ref().err().map(ToString::to_string);
        print_json(&Understood { split, files: &files, rows: &profile, warnings: &warnings, problem })?;
    } else {
        print(understood(&files, &profile, &warnings, split.as_ref()))?;
    }
    divided?;
    Ok(())
}

/// Counts of pairs that ranking takes.
#[derive(Serialize)]
struct PositivePairs {
    users: usize,
    items: usize,
    train: usize,
    validation: usize,
    test: usize,
}

impl PositivePairs {
    fn of(dataset: &RankingDataset) -> Self {
        let RankingDataset { data, test, .. } = dataset;
        let (train, validation) = (data.train.len(), data.validation.len());
        Self { users: data.n_users(), items: data.n_items(), train, validation, test: test.len() }
    }
}

impl std::fmt::Display for PositivePairs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { users, items, train, validation, test } = self;
        write!(
            f,
            "  positive pairs of {users} users and {items} items: {train} to train, {validation} to validate, {test} to test"
        )
    }
}

/// What `data info --json` prints.
#[derive(Serialize)]
struct Understood<'a, S> {
    #[serde(flatten)]
    split: Option<S>,
    files: &'a [Schema],
    rows: &'a Profile,
    warnings: &'a [String],
    /// Why there is no split.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// The same for people: files, rows, what is odd, the split.
fn understood(
    files: &[Schema],
    profile: &Profile,
    warnings: &[String],
    split: Option<&impl std::fmt::Display>,
) -> String {
    let mut text = String::new();
    for (number, file) in files.iter().enumerate() {
        let is_like_the_first = number > 0 && file.form() == files[0].form() && file.columns() == files[0].columns();
        if is_like_the_first {
            text += &format!("{}: the same\n", file.file);
        } else {
            text += &file.to_string();
        }
    }
    text += &profile.to_string();
    warnings.iter().for_each(|warning| text += &format!("  note: {warning}\n"));
    if let Some(split) = split {
        text += &format!("{split}\n");
    }
    text
}

fn split(source: &str, out: &Path, flips: &Flips, settings: &Settings) -> anyhow::Result<()> {
    let noise = label_noise(flips)?;
    let config = resolve(source, settings)?;
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
