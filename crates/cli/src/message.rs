//! Lines for people, on stderr.

use std::fmt::Display;
use std::io::Write;

/// Says `line` on stderr. Where nobody reads any more (`2>&1 | head`) the work goes on: what it writes to files counts.
pub fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
