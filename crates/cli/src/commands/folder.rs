//! The folder of a run that is not named.

use std::path::{Path, PathBuf};

/// One in `runs` that is not there yet, whatever the clock says.
pub(super) fn default_folder(data: &str, model: &str) -> PathBuf {
    let time = jiff::ZonedDateTime::now().strftime("%Y%m%d-%H%M%S").to_string();
    let numbered = (2..).map(|number| format!("-{number}"));
    let folder = |number: String| Path::new("runs").join(format!("{time}-{data}-{model}{number}"));
    let mut folders = std::iter::once(String::new()).chain(numbered).map(folder);
    folders.find(|folder| !folder.exists()).expect("numbers do not end")
}
