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
pub fn write_piecewise(path: &Path, write: impl FnOnce(&mut PartialFile) -> io::Result<()>) -> Result<(), DataError> {
    let written = PartialFile::create(path).and_then(|mut file| {
        write(&mut file)?;
        file.commit()
    });
    written.map_err(DataError::io("write", path))
}

/// A file that lies beside its place, as `NAME.partial`, until it is whole; one that is dropped before is removed.
#[derive(Debug)]
pub struct PartialFile {
    file: BufWriter<File>,
    path: PathBuf,
    beside: PathBuf,
    is_whole: bool,
}

impl PartialFile {
    /// An empty file for `path`.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let beside = path.with_file_name(name);
        let file = BufWriter::new(File::create(&beside)?);
        Ok(Self { file, path: path.to_owned(), beside, is_whole: false })
    }

    /// Puts the file, which is on disk then, in its place.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn commit(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        std::fs::rename(&self.beside, &self.path)?;
        self.is_whole = true;
        Ok(())
    }
}

impl Write for PartialFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.is_whole {
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}
