//! Records of delimited text: fields between separators, quoted by RFC 4180.

use std::io::{BufRead, Read};
use std::path::Path;

use crate::error::DataError;

/// Longest record that is read, in bytes; a longer one is no row of a table.
pub(super) const MAX_RECORD: u64 = 1 << 20;

/// What lies between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    Byte(u8),
    /// Any number of spaces; none at the ends of a line.
    Spaces,
    DoubleColon,
}

/// Reads one record after the other.
pub(super) struct Records<'p, R> {
    path: &'p Path,
    input: R,
    separator: Separator,
    /// Line on which the next record begins, counted from 1.
    next_line: u64,
    line: Vec<u8>,
    /// From the first quote on.
    quoted: Option<Quoted>,
    bounds: Vec<(usize, usize)>,
}

/// A record, as long as the next one is not asked for.
pub(super) struct Record<'a> {
    /// Line on which it begins, counted from 1.
    pub(super) line: u64,
    text: &'a str,
    bounds: &'a [(usize, usize)],
}

impl<'a> Record<'a> {
    /// Number of fields.
    pub(super) fn len(&self) -> usize {
        self.bounds.len()
    }

    /// A field without the spaces around it.
    ///
    /// # Panics
    /// When there is none at `index`.
    pub(super) fn field(&self, index: usize) -> &'a str {
        let (start, end) = self.bounds[index];
        self.text[start..end].trim()
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &'a str> + use<'a, '_> {
        (0..self.len()).map(|index| self.field(index))
    }
}

/// Why there is no record.
#[derive(Debug)]
pub(super) enum Stop {
    /// Bytes that are no UTF-8, on the line.
    NotUtf8(u64),
    Wrong(DataError),
}

impl From<DataError> for Stop {
    fn from(error: DataError) -> Self {
        Self::Wrong(error)
    }
}

impl<'p, R: BufRead> Records<'p, R> {
    pub(super) fn new(path: &'p Path, input: R, separator: Separator) -> Self {
        Self { path, input, separator, next_line: 1, line: Vec::new(), quoted: None, bounds: Vec::new() }
    }

    /// Passes lines that are no records.
    pub(super) fn skip_lines(&mut self, n: u64) -> Result<(), Stop> {
        (0..n).try_for_each(|_| self.read_line().map(|_| ()))
    }

    /// The next record that is not blank; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, Stop> {
        loop {
            let line = self.next_line;
            if !self.read_line()? {
                return Ok(None);
            }
            if self.line.trim_ascii().is_empty() {
                continue;
            }
            let is_quoted = match self.separator {
                Separator::Byte(byte) if self.line.contains(&b'"') => self.read_quoted(line, byte)?,
                Separator::Byte(_) | Separator::Spaces | Separator::DoubleColon => false,
            };
            let quoted = self.quoted.as_ref().filter(|_| is_quoted);
            let bytes = quoted.map_or(&self.line[..], |quoted| &quoted.output[..]);
            let text = std::str::from_utf8(bytes).map_err(|_| Stop::NotUtf8(line))?;
            if !is_quoted {
                divide(text, self.separator, &mut self.bounds);
            }
            return Ok(Some(Record { line, text, bounds: &self.bounds }));
        }
    }

    /// Reads a line without its end into `self.line`; `false` where there is none.
    fn read_line(&mut self) -> Result<bool, Stop> {
        self.line.clear();
        let read = self.input.by_ref().take(MAX_RECORD).read_until(b'\n', &mut self.line);
        let n = read.map_err(DataError::io("read", self.path))?;
        if n as u64 == MAX_RECORD {
            return Err(self.too_long(self.next_line));
        }
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        self.next_line += 1;
        Ok(n > 0)
    }

    fn too_long(&self, line: u64) -> Stop {
        let message = format!("the line is longer than {MAX_RECORD} bytes: no table of ratings has that");
        Stop::Wrong(DataError::row(self.path, line, message))
    }

    /// Takes the fields of the record that begins with `self.line`, which has a quote, and with as many lines as its quotes
    /// hold together; `false` where the quotes are letters like others, which they may be between tabs and bars.
    fn read_quoted(&mut self, start: u64, separator: u8) -> Result<bool, Stop> {
        let mut quoted = self.quoted.take().unwrap_or_else(|| Quoted::new(separator));
        quoted.begin();
        let mut n = self.line.len() as u64;
        let may_be_letters = [b'\t', b'|'].contains(&separator);
        let is_quoted = loop {
            match quoted.take(&self.line) {
                Some(true) => break true,
                None | Some(false) if may_be_letters => break false,
                None => {
                    let message =
                        "a quote stands within a field that is in quotes: double it, or close the one before it";
                    return Err(Stop::Wrong(DataError::row(self.path, start, message)));
                }
                Some(false) => {}
            }
            if !self.read_line()? || n > MAX_RECORD {
                let message = format!(
                    "a quote that opens here is not closed before the end of the file, or within {MAX_RECORD} bytes"
                );
                return Err(Stop::Wrong(DataError::row(self.path, start, message)));
            }
            n += self.line.len() as u64 + 1;
        };
        self.bounds.clear();
        let mut from = 0;
        for &end in &quoted.ends {
            self.bounds.push((from, end));
            from = end;
        }
        self.quoted = Some(quoted);
        Ok(is_quoted)
    }
}

fn divide(text: &str, separator: Separator, bounds: &mut Vec<(usize, usize)>) {
    bounds.clear();
    let mut push = |field: &str| {
        let start = field.as_ptr() as usize - text.as_ptr() as usize;
        bounds.push((start, start + field.len()));
    };
    match separator {
        Separator::Byte(byte) => text.split(byte as char).for_each(&mut push),
        Separator::Spaces if text.contains('"') => between_spaces(text, push),
        Separator::Spaces => text.split_ascii_whitespace().for_each(&mut push),
        Separator::DoubleColon => text.split("::").for_each(&mut push),
    }
}

/// Fields between spaces, of which some are in quotes, as R writes words.
fn between_spaces<'a>(text: &'a str, mut push: impl FnMut(&'a str)) {
    let is_space = |c: char| c.is_ascii_whitespace();
    let (mut rest, mut may_close) = (text.trim_ascii(), true);
    while !rest.is_empty() {
        let closes = |inner: &str, at: usize| inner[at + 1..].is_empty() || inner[at + 1..].starts_with(is_space);
        let inner = rest.strip_prefix('"').filter(|_| may_close);
        let quoted = inner.and_then(|inner| {
            let end = inner.match_indices('"').map(|(at, _)| at).find(|&at| closes(inner, at))?;
            Some((&inner[..end], &inner[end + 1..]))
        });
        // No later one closes either.
        may_close &= inner.is_none() || quoted.is_some();
        let (field, after) = quoted.unwrap_or_else(|| rest.split_at(rest.find(is_space).unwrap_or(rest.len())));
        push(field);
        rest = after.trim_ascii_start();
    }
}

/// A record with quotes, taken line by line.
struct Quoted {
    separator: u8,
    place: Place,
    output: Vec<u8>,
    ends: Vec<usize>,
}

/// Where in a field a byte stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Start,
    Plain,
    InQuotes,
    /// Behind a quote that closes the field, or is the first of two.
    Behind,
}

impl Quoted {
    fn new(separator: u8) -> Self {
        Self { separator, place: Place::Start, output: Vec::new(), ends: Vec::new() }
    }

    fn begin(&mut self) {
        self.place = Place::Start;
        self.output.clear();
        self.ends.clear();
    }

    /// Takes a line, and says whether the record ends with it; `None` where a closing quote stands within a field.
    fn take(&mut self, line: &[u8]) -> Option<bool> {
        for &byte in line {
            let is_separator = byte == self.separator;
            self.place = match (self.place, byte) {
                (Place::Start, b'"') => Place::InQuotes,
                (Place::InQuotes, b'"') => Place::Behind,
                (Place::Start | Place::Plain | Place::Behind, _) if is_separator => {
                    self.ends.push(self.output.len());
                    Place::Start
                }
                (Place::Behind, b' ') => Place::Behind,
                (Place::Behind, b'"') => {
                    self.output.push(byte);
                    Place::InQuotes
                }
                (Place::Behind, _) => return None,
                (Place::Start | Place::Plain, _) => {
                    self.output.push(byte);
                    Place::Plain
                }
                (Place::InQuotes, _) => {
                    self.output.push(byte);
                    Place::InQuotes
                }
            };
        }
        if self.place == Place::InQuotes {
            // A line feed in quotes is one of the field.
            self.output.push(b'\n');
            return Some(false);
        }
        self.ends.push(self.output.len());
        Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str, separator: Separator) -> Result<Vec<(u64, Vec<String>)>, Stop> {
        let mut records = Records::new(Path::new("t"), text.as_bytes(), separator);
        let mut all = Vec::new();
        while let Some(record) = records.next()? {
            all.push((record.line, record.fields().map(str::to_owned).collect()));
        }
        Ok(all)
    }

    const COMMA: Separator = Separator::Byte(b',');

    #[test]
    fn quotes_hold_separators_quotes_and_lines_together() {
        let text = "a,\"b, \"\"c\"\"\",d\r\n\n\"e\nf\r\n\",g,h\ni,j,k";
        let expected = [(1, vec!["a", "b, \"c\"", "d"]), (3, vec!["e\nf", "g", "h"]), (6, vec!["i", "j", "k"])];
        let found = records(text, COMMA).unwrap();
        assert_eq!(found, expected.map(|(line, fields)| (line, fields.into_iter().map(str::to_owned).collect())));
    }

    #[test]
    fn a_quote_in_lines_that_are_no_records_opens_nothing() {
        let mut records = Records::new(Path::new("t"), "# a,\"b\nc,d\n\"e\",f\n".as_bytes(), COMMA);
        records.skip_lines(1).unwrap();
        let record = records.next().unwrap().unwrap();
        assert_eq!((record.line, record.fields().collect::<Vec<_>>()), (2, vec!["c", "d"]));
    }

    #[test]
    fn a_stray_quote_swallows_no_row() {
        let rows = "1\tx\t5\t\"Great\n2\ty\t4\tfine\n3\tz\t1\t\"Bad\n";
        let tabs = records(rows, Separator::Byte(b'\t')).unwrap();
        assert_eq!(tabs.iter().map(|(_, fields)| fields[3].as_str()).collect::<Vec<_>>(), ["\"Great", "fine", "\"Bad"]);
        let commas = records(&rows.replace('\t', ","), COMMA).unwrap_err();
        assert!(
            matches!(&commas, Stop::Wrong(error) if error.to_string().starts_with("t, line 1: a quote stands within")),
            "{commas:?}"
        );
        assert_eq!(records("\"a\" ,\"b\"\n", COMMA).unwrap()[0].1, ["a", "b"]);
    }

    #[test]
    fn a_quote_within_a_field_is_one_and_an_open_one_is_refused() {
        assert_eq!(records("5\" disk\tx\n", Separator::Byte(b'\t')).unwrap()[0].1, ["5\" disk", "x"]);
        let open = records("a,b\n\"c,d\ne,f\n", COMMA).unwrap_err();
        assert!(
            matches!(&open, Stop::Wrong(error) if error.to_string().starts_with("t, line 2: a quote that opens")),
            "{open:?}"
        );
        assert!(matches!(records(&format!("\"{}", "\n".repeat(1 << 21)), COMMA), Err(Stop::Wrong(_))));
    }

    #[test]
    fn words_between_spaces_may_be_in_quotes_and_colons_know_none() {
        let spaced = |text: &str| records(text, Separator::Spaces).unwrap()[0].1.clone();
        assert_eq!(spaced(" 1   2\t3 \n"), ["1", "2", "3"]);
        assert_eq!(spaced("\"a\"  \"b c\" 5 \"\"\n"), ["a", "b c", "5", ""]);
        assert_eq!(spaced("5\" \"open x\n"), ["5\"", "\"open", "x"]);
        assert_eq!(records("\"1\"::2::", Separator::DoubleColon).unwrap()[0].1, ["\"1\"", "2", ""]);
    }

    #[test]
    fn fields_without_number_and_length_fit() {
        let many = vec!["\"x\""; 1000].join(",");
        assert_eq!(records(&many, COMMA).unwrap()[0].1.len(), 1000);
        let long = format!("\"{}\",y", "z".repeat(10_000));
        assert_eq!(records(&long, COMMA).unwrap()[0].1[0].len(), 10_000);
        assert!(matches!(records(&"x".repeat(1 << 20), COMMA), Err(Stop::Wrong(_))));
    }
}
