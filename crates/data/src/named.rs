//! Data that have a name.

use autolossgen_settings::{Choice, choice, nearest};

use crate::error::DataError;
use crate::options::ReadOptions;
use crate::ratings::Ratings;
use crate::read::{Schema, read_ratings};
use crate::{fetch, synth};

choice! {
    /// Data that have a name
    pub enum NamedData {
        /// MovieLens 100K (Harper and Konstan 2015), fetched once and cached
        MovieLens100k = "ml-100k",
        /// Ratings from planted factors in the shape of MovieLens 100K; see [`synth`]
        Synthetic = "synthetic",
    }
}

impl NamedData {
    /// Its ratings, and how their file was understood; `note` hears where a download comes from.
    pub(crate) fn ratings(self, note: &mut dyn FnMut(&str)) -> Result<(Ratings, Vec<Schema>), DataError> {
        match self {
            Self::MovieLens100k => {
                let fetched = fetch::ml_100k(note)?;
                note(&format!("{self} from {} ({})", fetched.source, fetched.path.display()));
                let (ratings, schema) = read_ratings(&fetched.path, &ReadOptions::default())?;
                Ok((ratings, vec![schema]))
            }
            Self::Synthetic => Ok((synth::generate(&synth::SynthOptions::default(), 42)?, Vec::new())),
        }
    }
}

/// What is said of a source that is not there.
pub(crate) fn nowhere(source: &str) -> DataError {
    let names = NamedData::names();
    let near =
        nearest(source, names.iter().copied()).map_or(String::new(), |near| format!(" (did you mean '{near}'?)"));
    let names = names.join(" and ");
    DataError::Invalid(format!("there is no file, folder or named dataset '{source}'{near}; {names} have names"))
}
