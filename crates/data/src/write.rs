//! Files that the readers read again.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use autolossgen_recsys::Interactions;

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::file::write_piecewise;
use crate::ratings::Ratings;

/// Writes ratings as tab-separated text with a header.
///
/// # Errors
/// A file that exists or cannot be written, or a name that says it is something else.
pub fn write_ratings(ratings: &Ratings, path: &Path) -> Result<(), DataError> {
    if path.exists() {
        return Err(DataError::file(path, "the file exists: choose another name"));
    }
    const KNOWN: [&str; 6] = ["tsv", "tab", "txt", "csv", "inter", "data"];
    if !path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| KNOWN.contains(&extension)) {
        let message = "the file type is not known: use .tsv, .tab, .txt, .csv, .inter or .data";
        return Err(DataError::file(path, message));
    }
    let header = if ratings.timestamps.is_empty() { "user\titem\trating" } else { "user\titem\trating\ttimestamp" };
    write_piecewise(path, |file| {
        writeln!(file, "{header}")?;
        (0..ratings.len()).try_for_each(|row| {
            let (user, item) = ratings.pair(row);
            writeln!(file, "{}", ratings.line_of(&field(user), &field(item), row))
        })
    })
}

/// Writes `NAME.train.csv`, `NAME.validation.csv` and `NAME.test.csv` (tab-separated uid, iid, label) into a new or
/// empty folder. Takes the dataset: its test rows leave its hands.
///
/// # Errors
/// A folder that has something in it, or cannot be written.
pub fn write_split(dataset: Dataset, folder: &Path) -> Result<(), DataError> {
    std::fs::create_dir_all(folder).map_err(DataError::io("create", folder))?;
    let mut entries = std::fs::read_dir(folder).map_err(DataError::io("read", folder))?;
    if entries.next().is_some() {
        return Err(DataError::file(folder, "the folder is not empty: choose another"));
    }
    let Dataset { name, search, test, user_ids, item_ids, .. } = dataset;
    let parts = [("train", search.train), ("validation", search.validation), ("test", test.spend())];
    for (part, rows) in parts {
        let path = folder.join(format!("{name}.{part}.csv"));
        write_piecewise(&path, |file| write_part(file, &rows, &user_ids, &item_ids))?;
    }
    Ok(())
}

/// An id as a field: one that begins with a quote is quoted, or it would open a field that ends elsewhere.
pub(crate) fn field(id: &str) -> Cow<'_, str> {
    if id.starts_with('"') { Cow::Owned(format!("\"{}\"", id.replace('"', "\"\""))) } else { Cow::Borrowed(id) }
}

fn write_part(file: &mut impl Write, rows: &Interactions, user_ids: &[String], item_ids: &[String]) -> io::Result<()> {
    writeln!(file, "uid\tiid\tlabel")?;
    for ((&user, &item), &label) in rows.users().iter().zip(rows.items()).zip(rows.labels()) {
        let (user, item) = (field(&user_ids[user as usize]), field(&item_ids[item as usize]));
        writeln!(file, "{user}\t{item}\t{label}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::ReadOptions;
    use crate::read::read_ratings;

    #[test]
    fn ids_that_begin_with_a_quote_read_back() {
        let mut ratings = Ratings::default();
        [("\"a", "\"\""), ("b\"", "\"x\" y"), ("c", "z")]
            .iter()
            .for_each(|(user, item)| ratings.push(user, item, 5.0, None));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tsv");
        write_ratings(&ratings, &path).unwrap();
        let (again, _) = read_ratings(&path, &ReadOptions::default()).unwrap();
        assert_eq!(again.checksum(), ratings.checksum());
        assert_eq!(again.pair(1), ("b\"", "\"x\" y"));
    }
}
