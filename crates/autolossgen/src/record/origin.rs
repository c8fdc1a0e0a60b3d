//! Where a loss comes from.

use serde::{Deserialize, Serialize};

/// Where a loss comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The search found it.
    Generated,
    /// A named loss.
    Baseline,
    /// Given on the command line.
    Given,
}
