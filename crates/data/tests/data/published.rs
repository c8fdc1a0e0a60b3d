//! The two splits of ML-100K that are known, where the data are at hand: they are in no repository.

use std::path::{Path, PathBuf};

use autolossgen_data::{LoadOptions, Ml100kSplit, describe, fetch, load};

use crate::common::shared;

fn split_of(path: &Path) -> (Option<Ml100kSplit>, [usize; 3], Vec<String>) {
    let dataset = load(&path.display().to_string(), &LoadOptions::default()).unwrap();
    let info = describe(&dataset);
    (Ml100kSplit::of(&info.checksum), [info.train, info.validation, info.test], dataset.warnings())
}

#[test]
fn the_published_files_and_the_ratings_are_told_apart() {
    let there = |path: PathBuf| {
        let is_there = path.exists();
        if !is_there {
            println!("skipped: {} is not there", path.display());
        }
        is_there.then_some(path)
    };
    if let Some(folder) = there(shared("ml100k01-1-5")) {
        let (split, rows, warnings) = split_of(&folder);
        assert_eq!((split, rows), (Some(Ml100kSplit::Published), Ml100kSplit::PUBLISHED_ROWS));
        // A user's last rows are less often positive than the ones before.
        let [shift] = &warnings[..] else { panic!("{warnings:?}") };
        assert!(
            shift.contains("the mean label is 0.565 in training, 0.404 in validation and 0.311 in test"),
            "{shift}"
        );
    }
    if let Some(file) = there(fetch::cache_folder().join("ml-100k/u.data")) {
        let (split, rows, warnings) = split_of(&file);
        assert_eq!((split, rows), (Some(Ml100kSplit::FileOrder), [94_626, 2_363, 3_011]));
        assert!(warnings.last().unwrap().contains("479 of the 2,334 validation rows and 301 of the 3,028 test rows"));
    }
}
