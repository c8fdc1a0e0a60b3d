//! The text of a configuration file.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

use super::{Config, ConfigError};

/// Longest file in bytes: a hundred times what every setting takes.
const MAX_FILE: usize = 1 << 20;

impl Config {
    /// The text of a configuration file.
    ///
    /// # Errors
    /// What the operating system refuses; a file that is no UTF-8 text, or longer than 1 MiB.
    pub fn read_text(path: &Path) -> Result<String> {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > MAX_FILE {
            let message = format!("it is longer than {MAX_FILE} bytes, and no configuration is");
            return Err(Error::new(ErrorKind::InvalidData, message));
        }
        String::from_utf8(bytes).map_err(|_| Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
    }

    /// Whether a file of `length` bytes with every setting in it can be read again: a shorter one may come to it, as numbers
    /// and defaults are written out.
    ///
    /// # Errors
    /// A file longer than 1 MiB.
    pub(crate) fn expect_length(length: usize) -> std::result::Result<(), ConfigError> {
        if length <= MAX_FILE {
            return Ok(());
        }
        let message = format!(
            "it comes to {length} bytes with every setting written out, and a run keeps {MAX_FILE} at the most: shorten its lists"
        );
        Err(ConfigError::Syntax { source_name: "configuration".into(), message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my.toml");
        std::fs::write(&path, " ".repeat(1 << 20)).unwrap();
        assert_eq!(Config::read_text(&path).unwrap().len(), 1 << 20);
        std::fs::write(&path, " ".repeat((1 << 20) + 1)).unwrap();
        assert_eq!(
            Config::read_text(&path).unwrap_err().to_string(),
            "it is longer than 1048576 bytes, and no configuration is"
        );
    }
}
