//! What a page shows, as values: every number is computed here, and none of the HTML is.

pub(crate) mod best;
pub(crate) mod candidates;
pub(crate) mod chart;
mod decimate;
pub(crate) mod intervals;
pub(crate) mod losses;
pub(crate) mod timeline;
