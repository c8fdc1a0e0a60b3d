//! Test rows are spent once: runs that have spent the same.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::{JOURNAL, TEST};

/// Bytes of a journal in which its first line ends.
const FIRST_LINE: u64 = 1 << 20;

/// The runs in the folder of a run's folder, but itself, that were tested on data of this checksum; by name.
pub(super) fn others(folder: &Path, checksum: &str) -> Vec<PathBuf> {
    let Ok(own) = folder.canonicalize() else { return Vec::new() };
    let beside = own.parent().and_then(|parent| parent.read_dir().ok()).into_iter().flatten();
    let folders = beside.filter_map(|entry| Some(entry.ok()?.path()));
    let is_other =
        |other: &PathBuf| *other != own && other.join(TEST).is_file() && is_of(&other.join(JOURNAL), checksum);
    let mut others: Vec<PathBuf> = folders.filter(is_other).collect();
    others.sort();
    others
}

/// Whether a journal begins with the start of a run on data of this checksum.
fn is_of(journal: &Path, checksum: &str) -> bool {
    let mut line = String::new();
    let read = File::open(journal).and_then(|file| BufReader::new(file.take(FIRST_LINE)).read_line(&mut line));
    let start = read.ok().and_then(|_| serde_json::from_str::<serde_json::Value>(&line).ok());
    start.is_some_and(|start| start["record"]["event"] == "start" && start["record"]["checksum"] == checksum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_on_the_same_rows_are_counted() {
        let runs = tempfile::tempdir().unwrap();
        let run = |name: &str, checksum: &str, is_tested: bool| {
            let folder = runs.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            let start = format!("{{\"record\":{{\"event\":\"start\",\"checksum\":\"{checksum}\"}}}}\n");
            std::fs::write(folder.join(JOURNAL), start).unwrap();
            if is_tested {
                std::fs::write(folder.join(TEST), "{}").unwrap();
            }
            folder
        };
        let own = run("a", "x", true);
        assert_eq!(others(&own, "x"), Vec::<PathBuf>::new());
        run("d", "y", true);
        run("e", "x", false);
        std::fs::create_dir(runs.path().join("empty")).unwrap();
        std::fs::write(runs.path().join("file"), "").unwrap();
        let expected = [run("b", "x", true), run("c", "x", true)].map(|folder| folder.canonicalize().unwrap());
        assert_eq!(others(&own, "x"), expected);
    }
}
