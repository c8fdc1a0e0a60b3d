//! One table in every layout: separators, headers, encodings, ends of lines, forms of time, orders of columns and names of files
//! in all their combinations. Each is read as the same table, whatever the file is called.

use autolossgen_data::{ReadOptions, Schema, read_ratings};

use crate::common::file;

/// Users with a letter beyond ASCII, so that an encoding counts.
const USERS: [&str; 5] = ["Ana", "José", "Zoë", "Bea", "Müller"];
const N_ROWS: usize = 60;

/// A row: user, item, rating and seconds since 1970.
fn row(number: usize) -> (String, String, f64, u64) {
    let (user, item) = (USERS[number % 5], format!("i{}", number * 7 % 12));
    (user.to_owned(), item, (number * 5 % 9) as f64 / 2.0 + 0.5, 1_500_000_000 + number as u64 * 86_400)
}

fn checksum_of_rows(is_timed: bool) -> String {
    let header = if is_timed { "user\titem\trating\ttimestamp\n" } else { "user\titem\trating\n" };
    let line = |number| {
        let (user, item, rating, time) = row(number);
        if is_timed { format!("{user}\t{item}\t{rating}\t{time}\n") } else { format!("{user}\t{item}\t{rating}\n") }
    };
    let text: String = (0..N_ROWS).map(line).collect();
    let (_folder, path) = file("expected.tsv", format!("{header}{text}"));
    read_ratings(&path, &ReadOptions::default()).unwrap().0.checksum()
}

/// How times are written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Time {
    None,
    Seconds,
    Iso,
    Spaced,
}

impl Time {
    fn written(self, seconds: u64) -> String {
        let days = (seconds - 1_500_000_000) / 86_400;
        // 1,500,000,000 is 2017-07-14T02:40:00Z; the months from July on, by hand.
        let (month, day) = [(7, 31 - 13), (8, 31), (9, 30)]
            .into_iter()
            .try_fold(days + 1, |left, (month, length)| {
                if left > length { Ok(left - length) } else { Err((month, left + if month == 7 { 13 } else { 0 })) }
            })
            .unwrap_err();
        match self {
            Self::None => String::new(),
            Self::Seconds => seconds.to_string(),
            Self::Iso => format!("2017-{month:02}-{day:02}T04:40:00+02:00"),
            Self::Spaced => format!("2017-{month:02}-{day:02} 02:40:00"),
        }
    }
}

/// A text of the table.
struct Layout {
    separator: &'static str,
    header: Option<[&'static str; 4]>,
    quoted: bool,
    time: Time,
    decimal: &'static str,
    end: &'static str,
}

impl Layout {
    fn text(&self) -> String {
        let quote = |field: &str| if self.quoted { format!("\"{field}\"") } else { field.to_owned() };
        let line = |fields: [&str; 4]| {
            let n = if self.time == Time::None { 3 } else { 4 };
            fields[..n].iter().map(|field| quote(field)).collect::<Vec<_>>().join(self.separator) + self.end
        };
        let rows = (0..N_ROWS).map(|number| {
            let (user, item, rating, time) = row(number);
            line([&user, &item, &format!("{rating:.1}").replace('.', self.decimal), &self.time.written(time)])
        });
        self.header.map(line).into_iter().chain(rows).collect()
    }
}

fn encoded(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "utf-8" => text.as_bytes().to_vec(),
        "utf-8 with a mark" => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        "utf-16le" => [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect(),
        "latin1" => text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect(),
        other => panic!("{other}"),
    }
}

fn read(name: &str, content: &[u8]) -> (String, Schema) {
    let (_folder, path) = file(name, content);
    let (ratings, schema) = read_ratings(&path, &ReadOptions::default())
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&content[..content.len().min(200)])));
    (ratings.checksum(), schema)
}

const HEADERS: [Option<[&str; 4]>; 3] =
    [None, Some(["user_id", "item_id", "rating", "timestamp"]), Some(["User-ID", "ISBN", "Book-Rating", "Date"])];

#[test]
fn every_combination_is_read_as_the_same_table() {
    let expected = [checksum_of_rows(false), checksum_of_rows(true)];
    let mut n = 0;
    for separator in [",", ";", "\t", "|", "::", " "] {
        for (number, header) in HEADERS.into_iter().enumerate() {
            for time in [Time::None, Time::Seconds, Time::Iso, Time::Spaced] {
                for quoted in [false, true] {
                    // A space in a field, and quotes, are no part of the layouts that know no quotes.
                    let knows_quotes = !["::", " "].contains(&separator);
                    if quoted && !knows_quotes || separator == " " && time == Time::Spaced {
                        continue;
                    }
                    let decimal = if separator == ";" && number == 2 { "," } else { "." };
                    let end = ["\n", "\r\n", "\r"][(number + usize::from(quoted)) % 3];
                    let text = Layout { separator, header, quoted, time, decimal, end }.text();
                    for (encoding, name) in [
                        ("utf-8", "u.data"),
                        ("utf-8 with a mark", "ratings.csv"),
                        ("utf-16le", "ratings.dat"),
                        ("utf-16be", "a.inter"),
                        ("latin1", "export.txt"),
                    ] {
                        let (checksum, schema) = read(name, &encoded(&text, encoding));
                        let is_timed = time != Time::None;
                        assert_eq!(
                            checksum,
                            expected[usize::from(is_timed)],
                            "{separator:?} {header:?} {time:?} {encoding}"
                        );
                        assert_eq!(schema.header, Some(header.is_some()));
                        n += 1;
                    }
                }
            }
        }
    }
    assert!(n >= 500, "{n} layouts");
}

#[test]
fn compressed_and_packed_tables_are_read() {
    use std::io::Write;
    let text =
        Layout { separator: ",", header: HEADERS[1], quoted: false, time: Time::Seconds, decimal: ".", end: "\n" }
            .text();
    let expected = checksum_of_rows(true);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    assert_eq!(read("a", &gzip.finish().unwrap()).0, expected);
    assert_eq!(read("a.csv", &zstd::encode_all(text.as_bytes(), 3).unwrap()).0, expected);
    for method in [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated] {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file("README.txt", options).unwrap();
        archive.write_all(b"what it is").unwrap();
        archive.start_file("data/ratings.csv", options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
        let mut bytes = archive.finish().unwrap().into_inner();
        let (checksum, schema) = read("a.csv", &bytes);
        assert_eq!((checksum, schema.member.as_deref()), (expected.clone(), Some("data/ratings.csv")));
        // A flipped bit of the content is seen by its checksum.
        let at = bytes.windows(4).position(|window| window == b"rati").unwrap_or(60) + 200;
        bytes[at] ^= 1;
        let (_folder, path) = file("damaged.zip", &bytes);
        read_ratings(&path, &ReadOptions::default()).unwrap_err();
    }
}

#[test]
fn json_of_either_form_is_the_same_table() {
    let object = |number| {
        let (user, item, rating, time) = row(number);
        serde_json::json!({"reviewerID": user, "asin": item, "overall": rating, "unixReviewTime": time, "text": "fine, \"so\"\n"}).to_string()
    };
    let objects: Vec<String> = (0..N_ROWS).map(object).collect();
    let expected = checksum_of_rows(true);
    assert_eq!(read("a.json", objects.join("\n").as_bytes()).0, expected);
    assert_eq!(read("a.csv", format!("[{}]", objects.join(",\n ")).as_bytes()).0, expected);
}
