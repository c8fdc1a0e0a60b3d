//! The journal of a run: append-only JSON lines, the truth that every other file of the run derives from.
//!
//! A line is `{"seq":n,"crc":"…","record":{…}}`: its number, counted from 0, and the CRC-32 of the record's text. A last line
//! without an end was torn by a crash, and is cut; a line that has its end and is not what was written is damage, and refused.
//! There is no clock and no thread in it: the same seed writes the same bytes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::record::Record;

/// What a journal holds.
pub trait Entry: Serialize + DeserializeOwned {
    /// When a record has to be on the disk.
    fn commit(&self) -> Commit;
}

/// When a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// With the next that is
    Later,
    /// At once, so that it survives the process; on the disk within a second
    Written,
    /// On the disk at once
    Synced,
}

/// Samples are written with the update that follows them; every other record at once.
impl Entry for Record {
    fn commit(&self) -> Commit {
        match self {
            Record::Sample(_) => Commit::Later,
            Record::Update(_) => Commit::Written,
            _ => Commit::Synced,
        }
    }
}

/// What is wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried
        action: &'static str,
        /// The journal
        path: PathBuf,
        /// Its answer
        source: std::io::Error,
    },
    /// Another process has it open for writing.
    #[error("{0} is in use: another process works on this run")]
    InUse(PathBuf),
    /// A line that cannot be right, and was not torn.
    #[error("{path}, line {line}: {message}")]
    Line {
        /// The journal
        path: PathBuf,
        /// Counted from 1
        line: u64,
        /// What is wrong
        message: String,
    },
}

#[derive(Serialize)]
struct LineOut<'a> {
    seq: u64,
    crc: String,
    record: &'a RawValue,
}

#[derive(Deserialize)]
struct LineIn<'a> {
    seq: u64,
    crc: String,
    #[serde(borrow)]
    record: &'a RawValue,
}

/// Longest line in bytes: a hundred times the report of a large test. Of a file without line breaks no more is held.
const MAX_LINE: u64 = 1 << 28;

/// Seconds between two calls that put the journal on the disk; what was written survives the process at once.
const SYNC_INTERVAL: Duration = Duration::from_secs(1);

/// A journal open for appending.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: BufWriter<File>,
    next: u64,
    synced: Instant,
}

impl Journal {
    /// Starts a journal, where there is none or one whose first line was torn.
    ///
    /// # Errors
    /// A journal that has begun, or a file that cannot be written.
    pub fn create(path: &Path) -> Result<Self, JournalError> {
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(io("create", path))?;
        lock(&file, path)?;
        if has_begun(path)? {
            return Err(io("create", path)(std::io::ErrorKind::AlreadyExists.into()));
        }
        file.set_len(0).map_err(io("create", path))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file), next: 0, synced: Instant::now() })
    }

    /// Opens a journal behind its last whole line; a torn one is cut, unless it is the only one.
    ///
    /// # Errors
    /// A file that cannot be read or written, is damaged, or has no whole line at all.
    pub fn open<R: Entry>(path: &Path) -> Result<(Self, Vec<R>), JournalError> {
        let mut file = OpenOptions::new().append(true).open(path).map_err(io("open", path))?;
        lock(&file, path)?;
        let (records, whole) = read_whole(path)?;
        file.set_len(whole).and_then(|()| file.flush()).map_err(io("cut", path))?;
        let next = records.len() as u64;
        Ok((Self { path: path.to_owned(), file: BufWriter::new(file), next, synced: Instant::now() }, records))
    }

    /// Appends a record, which is written [when it says](Entry::commit).
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn append(&mut self, record: &impl Entry) -> Result<(), JournalError> {
        let record_text = RawValue::from_string(text(record)).expect("a record is JSON");
        let line = LineOut { seq: self.next, crc: crc(record_text.get()), record: &record_text };
        let mut text = serde_json::to_string(&line).expect("a line is JSON");
        text.push('\n');
        self.file.write_all(text.as_bytes()).map_err(io("write", &self.path))?;
        self.next += 1;
        match record.commit() {
            Commit::Later => Ok(()),
            Commit::Written => self.commit(false),
            Commit::Synced => self.commit(true),
        }
    }

    /// Puts all of it on the disk.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.commit(true)
    }

    fn commit(&mut self, always_sync: bool) -> Result<(), JournalError> {
        self.file.flush().map_err(io("write", &self.path))?;
        if always_sync || self.synced.elapsed() >= SYNC_INTERVAL {
            self.file.get_ref().sync_data().map_err(io("write", &self.path))?;
            self.synced = Instant::now();
        }
        Ok(())
    }
}

/// A record as the journal holds it.
pub(crate) fn text(record: &impl Entry) -> String {
    serde_json::to_string(record).expect("a record is JSON")
}

/// Whether a file is there that is more than the torn first line of a journal.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn has_begun(path: &Path) -> Result<bool, JournalError> {
    const BEGINNING: &[u8] = b"{\"seq\":0,";
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(FIRST_LINE).read_to_end(&mut bytes).map_err(io("read", path))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(io("read", path)(error)),
    };
    let shared = bytes.len().min(BEGINNING.len());
    Ok(bytes.len() as u64 == FIRST_LINE || bytes.contains(&b'\n') || bytes[..shared] != BEGINNING[..shared])
}

/// No first line of a journal is as long: it has the settings of the run, whose file is an eighth of it at the most.
const FIRST_LINE: u64 = 1 << 23;

/// The records of a journal, up to a torn last line.
///
/// # Errors
/// A file that cannot be read, or is damaged.
pub fn read<R: Entry>(path: &Path) -> Result<Vec<R>, JournalError> {
    Ok(read_whole(path)?.0)
}

/// The records, and the length of the whole lines in bytes.
fn read_whole<R: Entry>(path: &Path) -> Result<(Vec<R>, u64), JournalError> {
    let file = File::open(path).map_err(io("read", path))?;
    // Another process may write on: what it adds meanwhile would make a torn last line look like damage.
    let length = file.metadata().map_err(io("read", path))?.len();
    let mut reader = BufReader::new(file.take(length));
    let (mut records, mut whole, mut line) = (Vec::<R>::new(), 0, Vec::new());
    loop {
        line.clear();
        let n = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).map_err(io("read", path))?;
        if n == 0 {
            return Ok((records, whole));
        }
        match parse(&line, records.len() as u64) {
            Ok(record) => records.push(record),
            // Its end was not written. A file without a whole line may be no journal, and is not cut.
            Err(_) if !records.is_empty() && !line.ends_with(b"\n") && (n as u64) < MAX_LINE => {
                return Ok((records, whole));
            }
            Err(message) => {
                let number = records.len() as u64 + 1;
                return Err(JournalError::Line { path: path.to_owned(), line: number, message });
            }
        }
        whole += n as u64;
    }
}

/// Keeps other processes from writing; a crash releases it.
fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(JournalError::Io { action: "lock", path: path.to_owned(), source }),
    }
}

fn parse<R: Entry>(line: &[u8], number: u64) -> Result<R, String> {
    let text = line.strip_suffix(b"\n").ok_or("the line has no end")?;
    let line: LineIn<'_> =
        serde_json::from_slice(text).map_err(|error| damaged(number, &format!("not a journal line: {error}")))?;
    if line.seq != number {
        return Err(damaged(number, &format!("record {} stands where {number} is due", line.seq)));
    }
    let found = crc(line.record.get());
    if found != line.crc {
        return Err(damaged(number, &format!("the record's checksum is {found}, and {} is noted", line.crc)));
    }
    serde_json::from_str(line.record.get()).map_err(|error| format!("a record of another version? {error}"))
}

/// What is wrong with a line, and what mends it: all but the first is computed again, to the same bytes.
fn damaged(number: u64, what: &str) -> String {
    let mended = match number {
        0 => "search anew with another --out",
        _ => "without this line and all behind it, `autolossgen run --resume` computes them again",
    };
    format!("{what}: the file is damaged; put back a copy, or {mended}")
}

fn crc(text: &str) -> String {
    format!("{:08x}", crc32fast::hash(text.as_bytes()))
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError::Io { action, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Counts, Outcome, Sample, Scales, StopReason};

    fn record(sample: u64) -> Record {
        let formula = "(pred - label)^2".parse().unwrap();
        let outcome = Outcome::Trained { validation: 0.1 + 0.2, accepted: true };
        let scales = Some(Scales { scale: 1.5, rms: 0.1 });
        Record::Sample(Sample { sample, formula, known: None, log_prob: -1.0 / 3.0, outcome, reward: 1e-17, scales })
    }

    fn written() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path).unwrap();
        for sample in 0..3 {
            journal.append(&record(sample)).unwrap();
        }
        journal.append(&Record::End { reason: StopReason::Samples, counts: Counts::default() }).unwrap();
        (folder, path)
    }

    #[test]
    fn what_was_written_is_read_to_the_last_bit() {
        let (_folder, path) = written();
        let records = read::<Record>(&path).unwrap();
        assert_eq!(records[..3], [record(0), record(1), record(2)]);
        assert_eq!(records.len(), 4);
    }

    #[test]
    fn a_torn_last_line_is_cut_wherever_it_is_torn() {
        let (_folder, path) = written();
        let bytes = std::fs::read(&path).unwrap();
        let third = bytes.split_inclusive(|&byte| byte == b'\n').take(3).map(<[u8]>::len).sum::<usize>();
        for length in third..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert_eq!(read::<Record>(&path).unwrap().len(), 3, "cut at {length}");
        }
        let (mut journal, records) = Journal::open::<Record>(&path).unwrap();
        assert_eq!(records.len(), 3);
        journal.append(&Record::End { reason: StopReason::Samples, counts: Counts::default() }).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn damage_in_a_whole_last_line_is_said_and_not_cut() {
        let (_folder, path) = written();
        let bytes = std::fs::read(&path).unwrap();
        let last = bytes[..bytes.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap() + 1;
        for at in last..bytes.len() - 1 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            std::fs::write(&path, &damaged).unwrap();
            let message = Journal::open::<Record>(&path).unwrap_err().to_string();
            assert!(message.contains("line 4: "), "bit of byte {at}: {message}");
            let mended = "put back a copy, or without this line and all behind it, `autolossgen run --resume` computes";
            assert!(message.contains(mended), "{message}");
            assert!(std::fs::read(&path).unwrap() == damaged);
        }
    }

    #[test]
    fn a_file_that_is_no_journal_stays_what_it_is() {
        let (_folder, path) = written();
        std::fs::write(&path, "a list of mine\n").unwrap();
        assert!(Journal::open::<Record>(&path).unwrap_err().to_string().contains("line 1: not a journal line"));
        assert_eq!(std::fs::read(&path).unwrap(), b"a list of mine\n");
    }

    #[test]
    fn a_whole_last_line_of_another_version_is_not_cut() {
        let (_folder, path) = written();
        let mut text = std::fs::read_to_string(&path).unwrap();
        let record = r#"{"event":"dream"}"#;
        text += &format!("{{\"seq\":4,\"crc\":\"{}\",\"record\":{record}}}\n", crc(record));
        std::fs::write(&path, &text).unwrap();
        assert!(Journal::open::<Record>(&path).unwrap_err().to_string().contains("a record of another version?"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }

    /// Found by fuzzing: such a number would be read as ∞ and written as null, which does not read back.
    #[test]
    fn a_number_that_32_bits_do_not_hold_is_not_read_as_infinite() {
        let point = r#"{"learning_rate":1e50,"l2":0.0,"epsilon":1e-6}"#;
        let record = format!(r#"{{"event":"reference","name":"bce","validation":[0.5],"point":{point}}}"#);
        let line = format!("{{\"seq\":0,\"crc\":\"{}\",\"record\":{record}}}\n", crc(&record));
        let message = parse::<Record>(line.as_bytes(), 0).unwrap_err();
        assert!(message.contains("a number is larger than 32 bits hold"), "{message}");
        let text = text(&record_of_a_scale(1.5)).replace("1.5", "1e50");
        assert!(!format!("{:?}", serde_json::from_str::<Record>(&text).unwrap()).contains("inf"));
    }

    fn record_of_a_scale(scale: f32) -> Record {
        let Record::Sample(sample) = record(0) else { unreachable!("it is a sample") };
        Record::Sample(Sample { scales: Some(Scales { scale, rms: 0.1 }), ..sample })
    }

    #[test]
    fn a_line_has_an_end() {
        let (_folder, path) = written();
        // Zeros that take no place on the disk.
        OpenOptions::new().write(true).open(&path).unwrap().set_len(MAX_LINE + (1 << 20)).unwrap();
        assert!(read::<Record>(&path).unwrap_err().to_string().ends_with("line 5: the line has no end"));
    }

    #[test]
    fn one_process_writes_at_a_time() {
        let (_folder, path) = written();
        let first = Journal::open::<Record>(&path).unwrap();
        assert!(Journal::open::<Record>(&path).unwrap_err().to_string().contains("is in use"));
        drop(first);
        assert!(Journal::open::<Record>(&path).is_ok());
    }

    #[test]
    fn damage_before_the_last_line_is_said() {
        let (_folder, path) = written();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("-0.3333", "-0.3334", 1)).unwrap();
        let message = read::<Record>(&path).unwrap_err().to_string();
        assert!(message.contains("line 1: the record's checksum is"), "{message}");
        let without_second: Vec<&str> =
            text.lines().enumerate().filter(|(line, _)| *line != 1).map(|(_, text)| text).collect();
        std::fs::write(&path, without_second.join("\n") + "\n").unwrap();
        assert!(read::<Record>(&path).unwrap_err().to_string().contains("line 2: record 2 stands where 1 is due"));
    }
}
