//! Losses and numbers as they are given on the command line.

use anyhow::{anyhow, bail};
use autolossgen::data::{is_printable, printable};
use autolossgen::formula::{Formula, FormulaError, Scope, resolve_for};

use crate::message::Illustrated;

/// A loss as given on the command line in the place of `argument`.
pub fn given_as(argument: &str, text: &str) -> anyhow::Result<Formula> {
    given_for(Scope::Pointwise, argument, text)
}

/// The same, of a scope.
pub fn given_for(scope: Scope, argument: &str, text: &str) -> anyhow::Result<Formula> {
    if text.is_empty() {
        bail!(
            "{argument}: a name or a formula is empty; name one, as in {argument} bce, or write one, as in {argument} \
             '{}'",
            match scope {
                Scope::Pointwise => "(pred - label)^2",
                Scope::Ranking => "log(1 + exp(-gap))",
            }
        );
    }
    resolve_for(scope, text).map_err(|error| match error {
        FormulaError::Syntax { text, column, message } => {
            let message = message + of_other_task(scope, &text);
            Illustrated(format!("{argument}{}", pointed_out(&text, column, &message))).into()
        }
        other => anyhow!("{argument} '{}': {other}{}", beginning(text), of_other_task(scope, text)),
    })
}

/// What takes a loss that this task does not.
fn of_other_task(scope: Scope, text: &str) -> &'static str {
    let (other, said) = match scope {
        Scope::Pointwise => (Scope::Ranking, "; --task ranking takes it"),
        Scope::Ranking => (Scope::Pointwise, "; without --task ranking it is taken"),
    };
    if resolve_for(other, text).is_ok() { said } else { "" }
}

/// Characters of a formula that are shown around the place of an error, so that the caret stays on its line.
const SHOWN: usize = 72;

/// A text, or so much of it as is shown.
fn beginning(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The message, and below it the formula with a caret under `column`; a word alone needs none.
fn pointed_out(text: &str, column: usize, message: &str) -> String {
    if text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') && column == 1 {
        return format!(": {message}");
    }
    let (n, at) = (text.chars().count(), column - 1);
    let start = if n <= SHOWN { 0 } else { at.saturating_sub(SHOWN / 2).min(n - SHOWN) };
    let end = (start + SHOWN).min(n);
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < n { "…" } else { "" });
    // One character for one, so that the caret stays where it points.
    let shown = text.chars().skip(start).take(end - start).map(|c| if is_printable(c) { c } else { '\u{fffd}' });
    let shown: String = shown.collect();
    let indent = " ".repeat(at - start + before.chars().count());
    let message = printable(message);
    format!(", at column {column}: {message}\n  {before}{shown}{after}\n  {indent}^")
}

/// What a flag gives as a positive number; `example` is one that would be right.
pub fn positive(flag: &str, text: &str, example: &str) -> anyhow::Result<f32> {
    match text.trim().parse::<f32>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => bail!("{flag} '{text}': a positive and finite 32-bit number is needed, as in {example}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_column_of_a_long_formula() {
        let text = format!("{}+ *{}", "pred + ".repeat(40), " + label".repeat(40));
        let column = 7 * 40 + 3;
        let said = pointed_out(&text, column, "expected a value, found '*'");
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines[0], ", at column 283: expected a value, found '*'");
        assert!(lines[1].starts_with("  …") && lines[1].ends_with('…'), "{said}");
        assert_eq!(lines[1].chars().nth(lines[2].chars().count() - 1), Some('*'), "{said}");
        assert!(lines[1].chars().count() <= SHOWN + 4);
    }

    #[test]
    fn the_caret_reaches_both_ends() {
        let long = "x".repeat(300);
        let at = |column| {
            let said = pointed_out(&format!("({long}"), column, "so");
            let lines: Vec<String> = said.lines().map(str::to_owned).collect();
            (lines[1].clone(), lines[2].chars().count())
        };
        assert_eq!(at(1).1, 3);
        let (line, caret) = at(302);
        assert_eq!(caret, line.chars().count() + 1, "the end lies behind the last character");
    }

    #[test]
    fn the_caret_stands_under_what_is_not_printed() {
        let said = pointed_out("pred\n+\t\u{1b}", 8, "expected a value, found '\u{1b}'");
        assert_eq!(
            said,
            ", at column 8: expected a value, found '\\u{1b}'\n  pred\u{fffd}+\u{fffd}\u{fffd}\n         ^"
        );
    }
}
