//! Files that are whole or not there at all.
//!
//! Each is written beside its place and renamed into it. The temporary file has a name that nobody can foretell and is made
//! anew or not at all, so that no link is followed, no file of others is touched, and processes side by side do not meet. A
//! process that is killed may leave one behind ([`is_leftover`]).

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::DataError;

/// What the name of a temporary file begins and ends with.
const PREFIX: &str = ".autolossgen-";
const SUFFIX: &str = ".partial";

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

/// Whether a file of this name is what a killed process left of one that it wrote. Without a process at work in its folder,
/// it can go.
pub fn is_leftover(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// A file that lies beside its place until it is whole; one that is dropped before is removed.
#[derive(Debug)]
pub struct PartialFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl PartialFile {
    /// An empty file for `path`.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn create(path: &Path) -> io::Result<Self> {
        let beside = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).make_in(
            path.parent().unwrap_or(Path::new("")),
            // As any file that is made: others may read it, where the user lets them.
            |path| OpenOptions::new().write(true).create_new(true).open(path),
        )?;
        Ok(Self { file: BufWriter::new(beside), path: path.to_owned() })
    }

    /// Puts the file, which is on disk then, in its place.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn commit(self) -> io::Result<()> {
        let beside = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        beside.as_file().sync_all()?;
        beside.persist(self.path).map_err(|error| error.error)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn who_writes_side_by_side_does_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.html");
        let write = |text: &'static str| {
            (0..200).for_each(|_| write_atomically(&path, text.repeat(10_000).as_bytes()).unwrap());
        };
        std::thread::scope(|scope| {
            scope.spawn(|| write("a"));
            scope.spawn(|| write("b"));
        });
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text == "a".repeat(10_000) || text == "b".repeat(10_000));
        assert_eq!(names(folder.path()), ["page.html"]);
    }

    #[test]
    fn files_of_others_stay_what_they_are_and_a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (path, notes) = (folder.path().join("loss.py"), folder.path().join("loss.py.partial"));
        std::fs::write(&notes, "my notes").unwrap();
        write_atomically(&path, b"x = 1\n").unwrap();
        let refusal = write_piecewise(&path, |file| {
            file.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(refusal.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "x = 1\n");
        assert_eq!(std::fs::read_to_string(&notes).unwrap(), "my notes");
        assert_eq!(names(folder.path()), ["loss.py", "loss.py.partial"]);
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_followed_and_others_may_read_what_is_written() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let (path, victim) = (folder.path().join("config.toml"), folder.path().join("victim"));
        std::fs::write(&victim, "precious").unwrap();
        symlink(&victim, folder.path().join("config.toml.partial")).unwrap();
        symlink(&victim, &path).unwrap();
        write_atomically(&path, b"seed = 1\n").unwrap();
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
        let mode = |path: &Path| std::fs::symlink_metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&victim), "as any file that is made");
    }

    #[test]
    fn what_a_killed_process_leaves_has_a_name_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        write_piecewise(&path, |_| {
            let [name] = &names(folder.path())[..] else { panic!("one file") };
            assert!(is_leftover(name), "{name}");
            Ok(())
        })
        .unwrap();
        assert!(!is_leftover("config.toml") && !is_leftover("config.toml.partial"));
    }
}
