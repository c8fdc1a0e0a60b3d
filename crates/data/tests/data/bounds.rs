//! Files without an end, or with more in them than they are large: refused, in words, before they fill the memory.

use std::io::Write;

use autolossgen_data::{ReadOptions, read_ratings};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::common::file;

/// What is said of a file, after its path.
fn refusal(name: &str, content: &[u8]) -> String {
    let (_folder, path) = file(name, content);
    let said = read_ratings(&path, &ReadOptions::default()).unwrap_err().to_string();
    said.split_once(name).map_or(said.clone(), |(_, rest)| rest.to_owned())
}

#[test]
fn a_gzip_file_of_one_row_again_and_again_is_refused() {
    // With a field that nobody asked for, so that few rows are enough.
    let row = format!("a,x,5,1,{}\n", "z".repeat(10_000));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(b"user,item,rating,timestamp,note\n").unwrap();
    (0..2_000).for_each(|_| encoder.write_all(row.as_bytes()).unwrap());
    let said = refusal("ratings.csv.gz", &encoder.finish().unwrap());
    assert_eq!(said, ": it expands to more than 200 times its size and 16 MiB: no table of ratings does that");
}

#[cfg(feature = "parquet")]
#[test]
fn a_parquet_file_of_one_row_again_and_again_is_refused() {
    let said = refusal("a.parquet", include_bytes!("../../../../fuzz/corpus/parquet/bomb"));
    assert_eq!(said, ": it expands to more than 200 times its size and 16 MiB: no table of ratings does that");
}

/// Found by fuzzing: a count of lengths that the library takes memory for, and one that it walks past the end with.
#[cfg(feature = "parquet")]
#[test]
fn texts_that_say_their_own_number_are_refused() {
    let corpus = |name: &str| {
        let path = format!("{}/../../fuzz/corpus/parquet/{name}", env!("CARGO_MANIFEST_DIR"));
        refusal("a.parquet", &std::fs::read(path).unwrap())
    };
    for (name, packed) in [
        ("delta-lengths-past-the-end", "DELTA_BYTE_ARRAY"),
        ("delta-lengths-without-end", "DELTA_BYTE_ARRAY"),
        ("seed-delta", "DELTA_BYTE_ARRAY"),
    ] {
        let expected =
            format!(": its texts are packed as {packed}, which is not read: write them plain, or by a dictionary");
        assert_eq!(corpus(name), expected, "{name}");
    }
}

/// Found by fuzzing: a list of two thousand million entries that are not there, each of which the library skips.
#[cfg(feature = "parquet")]
#[test]
fn a_header_that_goes_on_behind_the_end_of_the_file_is_refused() {
    let said = refusal("a.parquet", include_bytes!("../../../../fuzz/corpus/parquet/list-behind-the-end"));
    assert!(said.starts_with(": not a readable Parquet file: "), "{said}");
}

#[test]
fn a_line_without_an_end_is_refused() {
    let said = refusal("a.csv", &[b'a'; (1 << 20) + 1]);
    assert_eq!(said, ": the first line is longer than 65536 bytes: no table of ratings has that");
    let rows = [b"user,item,rating\n".as_slice(), &[b'a'; (1 << 20) + 1]].concat();
    assert!(refusal("a.csv", &rows).starts_with(", line 2: the line is longer than"));
}

/// An id of two lines would be two rows of a file that we write.
#[test]
fn an_id_is_text() {
    for id in ["a\\nb", "a\\tb", "\\u0000", "\\u001b[2J", "\\ufeffa"] {
        let row = format!("{{\"user\": \"{id}\", \"item\": \"x\", \"rating\": 5}}\n");
        let said = refusal("a.json", row.as_bytes());
        assert!(
            said.starts_with(", line 1: the user \"") && said.contains("has a character in it that is no text"),
            "{said}"
        );
    }
}

#[test]
fn json_nested_without_end_is_refused() {
    assert!(refusal("a.json", "[".repeat(100_000).as_bytes()).starts_with(": not an array of JSON objects: "));
}
