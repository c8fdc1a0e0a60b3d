//! Journals of runs.

use autolossgen::journal::{self, Journal};
use autolossgen::record::{Candidate, Record};
use autolossgen::{Assignment, Base, Config, Preset, Run};

use super::scratch;

/// Any bytes are refused in words, or are records that are written, read back the same, and checked. Behind the byte `r`
/// the file is what it is; else each line is a record, and gets the number and the checksum that it needs to be read.
pub fn journal(input: &[u8]) {
    let content = match input.split_first() {
        Some((b'r', raw)) => raw.to_vec(),
        _ => framed(input),
    };
    let path = scratch::file("journal.jsonl", &content);
    let Ok(records) = journal::read(&path).map_err(|error| assert!(!error.to_string().is_empty())) else { return };
    let again = scratch::folder().join("again.jsonl");
    let _ = std::fs::remove_file(&again);
    let mut written = Journal::create(&again).expect("scratch files can be written");
    records.iter().for_each(|record| written.append(record).expect("scratch files can be written"));
    drop(written);
    let read = journal::read::<Record>(&again).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(format!("{read:?}"), format!("{records:?}"));
    let _ = Candidate::of(&records);
    goes_on();
}

fn framed(input: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    for (number, record) in input.split(|&byte| byte == b'\n').enumerate() {
        content.extend(format!("{{\"seq\":{number},\"crc\":\"{:08x}\",\"record\":", crc32fast::hash(record)).bytes());
        content.extend_from_slice(record);
        content.extend_from_slice(b"}\n");
    }
    content
}

/// The run of this journal is refused, or can be checked.
fn goes_on() {
    let pairs = Assignment::new("check.pairs", 20);
    scratch::file("config.toml", Config::preset(Preset::Default).to_toml().as_bytes());
    if let Ok(mut run) = Run::open_over(&scratch::folder(), &Base::default(), &[pairs]) {
        let _ = run.searched();
        let _ = run.check().map_err(|error| error.to_string());
    }
}
