//! Columnar files.

use std::path::Path;

use super::schema::Schema;
use crate::error::DataError;
use crate::options::ReadOptions;
use crate::ratings::Ratings;

#[cfg(not(feature = "parquet"))]
pub(super) fn read_parquet(path: &Path, _: &ReadOptions) -> Result<(Ratings, Schema), DataError> {
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
    use parquet::schema::types::{Type, TypePtr};

    use super::*;
    use crate::printable::printable;
    use crate::read::collect::{Collector, Fields, Unit};
    use crate::read::contained::contained;
    use crate::read::expansion;
    use crate::read::roles::{Found, Head, Roles, shortened};
    use crate::read::schema::Kind;

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

    /// Reads the columns that have a role.
    pub(in crate::read) fn read_parquet(path: &Path, options: &ReadOptions) -> Result<(Ratings, Schema), DataError> {
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
        let of_file = reader.metadata().file_metadata().schema();
        let columns: Vec<String> = of_file.get_fields().iter().map(|field| field.name().to_owned()).collect();
        let head = Head { header: Some(&columns), rows: &[] };
        let roles = Roles::of(&head, &options.columns).map_err(|message| DataError::file(path, message))?;
        let used: Vec<TypePtr> = used(of_file, &roles).map_err(|message| DataError::file(path, message))?;
        if let Some(wrong) = whole(path, || wrong_page(&reader, &used))? {
            return Err(DataError::file(path, wrong));
        }
        let projection = Type::group_type_builder(of_file.name()).with_fields(used).build();
        let mut rows = whole(path, || reader.get_row_iter(Some(projection?)))?;
        let mut collector = Collector::new(path, options, &roles, Unit::Row).typed();
        for number in 1.. {
            let Some(row) = whole(path, || rows.next().transpose())? else { break };
            push(&mut collector, number, &row, &columns, &roles)?;
        }
        let (ratings, tally) = collector.finish()?;
        let schema = Schema::new(path, Kind::Parquet, columns, &roles, &ratings, tally);
        Ok((ratings, schema))
    }

    /// The columns with a role, each once, in the order of the file.
    fn used(schema: &Type, roles: &Roles) -> Result<Vec<TypePtr>, String> {
        let mut indices: Vec<usize> =
            roles.each().iter().filter_map(|(_, found)| found.map(|found| found.index)).collect();
        indices.sort_unstable();
        let fields: Vec<TypePtr> = indices.into_iter().map(|index| schema.get_fields()[index].clone()).collect();
        match fields.iter().find(|field| field.is_group()) {
            Some(group) => Err(format!(
                "the column '{}' holds several values a row, and a user, an item, a rating and a timestamp are one each",
                shortened(group.name())
            )),
            None => Ok(fields),
        }
    }

    fn push(
        collector: &mut Collector<'_>,
        number: u64,
        row: &Row,
        columns: &[String],
        roles: &Roles,
    ) -> Result<(), DataError> {
        let field = |found: &Found| -> Result<Option<String>, DataError> {
            let name = &columns[found.index];
            let field = row.get_column_iter().find(|(of, _)| *of == name).map(|(_, field)| text(field));
            field.transpose().map(Option::flatten).map_err(|message| {
                DataError::file(collector.path(), format!("row {number}: '{}': {message}", shortened(name)))
            })
        };
        let texts = roles.try_map(field)?;
        collector.push(number, Fields::of(&texts))
    }

    /// What the library makes of the file; it panics on some damage where it should refuse.
    fn whole<T>(path: &Path, read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, DataError> {
        match contained(read) {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => {
                Err(DataError::file(path, format!("not a readable Parquet file: {}", printable(&error.to_string()))))
            }
            None => Err(DataError::file(path, "not a readable Parquet file: it is damaged")),
        }
    }

    /// What is wrong with the first page that the library would believe, and take memory by its word.
    fn wrong_page(reader: &SerializedFileReader<Bounded>, used: &[TypePtr]) -> Result<Option<String>, ParquetError> {
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group)?;
            for column in 0..group.num_columns() {
                let path = group.metadata().column(column).column_path();
                if !used.iter().any(|field| path.parts().first().is_some_and(|name| name == field.name())) {
                    continue;
                }
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

    /// A value as other files write it; `None` for null.
    ///
    /// # Errors
    /// A date or a decimal number that no calendar and no computer has.
    fn text(field: &Field) -> Result<Option<String>, String> {
        let time = |time: Result<jiff::Timestamp, jiff::Error>| {
            time.map(|time| time.to_string()).map_err(|_| "the time is out of range".to_owned())
        };
        Ok(Some(match field {
            Field::Null => return Ok(None),
            Field::Str(text) => text.clone(),
            Field::Float(value) => value.to_string(),
            Field::Double(value) => value.to_string(),
            Field::TimestampMillis(value) => time(jiff::Timestamp::from_millisecond(*value))?,
            Field::TimestampMicros(value) => time(jiff::Timestamp::from_microsecond(*value))?,
            Field::Date(days) => {
                let midnight = time(jiff::Timestamp::from_second(i64::from(*days) * 86_400))?;
                midnight.trim_end_matches("T00:00:00Z").to_owned()
            }
            // The library writes a zero for each place of the scale.
            Field::Decimal(value) if value.data().len() > 32 || !(0..=76).contains(&value.scale()) => {
                return Err("the number has more than 76 digits".to_owned());
            }
            Field::Decimal(value) => contained(|| field.to_string())
                .ok_or_else(|| format!("a decimal number of {} digits cannot be", value.precision()))?,
            // Bytes that are no text differ as their digits do.
            Field::Bytes(bytes) => std::str::from_utf8(bytes.data())
                .map_or_else(|_| bytes.data().iter().map(|byte| format!("{byte:02x}")).collect(), str::to_owned),
            other => other.to_string(),
        }))
    }

    #[cfg(test)]
    mod tests {
        use parquet::data_type::{ByteArray, Decimal};

        use super::*;

        #[test]
        fn what_the_library_cannot_write_is_refused() {
            let is_refused = |field: Field| text(&field).is_err();
            assert!(is_refused(Field::Date(i32::MAX)) && is_refused(Field::TimestampMillis(i64::MIN)));
            assert!(is_refused(Field::Decimal(Decimal::from_i32(1, 2, 5))), "more decimals than digits");
            assert!(is_refused(Field::Decimal(Decimal::from_i32(1, i32::MAX, i32::MAX))), "zeros without end");
            assert!(is_refused(Field::Decimal(Decimal::from_bytes(ByteArray::from(vec![1; 1 << 20]), 9, 2))));
        }

        #[test]
        fn values_are_written_as_other_files_write_them() {
            let said = |field: Field| text(&field).unwrap().unwrap();
            assert_eq!(said(Field::Date(12_891)), "2005-04-18");
            assert_eq!(said(Field::Decimal(Decimal::from_i32(-45, 2, 2))), "-0.45");
            assert_eq!(said(Field::Bytes(ByteArray::from("é"))), "é");
            assert_eq!(
                said(Field::Bytes(ByteArray::from(vec![0xff, 0x01]))),
                "ff01",
                "no text, and not that of others"
            );
        }
    }
}
