//! What a page shows, as values: every number is computed here, and none of the HTML is.

pub(crate) mod best;
pub(crate) mod candidates;
pub(crate) mod chart;
mod decimate;
pub(crate) mod fact;
pub(crate) mod front;
pub(crate) mod intervals;
pub(crate) mod overview;
mod phrase;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod tested;
mod timeline;
