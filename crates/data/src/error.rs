//! What can be wrong with data, each in one sentence.

use std::path::{Path, PathBuf};

use crate::printable::printable;

/// What is wrong with the data: file, line, value, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", printable(&path.to_string_lossy()))]
    Io {
        /// What was tried: read, write, create.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Its answer.
        source: std::io::Error,
    },
    /// A row that cannot be read.
    #[error("{}, line {line}: {message}", printable(&path.to_string_lossy()))]
    Row {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: u64,
        /// What is wrong, the value, and what would be right.
        message: String,
    },
    /// A file as a whole.
    #[error("{}: {message}", printable(&path.to_string_lossy()))]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong and what would be right.
        message: String,
    },
    /// A setting, or rows that leave nothing to learn from.
    #[error("{0}")]
    Invalid(String),
    /// Implicit feedback where labels of both classes are needed.
    #[error("{0}")]
    Implicit(String),
}

impl DataError {
    /// Wraps an error of the operating system: `.map_err(DataError::io("read", path))`.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn row(path: &Path, line: u64, message: impl Into<String>) -> Self {
        Self::Row { path: path.to_owned(), line, message: message.into() }
    }

    pub(crate) fn file(path: &Path, message: impl Into<String>) -> Self {
        Self::File { path: path.to_owned(), message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_breaks_no_line() {
        let error = DataError::file(Path::new("a\n\u{1b}[31m.csv"), "it is wrong");
        assert_eq!(error.to_string(), r"a\n\u{1b}[31m.csv: it is wrong");
    }
}
