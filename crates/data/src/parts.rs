//! Ready files of a folder: train, validation and test.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::options::ReadOptions;
use crate::ratings::{MAX_ROWS, Ratings};
use crate::read::{Schema, read_ratings};

/// What the name of each part's file has in it, as a word between points, dashes and underscores.
const PARTS: [(&str, &[&str]); 3] = [
    ("train", &["train", "training"]),
    ("validation", &["validation", "valid", "val", "dev"]),
    ("test", &["test", "testing"]),
];

/// Rows of each part, which follow each other in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    Three([usize; 3]),
    /// Train and test: validation is to be drawn from train.
    Two([usize; 2]),
}

impl Parts {
    /// The same parts of fewer rows: `n` counts those that are left of a range.
    pub(crate) fn counted(self, n: impl Fn(Range<usize>) -> usize) -> Self {
        match self {
            Self::Two([train, test]) => Self::Two([n(0..train), n(train..train + test)]),
            Self::Three([train, validation, test]) => {
                let (from, end) = (train + validation, train + validation + test);
                Self::Three([n(0..train), n(train..from), n(from..end)])
            }
        }
    }
}

/// The files of a folder, if there are any: train, validation and test, or train and test.
///
/// # Errors
/// Two files for one part, or a part without which there is no other.
pub(crate) fn find(folder: &Path) -> Result<Option<Vec<PathBuf>>, DataError> {
    let mut files: [Vec<PathBuf>; 3] = Default::default();
    for entry in std::fs::read_dir(folder).map_err(DataError::io("read", folder))? {
        let path = entry.map_err(DataError::io("read", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if name.starts_with('.') || path.is_dir() {
            continue;
        }
        let stem =
            name.split_once('.').map_or(name.as_str(), |_| name.rsplit_once('.').map_or(&*name, |(stem, _)| stem));
        let part = |word: &str| PARTS.iter().position(|(_, names)| names.contains(&word));
        // The last such word: the data may be called train themselves.
        if let Some(part) = stem.rsplit(['.', '_', '-']).find_map(part) {
            files[part].push(path);
        }
    }
    for ((part, _), found) in PARTS.iter().zip(&files) {
        if found.len() > 1 {
            return Err(DataError::file(folder, format!("several files are for {part}: leave one of them")));
        }
    }
    let is_there = files.each_ref().map(|found| !found.is_empty());
    match is_there {
        [false, false, false] => Ok(None),
        [true, _, true] => Ok(Some(files.into_iter().flatten().collect())),
        [train, ..] => {
            let missing = if train { "test" } else { "train" };
            let message = format!(
                "the {missing} file is missing: train and test are needed, and validation is drawn from train where it is missing"
            );
            Err(DataError::file(folder, message))
        }
    }
}

/// Reads the files into one table.
pub(crate) fn read(files: &[PathBuf], options: &ReadOptions) -> Result<(Ratings, Vec<Schema>, Parts), DataError> {
    let (mut parts, mut counts, mut schemas) = (Vec::new(), Vec::new(), Vec::new());
    for path in files {
        let (part, schema) = read_ratings(path, options)?;
        if counts.iter().sum::<usize>() + part.len() > MAX_ROWS {
            return Err(DataError::file(path, format!("more than {MAX_ROWS} rows: no more can be counted")));
        }
        counts.push(part.len());
        parts.push(part);
        schemas.push(schema);
    }
    let of = match counts[..] {
        [train, test] => Parts::Two([train, test]),
        _ => Parts::Three([counts[0], counts[1], counts[2]]),
    };
    expect_alike(files, &schemas)?;
    // Times of some rows would be no time of the table.
    let is_timed = schemas.iter().all(|schema| schema.timestamp.is_some());
    let mut all = Ratings::default();
    parts.into_iter().for_each(|part| all.append(part, is_timed));
    Ok((all, schemas, of))
}

/// Whether the parts are of one kind: all with ratings or none, all with a header or none, all labels or none, and columns that
/// are set by number have one name.
fn expect_alike(files: &[PathBuf], schemas: &[Schema]) -> Result<(), DataError> {
    let differ = |what: &dyn Fn(&Schema) -> bool| {
        let with = schemas.iter().position(what)?;
        schemas.iter().position(|schema| !what(schema)).map(|without| (&schemas[with].file, &files[without]))
    };
    if let Some((with, without)) = differ(&|schema| !schema.is_implicit()) {
        let message = format!("no column looks like the rating, and {with} has one: every part needs ratings");
        return Err(DataError::file(without, message));
    }
    if let Some((with, without)) = differ(&|schema| schema.header != Some(false)) {
        let message = format!("there is no header, and {with} has one: the columns may be others; give every part one");
        return Err(DataError::file(without, message));
    }
    if let Some((with, without)) = differ(&|schema| schema.rating_range[0] >= 0.0 && schema.rating_range[1] <= 1.0) {
        let message = format!(
            "the ratings run beyond 0 and 1, and those of {with} do not: every part needs ratings of one scale"
        );
        return Err(DataError::file(without, message));
    }
    let odd = schemas.iter().position(|schema| schema.names_as_set() != schemas[0].names_as_set());
    odd.map_or(Ok(()), |odd| {
        let message =
            format!("the columns that are set by number have other names in {}: set them by name", schemas[0].file);
        Err(DataError::file(&files[odd], message))
    })
}

/// What is odd about parts beside each other, in a sentence.
pub(crate) fn warning(schemas: &[Schema]) -> Option<String> {
    let largest = |schema: &Schema| schema.rating_range[1];
    let high = schemas.iter().max_by(|a, b| largest(a).total_cmp(&largest(b)))?;
    let low = schemas.iter().min_by(|a, b| largest(a).total_cmp(&largest(b)))?;
    (largest(low) > 0.0 && largest(high) >= 1.5 * largest(low)).then(|| {
        format!(
            "ratings run to {} in {} and to {} in {}: one threshold is for both",
            largest(high),
            high.file,
            largest(low),
            low.file
        )
    })
}
