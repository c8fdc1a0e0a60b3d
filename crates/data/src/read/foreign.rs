//! Files that are no tables of ratings, by what they begin with, and what to do about each.

/// A format: how it begins, what it is, and the remedy.
type Format = (&'static [u8], &'static str, &'static str);

const WRITE_CSV: &str = "write the table as CSV";
const WRITE_EITHER: &str = "write the table as CSV or Parquet";
const WRITE_PARQUET: &str = "write the table as Parquet";

const BINARY: &[Format] = &[
    (b"SQLite format 3\0", "an SQLite database", "write the table as CSV: sqlite3 -header -csv"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", WRITE_EITHER),
    (b"\x93NUMPY", "a NumPy array", WRITE_EITHER),
    (b"ARROW1", "an Arrow file", WRITE_PARQUET),
    (b"Obj\x01", "an Avro file", WRITE_PARQUET),
    (b"ORC", "an ORC file", WRITE_PARQUET),
    (b"BZh", "compressed by bzip2", "unpack it: bunzip2"),
    (b"\xfd7zXZ\0", "compressed by xz", "unpack it: unxz"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it"),
    (b"Rar!", "a RAR archive", "unpack it"),
    (b"PK\x03\x04", "a zip archive within another file", "unpack it"),
    (b"\x1f\x8b", "compressed by gzip within another file", "unpack it"),
    (b"\x80\x02", "a Python pickle", WRITE_EITHER),
    (b"\x80\x03", "a Python pickle", WRITE_EITHER),
    (b"\x80\x04", "a Python pickle", WRITE_EITHER),
    (b"\x80\x05", "a Python pickle", WRITE_EITHER),
    (b"%PDF", "a PDF document", WRITE_CSV),
    (b"\x89PNG", "a picture", "name the file with the ratings"),
    (b"GIF8", "a picture", "name the file with the ratings"),
    (b"\xff\xd8\xff", "a picture", "name the file with the ratings"),
    (b"\xff\xfe\0\0", "UTF-32 text", "write it as UTF-8"),
    (b"\0\0\xfe\xff", "UTF-32 text", "write it as UTF-8"),
];

const TEXT: &[Format] = &[
    (b"version https://git-lfs", "a pointer of Git LFS and not the file itself", "fetch it: git lfs pull"),
    (b"<", "HTML or XML", "write the table as CSV; a download may have failed"),
    (b"INSERT INTO", "an SQL dump", WRITE_CSV),
    (b"CREATE TABLE", "an SQL dump", WRITE_CSV),
    (b"DROP TABLE", "an SQL dump", WRITE_CSV),
    (b"-- ", "an SQL dump", WRITE_CSV),
    (b"@relation", "an ARFF file", WRITE_CSV),
    (b"@RELATION", "an ARFF file", WRITE_CSV),
    (b"{'", "Python dictionaries, which are no JSON", "write each by json.dumps"),
    (b"{u'", "Python dictionaries, which are no JSON", "write each by json.dumps"),
    (b"product/productId:", "blocks of keys and values", "write one row a rating, as CSV"),
    (b"%%MatrixMarket matrix array", "a dense MatrixMarket matrix", "write one row a rating, as CSV"),
];

/// What is said of bytes that begin like a format that is not read.
pub(super) fn binary(start: &[u8]) -> Option<String> {
    let is_tar = start.get(257..262) == Some(b"ustar");
    let tar = is_tar.then_some(("a tar archive", "unpack it"));
    let known = BINARY.iter().find(|(magic, ..)| start.starts_with(magic)).map(|&(_, what, remedy)| (what, remedy));
    tar.or(known).map(said)
}

/// The same of text.
pub(super) fn text(start: &[u8]) -> Option<String> {
    let start = start.trim_ascii_start();
    let known = TEXT.iter().find(|(magic, ..)| start.starts_with(magic)).map(|&(_, what, remedy)| (what, remedy));
    known.or_else(|| lines(start)).map(said)
}

/// Formats that their first lines show.
fn lines(start: &[u8]) -> Option<(&'static str, &'static str)> {
    let mut lines = start.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let (first, second) = (lines.next()?, lines.next().unwrap_or_default());
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if first.strip_suffix(b":").is_some_and(is_number) {
        return Some((
            "the Netflix Prize's lists, in which a line with a colon names the movie of the lines below",
            "write one row a rating: movie, user, rating, date",
        ));
    }
    let is_rule =
        |line: &[u8]| line.len() > 2 && line.contains(&b'-') && line.iter().all(|byte| b"-+|: ".contains(byte));
    if is_rule(first) || is_rule(second) {
        return Some(("a table drawn in characters", WRITE_CSV));
    }
    let words = |line: &[u8]| line.split(u8::is_ascii_whitespace).skip(1).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let has = |what: &[u8]| words(first).iter().any(|word| word.starts_with(what));
    if has(b"qid:") {
        return Some(("SVMrank's features by index", "write one row a rating: user, item, rating"));
    }
    None
}

fn said((what, remedy): (&str, &str)) -> String {
    format!("this is {what}, which is not read: {remedy}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_table_is_named() {
        for (start, expected) in [
            ("1:\n1488844,3,2005-09-06\n", "Netflix"),
            ("<!doctype html>\n<p>404", "HTML"),
            ("version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
            ("{'reviewerID': 'a', 'overall': 5.0}\n", "Python dictionaries"),
            ("user | item | rating\n-----+------+-------\n a | x | 5\n", "drawn in characters"),
            ("| user | item |\n|---|---|\n", "drawn in characters"),
            ("3 qid:1 1:0.53 2:0.12\n", "SVMrank"),
            ("INSERT INTO ratings VALUES (1, 2, 5);\n", "SQL"),
        ] {
            let said = text(start.as_bytes()).unwrap_or_else(|| panic!("{start}"));
            assert!(said.contains(expected) && said.contains("which is not read: "), "{said}");
        }
        for start in ["1,2,3\n4,5,6\n", "u,i,r\n-1,-2,3\n", "a:b\tc\t5\n", ""] {
            assert_eq!(text(start.as_bytes()), None, "{start}");
        }
        assert!(binary(b"BZh91AY").unwrap().contains("bunzip2"));
        let mut tar = [b'a'; 300];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(binary(&tar).unwrap().contains("a tar archive"));
        assert_eq!(binary(b"user,item"), None);
    }
}
