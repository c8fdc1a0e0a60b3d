//! Three ready files: train, validation and test, with the columns user, item and label.

use std::path::{Path, PathBuf};

use super::Columns;
use super::ratings::Ratings;
use super::read::read_ratings;
use super::rows::check_room;
use crate::error::DataError;

const PARTS: [&str; 3] = ["train", "validation", "test"];

/// The files `*.train.*`, `*.validation.*` and `*.test.*` (or `train.*`, …) of a folder, if all three are there.
pub(crate) fn find(folder: &Path) -> Result<Option<[PathBuf; 3]>, DataError> {
    let mut files: [Vec<PathBuf>; 3] = Default::default();
    for entry in std::fs::read_dir(folder).map_err(DataError::io("read", folder))? {
        let path = entry.map_err(DataError::io("read", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let words: Vec<&str> = name.split('.').collect();
        // The last such word: the data may be called train themselves.
        let part = |word: &&str| PARTS.iter().position(|part| part == word);
        if let Some(part) = words[..words.len() - 1].iter().rev().find_map(part) {
            files[part].push(path);
        }
    }
    for (part, found) in PARTS.iter().zip(&files) {
        if found.len() > 1 {
            return Err(DataError::file(folder, format!("several files are for {part}: leave one of them")));
        }
    }
    match files.iter().map(Vec::len).sum::<usize>() {
        0 => Ok(None),
        3 => Ok(Some(files.map(|mut found| found.remove(0)))),
        _ => {
            let missing = PARTS.iter().zip(&files).find(|(_, found)| found.is_empty()).map_or("", |(part, _)| part);
            Err(DataError::file(
                folder,
                format!("the {missing} file is missing: train, validation and test are needed"),
            ))
        }
    }
}

/// Reads the three files into one table; the second value counts the rows of each.
pub(crate) fn read(files: &[PathBuf; 3], columns: &Columns) -> Result<(Ratings, [usize; 3]), DataError> {
    let mut all = Ratings::default();
    let mut counts = [0; 3];
    for (path, count) in files.iter().zip(&mut counts) {
        let part = read_ratings(path, columns)?;
        let (user_ids, item_ids) = (part.user_ids.into_names(), part.item_ids.into_names());
        for row in 0..part.ratings.len() {
            check_room(all.len()).map_err(|message| DataError::file(path, message))?;
            let (user, item) = (&user_ids[part.users[row] as usize], &item_ids[part.items[row] as usize]);
            all.push(user, item, part.ratings[row], None);
        }
        *count = part.ratings.len();
    }
    Ok((all, counts))
}
