//! A folder for the files of one input, in memory where the system has such a place.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

thread_local! {
    static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
}

/// Where a file of this name lies, with this content.
pub fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = folder().join(name);
    std::fs::write(&path, content).expect("the folder of scratch files can be written");
    path
}

/// The folder of this thread.
pub fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let make = || if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    FOLDER.with(|folder| folder.get_or_init(|| make().expect("a folder can be made")).path().to_owned())
}
