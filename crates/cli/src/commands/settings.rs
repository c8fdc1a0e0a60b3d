//! Preset, file, flags: from arguments to a resolved configuration and loaded data.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use autolossgen::data::{self, Columns, Dataset, LoadOptions, RankingDataset, ReadOptions, SplitRule};
use autolossgen::execute::Folds;
use autolossgen::recsys::Task;
use autolossgen::{Assignment, Base, Config, DataConfig, RankingConfig, TaskName};

use crate::args::Settings;
use crate::message::say;

/// What a command line says of the configuration: a file, and what lies over it.
#[derive(Clone)]
pub struct Layers {
    /// Its name and text
    file: Option<(PathBuf, String)>,
    /// In the order in which they count; the last one wins
    assignments: Vec<Assignment>,
}

impl Layers {
    /// The file, the entries of `--set`, and the flags that stand for settings.
    ///
    /// # Errors
    /// A file that cannot be read, an entry without a value.
    pub fn of(settings: &Settings) -> anyhow::Result<Self> {
        let file = settings.config.as_ref().map(|path| read(path)).transpose()?;
        let mut assignments = settings.set.iter().map(|entry| key_value(entry)).collect::<anyhow::Result<Vec<_>>>()?;
        assignments.extend(settings.assignments());
        Ok(Self { file, assignments })
    }

    /// The same with more flags.
    #[must_use]
    pub fn with(mut self, more: impl IntoIterator<Item = Assignment>) -> Self {
        self.assignments.extend(more);
        self
    }

    /// The configuration, over the default preset where nothing names another.
    ///
    /// # Errors
    /// Settings that cannot be.
    pub fn resolve(&self) -> anyhow::Result<Config> {
        self.resolve_over(&Base::default())
    }

    /// The configuration over a base of the command's own.
    ///
    /// # Errors
    /// Settings that cannot be.
    pub fn resolve_over(&self, base: &Base<'_>) -> anyhow::Result<Config> {
        if self.task()? == TaskName::Ranking {
            bail!(
                "task = 'ranking': `run`, `search`, `eval`, `explain`, `export`, `data info` and `config` take it; this command trains on labels"
            );
        }
        Ok(Config::layer(base, self.file(), &self.assignments)?)
    }

    /// The task, which says whose configuration the others settings are of.
    ///
    /// # Errors
    /// A file that is no TOML; an unknown task.
    pub fn task(&self) -> anyhow::Result<TaskName> {
        Ok(TaskName::of(self.file(), &self.assignments)?)
    }

    /// The configuration of ranking.
    ///
    /// # Errors
    /// Settings that cannot be.
    pub fn resolve_ranking(&self) -> anyhow::Result<RankingConfig> {
        Ok(RankingConfig::layer(self.file(), &self.assignments)?)
    }

    /// Whether the file or a flag sets `key`.
    ///
    /// # Errors
    /// A file that is no TOML.
    pub fn sets(&self, key: &str) -> anyhow::Result<bool> {
        Ok(Config::is_set(key, self.file(), &self.assignments)?)
    }

    /// Whether a flag sets `key`.
    ///
    /// # Errors
    /// Never, for what [`of`](Self::of) made.
    pub fn flags_set(&self, key: &str) -> anyhow::Result<bool> {
        Ok(Config::is_set(key, None, &self.assignments)?)
    }

    fn file(&self) -> Option<(&Path, &str)> {
        self.file.as_ref().map(|(path, text)| (path.as_path(), text.as_str()))
    }
}

fn read(path: &Path) -> anyhow::Result<(PathBuf, String)> {
    let text = Config::read_text(path).with_context(|| format!("cannot read the configuration {}", path.display()))?;
    Ok((path.to_owned(), text))
}

fn key_value(entry: &str) -> anyhow::Result<Assignment> {
    if entry.contains(['\n', '\r']) {
        bail!("--set {entry}: one setting on one line is expected; give --set again for another");
    }
    match entry.split_once('=') {
        Some((key, value)) => Ok(Assignment::of_text(key.trim(), value.trim())),
        None => bail!("--set {entry}: expected KEY=VALUE, as in --set training.learning_rate=0.1"),
    }
}

/// The configuration with the data to work on: the argument, or else `data.source`. A path is made absolute, so that a run
/// finds it from any folder.
pub fn with_data(mut config: Config, source: Option<&str>) -> anyhow::Result<Config> {
    name_data(&mut config.data, source)?;
    Ok(config)
}

/// The same of the section alone.
pub fn name_data(data: &mut DataConfig, source: Option<&str>) -> anyhow::Result<()> {
    if let Some(source) = source {
        source.clone_into(&mut data.source);
    }
    if data.source.is_empty() {
        bail!("no data: name them, as in `--data ml-100k`, or set data.source in a configuration file");
    }
    data.source = absolute(&data.source);
    Ok(())
}

/// A source that is a path, in full; as it is given where a folder above it has a name that is no text.
pub fn absolute(source: &str) -> String {
    let full = Path::new(source).canonicalize().ok().and_then(|path| path.to_str().map(str::to_owned));
    full.unwrap_or_else(|| source.to_owned())
}

/// How the configuration reads and splits data.
pub fn load_options(config: &Config) -> anyhow::Result<LoadOptions> {
    options(&config.data, config.task, config.seed)
}

/// How a configuration of ranking reads and splits data. The task is that of labels, which are not made.
pub fn ranking_options(config: &RankingConfig) -> anyhow::Result<LoadOptions> {
    options(&config.data, Task::default(), config.seed)
}

/// The configuration of ranking with the data to work on, and these data; notes go to stderr.
///
/// # Errors
/// Settings that cannot be; data that cannot be read or split.
pub fn load_ranking(layers: &Layers, source: Option<&str>) -> anyhow::Result<(RankingConfig, RankingDataset)> {
    let mut config = layers.resolve_ranking()?;
    name_data(&mut config.data, source)?;
    let dataset = load_pairs(&config)?;
    Ok((config, dataset))
}

/// The data of a configuration of ranking.
///
/// # Errors
/// Data that cannot be read or split.
pub fn load_pairs(config: &RankingConfig) -> anyhow::Result<RankingDataset> {
    let mut note = |note: &str| say(format_args!("data: {note}"));
    Ok(data::load_positives(&config.data.source, &ranking_options(config)?, &mut note)?)
}

fn options(data: &DataConfig, task: Task, seed: u64) -> anyhow::Result<LoadOptions> {
    let named = |column: &String| (!column.is_empty()).then(|| column.clone());
    let read = ReadOptions {
        columns: Columns {
            user: named(&data.user_column),
            item: named(&data.item_column),
            rating: named(&data.rating_column),
            timestamp: named(&data.timestamp_column),
        },
        separator: data.separator,
        header: data.header,
        encoding: Some(data.encoding.clone()).filter(|name| !["", "auto"].contains(&name.as_str())),
        max_missing: data.max_missing,
        not_rated: data.not_rated.clone(),
    };
    let [of_train, of_validation, _] = data.ratios;
    Ok(LoadOptions {
        read,
        duplicates: data.duplicates,
        ratios: [of_train, of_validation],
        threshold: data.threshold,
        label: data.label,
        task,
        split: SplitRule::new(data.split, data.ratios)?,
        k_core: data.k_core,
        seed,
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
    config.fit(&dataset.search, Base::default().models)?;
    Folds::of_search(&dataset.search, config).expect_classes(config)?;
    Ok(dataset)
}
