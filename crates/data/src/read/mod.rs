//! From a file to rows: what it is wrapped in, its encoding, its layout, its columns, its values.

mod collect;
#[cfg(feature = "parquet")]
mod contained;
mod container;
mod delimited;
mod encoding;
mod expansion;
mod foreign;
mod json;
mod layout;
mod parquet;
mod records;
mod roles;
mod schema;
mod value;

use std::io::BufRead;
use std::path::Path;

use encoding_rs::Encoding;

pub use container::Compression;
pub(crate) use container::USUAL;
use records::Stop;
pub use roles::Rule;
pub use schema::{Column, Kind, Schema};

use crate::error::DataError;
use crate::options::ReadOptions;
use crate::ratings::Ratings;

/// Reads the ratings of a file, and says how it was understood. What the file is follows from its content, whatever its name.
///
/// # Errors
/// A file that is missing, empty or no table, columns that cannot be told, a row that cannot be read.
pub fn read_ratings(path: &Path, options: &ReadOptions) -> Result<(Ratings, Schema), DataError> {
    let mut encoding = options.encoding.as_deref().map(encoding::named).transpose()?;
    let mut is_guessed = false;
    loop {
        match read_as(path, encoding, options) {
            Ok((ratings, schema)) => return Ok((ratings, Schema { is_encoding_guessed: is_guessed, ..schema })),
            Err(Stop::Wrong(error)) => return Err(error),
            Err(Stop::NotUtf8(line)) if encoding.is_some() => {
                return Err(DataError::row(path, line, "the line is not UTF-8 text: set data.encoding to what it is"));
            }
            Err(Stop::NotUtf8(_)) => {
                encoding = Some(encoding::guess(path)?);
                is_guessed = true;
            }
        }
    }
}

fn read_as(path: &Path, encoding: Option<&'static Encoding>, options: &ReadOptions) -> Result<(Ratings, Schema), Stop> {
    let mut content = container::open(path)?;
    let start = content.reader.fill_buf().map_err(DataError::io("read", path))?;
    if start.starts_with(b"PAR1") {
        return Ok(parquet::read_parquet(path, options)?);
    }
    let encoding = encoding.map_or_else(|| encoding::sniff(path, start), Ok)?;
    let text = encoding::text(path, content.reader, encoding)?;
    let (ratings, schema) = if json::is_json(&text.sample) {
        json::read(path, text, options)?
    } else {
        delimited::read(path, text, options)?
    };
    let name = Some(encoding.name().to_lowercase());
    Ok((ratings, Schema { compression: content.compression, member: content.member, encoding: name, ..schema }))
}
