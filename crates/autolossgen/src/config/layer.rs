//! Preset, file, flags: each is laid over the one before, key by key.

use std::path::Path;

use autolossgen_formula::nearest;
use toml::{Table, Value};

use super::Config;
use super::preset::preset_table;
use super::validate::named_choices;

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No preset of this name.
    #[error("there is no preset '{0}': use default, paper or reference")]
    Preset(String),
    /// Not TOML.
    #[error("{source_name}: {message}")]
    Syntax {
        /// File or flag.
        source_name: String,
        /// The parser's message, with line and column.
        message: String,
    },
    /// A key that no preset has.
    #[error("{source_name}: there is no setting '{key}'{suggestion}")]
    UnknownKey {
        /// File or flag.
        source_name: String,
        /// The dotted key.
        key: String,
        /// The nearest key, or where to see all.
        suggestion: String,
    },
    /// A value outside what the setting takes.
    #[error("{source_name}: {key} = {value}: {allowed}")]
    Value {
        /// File, flag or preset.
        source_name: String,
        /// The dotted key.
        key: String,
        /// The value as written.
        value: String,
        /// What would be right.
        allowed: String,
    },
}

/// What lies under the file and the flags.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// The preset where neither the flags nor the file name one
    pub preset: &'a str,
    /// Dotted keys and values that lie over the preset, whichever it is, and under the file
    pub settings: &'a [(&'a str, &'a str)],
}

impl Default for Base<'_> {
    fn default() -> Self {
        Self { preset: "default", settings: &[] }
    }
}

impl Config {
    /// A preset with a TOML file (its name and text) and dotted `key`, `value` pairs laid over it. Without a preset the
    /// pair called `preset` counts, then the file's own, or else `default`.
    ///
    /// # Errors
    /// An unknown preset or key (the nearest is suggested), text that is no TOML, a value of the wrong type or range.
    pub fn layer(
        preset: Option<&str>,
        file: Option<(&Path, &str)>,
        flags: &[(String, String)],
    ) -> Result<Config, ConfigError> {
        Self::layer_over(&Base::default(), preset, file, flags)
    }

    /// As [`layer`](Self::layer), where nothing names a preset from that of `base`, and with its settings between the
    /// preset and the file.
    ///
    /// # Errors
    /// As [`layer`](Self::layer).
    pub fn layer_over(
        base: &Base<'_>,
        preset: Option<&str>,
        file: Option<(&Path, &str)>,
        flags: &[(String, String)],
    ) -> Result<Config, ConfigError> {
        let file = file.map(read).transpose()?;
        let preset = preset.map(str::to_owned).or_else(|| named_preset(file.as_ref(), flags));
        let preset = preset.unwrap_or_else(|| base.preset.to_owned());
        let mut table = preset_table(&preset)?;
        for (key, value) in base.settings {
            merge(&mut table, flag_table(key, value), "", &preset)?;
        }
        if let Some((name, over)) = &file {
            merge(&mut table, over.clone(), "", name)?;
        }
        for (key, value) in flags {
            merge(&mut table, flag_table(key, value), "", COMMAND_LINE)?;
        }
        table.insert("preset".into(), Value::String(preset));
        named_choices(&table).map_err(|error| set_by(error, file.as_ref(), flags))?;
        let config: Config = table.try_into().map_err(|error: toml::de::Error| ConfigError::Syntax {
            source_name: "configuration".into(),
            message: error.to_string().trim().replace('\n', " "),
        })?;
        config.validate().map_err(|error| set_by(error, file.as_ref(), flags))?;
        Ok(config)
    }

    /// Whether the file or the flags set `key`, a dotted one, to whatever value.
    ///
    /// # Errors
    /// Text that is no TOML.
    pub fn is_set(key: &str, file: Option<(&Path, &str)>, flags: &[(String, String)]) -> Result<bool, ConfigError> {
        let in_file = file.map(read).transpose()?.is_some_and(|(_, table)| has_key(&table, key));
        Ok(in_file || flags.iter().any(|(flag, value)| has_key(&flag_table(flag, value), key)))
    }

    /// A preset as it is.
    ///
    /// # Errors
    /// An unknown name.
    pub fn preset(name: &str) -> Result<Config, ConfigError> {
        Self::layer(Some(name), None, &[])
    }

    /// The configuration as TOML that [`layer`](Self::layer) reads back.
    ///
    /// # Panics
    /// Never: every field is a TOML value.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("every field is a TOML value")
    }
}

/// Where flags come from.
const COMMAND_LINE: &str = "command line";

/// The preset that the flags name, or else the file.
fn named_preset(file: Option<&(String, Table)>, flags: &[(String, String)]) -> Option<String> {
    let flag = flags.iter().rev().find(|(key, _)| key == "preset").map(|(key, value)| flag_table(key, value));
    let named = |table: &Table| table.get("preset").and_then(Value::as_str).map(str::to_owned);
    flag.as_ref().and_then(named).or_else(|| file.and_then(|(_, table)| named(table)))
}

/// A value out of its range, said of the layer that set it.
fn set_by(error: ConfigError, file: Option<&(String, Table)>, flags: &[(String, String)]) -> ConfigError {
    let ConfigError::Value { source_name, key, value, allowed } = error else { return error };
    let in_file = |(name, table): &(String, Table)| has_key(table, &key).then(|| name.clone());
    let in_flags = flags.iter().any(|(flag, _)| *flag == key).then(|| COMMAND_LINE.to_owned());
    let source_name = in_flags.or_else(|| file.and_then(in_file)).unwrap_or(source_name);
    ConfigError::Value { source_name, key, value, allowed }
}

fn has_key(table: &Table, key: &str) -> bool {
    match key.split_once('.') {
        Some((section, rest)) => table.get(section).and_then(Value::as_table).is_some_and(|table| has_key(table, rest)),
        None => table.contains_key(key),
    }
}

/// A file's name and its table.
fn read((path, text): (&Path, &str)) -> Result<(String, Table), ConfigError> {
    Ok((path.display().to_string(), parse(&path.display(), text)?))
}

pub(super) fn parse(name: &dyn std::fmt::Display, text: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        ConfigError::Syntax { source_name: format!("{name}, line {line}"), message: error.message().to_owned() }
    })
}

/// `a.b` = value as a table of tables; a value that is no TOML is a string.
fn flag_table(key: &str, value: &str) -> Table {
    let parsed = format!("x = {value}").parse::<Table>().ok().and_then(|mut table| table.remove("x"));
    let mut value = parsed.unwrap_or_else(|| Value::String(value.to_owned()));
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    for part in rest.into_iter().flat_map(|rest| rest.rsplit('.')) {
        value = Value::Table(Table::from_iter([(part.to_owned(), value)]));
    }
    Table::from_iter([(first.to_owned(), value)])
}

pub(super) fn merge(base: &mut Table, over: Table, prefix: &str, source: &str) -> Result<(), ConfigError> {
    for (key, value) in over {
        let path = format!("{prefix}{key}");
        let Some(known) = base.get_mut(&key) else {
            return Err(unknown(base, &key, prefix, source));
        };
        match (known, value) {
            (Value::Table(known), Value::Table(value)) => merge(known, value, &format!("{path}."), source)?,
            (Value::Float(known), Value::Integer(value)) => *known = value as f64,
            (known, value) if same_kind(known, &value) && !is_negative(&value) => *known = value,
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
    let suggestion = match nearest(key, base.keys().map(String::as_str)) {
        Some(near) => format!("; did you mean '{prefix}{near}'?"),
        None => "; `autolossgen config show` prints them all".to_owned(),
    };
    ConfigError::UnknownKey { source_name: source.into(), key: format!("{prefix}{key}"), suggestion }
}

#[cfg(test)]
mod tests {
    use autolossgen_recsys::Metric;

    use super::*;
    use crate::config::{PRESETS, preset_text};

    fn error(file: &str, flags: &[(&str, &str)]) -> String {
        let flags: Vec<_> = flags.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        Config::layer(None, Some((Path::new("my.toml"), file)), &flags).unwrap_err().to_string()
    }

    #[test]
    fn every_preset_is_valid_and_its_text_says_the_same() {
        for name in PRESETS {
            let config = Config::preset(name).unwrap();
            assert_eq!(config.preset, name);
            let text = preset_text(name).unwrap();
            let read = Config::layer(Some(name), Some((Path::new("shown"), &text)), &[]).unwrap();
            assert_eq!(read, config);
            let written = Config::layer(None, Some((Path::new("written"), &config.to_toml())), &[]).unwrap();
            assert_eq!(written, config);
        }
    }

    #[test]
    fn layers_lie_over_each_other() {
        let file = "preset = 'paper'\n[training]\nlearning_rate = 1\nbatch_size = 64";
        let flags = [("training.batch_size".to_owned(), "32".to_owned()), ("model.name".to_owned(), "mf".to_owned())];
        let config = Config::layer(None, Some((Path::new("f"), file)), &flags).unwrap();
        assert_eq!(
            (config.preset.as_str(), config.training.learning_rate, config.training.batch_size),
            ("paper", 1.0, 32)
        );
    }

    #[test]
    fn a_base_lies_between_the_preset_and_the_file() {
        let base = Base { preset: "paper", settings: &[("search.time", "60.0"), ("search.samples", "0")] };
        let over = |file: &str, flags: &[(String, String)]| {
            let config = Config::layer_over(&base, None, Some((Path::new("f"), file)), flags).unwrap();
            (config.preset, config.search.time, config.search.samples)
        };
        assert_eq!(over("seed = 1", &[]), ("paper".into(), 60.0, 0));
        assert_eq!(over("preset = 'reference'\nsearch.samples = 7", &[]), ("reference".into(), 60.0, 7));
        let flags = [("search.time".to_owned(), "1".to_owned())];
        assert_eq!(over("search.time = 2.0", &flags), ("paper".into(), 1.0, 0));
    }

    #[test]
    fn what_is_set_is_known_however_it_is_written() {
        let flag = |key: &str, value: &str| [(key.to_owned(), value.to_owned())];
        let set = |file: &str, flags: &[(String, String)]| {
            Config::is_set("model.name", Some((Path::new("f"), file)), flags).unwrap()
        };
        assert!(set("[model]\nname = 'mlp'", &[]) && set("model.name = 'mlp'", &[]));
        assert!(set("", &flag("model.name", "mlp")) && set("", &flag("model", "{name = 'mlp'}")));
        assert!(!set("[model]\ndimension = 8", &flag("task", "regression")));
    }

    #[test]
    fn the_metric_follows_the_task_unless_it_is_chosen() {
        let metric = |task: &str, metric: &str| {
            let flags =
                [("task", task), ("test.metric", metric)].map(|(key, value)| (key.to_owned(), value.to_owned()));
            Config::layer(None, None, &flags).unwrap().metric()
        };
        assert_eq!([metric("classification", "auto"), metric("regression", "auto")], [Metric::Auc, Metric::Rmse]);
        assert_eq!(
            [metric("classification", "rmse"), metric("regression", "log_loss")],
            [Metric::Rmse, Metric::LogLoss]
        );
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
                "command line: data.split = 'half': use leave-one-out, random or temporal",
            ),
            (
                error("data.split = 'random'\ndata.ratios = [1, 1, 1]", &[]),
                "my.toml: data.ratios = [1.0, 1.0, 1.0]: three",
            ),
            (
                error("", &[("model.dimension", "-3")]),
                "model.dimension = -3: expected a whole number, 0 or more, as in 64",
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
                error("test.metric = 'auroc'", &[]),
                "my.toml: test.metric = 'auroc': use auto, auc, log_loss, rmse, mae, f1 or accuracy",
            ),
            (error("", &[("training.optimizer", "sgdd")]), "configuration: "),
            (error("", &[("seed", "abc")]), "command line: seed = \"abc\": expected a whole number"),
        ];
        for (message, expected) in cases {
            assert!(message.contains(expected), "{message}\nlacks {expected}");
            assert!(!message.contains('\n'), "{message}");
        }
    }
}
