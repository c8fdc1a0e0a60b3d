//! What goes to stdout, and figures.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use autolossgen::data::file::write_atomically;
use autolossgen::data::{is_printable, printable_lines};
use autolossgen_report::Figure;
use serde::Serialize;

use crate::message::say;

/// Prints text for people on stdout: what a file or an argument has in it that is not printed is escaped.
pub fn print(text: impl AsRef<str>) -> anyhow::Result<()> {
    print_code(printable_lines(text.as_ref()).as_bytes())
}

/// Prints text for other programs on stdout, as it is. A closed pipe or a full disk is an error and no panic.
pub fn print_code(text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_ref()).and_then(|()| stdout.flush()).context("cannot write to stdout")
}

/// Prints `value` as one JSON document on stdout.
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    print_code(escaped(serde_json::to_string_pretty(value)?) + "\n")
}

/// JSON whose strings have what is not printed as JSON escapes it; a deletion, for one, may stand in JSON as it is.
fn escaped(json: String) -> String {
    let is_shown = |c: char| c == '\n' || is_printable(c);
    if json.chars().all(is_shown) {
        return json;
    }
    // Each of the others takes one unit of UTF-16.
    let shown = |c: char| if is_shown(c) { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
    json.chars().map(shown).collect()
}

/// Refuses, before any work, a path that a JSON document will name and cannot.
///
/// # Errors
/// A path that is not UTF-8.
pub fn expect_nameable(path: &Path) -> anyhow::Result<()> {
    match path.to_str() {
        Some(_) => Ok(()),
        None => bail!(
            "{}: the name is not UTF-8, and a JSON document cannot have it: choose another, or leave out --json",
            path.display()
        ),
    }
}

/// Writes a figure, whole or not at all, and says where.
pub fn write_figure(figure: &Figure, path: &Path) -> anyhow::Result<()> {
    write_atomically(path, figure.to_svg().as_bytes())?;
    say(format_args!("figure: {}", path.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_says_the_same_without_what_is_not_printed() {
        let value = serde_json::json!({ "a\u{9b}": ["\u{7f}\u{202e}", "\u{1b}\n", "ŷ"] });
        let text = escaped(serde_json::to_string_pretty(&value).unwrap());
        assert!(text.chars().all(|c| c == '\n' || is_printable(c)), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
