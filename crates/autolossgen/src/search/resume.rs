//! What a search puts away now and then, so that it can be cut off at any instant and go on.
//!
//! The journal says what happened; a [`SearchState`] is what cannot be read off it without training again. A search that goes
//! on does what it would have done: what the journal already holds behind the state is computed again, and must come out the
//! same.

use serde::{Deserialize, Serialize};

use super::trials::TrialsState;
use super::{Counts, HallOfFame, Search};
use crate::checkpoint::ForeignState;
use crate::controller::ControllerState;
use crate::journal::Record;

/// Where a search is between two rounds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SearchState {
    /// Seconds of wall clock so far.
    pub(super) seconds: f64,
    validation: f64,
    controller: ControllerState,
    trials: TrialsState,
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

impl Search<'_> {
    pub(super) fn state(&self) -> SearchState {
        let (controller, trials) = (self.controller.state(), self.trials.state());
        SearchState { seconds: self.seconds(), validation: self.validation, controller, trials }
    }

    /// Takes up where a search of the same configuration and data was, given all that it had written by then.
    pub(super) fn restore(&mut self, past: &[Record], state: SearchState) -> Result<(), ForeignState> {
        self.controller.restore(state.controller)?;
        self.trials.restore(state.trials)?;
        (self.seconds_before, self.validation) = (state.seconds, state.validation);
        self.fame = HallOfFame::of(past);
        self.counts = Counts::of(past);
        let is_update = |record: &&Record| matches!(record, Record::Update(_));
        self.updates = past.iter().filter(is_update).count() as u64;
        let samples = past.iter().rev().filter_map(Record::sample);
        self.unaccepted = samples.take_while(|sample| !sample.outcome.is_accepted()).count();
        Ok(())
    }
}
