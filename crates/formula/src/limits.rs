//! Bounds of what a formula may be; [`Formula`](crate::Formula) says what each is for.

/// The most nodes.
pub(crate) const MAX_NODES: usize = 1024;
/// The most operations within each other.
pub(crate) const MAX_DEPTH: usize = 64;
/// The longest text, in bytes.
pub(crate) const MAX_TEXT: usize = 1 << 20;
