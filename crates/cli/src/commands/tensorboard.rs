//! The event file of `--tensorboard`.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use autolossgen::Run;
use autolossgen::data::DataError;
use autolossgen::data::file::write_atomically;
use autolossgen_report::tensorboard;

use crate::message::say;

/// Makes the folder, so that one that cannot be is said before the search and not after.
pub fn prepare(folder: Option<&Path>) -> anyhow::Result<()> {
    let made = folder.map(|folder| std::fs::create_dir_all(folder).map_err(DataError::io("create", folder)));
    Ok(made.transpose().map(drop)?)
}

/// Writes what the search did as far as it came.
pub fn write(folder: Option<&Path>, run: &Run) -> anyhow::Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let path = folder.join(format!("events.out.tfevents.{:010}.autolossgen", now.as_secs()));
    write_atomically(&path, &tensorboard::events(run.records(), now.as_secs_f64()))?;
    say(format_args!("tensorboard: {}", path.display()));
    Ok(())
}
