//! One member of a zip archive, in memory: nothing is unpacked, so that no path in an archive leads anywhere.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

use crate::error::DataError;

/// The content of the first member of `archive` whose name ends with `ending`, of `limit` bytes at most. What the archive
/// says of its size is not believed: bytes are counted as they are inflated.
///
/// # Errors
/// A file that is no zip archive or is damaged, has no such member, or one that is longer than `limit`.
pub fn read_member(archive: &Path, ending: &str, limit: u64) -> Result<Vec<u8>, DataError> {
    let broken =
        |error: zip::result::ZipError| DataError::file(archive, format!("not a readable zip archive: {error}"));
    let file = File::open(archive).map_err(DataError::io("read", archive))?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    let name = zip.file_names().flatten().find(|name| name.ends_with(ending)).map(|name| name.into_owned());
    let name = name.ok_or_else(|| DataError::file(archive, format!("the archive has no {ending}")))?;
    let member = zip.by_name(&name).map_err(broken)?;
    let mut content = Vec::new();
    member.take(limit + 1).read_to_end(&mut content).map_err(DataError::io("read", archive))?;
    if content.len() as u64 > limit {
        return Err(DataError::file(archive, format!("{ending} is longer than the {limit} bytes that are expected")));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn archive(members: &[(&str, &[u8])]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, content) in members {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
        (folder, path)
    }

    #[test]
    fn a_path_in_an_archive_leads_nowhere() {
        let (folder, path) = archive(&[("../../ml-100k/u.data", b"a\tx\t5\n"), ("/etc/ml-100k/u.data", b"")]);
        assert_eq!(read_member(&path, "ml-100k/u.data", 100).unwrap(), b"a\tx\t5\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_member_that_expands_without_end_is_refused() {
        let (_folder, path) = archive(&[("ml-100k/u.data", &[b'a'; 1 << 20])]);
        assert!(std::fs::metadata(&path).unwrap().len() < 5_000);
        assert_eq!(read_member(&path, "u.data", 1 << 20).unwrap().len(), 1 << 20);
        let said = read_member(&path, "u.data", (1 << 20) - 1).unwrap_err().to_string();
        assert!(said.ends_with("a.zip: u.data is longer than the 1048575 bytes that are expected"), "{said}");
    }

    #[test]
    fn what_is_no_archive_is_said_to_be_none() {
        let (_folder, path) = archive(&[("other", b"")]);
        let said = |path: &Path| read_member(path, "u.data", 10).unwrap_err().to_string();
        assert!(said(&path).ends_with("a.zip: the archive has no u.data"), "{}", said(&path));
        std::fs::write(&path, "PK and no more").unwrap();
        assert!(said(&path).contains("a.zip: not a readable zip archive: "), "{}", said(&path));
    }
}
