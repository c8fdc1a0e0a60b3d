//! Lines for people, on stderr, and the words that several of them have.

use std::fmt::{self, Display};
use std::io::Write;

use autolossgen::data::{printable, printable_lines};

/// Says `line` on stderr, on one line whatever a file or an argument has in it. Where nobody reads any more (`2>&1 | head`)
/// the work goes on: what it writes to files counts.
pub fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{}", printable(&line.to_string()));
}

/// Says why the program ends: a sentence, and the lines below it of an [`Illustrated`] one.
pub fn say_failure(error: &anyhow::Error, sentence: &str) {
    let shown = match error.downcast_ref::<Illustrated>() {
        Some(_) => printable_lines(sentence),
        None => printable(sentence),
    };
    let _ = writeln!(std::io::stderr(), "autolossgen: {shown}");
}

/// What is wrong with a text, and lines below it that show where.
#[derive(Debug)]
pub struct Illustrated(pub String);

impl Display for Illustrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Illustrated {}

/// "1 loss", "7 losses".
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
