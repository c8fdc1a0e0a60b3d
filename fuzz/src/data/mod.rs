//! Files of ratings.

mod choices;
mod columns;
mod damage;
mod holds;
mod json;
mod made;
mod text;
mod wrapped;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use autolossgen::data::{Duplicates, LabelRule, LoadOptions, ReadOptions, read, read_member};
use autolossgen::recsys::Task;

use super::scratch;
use choices::Choices;
use made::Row;
use text::Written;

/// How files begin whose bytes are taken as they stand.
const MAGIC: [&[u8]; 7] = [b"PAR1", b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06", b"\x28\xb5\x2f\xfd", b"{", b"["];

/// What begins as a file does is one, and so are the bytes behind an `r`.
fn raw(input: &[u8]) -> Option<Written> {
    let is_file = MAGIC.iter().any(|magic| input.starts_with(magic));
    let bytes = input.strip_prefix(b"r").or(is_file.then_some(input))?.to_vec();
    Some(Written { bytes, options: ReadOptions::default(), expected: None })
}

fn holds(Written { bytes, options, expected }: Written) {
    holds::file(&scratch::file("file.csv", &bytes), &options, expected.as_deref());
}

/// Delimited text, now and then compressed.
pub fn table(input: &[u8]) {
    holds(raw(input).unwrap_or_else(|| {
        let choices = &mut Choices::new(input);
        let mut written = if choices.once_in(24) { text::lists(choices) } else { Written::of(choices) };
        if choices.once_in(16) {
            written.bytes = wrapped::any(choices, &written.bytes).0;
            // An archive with several tables may give another.
            written.expected = written.expected.filter(|_| !written.bytes.starts_with(b"PK"));
        }
        written
    }));
}

/// JSON: objects by line, or in an array.
pub fn json(input: &[u8]) {
    holds(raw(input).unwrap_or_else(|| json::write(&mut Choices::new(input))));
}

/// Parquet.
pub fn parquet(input: &[u8]) {
    holds(raw(input).unwrap_or_else(|| columns::write(&mut Choices::new(input))));
}

/// What files are wrapped in: gzip, Zstandard and zip.
pub fn containers(input: &[u8]) {
    let written = raw(input).unwrap_or_else(|| {
        let choices = &mut Choices::new(input);
        let mut written = if choices.once_in(4) { json::write(choices) } else { Written::of(choices) };
        if choices.once_in(255) {
            return Written { bytes: wrapped::bomb(choices), options: ReadOptions::default(), expected: None };
        }
        let (bytes, is_checked) = wrapped::any(choices, &written.bytes);
        written.bytes = bytes;
        if !is_checked {
            written.expected = None;
        }
        if choices.once_in(3) {
            // Behind the first bytes, which say what it is: a checksum does not hold any longer, or nothing changed.
            let mut rest = written.bytes.split_off(4);
            damage::bytes(choices, &mut rest);
            written.bytes.extend(rest);
        }
        written
    });
    takes_a_member(&written.bytes);
    holds(written);
}

/// A member of an archive is no longer than its limit.
fn takes_a_member(bytes: &[u8]) {
    const LIMIT: u64 = 1 << 16;
    match read_member(&scratch::file("a.zip", bytes), "u.data", LIMIT) {
        Ok(content) => assert!(content.len() as u64 <= LIMIT),
        Err(error) => holds::is_said(&error.to_string()),
    }
}

/// Ready folders.
pub fn folder(input: &[u8]) {
    let choices = &mut Choices::new(input);
    let folder = scratch::folder().join("ready");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir(&folder).expect("a folder can be made");
    let mut expected: Vec<(usize, Option<Vec<Row>>)> = Vec::new();
    let mut options = ReadOptions::default();
    for (part, words) in [["train", "Training"], ["valid", "dev"], ["test", "testing"]].into_iter().enumerate() {
        if part == 1 && choices.once_in(2) || choices.once_in(60) {
            continue;
        }
        let word = choices.of(&words);
        let name = match choices.below(10) {
            0 => format!("{word}.csv"),
            1 => format!("{word}.txt"),
            2 => format!("my-data_{word}.tsv.gz"),
            3 => format!("train.{word}.csv"),
            4 => word.to_owned(),
            5 => format!("a b.{}.inter", word.to_uppercase()),
            6 => format!("\u{1b}[31m\n.{word}.csv"),
            7 => format!("{}.{word}.json", "x".repeat(200)),
            _ => format!("data.{word}.csv"),
        };
        let written = match choices.below(8) {
            0 => json::write(choices),
            1 => columns::write(choices),
            _ => Written::of(choices),
        };
        let bytes = if choices.once_in(6) { wrapped::gzip(&written.bytes) } else { written.bytes };
        std::fs::write(folder.join(name), bytes).expect("scratch files can be written");
        options.max_missing = written.options.max_missing.max(options.max_missing);
        // Settings are for all files, and those of one may be wrong for another.
        let own = ReadOptions { max_missing: 0.05, ..written.options };
        expected.push((part, written.expected.filter(|_| own == ReadOptions::default())));
    }
    match choices.below(12) {
        0 => std::fs::write(folder.join("README"), "train and test").expect("scratch files can be written"),
        1 => std::fs::create_dir(folder.join("test.old")).expect("scratch files can be written"),
        2 => std::fs::write(folder.join(OsStr::from_bytes(b"\xff\xfe.train.csv")), "a,b")
            .expect("scratch files can be written"),
        3 => std::fs::write(folder.join(".test.csv.swp"), "\0").expect("scratch files can be written"),
        _ => {}
    }
    holds_of_folder(&folder, options, expected);
}

fn holds_of_folder(folder: &Path, options: ReadOptions, expected: Vec<(usize, Option<Vec<Row>>)>) {
    let options = LoadOptions {
        read: options,
        duplicates: Duplicates::Keep,
        task: Task::Regression,
        label: LabelRule::Rating,
        ..LoadOptions::default()
    };
    let source = folder.to_str().expect("a path of text");
    let table = match read(source, &options, &mut |_| ()) {
        Ok(table) => table,
        Err(error) => return holds::is_said(&error.to_string()),
    };
    table.notes(&options).iter().for_each(|line| holds::is_said(line));
    table.profile.to_string().lines().for_each(holds::is_said);
    let is_guessed = table.schemas.iter().any(|schema| schema.is_encoding_guessed);
    let mut found = match table.divide(&options) {
        Ok(dataset) => holds::parts(dataset),
        Err(error) => return holds::is_said(&error.to_string()),
    };
    if is_guessed {
        return;
    }
    if expected.len() == 2 {
        let validation = std::mem::take(&mut found[1]);
        found[0].extend(validation);
    }
    for (part, rows) in expected {
        let Some(rows) = rows else { continue };
        let rated = rows.iter().filter(|row| !row.rating.is_nan());
        let mut written: Vec<(&str, &str)> = rated.map(|row| (row.user.as_str(), row.item.as_str())).collect();
        let mut read: Vec<(&str, &str)> =
            found[part].iter().map(|(user, item, _)| (user.as_str(), item.as_str())).collect();
        written.sort_unstable();
        read.sort_unstable();
        assert!(written == read, "part {part}: {written:?} {read:?}");
    }
}
