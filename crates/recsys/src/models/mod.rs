//! The recommenders.

pub(crate) mod neumf;
