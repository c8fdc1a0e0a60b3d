//! Files that are there already.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::bail;

/// Bytes of a file in which it must say what it is.
const HEAD: u64 = 1 << 14;

/// What a command writes to a file that is named.
pub struct Kind {
    /// As in "is no report"
    pub name: &'static str,
    /// Whether the beginning of a file is that of one
    pub is_own: fn(&str) -> bool,
    /// What to do where the file is something else
    pub remedy: &'static str,
}

/// The remedy of a command with `--force`.
pub const OR_FORCE: &str = "name another, or overwrite it with --force";

/// Lets a command write where nothing is, where nothing is in the file, and over what it wrote before: a file of anything
/// else, such as the journal of a run, is worth more than a page or a module that can be made again.
///
/// # Errors
/// A file of another kind, unless `force` says that it may go; one that cannot be read.
pub fn expect_own(path: &Path, kind: &Kind, force: bool) -> anyhow::Result<()> {
    if force || !path.is_file() {
        return Ok(());
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    if read.is_ok() && (head.is_empty() || (kind.is_own)(&String::from_utf8_lossy(&head))) {
        return Ok(());
    }
    bail!("{}: the file is there and is no {} of this program; {}", path.display(), kind.name, kind.remedy)
}
