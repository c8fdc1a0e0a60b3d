//! What keeps a study from going on.

use crate::contract::ContractError;

/// What keeps a study from going on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StudyError {
    /// A trial that was not asked for.
    #[error("trial {0} was not asked for")]
    Unknown(u64),
    /// Records that are not those of a study by the configuration at hand.
    #[error("sample {sample}: the records are those of another study: another configuration, or another version")]
    Foreign {
        /// The first sample that differs, or its round
        sample: u64,
    },
    /// A part that does not keep its contract.
    #[error(transparent)]
    Contract(#[from] ContractError),
}
