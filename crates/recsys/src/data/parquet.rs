//! Columnar files.

use std::path::Path;

use super::Columns;
use super::ratings::Ratings;
use crate::error::DataError;

#[cfg(not(feature = "parquet"))]
pub(super) fn read_parquet(path: &Path, _: &Columns) -> Result<Ratings, DataError> {
    Err(DataError::file(path, "this build reads no Parquet: build it with the feature 'parquet'"))
}

#[cfg(feature = "parquet")]
pub(super) use reader::read_parquet;

#[cfg(feature = "parquet")]
mod reader {
    use std::fs::File;
    use std::io::{self, BufReader, Read};

    use bytes::Bytes;
    use parquet::basic::Encoding;
    use parquet::column::page::Page;
    use parquet::errors::ParquetError;
    use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
    use parquet::record::{Field, Row};

    use super::*;
    use crate::data::contained::contained;
    use crate::data::expansion;
    use crate::data::rows::{Positions, number, push};

    /// Memory that a row of [`Ratings`] takes, without its ids.
    const BYTES_PER_ROW: u64 = 24;

    /// A file whose end is an error: the library skips what is not there, as often as a damaged file says.
    struct Bounded(File);

    /// A reader of which nothing is read behind its end.
    struct Ending<R>(R);

    impl Length for Bounded {
        fn len(&self) -> u64 {
            self.0.len()
        }
    }

    impl ChunkReader for Bounded {
        type T = Ending<BufReader<File>>;

        fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
            self.0.get_read(start).map(Ending)
        }

        fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
            // Memory is taken for `length` before the first byte is read.
            if start.saturating_add(length as u64) > self.len() {
                return Err(ParquetError::EOF(format!("{length} bytes at {start} are not there")));
            }
            self.0.get_bytes(start, length)
        }
    }

    impl<R: Read> Read for Ending<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 if !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
                n => Ok(n),
            }
        }
    }

    /// A row as text, by column.
    type Fields = Vec<(String, String)>;

    pub(in crate::data) fn read_parquet(path: &Path, columns: &Columns) -> Result<Ratings, DataError> {
        let file = File::open(path).map_err(DataError::io("read", path))?;
        let size = file.metadata().map_err(DataError::io("read", path))?.len();
        let reader = whole(path, || SerializedFileReader::new(Bounded(file)))?;
        // What it says of its rows is how many are read.
        let rows =
            reader.metadata().row_groups().iter().map(|group| u64::try_from(group.num_rows()).unwrap_or(u64::MAX));
        let expanded = rows.fold(0, u64::saturating_add).saturating_mul(BYTES_PER_ROW);
        if expansion::is_too_large(expanded, size) {
            return Err(DataError::file(path, expansion::too_large()));
        }
        if let Some(wrong) = whole(path, || wrong_page(&reader))? {
            return Err(DataError::file(path, wrong));
        }
        let mut rows = whole(path, || reader.get_row_iter(None))?;
        let mut ratings = Ratings::default();
        for number in 1.. {
            let Some(fields) = whole(path, || rows.next().map(|row| row.map(|row| texts(&row))).transpose())? else {
                break;
            };
            push_fields(&mut ratings, &fields, columns)
                .map_err(|message| DataError::file(path, format!("row {number}: {message}")))?;
        }
        Ok(ratings)
    }

    /// What the library makes of the file; it panics on some damage where it should refuse.
    fn whole<T>(path: &Path, read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, DataError> {
        match contained(read) {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => Err(DataError::file(path, format!("not a readable Parquet file: {error}"))),
            None => Err(DataError::file(path, "not a readable Parquet file: it is damaged")),
        }
    }

    /// What is wrong with the first page that the library would believe, and take memory by its word.
    fn wrong_page(reader: &SerializedFileReader<Bounded>) -> Result<Option<String>, ParquetError> {
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group)?;
            for column in 0..group.num_columns() {
                let mut pages = group.get_column_page_reader(column)?;
                while let Some(page) = pages.get_next_page()? {
                    if let Some(wrong) = wrong(&page) {
                        return Ok(Some(wrong));
                    }
                }
            }
        }
        Ok(None)
    }

    fn wrong(page: &Page) -> Option<String> {
        let (values, bytes) = (page.num_values(), page.buffer().len());
        match (page, page.encoding()) {
            (Page::DictionaryPage { .. }, _) if values as usize > bytes => {
                Some(format!("not a readable Parquet file: it has a dictionary of {values} values in {bytes} bytes"))
            }
            (_, packed @ (Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY)) => Some(format!(
                "its texts are packed as {packed}, which is not read: write them plain, or by a dictionary"
            )),
            _ => None,
        }
    }

    fn push_fields(ratings: &mut Ratings, fields: &Fields, columns: &Columns) -> Result<(), String> {
        let header: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        let positions = Positions::of_header(&header, columns)?;
        let field = |position: usize| fields[position].1.as_str();
        let timestamp = positions.timestamp.map(|position| number(field(position), "timestamp")).transpose()?;
        let rating = number(field(positions.rating), "rating")?;
        push(ratings, field(positions.user), field(positions.item), rating, timestamp)
    }

    fn texts(row: &Row) -> Fields {
        row.get_column_iter().map(|(name, field)| (name.clone(), text(field))).collect()
    }

    fn text(field: &Field) -> String {
        match field {
            Field::Str(text) => text.clone(),
            Field::Float(value) => value.to_string(),
            Field::Double(value) => value.to_string(),
            Field::TimestampMillis(value) | Field::TimestampMicros(value) => value.to_string(),
            Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
            other => other.to_string(),
        }
    }
}
