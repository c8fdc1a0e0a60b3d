//! What a controller or an evaluator puts away between two rounds: bytes under a name.

use autolossgen_recsys::OtherShape;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A state that is not that of a search by the configuration at hand on the data at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the state is that of another search")]
pub struct ForeignState;

impl From<OtherShape> for ForeignState {
    fn from(_: OtherShape) -> Self {
        ForeignState
    }
}

/// The state of a part of a search: bytes that the part alone can read, under the name of the part and its version.
///
/// ```
/// use autolossgen::State;
/// let state = State::of("bandit 1", &vec![0.5_f64, 0.25]);
/// assert_eq!(state.read::<Vec<f64>>("bandit 1")?, [0.5, 0.25]);
/// assert!(state.read::<Vec<f64>>("bandit 2").is_err());
/// # Ok::<(), autolossgen::ForeignState>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    name: String,
    bytes: Vec<u8>,
}

impl State {
    /// The state of the part called `name`, in `postcard`'s format, which keeps every bit of a number.
    ///
    /// # Panics
    /// When the value has a sequence of unknown length or a type of its own serialiser; no derived type has.
    pub fn of(name: &str, value: &impl Serialize) -> Self {
        let bytes = postcard::to_allocvec(value).expect("a state has a length and no foreign types");
        Self { name: name.to_owned(), bytes }
    }

    /// What was put away under `name`.
    ///
    /// # Errors
    /// Another name, bytes that are no such value.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<T, ForeignState> {
        if self.name != name {
            return Err(ForeignState);
        }
        postcard::from_bytes(&self.bytes).map_err(|_| ForeignState)
    }
}
