//! The log of a search in the folder of its run: the journal, and checkpoints beside it.

use std::time::Duration;

use crc32fast::Hasher;

use super::{Run, RunError};
use crate::checkpoint::{Checkpoint, Checkpoints, Position};
use crate::journal;
use crate::record::Record;
use crate::study::{SearchLog, SearchState};

/// What the journal holds already is not written again: it must come out the same.
pub(super) struct RunLog<'a> {
    run: &'a mut Run,
    /// Records accounted for: those before the checkpoint, and all that came since.
    position: usize,
    /// Over the texts of these.
    hasher: Hasher,
    checkpoints: Checkpoints,
}

impl<'a> RunLog<'a> {
    /// The log of a search, which begins behind the start of the run; and the newest checkpoint that belongs to its journal.
    pub(super) fn open(run: &'a mut Run) -> (Self, Option<SearchState>) {
        let interval = Duration::from_secs_f64(run.config.search.checkpoint);
        let checkpoints = Checkpoints::new(run.checkpoints(), interval);
        let behind = |n: usize| run.records.get(..n).map(|before| position(run, n, hashed(before)));
        // Each of the few checkpoints is held against the records before it.
        let fits = |found: &Position| behind(found.records as usize) == Some(*found);
        let (start, state) = match checkpoints.newest(fits) {
            Some(Checkpoint { position, state }) => (position.records as usize, Some(state)),
            None => (1, None),
        };
        let hasher = hashed(&run.records[..start]);
        (Self { run, position: start, hasher, checkpoints }, state)
    }

    /// The records that come before the first that is still to come.
    pub(super) fn past(&self) -> Vec<Record> {
        self.run.records[..self.position].to_vec()
    }

    /// Records that the journal holds behind the checkpoint.
    pub(super) fn to_repeat(&self) -> usize {
        self.run.records.len() - self.position
    }
}

/// Over the texts of records.
fn hashed(records: &[Record]) -> Hasher {
    let mut hasher = Hasher::new();
    records.iter().for_each(|record| hasher.update(journal::text(record).as_bytes()));
    hasher
}

/// The position behind `n` records of a run, given what their texts hash to.
fn position(run: &Run, n: usize, hasher: Hasher) -> Position {
    Position { records: n as u64, journal: hasher.finalize(), config: crc32fast::hash(run.made_with.sha256.as_bytes()) }
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
        let position = position(self.run, self.position, self.hasher.clone());
        Ok(self.checkpoints.write(&Checkpoint { position, state: state.clone() })?)
    }
}
