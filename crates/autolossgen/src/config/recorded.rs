//! The settings of a run as its journal holds them, so that a configuration file that became another is known for it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use toml::de::{DeTable, DeValue};

use super::layer::parse;
use super::{Config, ConfigError};

/// Settings that change no result, and may become others while a run goes on: the data are known by their own checksum.
const FREE: [&str; 3] = ["threads", "data.source", "search.checkpoint"];

/// Every setting that results depend on, and a checksum over them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedConfig {
    /// SHA-256 over `settings` as JSON, in hexadecimal digits
    pub sha256: String,
    /// Dotted keys and values
    pub settings: BTreeMap<String, Value>,
}

impl RecordedConfig {
    /// That of a configuration.
    pub fn of(config: &Config) -> Self {
        Self::of_file(Path::new("config.toml"), &config.to_toml()).expect("a configuration is TOML")
    }

    /// That of a TOML file which sets everything: its own keys, and no preset's.
    ///
    /// # Errors
    /// Text that is no TOML.
    pub fn of_file(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let mut settings = BTreeMap::new();
        let table = toml::Value::Table(parse(&path.display(), text)?);
        flatten("", serde_json::to_value(table).expect("a TOML value is JSON"), &mut settings);
        FREE.iter().for_each(|key| drop(settings.remove(*key)));
        let json = serde_json::to_vec(&settings).expect("settings are JSON");
        let sha256 = Sha256::digest(&json).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { sha256, settings })
    }

    /// Holds the text of a configuration file against these settings.
    ///
    /// # Errors
    /// Text that is no TOML. A setting that is another, is missing or is one too many: the first in the file, or else the first
    /// by name.
    pub fn expect(&self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let found = Self::of_file(path, text)?;
        if found.sha256 == self.sha256 {
            return Ok(());
        }
        let keys = found.settings.keys().chain(self.settings.keys());
        let differing = keys.filter(|key| found.settings.get(*key) != self.settings.get(*key));
        let lines = lines(text);
        let first = differing.min_by_key(|key| (lines.get(*key).copied().unwrap_or(usize::MAX), *key));
        let Some(key) = first else { return Ok(()) };
        let place = match lines.get(key) {
            Some(line) => format!("{}, line {line}", path.display()),
            None => path.display().to_string(),
        };
        let [found, made] = [&found.settings, &self.settings].map(|settings| settings.get(key).map(beginning));
        let message = match (found, made) {
            (Some(found), Some(made)) => {
                format!("{key} = {found}, and the run was made with {key} = {made}: write that again")
            }
            (Some(found), None) => format!("{key} = {found}, and the run was made without such a setting: take it out"),
            (None, made) => {
                let made = made.unwrap_or_default();
                format!("the setting {key} is missing, and the run was made with {key} = {made}: write that again")
            }
        };
        Err(ConfigError::Changed { place, message })
    }
}

/// A value, or so much of a long list as a sentence bears; all of it stands in the journal.
fn beginning(value: &Value) -> String {
    const MOST: usize = 400;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The values of tables within tables, each under its dotted key.
fn flatten(prefix: &str, value: Value, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(table) => table.into_iter().for_each(|(key, value)| {
            let key = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
            flatten(&key, value, into);
        }),
        value => drop(into.insert(prefix.to_owned(), value)),
    }
}

/// The line of each dotted key, counted from 1.
fn lines(text: &str) -> BTreeMap<String, usize> {
    fn walk(text: &str, prefix: &str, table: &DeTable<'_>, into: &mut BTreeMap<String, usize>) {
        for (name, value) in table {
            let key =
                if prefix.is_empty() { name.get_ref().to_string() } else { format!("{prefix}.{}", name.get_ref()) };
            match value.get_ref() {
                DeValue::Table(table) => walk(text, &key, table, into),
                _ => drop(into.insert(key, 1 + text[..name.span().start].matches('\n').count())),
            }
        }
    }
    let mut lines = BTreeMap::new();
    if let Ok(table) = DeTable::parse(text) {
        walk(text, "", table.get_ref(), &mut lines);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Preset, comment_of};

    fn refusal(recorded: &RecordedConfig, text: &str) -> String {
        recorded.expect(Path::new("run/config.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn a_line_that_differs_is_named() {
        let config = Config::preset(Preset::Default);
        let (recorded, text) = (RecordedConfig::of(&config), config.to_toml());
        recorded.expect(Path::new("f"), &text).unwrap();
        assert_eq!(
            refusal(&recorded, &text.replacen("seed = 42", "seed = 6", 1)),
            "run/config.toml, line 2: seed = 6, and the run was made with seed = 42: write that again, or search anew with another --out"
        );
        let both = text.replacen("learning_rate = 1.0", "learning_rate = 0.5", 1).replacen("eta = 0.0", "eta = 0.1", 1);
        let line = 1 + text.lines().position(|line| line == "learning_rate = 1.0").unwrap();
        let said = refusal(&recorded, &both);
        assert!(said.starts_with(&format!("run/config.toml, line {line}: training.learning_rate = 0.5, ")), "{said}");
        let cut = &text[..text.find("[test]").unwrap()];
        assert!(refusal(&recorded, cut).starts_with("run/config.toml: the setting test.baselines is missing, "));
        assert!(refusal(&recorded, "").starts_with("run/config.toml: the setting check.both_classes is missing, "));
        let more = text.replacen("seed = 42", "seed = 42\nhorizon = 3", 1);
        assert!(refusal(&recorded, &more).contains("line 3: horizon = 3, and the run was made without such a setting"));
        assert!(refusal(&recorded, &text[..text.len() - 3]).contains(", line "), "torn");
    }

    #[test]
    fn what_changes_no_result_is_free_and_so_is_how_a_file_is_written() {
        assert!(FREE.iter().all(|key| comment_of(key).is_some()));
        let config = Config::preset(Preset::Paper);
        let recorded = RecordedConfig::of(&config);
        let text = config.to_toml();
        let free =
            text.replacen("threads = 0", "threads = 3", 1).replacen("source = \"\"", "source = \"/moved.tsv\"", 1);
        let free = free.replacen("checkpoint = 10.0", "checkpoint = 1.0", 1);
        assert_ne!(free, text);
        recorded.expect(Path::new("f"), &format!("# mine\n{}", free.replace(" = ", "  =   "))).unwrap();
        let text = serde_json::to_string(&recorded).unwrap();
        assert_eq!(serde_json::from_str::<RecordedConfig>(&text).unwrap(), recorded, "as a journal keeps it");
    }
}
