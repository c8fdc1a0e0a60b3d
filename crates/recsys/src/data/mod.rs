//! From files to splits.

use crate::{SearchData, TestSet};

/// A dataset, split and indexed.
#[derive(Debug)]
pub struct Dataset {
    /// Name: the data's own, or the file's stem.
    pub name: String,
    /// What search may see.
    pub search: SearchData,
    /// What Phase III spends.
    pub test: TestSet,
    /// User ids by dense index.
    pub user_ids: Vec<String>,
    /// Item ids by dense index.
    pub item_ids: Vec<String>,
    /// SHA-256 over the canonical rows, in hex.
    pub checksum: String,
}

/// What is wrong with the data: file, line, value, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Any other fault, in one sentence.
    #[error("{0}")]
    Other(String),
}

/// How to read and split; every field has a default.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {}

/// Loads `source`: a name (`ml-100k`, `synthetic`), a file, or a folder with the three ready files.
///
/// # Errors
/// See [`DataError`].
pub fn load(source: &str, options: &LoadOptions) -> Result<Dataset, DataError> {
    let _ = (source, options);
    todo!()
}
