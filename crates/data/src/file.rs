//! Files that are whole or not there at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::DataError;

/// Writes all of a file beside its place and renames it, so that no half of it is ever seen.
///
/// # Errors
/// What the operating system refuses.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    write_piecewise(path, |file| file.write_all(bytes))
}

/// As [`write_atomically`], of content that is never in memory as a whole: `write` fills the file piece by piece.
///
/// # Errors
/// What the operating system refuses, or `write` itself.
pub fn write_piecewise(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), DataError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let beside: PathBuf = path.with_file_name(name);
    let fill = |file: File| {
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.flush()?;
        file.get_ref().sync_all()
    };
    let written = File::create(&beside).and_then(fill).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written.map_err(DataError::io("write", path))
}
