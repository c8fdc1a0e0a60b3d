//! Every input that fuzzing found worth keeping, through the functions that the fuzz targets call: no panic, and what was
//! read is written and read back the same.

use std::path::Path;

#[path = "../../../../fuzz/src/lib.rs"]
mod targets;

fn every_input_of(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut n = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        // Shown where the input fails.
        println!("{}", path.display());
        check(&std::fs::read(&path).unwrap());
        n += 1;
    }
    assert!(n > 0, "{} is empty", folder.display());
}

#[test]
fn formulas() {
    every_input_of("formula", targets::formula);
}

#[test]
fn text_tables() {
    every_input_of("table", targets::table);
}

#[test]
fn json() {
    every_input_of("json", targets::json);
}

#[test]
fn parquet_files() {
    every_input_of("parquet", targets::parquet);
}

#[test]
fn containers() {
    every_input_of("containers", targets::containers);
}

#[test]
fn ready_folders() {
    every_input_of("folder", targets::folder);
}

#[test]
fn configurations() {
    every_input_of("config", targets::config);
}

#[test]
fn journals() {
    every_input_of("journal", targets::journal);
}

#[test]
fn checkpoints() {
    every_input_of("checkpoint", targets::checkpoint);
}
