//! Who may change a folder of the cache: one process at a time.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::DataError;

/// The right to change the folder of a dataset, until it is dropped: a lock on a file in the folder.
pub(crate) struct Turn {
    folder: PathBuf,
    _lock: File,
}

/// Name of the locked file.
const LOCK: &str = "lock";
/// Name of the folder of a download, and the beginning of those that earlier versions had.
const DOWNLOAD: &str = "download";

impl Turn {
    /// Waits until no other process has the turn; what a fetch that was killed has left in the folder is removed then.
    pub(crate) fn wait(folder: &Path, name: &str, note: &mut dyn FnMut(&str)) -> Result<Self, DataError> {
        let path = folder.join(LOCK);
        let mut tries = 0;
        let lock = loop {
            let lock = match open(folder, &path) {
                // Another process has removed the folder in between.
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < 1000 => {
                    tries += 1;
                    continue;
                }
                opened => opened.map_err(DataError::io("create", &path))?,
            };
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    note(&format!("another process is fetching {name}: waiting for it"));
                    lock.lock().map_err(DataError::io("lock", &path))?;
                }
                Err(TryLockError::Error(error)) => return Err(DataError::io("lock", &path)(error)),
            }
            if is_in_its_folder(&lock).map_err(DataError::io("lock", &path))? {
                break lock;
            }
        };
        let turn = Self { folder: folder.to_owned(), _lock: lock };
        turn.remove_downloads().map_err(DataError::io("clear", folder))?;
        Ok(turn)
    }

    fn remove_downloads(&self) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(DOWNLOAD) {
                // A link is removed and not followed.
                if entry.file_type()?.is_dir() {
                    std::fs::remove_dir_all(entry.path())?;
                } else {
                    std::fs::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }

    /// A new folder for a download, which is gone when the next process has the turn.
    pub(crate) fn scratch(&self) -> Result<PathBuf, DataError> {
        let scratch = self.folder.join(DOWNLOAD);
        std::fs::create_dir(&scratch).map_err(DataError::io("create", &scratch))?;
        Ok(scratch)
    }
}

/// The file goes while it is locked, so that nothing is left but what was fetched; where nothing was, the folder goes too.
impl Drop for Turn {
    fn drop(&mut self) {
        // Elsewhere no one could see that the file that it waited for is gone.
        if cfg!(unix) {
            let _ = std::fs::remove_file(self.folder.join(LOCK));
        }
        // Only where it is empty.
        let _ = std::fs::remove_dir(&self.folder);
    }
}

fn open(folder: &Path, lock: &Path) -> io::Result<File> {
    std::fs::create_dir_all(folder)?;
    File::options().create(true).append(true).open(lock)
}

/// Whether a locked file still has a name. Who had the turn before has removed it, and then the lock keeps nobody else away.
#[cfg(unix)]
fn is_in_its_folder(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.nlink() > 0)
}

/// Elsewhere the file stays.
#[cfg(not(unix))]
fn is_in_its_folder(_: &File) -> io::Result<bool> {
    Ok(true)
}
