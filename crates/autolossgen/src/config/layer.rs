//! Preset, file, assignments: each is laid over the one before, key by key.

use std::path::Path;
use std::sync::LazyLock;

use autolossgen_recsys::Registry;
use autolossgen_settings::{Choice, Section, UnknownName, nearest};
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::renamed::renamed;
use super::{Config, ConfigError, Preset, preset_text};

/// The recommenders that come with the program.
static BUILTIN: LazyLock<Registry> = LazyLock::new(Registry::builtin);

/// What lies under the file and the assignments.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// The preset where neither an assignment nor the file names one
    pub preset: Preset,
    /// Dotted keys and values, as TOML, that lie over the preset, whichever it is, and under the file
    pub settings: &'a [(&'a str, &'a str)],
    /// The recommenders that `model.name` can name, each with a section of its own
    pub models: &'a Registry,
}

impl Default for Base<'_> {
    fn default() -> Self {
        Self { preset: Preset::Default, settings: &[], models: &BUILTIN }
    }
}

/// A value for a setting, as a flag gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// Dotted key
    pub key: String,
    /// The value
    pub value: Value,
}

impl Assignment {
    /// A value of its own type.
    pub fn new(key: &str, value: impl Into<Value>) -> Self {
        Self { key: key.to_owned(), value: value.into() }
    }

    /// A value as TOML text; text that is no TOML value, or more than one, is a string.
    pub fn of_text(key: &str, text: &str) -> Self {
        let parsed = format!("x = {text}").parse::<Table>().ok().filter(|table| table.len() == 1);
        let parsed = parsed.and_then(|mut table| table.remove("x"));
        Self::new(key, parsed.unwrap_or_else(|| Value::String(text.to_owned())))
    }

    /// The value in tables within tables.
    fn table(&self) -> Table {
        let mut parts = self.key.rsplit('.');
        let last = parts.next().unwrap_or_default().to_owned();
        let innermost = Table::from_iter([(last, self.value.clone())]);
        parts.fold(innermost, |table, part| Table::from_iter([(part.to_owned(), Value::Table(table))]))
    }
}

impl Config {
    /// A preset with dotted keys and values, as TOML, laid over it.
    ///
    /// ```
    /// use autolossgen::{Config, Preset};
    /// let config = Config::with(Preset::Paper, &[("search.samples", "100"), ("model.name", "mlp")])?;
    /// assert_eq!((config.search.samples, config.training.learning_rate), (100, 0.01));
    /// # Ok::<(), autolossgen::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// As [`layer`](Self::layer).
    pub fn with(preset: Preset, settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let assignments: Vec<_> = settings.iter().map(|(key, text)| Assignment::of_text(key, text)).collect();
        Self::layer(&Base { preset, ..Base::default() }, None, &assignments)
    }

    /// A preset as it is.
    ///
    /// # Panics
    /// Never: a test makes every preset.
    pub fn preset(preset: Preset) -> Config {
        Self::with(preset, &[]).expect("a preset is valid")
    }

    /// A base with a TOML file (its name and text) and assignments laid over it. The preset is that of the assignment
    /// `preset`, or else of the file, or else of the base.
    ///
    /// # Errors
    /// An unknown preset or key (the new name, or the nearest, is suggested), text that is no TOML, a value of the wrong type
    /// or range, settings that do not go together.
    pub fn layer(
        base: &Base<'_>,
        file: Option<(&Path, &str)>,
        assignments: &[Assignment],
    ) -> Result<Config, ConfigError> {
        let file = file.map(read).transpose()?;
        let preset = named("preset", file.as_ref(), assignments)
            .map(|name| Preset::parse(&name).map_err(|known| ConfigError::Preset { known: known.to_string(), name }));
        let preset = preset.transpose()?.unwrap_or(base.preset);
        let mut table = parse(&preset.name(), &preset_text(preset, base.models))?;
        lay_over(&mut table, preset.name(), base.settings, file.as_ref(), assignments)?;
        table.insert("preset".into(), Value::String(preset.name().into()));
        let config = Self::resolved(table, base.models);
        config.map_err(|error| set_by(error, file.as_ref(), assignments))
    }

    /// A table with every key, typed and checked.
    fn resolved(table: Table, models: &Registry) -> Result<Config, ConfigError> {
        let config: Config = typed(table)?;
        config.check_models(models)?;
        config.check_batch(models)?;
        config.check_rules()?;
        Ok(config)
    }

    /// Whether the file or the assignments set `key`, a dotted one, to whatever value.
    ///
    /// # Errors
    /// Text that is no TOML.
    pub fn is_set(key: &str, file: Option<(&Path, &str)>, assignments: &[Assignment]) -> Result<bool, ConfigError> {
        let in_file = file.map(read).transpose()?.is_some_and(|(_, table)| has_key(&table, key));
        Ok(in_file || assignments.iter().any(|assignment| has_key(&assignment.table(), key)))
    }

    /// The configuration as TOML that [`layer`](Self::layer) reads back.
    ///
    /// # Panics
    /// Never: every field is a TOML value.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("every field is a TOML value")
    }
}

/// Where assignments come from.
const COMMAND_LINE: &str = "command line";

/// Text as people write it, with quotes or without: a column's number, true among names.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(_) | Value::Boolean(_) => Some(value.to_string()),
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

/// Lays settings of a command's own, the file and the assignments over a table with every key.
pub(super) fn lay_over(
    table: &mut Table,
    name: &str,
    settings: &[(&str, &str)],
    file: Option<&(String, Table)>,
    assignments: &[Assignment],
) -> Result<(), ConfigError> {
    for (key, text) in settings {
        merge(table, Assignment::of_text(key, text).table(), "", name)?;
    }
    if let Some((name, over)) = file {
        merge(table, over.clone(), "", name)?;
    }
    assignments.iter().try_for_each(|assignment| merge(table, assignment.table(), "", COMMAND_LINE))
}

/// A table with every key as a configuration, each value in its range.
pub(super) fn typed<C: Section + DeserializeOwned>(table: Table) -> Result<C, ConfigError> {
    expect_names::<C>(&table)?;
    let config: C = table.try_into().map_err(|error: toml::de::Error| ConfigError::Syntax {
        source_name: "configuration".into(),
        message: error.to_string().trim().replace('\n', " "),
    })?;
    config.check().map_err(ConfigError::of)?;
    Ok(config)
}

/// What the assignments, or else the file, set at the top-level `key`.
pub(super) fn named(key: &str, file: Option<&(String, Table)>, assignments: &[Assignment]) -> Option<String> {
    let assigned = assignments.iter().rev().find(|assignment| assignment.key == key);
    let in_file = || file.and_then(|(_, table)| table.get(key));
    assigned.map(|assignment| &assignment.value).or_else(in_file).and_then(text)
}

/// Whether every setting of a closed set has one of its names; in the words of every other setting, and not of the
/// deserialiser.
fn expect_names<C: Section>(table: &Table) -> Result<(), ConfigError> {
    let sections = C::SECTIONS.iter().map(|(section, settings)| (Some(*section), *settings));
    for (section, settings) in std::iter::once((None, C::SETTINGS)).chain(sections) {
        let within = section.map_or(Some(table), |section| table.get(section).and_then(Value::as_table));
        for setting in settings {
            let (Some(known), Some(name)) =
                ((setting.names)(), within.and_then(|table| table.get(setting.name)?.as_str()))
            else {
                continue;
            };
            if !known.contains(&name) {
                let key = section.map_or(setting.name.to_owned(), |section| format!("{section}.{}", setting.name));
                let allowed = UnknownName::new(name, known).to_string();
                let source_name = "configuration".to_owned();
                return Err(ConfigError::Value { source_name, key, value: format!("'{name}'"), allowed });
            }
        }
    }
    Ok(())
}

/// A value out of its range, said of the layer that set it.
pub(super) fn set_by(error: ConfigError, file: Option<&(String, Table)>, assignments: &[Assignment]) -> ConfigError {
    let ConfigError::Value { source_name, key, value, allowed } = error else { return error };
    let in_file = |(name, table): &(String, Table)| has_key(table, &key).then(|| name.clone());
    let assigned = assignments.iter().any(|assignment| has_key(&assignment.table(), &key));
    let source_name =
        assigned.then(|| COMMAND_LINE.to_owned()).or_else(|| file.and_then(in_file)).unwrap_or(source_name);
    ConfigError::Value { source_name, key, value, allowed }
}

fn has_key(table: &Table, key: &str) -> bool {
    match key.split_once('.') {
        Some((section, rest)) => table.get(section).and_then(Value::as_table).is_some_and(|table| has_key(table, rest)),
        None => table.contains_key(key),
    }
}

/// A file's name and its table.
pub(super) fn read((path, text): (&Path, &str)) -> Result<(String, Table), ConfigError> {
    Ok((path.display().to_string(), parse(&path.display(), text)?))
}

pub(super) fn parse(name: &dyn std::fmt::Display, text: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        ConfigError::Syntax { source_name: format!("{name}, line {line}"), message: error.message().to_owned() }
    })
}

fn merge(base: &mut Table, over: Table, prefix: &str, source: &str) -> Result<(), ConfigError> {
    for (key, value) in over {
        let path = format!("{prefix}{key}");
        let Some(known) = base.get_mut(&key) else {
            return Err(unknown(base, &key, prefix, source));
        };
        match (known, value) {
            (Value::Table(known), Value::Table(value)) => merge(known, value, &format!("{path}."), source)?,
            (Value::Float(known), Value::Integer(value)) => *known = value as f64,
            (Value::String(known), value) if text(&value).is_some() => *known = text(&value).unwrap_or_default(),
            (known, value) if same_kind(known, &value) && !(is_count(known) && is_negative(&value)) => *known = value,
            (known, value) => {
                let allowed = expected(known, &path);
                return Err(ConfigError::Value {
                    source_name: source.into(),
                    key: path,
                    value: value.to_string(),
                    allowed,
                });
            }
        }
    }
    Ok(())
}

fn same_kind(known: &Value, value: &Value) -> bool {
    match (known, value) {
        (Value::Array(known), Value::Array(values)) => known
            .first()
            .is_none_or(|first| values.iter().all(|v| first.same_type(v) || first.is_float() && v.is_integer())),
        _ => known.same_type(value),
    }
}

/// Whole numbers are counts and seeds.
fn is_count(value: &Value) -> bool {
    value.is_integer() || value.as_array().is_some_and(|values| values.iter().any(Value::is_integer))
}

fn is_negative(value: &Value) -> bool {
    value.as_integer().is_some_and(|value| value < 0)
        || value.as_array().is_some_and(|values| values.iter().any(is_negative))
}

/// What a setting takes.
fn expected(known: &Value, path: &str) -> String {
    let kind = match known {
        Value::String(_) => "a string",
        Value::Integer(_) => "a whole number, 0 or more",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Array(values) if values.iter().all(Value::is_str) => "a list of strings",
        Value::Array(values) if values.iter().all(Value::is_integer) => "a list of whole numbers",
        Value::Array(_) => "a list of numbers",
        Value::Table(section) => {
            let first = section.keys().next().map_or("", String::as_str);
            return format!("expected a section, whose settings are set one by one, as in {path}.{first}");
        }
        Value::Datetime(_) => "a date",
    };
    format!("expected {kind}, as in {known}")
}

fn unknown(base: &Table, key: &str, prefix: &str, source: &str) -> ConfigError {
    let suggestion = match (renamed(&format!("{prefix}{key}")), nearest(key, base.keys().map(String::as_str))) {
        (Some(new), _) => format!("; it is called {new} now"),
        (None, Some(near)) => format!("; did you mean '{prefix}{near}'?"),
        (None, None) => "; `autolossgen config show` prints them all".to_owned(),
    };
    ConfigError::UnknownKey { source_name: source.into(), key: format!("{prefix}{key}"), suggestion }
}

#[cfg(test)]
mod tests {
    use autolossgen_recsys::Metric;

    use super::*;

    fn assigned(settings: &[(&str, &str)]) -> Vec<Assignment> {
        settings.iter().map(|(key, text)| Assignment::of_text(key, text)).collect()
    }

    fn layered(file: &str, settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::layer(&Base::default(), Some((Path::new("my.toml"), file)), &assigned(settings))
    }

    fn error(file: &str, settings: &[(&str, &str)]) -> String {
        layered(file, settings).unwrap_err().to_string()
    }

    #[test]
    fn every_preset_is_valid_and_its_text_says_the_same() {
        for &preset in Preset::ALL {
            let config = Config::preset(preset);
            assert_eq!(config.preset, preset);
            assert_eq!(layered(&preset_text(preset, &BUILTIN), &[]).unwrap(), config);
            assert_eq!(layered(&config.to_toml(), &[]).unwrap(), config);
        }
    }

    #[test]
    fn a_text_is_one_value() {
        let value = |text: &str| Assignment::of_text("a", text).value;
        assert_eq!(value("3"), Value::Integer(3));
        assert_eq!(value("[1,\n2]"), Value::Array(vec![1.into(), 2.into()]));
        assert_eq!(value("3\nb = 4"), Value::String("3\nb = 4".into()), "nothing is dropped");
    }

    #[test]
    fn layers_lie_over_each_other() {
        let file = "preset = 'paper'\n[training]\nlearning_rate = 1\nbatch_size = 64";
        let config = layered(file, &[("training.batch_size", "32"), ("model.name", "mf")]).unwrap();
        assert_eq!(
            (config.preset, config.training.learning_rate, config.training.batch_size),
            (Preset::Paper, 1.0, 32)
        );
    }

    #[test]
    fn a_base_lies_between_the_preset_and_the_file() {
        let settings = [("search.time", "60.0"), ("search.samples", "0")];
        let base = Base { preset: Preset::Paper, settings: &settings, ..Base::default() };
        let over = |file: &str, settings: &[(&str, &str)]| {
            let config = Config::layer(&base, Some((Path::new("f"), file)), &assigned(settings)).unwrap();
            (config.preset, config.search.time, config.search.samples)
        };
        assert_eq!(over("seed = 1", &[]), (Preset::Paper, 60.0, 0));
        assert_eq!(over("preset = 'reference'\nsearch.samples = 7", &[]), (Preset::Reference, 60.0, 7));
        assert_eq!(over("search.time = 2.0", &[("search.time", "1")]), (Preset::Paper, 1.0, 0));
    }

    #[test]
    fn what_is_set_is_known_however_it_is_written() {
        let set = |file: &str, settings: &[(&str, &str)]| {
            Config::is_set("model.name", Some((Path::new("f"), file)), &assigned(settings)).unwrap()
        };
        assert!(set("[model]\nname = 'mlp'", &[]) && set("model.name = 'mlp'", &[]));
        assert!(set("", &[("model.name", "mlp")]) && set("", &[("model", "{name = 'mlp'}")]));
        assert!(!set("[model.mf]\ndimension = 8", &[("task", "regression")]));
    }

    #[test]
    fn the_metric_follows_the_task_unless_it_is_chosen() {
        let metric =
            |task: &str, metric: &str| layered("", &[("task", task), ("selection.metric", metric)]).unwrap().metric();
        assert_eq!([metric("classification", "auto"), metric("regression", "auto")], [Metric::Auc, Metric::Rmse]);
        assert_eq!(
            [metric("classification", "rmse"), metric("regression", "log_loss")],
            [Metric::Rmse, Metric::LogLoss]
        );
    }

    #[test]
    fn a_setting_of_an_earlier_version_is_told_its_new_name() {
        for (old, new) in [
            ("[test]\neta = 3", "there is no setting 'test.eta'; it is called halving.reduction now"),
            ("test.max_epochs = 9", "there is no setting 'test.max_epochs'; it is called stop.max_epochs now"),
            ("model.layers = [8]", "there is no setting 'model.layers'; it is called model.mlp.layers now"),
            ("model.dimension = 8", "it is called model.mf.dimension and model.mlp.dimension now"),
        ] {
            assert!(error(old, &[]).contains(new), "{}", error(old, &[]));
        }
    }

    #[test]
    fn mistakes_are_named() {
        let cases = [
            (error("[trainig]\nl2 = 1", &[]), "my.toml: there is no setting 'trainig'; did you mean 'training'?"),
            (
                error("[training]\nlearning_rat = 1", &[]),
                "my.toml: there is no setting 'training.learning_rat'; did you mean 'training.learning_rate'?",
            ),
            (error("[training]\nl2 = 'much'", &[]), "my.toml: training.l2 = \"much\": expected a number, as in "),
            (error("[training\nl2 = 1", &[]), "my.toml, line 1: "),
            (error("preset = 'ours'", &[]), "there is no preset 'ours': use default, paper or reference"),
            (
                error("", &[("training.learning_rate", "-1")]),
                "command line: training.learning_rate = -1: must be positive and finite",
            ),
            (error("[training]\nl2 = -1", &[]), "my.toml: training.l2 = -1: must be 0 or more"),
            (error("preset = 'paper'", &[("preset", "ours")]), "there is no preset 'ours'"),
            (
                error("", &[("data.split", "half")]),
                "command line: data.split = 'half': use leave-one-out, random, temporal, ratio or leave-last-out",
            ),
            (
                error("data.split = 'random'\ndata.ratios = [1, 1, 1]", &[]),
                "my.toml: data.ratios = [1.0, 1.0, 1.0]: three",
            ),
            (
                error("", &[("model.mf.dimension", "-3")]),
                "model.mf.dimension = -3: expected a whole number, 0 or more, as in 64",
            ),
            (
                error("", &[("test.baselines", "[1]")]),
                "test.baselines = [1]: expected a list of strings, as in [\"bce\"",
            ),
            (
                error("training = 3", &[]),
                "my.toml: training = 3: expected a section, whose settings are set one by one",
            ),
            (error("task = 'guess'", &[]), "my.toml: task = 'guess': use classification or regression"),
            (error("", &[("data.label", "stars")]), "command line: data.label = 'stars': use binary or rating"),
            (
                error("selection.metric = 'auroc'", &[]),
                "my.toml: selection.metric = 'auroc': use auto, auc, log_loss, rmse, mae, f1 or accuracy",
            ),
            (
                error("", &[("training.optimizer", "sgdd")]),
                "command line: training.optimizer = 'sgdd': use sgd, adagrad or adam (did you mean 'sgd'?)",
            ),
            (error("", &[("model.name", "fm")]), "command line: model.name = 'fm': use mf, mlp"),
            (
                error("[model.mlp]\ndropout = 1.0", &[]),
                "my.toml: model.mlp.dropout = 1: must be 0 or more, and less than 1",
            ),
            (error("", &[("seed", "abc")]), "command line: seed = \"abc\": expected a whole number"),
        ];
        for (message, expected) in cases {
            assert!(message.contains(expected), "{message}\nlacks {expected}");
            assert!(!message.contains('\n'), "{message}");
        }
    }
}
