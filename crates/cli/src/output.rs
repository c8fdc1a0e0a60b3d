//! What goes to stdout, and figures.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use autolossgen::data::file::write_atomically;
use autolossgen_report::Figure;
use serde::Serialize;

use crate::message::say;

/// Writes to stdout, where a closed pipe or a full disk is an error and no panic.
pub fn print(text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_ref()).and_then(|()| stdout.flush()).context("cannot write to stdout")
}

/// Prints `value` as one JSON document on stdout.
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    print(&text)
}

/// Writes a figure, whole or not at all, and says where.
pub fn write_figure(figure: &Figure, path: &Path) -> anyhow::Result<()> {
    write_atomically(path, figure.to_svg().as_bytes())?;
    say(format_args!("figure: {}", path.display()));
    Ok(())
}
