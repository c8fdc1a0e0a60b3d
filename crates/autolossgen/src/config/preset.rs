//! The presets, each laid over the one before.

use toml::Table;

use super::layer::{ConfigError, merge, parse};

/// Names of the presets.
pub const PRESETS: [&str; 3] = ["default", "paper", "reference"];

/// Every key, commented.
const DEFAULT: &str = include_str!("../presets/default.toml");
/// What differs from it.
const PAPER: &str = include_str!("../presets/paper.toml");
/// What differs from the paper's.
const REFERENCE: &str = include_str!("../presets/reference.toml");

/// Presets from the bottom up.
fn layers(preset: &str) -> Result<&'static [&'static str], ConfigError> {
    match preset {
        "default" => Ok(&[DEFAULT]),
        "paper" => Ok(&[DEFAULT, PAPER]),
        "reference" => Ok(&[DEFAULT, PAPER, REFERENCE]),
        _ => Err(ConfigError::Preset(preset.to_owned())),
    }
}

/// A preset as a table.
pub(super) fn preset_table(preset: &str) -> Result<Table, ConfigError> {
    let mut table = Table::new();
    for text in layers(preset)? {
        let layer = parse(&preset, text)?;
        if table.is_empty() {
            table = layer;
        } else {
            merge(&mut table, layer, "", preset)?;
        }
    }
    Ok(table)
}

/// A preset as commented TOML: the text of `default`, with the value and the comment of every key that differs.
///
/// # Errors
/// An unknown name.
pub fn preset_text(name: &str) -> Result<String, ConfigError> {
    let (first, rest) = layers(name)?.split_first().expect("a preset has a layer");
    let mut text = (*first).to_owned();
    for layer in rest {
        let overrides = assignments(layer);
        text = substitute(&text, &overrides);
    }
    Ok(text)
}

/// (dotted key, comment lines and the assignment itself) of each key of a preset file.
fn assignments(text: &str) -> Vec<(String, String)> {
    let (mut section, mut pending, mut found) = (String::new(), String::new(), Vec::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = format!("{}.", name.trim_end_matches(']'));
            pending.clear();
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            found.push((format!("{section}{key}"), format!("{pending}{line}\n")));
            pending.clear();
        } else if line.starts_with('#') {
            pending += &format!("{line}\n");
        } else {
            pending.clear();
        }
    }
    found
}

fn substitute(text: &str, overrides: &[(String, String)]) -> String {
    let (mut section, mut out) = (String::new(), String::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = format!("{}.", name.trim_end_matches(']'));
        }
        let key = line.split_once(" = ").filter(|_| !line.starts_with('#')).map(|(key, _)| format!("{section}{key}"));
        match overrides.iter().find(|(path, _)| Some(path) == key.as_ref()) {
            Some((_, lines)) => out += lines,
            None => out += &format!("{line}\n"),
        }
    }
    out
}
