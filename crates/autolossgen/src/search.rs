//! Phase I (stub until the next commit).

/// How far a search has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct SearchStatus;
