//! What files are wrapped in.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::choices::Choices;

/// Names of members beside the table.
const BESIDE: [&str; 6] = ["data/", "README.md", "__MACOSX/._a.csv", "LICENSE", "data/.DS_Store", "index.html"];

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).and_then(|()| encoder.finish()).expect("memory can be written")
}

pub fn zstd(content: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("the level is one");
    encoder.include_checksum(true).expect("it can be set");
    encoder.write_all(content).and_then(|()| encoder.finish()).expect("memory can be written")
}

/// An archive of members.
pub fn zip(choices: &mut Choices<'_>, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        let method = choices.of(&[CompressionMethod::Deflated, CompressionMethod::Stored]);
        let options = SimpleFileOptions::default().compression_method(method);
        if name.ends_with('/') {
            zip.add_directory(*name, options).expect("memory can be written");
            continue;
        }
        zip.start_file(*name, options).expect("memory can be written");
        zip.write_all(content).expect("memory can be written");
    }
    zip.finish().expect("memory can be written").into_inner()
}

/// Content in a container, and whether every byte of it is checked.
pub fn any(choices: &mut Choices<'_>, content: &[u8]) -> (Vec<u8>, bool) {
    let at = choices.below(content.len() + 1);
    match choices.below(6) {
        0 => (gzip(content), true),
        // Two in one, as `cat` makes them.
        1 => ([gzip(&content[..at]), gzip(&content[at..])].concat(), at > 0),
        2 => (zstd(content), true),
        3 => ([zstd(&content[..at]), zstd(&content[at..])].concat(), false),
        4 => (zip(choices, &[("a.csv", content)]), true),
        _ => {
            let name =
                choices.of(&["ml-100k/u.data", "ratings.csv", "a/ratings.dat", "../../etc/x.csv", "a\nb.csv", "é.tsv"]);
            let mut members: Vec<(&str, &[u8])> =
                BESIDE.iter().filter(|_| choices.once_in(2)).map(|&name| (name, &b"user,item\n1,2\n"[..])).collect();
            members.push((name, content));
            if choices.once_in(4) {
                members.push((choices.of(&["users.csv", "u.item", "z\x1b[31m.csv", "xl/workbook.xml"]), b"a,b\n1,2\n"));
            }
            (zip(choices, &members), false)
        }
    }
}

/// Little that expands to much.
pub fn bomb(choices: &mut Choices<'_>) -> Vec<u8> {
    // Long lines: each row takes its time.
    let unit = choices.of(&["a,x,5,", " ", "\"", ",", "[", "{\"user\":1,\"item\":2}", "1 2 3 ", "#"]);
    let end = if choices.once_in(2) { "\n" } else { "" };
    let unit = format!("{unit}{}{end}", " ".repeat(2000));
    let content = unit.repeat((18 << 20) / unit.len());
    match choices.below(3) {
        0 => gzip(content.as_bytes()),
        1 => zstd(content.as_bytes()),
        _ => zip(choices, &[("a.csv", content.as_bytes())]),
    }
}
