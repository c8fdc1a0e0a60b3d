//! Where a search writes what happens, and what it puts away now and then, so that it can be cut off at any instant and go on.
//!
//! The journal says what happened; a [`SearchState`] is what cannot be read off it without training again. A search that goes
//! on does what it would have done: what the journal already holds behind the state is computed again, and must come out the
//! same.

use serde::{Deserialize, Serialize};

use crate::record::Record;
use crate::state::State;

/// Where a search is between two rounds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SearchState {
    /// Seconds of wall clock so far.
    pub(super) seconds: f64,
    pub(super) validation: f64,
    pub(super) controller: State,
    pub(super) evaluator: State,
}

/// Where a search writes what happens, and puts away where it is. A function that takes records is one that puts nothing
/// away.
pub trait SearchLog {
    /// Ends the search.
    type Error;
    /// Writes what happened.
    ///
    /// # Errors
    /// What cannot be written ends the search.
    fn append(&mut self, record: Record) -> Result<(), Self::Error>;
    /// What is known to come next, because it was written before the search was cut off.
    fn known(&self) -> Option<&Record> {
        None
    }
    /// Whether it is time to put the state away.
    fn is_due(&self) -> bool {
        false
    }
    /// Puts the state away. All records that come before it were appended.
    ///
    /// # Errors
    /// What cannot be written ends the search.
    fn keep(&mut self, _state: &SearchState) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl<E, F: FnMut(Record) -> Result<(), E>> SearchLog for F {
    type Error = E;

    fn append(&mut self, record: Record) -> Result<(), E> {
        self(record)
    }
}
