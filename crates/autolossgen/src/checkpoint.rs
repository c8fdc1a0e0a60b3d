//! The checkpoints of a search: where it was, so that a run that was cut off need not begin anew.
//!
//! `checkpoint/search/000000001234.bin` belongs behind the first 1,234 records of the journal. It holds a line that says what it is, the
//! checkpoint in `postcard`'s format, and the CRC-32 of all before. The last two are kept: where one is damaged or ahead of the
//! journal, the one before it serves, and where none does, the search is computed again from its beginning.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use autolossgen_data::{DataError, write_atomically};
use serde::{Deserialize, Serialize};

use crate::study::SearchState;

/// The records before a checkpoint, and the configuration: it serves no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Records of the journal
    pub records: u64,
    /// CRC-32 of their texts, one after the other
    pub journal: u32,
    /// CRC-32 of the checksum of the settings that results depend on
    pub config: u32,
}

/// Where a search was.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub position: Position,
    pub state: SearchState,
}

const HEADING: &[u8] = b"autolossgen checkpoint 2\n";

/// What is written is kept this many at a time.
const KEPT: usize = 2;

/// A checkpoint is written again no sooner than after this many times what it took to write the last.
const LEAST_SHARE: u32 = 20;

/// The folder of the checkpoints of a run.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    folder: PathBuf,
    interval: Duration,
    due: Instant,
}

impl Checkpoints {
    pub(crate) fn new(folder: PathBuf, interval: Duration) -> Self {
        Self { folder, interval, due: Instant::now() + interval }
    }

    /// Whether it is time for the next.
    pub(crate) fn is_due(&self) -> bool {
        Instant::now() >= self.due
    }

    /// Writes one, whole or not at all, and removes those before the last two.
    pub(crate) fn write(&mut self, checkpoint: &Checkpoint) -> Result<(), DataError> {
        let started = Instant::now();
        std::fs::create_dir_all(&self.folder).map_err(DataError::io("create", &self.folder))?;
        let path = self.folder.join(format!("{:012}.bin", checkpoint.position.records));
        write_atomically(&path, &encode(checkpoint))?;
        self.paths().into_iter().skip(KEPT).for_each(|old| {
            // One too many does no harm.
            let _ = std::fs::remove_file(old);
        });
        self.due = Instant::now() + self.interval.max(LEAST_SHARE * started.elapsed());
        Ok(())
    }

    /// The newest that is whole and `fits`.
    pub(crate) fn newest(&self, fits: impl Fn(&Position) -> bool) -> Option<Checkpoint> {
        let read = |path: PathBuf| decode(&std::fs::read(path).ok()?);
        self.paths().into_iter().filter_map(read).find(|checkpoint| fits(&checkpoint.position))
    }

    /// The newest first.
    fn paths(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let is_checkpoint = |path: &PathBuf| {
            let name = path.file_name().and_then(OsStr::to_str).and_then(|name| name.strip_suffix(".bin"));
            name.is_some_and(|number| number.parse::<u64>().is_ok())
        };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_checkpoint).collect();
        paths.sort_unstable_by(|a, b| b.cmp(a));
        paths
    }
}

/// Removes what a run that has ended no longer needs.
pub(crate) fn remove(folder: &Path) {
    // What stays behind takes room and does no harm.
    let _ = std::fs::remove_dir_all(folder);
}

fn encode(checkpoint: &Checkpoint) -> Vec<u8> {
    let mut bytes = HEADING.to_vec();
    bytes.extend(postcard::to_allocvec(checkpoint).expect("a checkpoint has a length and no foreign types"));
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

/// `None` for what is no whole checkpoint of this version.
fn decode(bytes: &[u8]) -> Option<Checkpoint> {
    let (content, crc) = bytes.split_last_chunk::<4>()?;
    let is_whole = crc32fast::hash(content) == u32::from_le_bytes(*crc);
    postcard::from_bytes(content.strip_prefix(HEADING).filter(|_| is_whole)?).ok()
}
