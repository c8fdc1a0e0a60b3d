//! Readers of rating files: MovieLens, RecBole, Amazon, and tables with named columns.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::Columns;
use super::expansion::Gunzip;
use super::ratings::Ratings;
use super::rows::{Positions, number, push};
use crate::error::DataError;

/// Longest line that is read; a longer one is no table.
const MAX_LINE: u64 = 1 << 20;

/// How a file is laid out, by its name.
enum Format {
    /// No header: user, item, rating, timestamp.
    Bare(Separator),
    /// A header names the columns; Amazon's rating files have none.
    Table(Separator),
    JsonLines,
    Parquet,
}

#[derive(Clone, Copy)]
enum Separator {
    Byte(u8),
    DoubleColon,
}

impl Format {
    fn of(path: &Path) -> Result<Self, DataError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        Ok(match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "data" => Self::Bare(Separator::Byte(b'\t')),
            "dat" => Self::Bare(Separator::DoubleColon),
            "inter" | "tsv" | "tab" => Self::Table(Separator::Byte(b'\t')),
            "csv" | "txt" => Self::Table(Separator::Byte(b',')),
            "json" | "jsonl" => Self::JsonLines,
            "parquet" => Self::Parquet,
            _ => {
                let known = ".data, .dat, .inter, .csv, .tsv, .txt, .json, .jsonl or .parquet, text also with .gz";
                return Err(DataError::file(path, format!("the file type is not known: use {known}")));
            }
        })
    }
}

/// Reads the ratings of a file; its layout follows from its name. Columns that are not named are found by the usual
/// names in the header (user, user_id, uid, reviewerID; …).
///
/// # Errors
/// A file that is missing, empty or of unknown type, a column that is not there, a row that cannot be read.
pub fn read_ratings(path: &Path, columns: &Columns) -> Result<Ratings, DataError> {
    let ratings = match Format::of(path)? {
        Format::Bare(separator) => read_text(path, separator, columns, false)?,
        Format::Table(separator) => read_text(path, separator, columns, true)?,
        Format::JsonLines => read_json_lines(path, columns)?,
        Format::Parquet => super::parquet::read_parquet(path, columns)?,
    };
    if ratings.is_empty() {
        return Err(DataError::file(path, "the file has no rows: at least one rating is needed"));
    }
    Ok(ratings)
}

/// Opens a file for reading, through gzip if its first bytes say so.
fn open(path: &Path) -> Result<Box<dyn BufRead>, DataError> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(DataError::io("read", path))?);
    let start = file.fill_buf().map_err(DataError::io("read", path))?;
    Ok(if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::with_capacity(1 << 16, Gunzip::new(file)))
    } else {
        Box::new(file)
    })
}

/// Calls `see` with every line that is not blank and its number, counted from 1.
fn for_each_line(path: &Path, mut see: impl FnMut(u64, &str) -> Result<(), DataError>) -> Result<(), DataError> {
    let mut reader = open(path)?;
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let n = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes).map_err(DataError::io("read", path))?;
        if n == 0 {
            break;
        }
        if n as u64 == MAX_LINE {
            return Err(DataError::row(
                path,
                line,
                format!("the line is longer than {MAX_LINE} bytes: no table of ratings has that"),
            ));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| DataError::row(path, line, "the line is not UTF-8 text"))?;
        let text = if line == 1 { text.trim_start_matches('\u{feff}') } else { text }.trim_end_matches(['\n', '\r']);
        if !text.trim().is_empty() {
            see(line, text)?;
        }
    }
    Ok(())
}

/// Fields of a line; quotes matter in comma-separated files only.
fn split_fields(text: &str, separator: Separator, fields: &mut csv::StringRecord) {
    fields.clear();
    match separator {
        Separator::DoubleColon => text.split("::").for_each(|field| fields.push_field(field)),
        Separator::Byte(b',') if text.contains('"') => {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            // A line of valid UTF-8 is always one record.
            let _ = reader.read_record(fields);
        }
        Separator::Byte(byte) => text.split(byte as char).for_each(|field| fields.push_field(field)),
    }
}

fn read_text(path: &Path, separator: Separator, columns: &Columns, header: bool) -> Result<Ratings, DataError> {
    let mut positions = (!header).then_some(Positions::BARE);
    let (mut ratings, mut fields) = (Ratings::default(), csv::StringRecord::new());
    let mut separator = separator;
    for_each_line(path, |line, text| {
        if positions.is_none() && text.contains('\t') {
            separator = Separator::Byte(b'\t');
        }
        split_fields(text, separator, &mut fields);
        let Some(known) = &mut positions else {
            let names: Vec<&str> = fields.iter().collect();
            if is_bare_row(&names, columns) {
                positions = Some(Positions { timestamp: (names.len() > 3).then_some(3), ..Positions::BARE });
                return push_row(&mut ratings, &fields, &Positions::BARE)
                    .map_err(|message| DataError::row(path, line, message));
            }
            positions =
                Some(Positions::of_header(&names, columns).map_err(|message| DataError::row(path, line, message))?);
            return Ok(());
        };
        if !header && ratings.is_empty() && fields.len() == 3 {
            known.timestamp = None;
        }
        push_row(&mut ratings, &fields, known).map_err(|message| DataError::row(path, line, message))
    })?;
    Ok(ratings)
}

/// Amazon's rating files begin with a row: user, item, a number.
fn is_bare_row(fields: &[&str], columns: &Columns) -> bool {
    *columns == Columns::default() && fields.len() >= 3 && fields[2].trim().parse::<f64>().is_ok()
}

fn push_row(ratings: &mut Ratings, fields: &csv::StringRecord, positions: &Positions) -> Result<(), String> {
    let last = if positions.timestamp == Some(3) && fields.len() == 3 { 2 } else { positions.last() };
    if fields.len() <= last {
        return Err(format!("{} fields where at least {} are needed", fields.len(), last + 1));
    }
    let timestamp = match positions.timestamp {
        Some(position) if position < fields.len() => Some(number(&fields[position], "timestamp")?),
        Some(_) if !ratings.timestamps.is_empty() => return Err("the timestamp is missing".into()),
        _ => None,
    };
    push(
        ratings,
        &fields[positions.user],
        &fields[positions.item],
        number(&fields[positions.rating], "rating")?,
        timestamp,
    )
}

/// Amazon reviews: one JSON object a line.
fn read_json_lines(path: &Path, columns: &Columns) -> Result<Ratings, DataError> {
    let mut ratings = Ratings::default();
    for_each_line(path, |line, text| {
        let wrong = |message: String| DataError::row(path, line, message);
        let row: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).map_err(|error| wrong(format!("not a JSON object: {error}")))?;
        let header: Vec<&str> = row.keys().map(String::as_str).collect();
        let positions = Positions::of_header(&header, columns).map_err(wrong)?;
        let field = |position: usize| match &row[header[position]] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let timestamp =
            positions.timestamp.map(|position| number(&field(position), "timestamp")).transpose().map_err(wrong)?;
        let rating = number(&field(positions.rating), "rating").map_err(wrong)?;
        push(&mut ratings, &field(positions.user), &field(positions.item), rating, timestamp).map_err(wrong)
    })?;
    Ok(ratings)
}
