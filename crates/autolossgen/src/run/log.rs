//! The log of a search in the folder of its run: the journal, and checkpoints beside it.

use std::time::Duration;

use crc32fast::Hasher;

use super::{Run, RunError};
use crate::checkpoint::{Checkpoint, Checkpoints, Position};
use crate::journal::{self, Record};
use crate::search::{SearchLog, SearchState};

/// What the journal holds already is not written again: it must come out the same.
pub(super) struct RunLog<'a> {
    run: &'a mut Run,
    /// Records accounted for: those before the checkpoint, and all that came since.
    position: usize,
    /// Over the texts of these.
    hasher: Hasher,
    checkpoints: Checkpoints,
    /// CRC-32 of `config.toml`.
    config: u32,
}

impl<'a> RunLog<'a> {
    /// The log of a search, which begins behind the start of the run; and the newest checkpoint that belongs to its journal.
    pub(super) fn open(run: &'a mut Run) -> (Self, Option<SearchState>) {
        let interval = Duration::from_secs_f64(run.config.search.checkpoint);
        let checkpoints = Checkpoints::new(run.checkpoints(), interval);
        let config = run.config_crc;
        let mut log = Self { run, position: 0, hasher: Hasher::new(), checkpoints, config };
        // Each of the few checkpoints is held against the records before it.
        let fits = |position: &Position| log.position_at(position.records) == Some(*position);
        let (start, state) = match log.checkpoints.newest(fits) {
            Some(Checkpoint { position, state }) => (position.records as usize, Some(state)),
            None => (1, None),
        };
        log.run.records[..start].iter().for_each(|record| log.hasher.update(journal::text(record).as_bytes()));
        log.position = start;
        (log, state)
    }

    /// The records that come before the first that is still to come.
    pub(super) fn past(&self) -> Vec<Record> {
        self.run.records[..self.position].to_vec()
    }

    /// Records that the journal holds behind the checkpoint.
    pub(super) fn to_repeat(&self) -> usize {
        self.run.records.len() - self.position
    }

    /// The position behind as many records; `None` where the journal does not hold them.
    fn position_at(&self, records: u64) -> Option<Position> {
        let before = self.run.records.get(..usize::try_from(records).ok()?)?;
        let mut hasher = Hasher::new();
        before.iter().for_each(|record| hasher.update(journal::text(record).as_bytes()));
        Some(Position { records, journal: hasher.finalize(), config: self.config })
    }
}

impl SearchLog for RunLog<'_> {
    type Error = RunError;

    fn append(&mut self, record: Record) -> Result<(), RunError> {
        let text = journal::text(&record);
        match self.known() {
            Some(known) if journal::text(known) != text => {
                let line = self.position as u64 + 1;
                return Err(RunError::Otherwise { path: self.run.folder.join(super::JOURNAL), line });
            }
            Some(_) => {}
            None => self.run.append(record)?,
        }
        self.hasher.update(text.as_bytes());
        self.position += 1;
        Ok(())
    }

    fn known(&self) -> Option<&Record> {
        self.run.records.get(self.position)
    }

    fn is_due(&self) -> bool {
        self.checkpoints.is_due()
    }

    fn keep(&mut self, state: &SearchState) -> Result<(), RunError> {
        // A checkpoint ahead of the journal would be of no use.
        self.run.journal.sync()?;
        let journal = self.hasher.clone().finalize();
        let position = Position { records: self.position as u64, journal, config: self.config };
        Ok(self.checkpoints.write(&Checkpoint { position, state: state.clone() })?)
    }
}
