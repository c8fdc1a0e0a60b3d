//! What a file is wrapped in: nothing, gzip, Zstandard, or a zip archive with one table.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use autolossgen_settings::choice;
use zip::{CompressionMethod, ZipArchive};

use super::expansion::Limited;
use super::foreign;
use crate::error::DataError;
use crate::printable::printable;

choice! {
    /// How a file is compressed
    pub enum Compression {
        /// RFC 1952
        Gzip = "gzip",
        /// RFC 8878
        Zstandard = "zstd",
        /// A zip archive, of which one member is read
        Zip = "zip",
    }
}

/// The content of a file.
pub(super) struct Content {
    pub(super) reader: Box<dyn BufRead>,
    pub(super) compression: Option<Compression>,
    /// Of an archive, the member.
    pub(super) member: Option<String>,
}

/// Names of a member that holds the ratings of an archive with several files.
pub(crate) const USUAL: [&str; 3] = ["u.data", "ratings.dat", "ratings.csv"];

/// Opens a file, through what it is compressed by, which its first bytes say and not its name.
///
/// # Errors
/// A file that cannot be read, an archive with no table or several, a format that is known not to be read.
pub(super) fn open(path: &Path) -> Result<Content, DataError> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(DataError::io("read", path))?);
    let size = file.get_ref().metadata().map_err(DataError::io("read", path))?.len();
    let start = file.fill_buf().map_err(DataError::io("read", path))?;
    let content = |reader: Box<dyn Read>, compression| Content {
        reader: Box::new(BufReader::with_capacity(1 << 16, Limited::new(reader, size))),
        compression: Some(compression),
        member: None,
    };
    let mut found = if start.starts_with(&[0x1f, 0x8b]) {
        content(Box::new(flate2::bufread::MultiGzDecoder::new(file)), Compression::Gzip)
    } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let decoder = zstd::Decoder::with_buffer(file).map_err(DataError::io("read", path))?;
        content(Box::new(decoder), Compression::Zstandard)
    } else if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        let (name, member) = member(path, file)?;
        Content { member: Some(name), ..content(member, Compression::Zip) }
    } else {
        Content { reader: Box::new(file), compression: None, member: None }
    };
    refuse_foreign(path, &mut found)?;
    Ok(found)
}

fn refuse_foreign(path: &Path, content: &mut Content) -> Result<(), DataError> {
    let start = content.reader.fill_buf().map_err(DataError::io("read", path))?;
    if let Some(message) = foreign::binary(start) {
        return Err(DataError::file(path, message));
    }
    if content.compression.is_some() && start.starts_with(b"PAR1") {
        return Err(DataError::file(path, "a Parquet file in a compressed one is not read: unpack it"));
    }
    Ok(())
}

/// The one table of an archive, and its name: nothing is unpacked, so that no path in an archive leads anywhere.
fn member(path: &Path, file: BufReader<File>) -> Result<(String, Box<dyn Read>), DataError> {
    let broken = |error: zip::result::ZipError| DataError::file(path, format!("not a readable zip archive: {error}"));
    let mut zip = ZipArchive::new(file).map_err(broken)?;
    let names: Vec<String> = zip.file_names().flatten().map(|name| name.into_owned()).collect();
    let name = choose(&names).map_err(|message| DataError::file(path, message))?.to_owned();
    let member = zip.by_name(&name).map_err(broken)?;
    let (start, packed, method) = (member.data_start(), member.compressed_size(), member.compression());
    let (sum, n, encrypted) = (member.crc32(), member.size(), member.encrypted());
    drop(member);
    let start =
        start.ok_or_else(|| DataError::file(path, format!("{} lies nowhere in the archive", printable(&name))))?;
    if encrypted {
        return Err(DataError::file(path, format!("{} is encrypted: unpack the archive", printable(&name))));
    }
    let mut file = zip.into_inner();
    file.seek(SeekFrom::Start(start)).map_err(DataError::io("read", path))?;
    let packed = file.take(packed);
    let content: Box<dyn Read> = match method {
        CompressionMethod::Stored => Box::new(packed),
        CompressionMethod::Deflated => Box::new(flate2::bufread::DeflateDecoder::new(packed)),
        other => {
            return Err(DataError::file(
                path,
                format!("{} is packed by {other}, which is not read: unpack the archive", printable(&name)),
            ));
        }
    };
    Ok((name, Box::new(Checked { content, sum: crc32fast::Hasher::new(), n: 0, expected: (sum, n) })))
}

fn choose(names: &[String]) -> Result<&str, String> {
    let is_table = |name: &&String| {
        let base = name.rsplit('/').next().unwrap_or_default().to_lowercase();
        let is_about = ["readme", "license", "licence", "index", "."].iter().any(|word| base.starts_with(word));
        !name.ends_with('/') && !name.starts_with("__MACOSX/") && !is_about
    };
    let tables: Vec<&String> = names.iter().filter(is_table).collect();
    match tables[..] {
        [] => Err("the archive holds no table".to_owned()),
        [only] if only.starts_with("xl/") || only.starts_with("[Content") => Err(SPREADSHEET.to_owned()),
        [only] => Ok(only),
        _ if names.iter().any(|name| name.starts_with("xl/")) => Err(SPREADSHEET.to_owned()),
        _ => {
            let base = |name: &str| name.rsplit('/').next().map(str::to_owned);
            let is_usual = |name: &&&String| base(name).is_some_and(|base| USUAL.contains(&base.as_str()));
            let usual: Vec<&&String> = tables.iter().filter(is_usual).collect();
            if let [only] = usual[..] {
                return Ok(only);
            }
            let listed: Vec<String> = tables.iter().take(6).map(|name| printable(name).into_owned()).collect();
            let more = if tables.len() > listed.len() { ", …" } else { "" };
            Err(format!(
                "the archive holds {} files ({}{more}): unpack it, and name the file with the ratings, or the folder where they are train and test",
                tables.len(),
                listed.join(", ")
            ))
        }
    }
}

const SPREADSHEET: &str = "this is a spreadsheet, which is not read: save the sheet as CSV";

/// A member of an archive whose length and checksum are as the archive says, or the end is an error.
struct Checked<R> {
    content: R,
    sum: crc32fast::Hasher,
    n: u64,
    expected: (u32, u64),
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.content.read(buffer)?;
        self.sum.update(&buffer[..n]);
        self.n += n as u64;
        if n == 0 && !buffer.is_empty() && (self.sum.clone().finalize(), self.n) != self.expected {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the archive is damaged: a checksum is wrong"));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_an_archive_is_told_from_what_lies_beside_it() {
        let chosen = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            choose(&names).map(str::to_owned)
        };
        assert_eq!(chosen(&["data/", "data/README.md", "__MACOSX/data/._a.csv", "data/a.csv"]).unwrap(), "data/a.csv");
        assert_eq!(chosen(&["ml-100k/u.item", "ml-100k/u.data", "ml-100k/ua.base"]).unwrap(), "ml-100k/u.data");
        let several = chosen(&["books.csv", "users.csv"]).unwrap_err();
        assert_eq!(
            several,
            "the archive holds 2 files (books.csv, users.csv): unpack it, and name the file with the ratings, or the folder where they are train and test"
        );
        assert!(chosen(&["a\n.csv", "b.csv"]).unwrap_err().contains(r"(a\n.csv, b.csv)"));
        assert_eq!(chosen(&["README"]).unwrap_err(), "the archive holds no table");
        assert_eq!(chosen(&["[Content_Types].xml", "xl/workbook.xml"]).unwrap_err(), SPREADSHEET);
    }
}
