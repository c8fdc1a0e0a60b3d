//! A table as it was read, before it is divided.

use std::ops::Range;
use std::path::{Path, PathBuf};

use autolossgen_recsys::Interactions;
use autolossgen_recsys::random::{shuffle, stream};
use autolossgen_settings::Choice;

use crate::dataset::Dataset;
use crate::duplicates;
use crate::error::DataError;
use crate::histories::Histories;
use crate::implicit::{self, RankingDataset};
use crate::k_core::k_core;
use crate::labels::{self, Labels, positives};
use crate::named::{NamedData, nowhere};
use crate::options::{Duplicates, LoadOptions, ReadOptions};
use crate::parts::{self, Parts};
use crate::printable::printable;
use crate::profile::Profile;
use crate::ratings::Ratings;
use crate::read::{Schema, USUAL, read_ratings};
use crate::split::split;

/// Rows as read, and how they were understood.
#[derive(Debug)]
pub struct Table {
    /// Name: the data's own, or the stem of the file.
    pub name: String,
    /// How each file was understood; none for generated data.
    pub schemas: Vec<Schema>,
    /// What the rows are like.
    pub profile: Profile,
    ratings: Ratings,
    parts: Option<Parts>,
}

/// Reads `source`: a name (`ml-100k`, `synthetic`), a file, or a folder with ready files. `note` hears where a download comes
/// from.
///
/// # Errors
/// What is not there or cannot be read; see [`DataError`].
pub fn read(source: &str, options: &LoadOptions, note: &mut dyn FnMut(&str)) -> Result<Table, DataError> {
    let path = Path::new(source);
    if !path.exists() {
        let Ok(named) = NamedData::parse(source) else { return Err(nowhere(source)) };
        let (ratings, schemas) = named.ratings(note)?;
        return Ok(Table::new(named.to_string(), ratings, schemas, None, options));
    }
    if path.is_dir() {
        return read_folder(path, options);
    }
    let (ratings, schema) = read_ratings(path, &options.read)?;
    Ok(Table::new(stem(path), ratings, vec![schema], None, options))
}

/// The pairs of user and item of a file, in its order, as ids; whatever else it has is left out.
///
/// # Errors
/// What cannot be read; see [`DataError`].
pub fn pairs(path: &Path) -> Result<Vec<(String, String)>, DataError> {
    let (ratings, _) = read_ratings(path, &ReadOptions::default())?;
    let Ratings { users, items, user_ids, item_ids, .. } = ratings;
    let (user_ids, item_ids) = (user_ids.into_names(), item_ids.into_names());
    let pair = |(&user, &item): (&u32, &u32)| (user_ids[user as usize].clone(), item_ids[item as usize].clone());
    Ok(users.iter().zip(&items).map(pair).collect())
}

/// Loads `source`: reads it and divides it.
///
/// # Errors
/// See [`DataError`].
pub fn load(source: &str, options: &LoadOptions) -> Result<Dataset, DataError> {
    load_with_notes(source, options, &mut |_| ())
}

/// As [`load`]; `note` hears where a download comes from, how the data were understood, and what is odd about them.
///
/// # Errors
/// See [`DataError`].
pub fn load_with_notes(source: &str, options: &LoadOptions, note: &mut dyn FnMut(&str)) -> Result<Dataset, DataError> {
    let table = read(source, options, note)?;
    table.notes(options).iter().for_each(|line| note(line));
    let dataset = table.divide(options)?;
    dataset.warnings().iter().for_each(|line| note(line));
    Ok(dataset)
}

/// As [`load_with_notes`], for ranking: the positive rows alone.
///
/// # Errors
/// See [`DataError`].
pub fn load_positives(
    source: &str,
    options: &LoadOptions,
    note: &mut dyn FnMut(&str),
) -> Result<RankingDataset, DataError> {
    let table = read(source, options, note)?;
    table.notes(options).iter().for_each(|line| note(line));
    let dataset = table.divide_positives(options)?;
    dataset.warnings().iter().for_each(|line| note(line));
    Ok(dataset)
}

/// Splits ratings and indexes their rows.
///
/// # Errors
/// Labels that are all equal or do not fit the task; a split without rows, or for classification with one class only.
pub fn divide(name: String, ratings: Ratings, options: &LoadOptions) -> Result<Dataset, DataError> {
    if ratings.is_empty() {
        return Err(DataError::Invalid(format!("{name}: there are no rows, and at least one rating is needed")));
    }
    Table::new(name, ratings, Vec::new(), None, options).divide(options)
}

fn stem(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    printable(if path.is_dir() { &name } else { name.split('.').next().unwrap_or(&name) }).into_owned()
}

fn read_folder(folder: &Path, options: &LoadOptions) -> Result<Table, DataError> {
    if let Some(files) = parts::find(folder)? {
        let (ratings, schemas, parts) = parts::read(&files, &options.read)?;
        return Ok(Table::new(stem(folder), ratings, schemas, Some(parts), options));
    }
    let file = table_of(folder)?;
    let (ratings, schema) = read_ratings(&file, &options.read)?;
    Ok(Table::new(stem(folder), ratings, vec![schema], None, options))
}

/// The one table of a folder: of a usual name, or RecBole's `.inter` file.
fn table_of(folder: &Path) -> Result<PathBuf, DataError> {
    let usual: Vec<&str> = USUAL.into_iter().filter(|name| folder.join(name).exists()).collect();
    match usual[..] {
        [] => {}
        [only] => return Ok(folder.join(only)),
        _ => return Err(DataError::file(folder, format!("the folder has {}: name one of them", usual.join(" and ")))),
    }
    let entries = std::fs::read_dir(folder).map_err(DataError::io("read", folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let paths = paths.map_err(DataError::io("read", folder))?;
    let inter: Vec<&PathBuf> = paths.iter().filter(|path| path.extension().is_some_and(|end| end == "inter")).collect();
    match inter[..] {
        [only] => Ok(only.clone()),
        _ => {
            let message = "the folder has neither train and test files, nor u.data, ratings.dat, ratings.csv or one .inter file: name the file with the ratings, or join its parts into one";
            Err(DataError::file(folder, message))
        }
    }
}

impl Table {
    fn new(name: String, ratings: Ratings, schemas: Vec<Schema>, parts: Option<Parts>, options: &LoadOptions) -> Self {
        let ends = parts.map(|parts| match parts {
            Parts::Two([train, test]) => vec![train, train + test],
            Parts::Three([train, validation, test]) => vec![train, train + validation, train + validation + test],
        });
        let is_implicit = schemas.iter().any(Schema::is_implicit);
        let profile = Profile::of(&ratings, is_implicit, options.threshold, ends.as_deref());
        Self { name, schemas, profile, ratings, parts }
    }

    /// What a run says of its data: how they were understood, what they are like, and what is odd about them.
    pub fn notes(&self, options: &LoadOptions) -> Vec<String> {
        let understood =
            self.schemas.first().map(|schema| format!("{}: {}; {}", schema.file, schema.form(), schema.columns()));
        let mut notes: Vec<String> = understood.into_iter().collect();
        if !self.schemas.is_empty() {
            notes.push(self.profile.summary(options));
        }
        notes.extend(self.warnings(options));
        notes
    }

    /// What is odd about the data, each in a sentence.
    pub fn warnings(&self, options: &LoadOptions) -> Vec<String> {
        let mut warnings: Vec<String> = self.schemas.iter().flat_map(Schema::warnings).collect();
        warnings.extend(parts::warning(&self.schemas));
        warnings.extend(self.profile.warnings(options, self.parts.is_some()));
        if let Some(Parts::Two([train, _])) = self.parts {
            let drawn = n_drawn(train, options.ratios);
            warnings.push(format!("there is no validation file: {drawn} of the {train} training rows are drawn for validation, by the seed (data.ratios)"));
        }
        warnings
    }

    /// Makes parts of the positive rows, for ranking: those with a rating above the threshold, or with label 1, and every row where
    /// there are no ratings. The k-core is that of the positive rows. A pair counts once.
    ///
    /// # Errors
    /// No positive row; a part without one.
    pub fn divide_positives(self, options: &LoadOptions) -> Result<RankingDataset, DataError> {
        let Self { name, schemas, ratings, parts, .. } = self;
        let positive = if schemas.iter().any(Schema::is_implicit) {
            vec![true; ratings.len()]
        } else {
            positives(&ratings.ratings, options)
        };
        if !positive.contains(&true) {
            return Err(implicit::no_positives(&name, ratings.len(), options));
        }
        let kept = if positive.contains(&false) { ratings.filtered(|row| positive[row]) } else { ratings };
        let n_positive = |rows: Range<usize>| positive[rows].iter().filter(|&&is| is).count();
        let parts = parts.map(|parts| parts.counted(n_positive));
        let repeated = duplicates::count(&kept, &Histories::of(&kept));
        let kept = rows(&name, kept, repeated, parts.is_some(), options)?;
        let divided = match parts {
            Some(Parts::Three(counts)) => following(counts),
            Some(Parts::Two(counts)) => drawn(counts, options),
            None => split(&kept, &vec![true; kept.len()], options.split, options.seed).map_err(said_of(&name))?,
        };
        RankingDataset::of(name, kept, &divided)
    }

    /// Makes labels and parts of the rows.
    ///
    /// # Errors
    /// Labels that are all equal or do not fit the task; a split without rows, or for classification with one class only.
    pub fn divide(self, options: &LoadOptions) -> Result<Dataset, DataError> {
        let Self { name, schemas, profile, ratings, parts } = self;
        if schemas.iter().any(Schema::is_implicit) {
            return Err(labels::implicit(&name, ratings.len()));
        }
        let rule = options.duplicates;
        let repeats = profile.duplicates > 0;
        if rule == Duplicates::Mean && repeats && profile.ratings.as_ref().is_some_and(|scale| scale.is_label) {
            let message = "data.duplicates = 'mean' would make labels of 0 and 1 graded: use last, error or keep";
            return Err(DataError::Invalid(format!("{name}: {message}")));
        }
        let ratings = rows(&name, ratings, profile.duplicates, parts.is_some(), options)?;
        let Labels { positive, labels } = Labels::new(&name, &ratings.ratings, options)?;
        let divided = match parts {
            Some(Parts::Three(counts)) => following(counts),
            Some(Parts::Two(counts)) => {
                let parts = drawn(counts, options);
                if repeats { duplicates::keep_together(&ratings, parts, counts[0]) } else { parts }
            }
            None => {
                let parts = split(&ratings, &positive, options.split, options.seed).map_err(said_of(&name))?;
                if repeats && rule == Duplicates::Keep {
                    duplicates::keep_together(&ratings, parts, ratings.len())
                } else {
                    parts
                }
            }
        };
        let Ratings { user_ids, item_ids, users, items, .. } = ratings;
        let rows = Interactions::new(users, items, labels);
        let divided = divided.map(|part| rows.select(&part));
        for (part, rows) in ["train", "validation", "test"].iter().zip(&divided) {
            labels::expect_part(&name, part, rows, options.task)?;
        }
        Ok(Dataset::of(name, divided, user_ids.into_names(), item_ids.into_names()))
    }
}

/// The rows that are divided: those that repeat a pair by their rule, and the k-core. Ready files stay what they are.
fn rows(
    name: &str,
    ratings: Ratings,
    duplicates: usize,
    is_ready: bool,
    options: &LoadOptions,
) -> Result<Ratings, DataError> {
    let rule = options.duplicates;
    if is_ready && options.k_core > 1 {
        let k = options.k_core;
        let message = format!("data.k_core = {k} drops rows, and ready files stay what they are: use 0, or one table");
        return Err(DataError::Invalid(format!("{name}: {message}")));
    }
    let ratings = if duplicates > 0 && (!is_ready || rule == Duplicates::Error) {
        duplicates::resolve(name, ratings, rule)?
    } else {
        ratings
    };
    k_core(name, ratings, options.k_core)
}

/// An error of some data, by their name.
fn said_of(name: &str) -> impl Fn(DataError) -> DataError {
    move |error| DataError::Invalid(format!("{name}: {error}"))
}

/// Rows of parts that follow each other.
fn following([train, validation, test]: [usize; 3]) -> [Vec<usize>; 3] {
    [0..train, train..train + validation, train + validation..train + validation + test].map(Iterator::collect)
}

/// How many training rows are drawn for validation: in the ratio of the two shares.
fn n_drawn(train: usize, [of_train, of_validation]: [f64; 2]) -> usize {
    ((train as f64 * of_validation / (of_train + of_validation)).round() as usize).clamp(1.min(train), train)
}

/// Rows of train, of which some are drawn for validation, and of test.
fn drawn([train, test]: [usize; 2], options: &LoadOptions) -> [Vec<usize>; 3] {
    let mut order: Vec<usize> = (0..train).collect();
    shuffle(&mut stream(options.seed, "validation", 0), &mut order);
    let mut validation = order.split_off(train - n_drawn(train, options.ratios));
    order.sort_unstable();
    validation.sort_unstable();
    [order, validation, (train..train + test).collect()]
}
