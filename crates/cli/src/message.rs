//! Lines for people, on stderr, and the words that several of them have.

use std::fmt::Display;
use std::io::Write;

/// Says `line` on stderr. Where nobody reads any more (`2>&1 | head`) the work goes on: what it writes to files counts.
pub fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// "1 loss", "7 losses".
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
