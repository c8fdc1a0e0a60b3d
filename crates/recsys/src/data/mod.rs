//! From files to splits.

mod archive;
#[cfg(feature = "parquet")]
mod contained;
mod expansion;
pub mod fetch;
mod info;
mod labels;
mod noise;
mod parquet;
mod ratings;
mod read;
mod ready;
mod rows;
mod split;
pub mod synth;
mod write;

use std::path::{Path, PathBuf};

use autolossgen_settings::{Choice, choice, nearest};

pub use archive::read_member;
pub use info::{Info, describe};
pub use labels::LabelRule;
pub use noise::{FlipCount, Flips, LabelNoise};
pub use ratings::Ratings;
pub use read::read_ratings;
pub use split::{SplitKind, SplitRule};
pub use write::{write_ratings, write_split};

pub use crate::error::DataError;
pub use crate::file::write_atomically;
use crate::interactions::{Interactions, SearchData, TestSet};
use crate::task::Task;
use labels::Labels;
use ratings::LineDigest;

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
    /// SHA-256 over the split rows, in hex.
    pub checksum: String,
}

impl Dataset {
    /// Whether a label of any split is neither 0 nor 1.
    pub fn is_graded(&self) -> bool {
        self.search.train.is_graded() || self.search.validation.is_graded() || self.test.is_graded()
    }
}

/// Names of the columns of a table; `None`: found by the usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// User column
    pub user: Option<String>,
    /// Item column
    pub item: Option<String>,
    /// Rating column, or the label
    pub rating: Option<String>,
    /// Timestamp column
    pub timestamp: Option<String>,
}

/// How to read and split.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// rating > threshold is y = 1; default 3. Labels that are all 0 or 1 stay what they are
    pub threshold: f64,
    /// What the label of a row is; default [`LabelRule::Binary`]
    pub label: LabelRule,
    /// What the labels are for; default [`Task::Classification`]
    pub task: Task,
    /// Division into train, validation and test; default [`SplitRule::LeaveOneOut`]. Ready files stay what they are
    pub split: SplitRule,
    /// Seed of a random division
    pub seed: u64,
    /// Column names
    pub columns: Columns,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            threshold: 3.0,
            label: LabelRule::default(),
            task: Task::default(),
            split: SplitRule::LeaveOneOut,
            seed: 42,
            columns: Columns::default(),
        }
    }
}

choice! {
    /// Data that have a name
    pub enum NamedData {
        /// MovieLens 100K (Harper and Konstan 2015), fetched once and cached
        MovieLens100k = "ml-100k",
        /// Ratings from planted factors in the shape of MovieLens 100K; see [`synth`]
        Synthetic = "synthetic",
    }
}

impl NamedData {
    /// Its ratings; `note` hears where a download comes from.
    fn ratings(self, note: &mut dyn FnMut(&str)) -> Result<Ratings, DataError> {
        match self {
            Self::MovieLens100k => {
                let fetched = fetch::ml_100k(note)?;
                note(&format!("{self} from {} ({})", fetched.source, fetched.path.display()));
                read_ratings(&fetched.path, &Columns::default())
            }
            Self::Synthetic => synth::generate(&synth::SynthOptions::default(), 42),
        }
    }
}

/// Loads `source`: a name (`ml-100k`, `synthetic`), a file, or a folder with the three ready files.
///
/// # Errors
/// See [`DataError`].
pub fn load(source: &str, options: &LoadOptions) -> Result<Dataset, DataError> {
    load_with_notes(source, options, &mut |_| ())
}

/// As [`load`]; `note` hears where a download comes from.
///
/// # Errors
/// See [`DataError`].
pub fn load_with_notes(source: &str, options: &LoadOptions, note: &mut dyn FnMut(&str)) -> Result<Dataset, DataError> {
    let path = Path::new(source);
    if !path.exists() {
        let Ok(named) = NamedData::parse(source) else { return Err(nowhere(source)) };
        return divide(named.to_string(), named.ratings(note)?, options);
    }
    if path.is_dir() {
        load_folder(path, options)
    } else {
        divide(stem(path), read_ratings(path, &options.columns)?, options)
    }
}

/// What is said of a source that is not there.
fn nowhere(source: &str) -> DataError {
    let names = NamedData::names();
    let near =
        nearest(source, names.iter().copied()).map_or(String::new(), |near| format!(" (did you mean '{near}'?)"));
    let names = names.join(" and ");
    DataError::Invalid(format!("there is no file, folder or named dataset '{source}'{near}; {names} have names"))
}

fn stem(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if path.is_dir() { name } else { name.split('.').next().unwrap_or(&name).to_owned() }
}

fn load_folder(folder: &Path, options: &LoadOptions) -> Result<Dataset, DataError> {
    if let Some(files) = ready::find(folder)? {
        let (ratings, [train, validation, test]) = ready::read(&files, &options.columns)?;
        let ends = [0..train, train..train + validation, train + validation..train + validation + test];
        return index(stem(folder), ratings, options, |_, _| Ok(ends.map(Iterator::collect)));
    }
    let usual = ["u.data", "ratings.dat", "ratings.csv"].map(|name| folder.join(name));
    let file: Option<PathBuf> = usual.into_iter().find(|path| path.exists());
    let file = file.ok_or_else(|| {
        DataError::file(
            folder,
            "the folder has neither train, validation and test files, nor u.data, ratings.dat or ratings.csv",
        )
    })?;
    divide(stem(folder), read_ratings(&file, &options.columns)?, options)
}

/// Splits a table and indexes its rows.
///
/// # Errors
/// Labels that are all equal or do not fit the task; a split without rows, or for classification with one class only.
pub fn divide(name: String, ratings: Ratings, options: &LoadOptions) -> Result<Dataset, DataError> {
    index(name, ratings, options, |ratings, positive| split::split(ratings, positive, options.split, options.seed))
}

fn index(
    name: String,
    ratings: Ratings,
    options: &LoadOptions,
    parts: impl FnOnce(&Ratings, &[bool]) -> Result<[Vec<usize>; 3], DataError>,
) -> Result<Dataset, DataError> {
    let Labels { positive, labels } = Labels::new(&name, &ratings.ratings, options)?;
    let parts = parts(&ratings, &positive).map_err(|error| DataError::Invalid(format!("{name}: {error}")))?;
    let Ratings { user_ids, item_ids, users, items, .. } = ratings;
    let rows = Interactions::new(users, items, labels);
    let parts = parts.map(|part| rows.select(&part));
    for (part, rows) in ["train", "validation", "test"].iter().zip(&parts) {
        labels::expect_part(&name, part, rows, options.task)?;
    }
    Ok(assemble(name, parts, user_ids.into_names(), item_ids.into_names()))
}

/// The dataset of three parts: train, validation and test.
fn assemble(name: String, parts: [Interactions; 3], user_ids: Vec<String>, item_ids: Vec<String>) -> Dataset {
    let checksum = checksum(parts.each_ref(), &user_ids, &item_ids);
    let [train, validation, test] = parts;
    let search = SearchData { n_users: user_ids.len(), n_items: item_ids.len(), train, validation };
    Dataset { name, search, test: TestSet::new(test), user_ids, item_ids, checksum }
}

fn checksum(parts: [&Interactions; 3], user_ids: &[String], item_ids: &[String]) -> String {
    let mut digest = LineDigest::default();
    for part in parts {
        digest.add(format_args!("{}", part.len()));
        for ((&user, &item), &label) in part.users().iter().zip(part.items()).zip(part.labels()) {
            digest.add(format_args!("{}\t{}\t{label}", user_ids[user as usize], item_ids[item as usize]));
        }
    }
    digest.hex()
}
