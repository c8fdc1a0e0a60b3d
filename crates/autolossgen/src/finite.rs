//! Numbers of files that 32 bits must hold.

use serde::de::{Deserialize, Deserializer, Error};

/// A number that is finite in 32 bits: a larger one would be read as ∞, and written again as nothing.
pub(crate) fn finite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    let value = f32::deserialize(deserializer)?;
    if value.is_finite() { Ok(value) } else { Err(D::Error::custom("a number is larger than 32 bits hold")) }
}
