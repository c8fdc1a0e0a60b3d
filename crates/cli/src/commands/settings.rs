//! Preset, file, flags: from arguments to a resolved configuration and loaded data.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use autolossgen::recsys::data::{self, Columns, Dataset, LoadOptions, SplitRule};
use autolossgen::{Base, Config};

use crate::args::{Budget, Protocol, Settings, Trying};
use crate::message::say;

/// Resolves preset, file and flags, in that order.
pub fn resolve(settings: &Settings, budget: Option<&Budget>) -> anyhow::Result<Config> {
    resolve_over(&Base::default(), settings, budget)
}

/// As [`resolve`], over a base of the command's own.
pub fn resolve_over(base: &Base<'_>, settings: &Settings, budget: Option<&Budget>) -> anyhow::Result<Config> {
    let text = file_text(settings)?;
    let file = settings.config.as_deref().zip(text.as_deref());
    Ok(Config::layer_over(base, settings.preset.as_deref(), file, &overrides(settings, budget)?)?)
}

/// The settings with the protocol, which is short for a `--set`, among them.
pub fn with_protocol(settings: &Settings, protocol: &Protocol) -> Settings {
    with_set(settings, protocol_setting(protocol).map(|(key, value)| format!("{key}={value}")))
}

/// The settings with further entries of `--set`.
fn with_set(settings: &Settings, entries: impl IntoIterator<Item = String>) -> Settings {
    let set = settings.set.iter().cloned().chain(entries).collect();
    Settings { set, ..settings.clone() }
}

/// The settings with how losses are tried, which is short for some `--set`, among them.
pub fn with_trying(settings: &Settings, trying: &Trying) -> Settings {
    let names = |names: &Vec<String>| format!("search.warm_start={names:?}");
    let entries = [
        trying.reward.as_ref().map(|rule| format!("search.reward={rule}")),
        trying.folds.map(|folds| format!("search.folds={folds}")),
        trying.warm_start.as_ref().map(names),
    ];
    with_set(settings, entries.into_iter().flatten())
}

/// The protocol as key and value.
pub fn protocol_setting(protocol: &Protocol) -> Option<(String, String)> {
    protocol.protocol.as_ref().map(|name| ("test.protocol".to_owned(), name.clone()))
}

/// What a flag gives as a positive number; `example` is one that would be right.
pub fn positive(flag: &str, text: &str, example: &str) -> anyhow::Result<f32> {
    match text.trim().parse::<f32>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => bail!("{flag} '{text}': a positive and finite 32-bit number is needed, as in {example}"),
    }
}

/// Whether the file or a flag sets `key`.
pub fn is_set(settings: &Settings, key: &str) -> anyhow::Result<bool> {
    let text = file_text(settings)?;
    let file = settings.config.as_deref().zip(text.as_deref());
    Ok(Config::is_set(key, file, &overrides(settings, None)?)?)
}

fn file_text(settings: &Settings) -> anyhow::Result<Option<String>> {
    let read = |path: &PathBuf| {
        Config::read_text(path).with_context(|| format!("cannot read the configuration {}", path.display()))
    };
    settings.config.as_ref().map(read).transpose()
}

/// What `--set` and the flags that are short for one say, in the order in which they count.
fn overrides(settings: &Settings, budget: Option<&Budget>) -> anyhow::Result<Vec<(String, String)>> {
    let mut overrides = settings.set.iter().map(|entry| key_value(entry)).collect::<anyhow::Result<Vec<_>>>()?;
    overrides.extend(flags(settings, budget));
    Ok(overrides)
}

fn key_value(entry: &str) -> anyhow::Result<(String, String)> {
    match entry.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
        None => bail!("--set {entry}: expected KEY=VALUE, as in --set training.learning_rate=0.1"),
    }
}

/// The flags that are short for a `--set`.
fn flags(settings: &Settings, budget: Option<&Budget>) -> Vec<(String, String)> {
    let budgeted = |pick: fn(&Budget) -> Option<String>| budget.and_then(pick);
    [
        ("task", settings.task.clone()),
        ("model.name", settings.model.clone()),
        ("seed", settings.seed.map(|seed| seed.to_string())),
        ("threads", settings.threads.map(|threads| threads.to_string())),
        ("search.samples", budgeted(|budget| budget.samples.map(|samples| samples.to_string()))),
        ("search.candidates", budgeted(|budget| budget.candidates.map(|candidates| candidates.to_string()))),
        ("search.time", budgeted(|budget| budget.time.map(|seconds| format!("{seconds:?}")))),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value?)))
    .collect()
}

/// As [`resolve`], with the data to work on: the argument, or else `data.source`. A path is made absolute, so that a run
/// finds it from any folder.
pub fn resolve_with_data(settings: &Settings, budget: Option<&Budget>, source: Option<&str>) -> anyhow::Result<Config> {
    with_data(resolve(settings, budget)?, source)
}

/// The configuration with the data to work on, as [`resolve_with_data`] has them.
pub fn with_data(mut config: Config, source: Option<&str>) -> anyhow::Result<Config> {
    if let Some(source) = source {
        source.clone_into(&mut config.data.source);
    }
    if config.data.source.is_empty() {
        bail!("no data: name them, as in `--data ml-100k`, or set data.source in a configuration file");
    }
    config.data.source = absolute(&config.data.source);
    Ok(config)
}

/// A source that is a path, in full.
pub fn absolute(source: &str) -> String {
    Path::new(source).canonicalize().map_or(source.to_owned(), |path| path.to_string_lossy().into_owned())
}

/// How the configuration reads and splits data.
pub fn load_options(config: &Config) -> anyhow::Result<LoadOptions> {
    let named = |column: &String| (!column.is_empty()).then(|| column.clone());
    let data = &config.data;
    Ok(LoadOptions {
        threshold: data.threshold,
        label: data.label,
        task: config.task,
        split: SplitRule::parse(&data.split, data.ratios)?,
        seed: config.seed,
        columns: Columns {
            user: named(&data.user_column),
            item: named(&data.item_column),
            rating: named(&data.rating_column),
            timestamp: named(&data.timestamp_column),
        },
    })
}

/// Loads and splits; notes (where a download comes from) go to stderr.
///
/// # Errors
/// Data that cannot be read or split, or whose labels the task or the metric does not fit.
pub fn load(config: &Config) -> anyhow::Result<Dataset> {
    let mut note = |note: &str| say(format_args!("data: {note}"));
    let dataset = data::load_with_notes(&config.data.source, &load_options(config)?, &mut note)?;
    config.expect_labels(&dataset)?;
    config.fit(&dataset.search)?;
    Ok(dataset)
}
