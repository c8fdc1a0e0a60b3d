//! Text from outside as one line that neither a terminal nor a file obeys.

use std::borrow::Cow;

/// `text` on one line, with each character that is not [printable](is_printable) as Rust escapes it (`\n`, `\u{1b}`); text
/// without any stays what it is.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |c| !is_printable(c))
}

/// As [`printable`], of text that may have several lines: line feeds stay.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && !is_printable(c))
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    text.chars().for_each(|c| if is_escaped(c) { shown.extend(c.escape_default()) } else { shown.push(c) });
    Cow::Owned(shown)
}

/// Whether a terminal shows a character, and does not obey it: no control character, separator of lines, or mark that turns
/// the direction of text.
pub fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_printed_is_escaped() {
        let cases = [
            ("a\nb\tc\r\u{1b}[31m", r"a\nb\tc\r\u{1b}[31m"),
            ("\u{7f}\u{9b}2J", r"\u{7f}\u{9b}2J"),
            ("\u{202e}gnp.exe\u{2028}", r"\u{202e}gnp.exe\u{2028}"),
            ("ε · (ŷ − y)² \\ 'ü'", "ε · (ŷ − y)² \\ 'ü'"),
        ];
        for (text, expected) in cases {
            assert_eq!(printable(text), expected);
            assert_eq!(printable(&printable(text)), expected, "a second time changes nothing");
        }
        assert_eq!(printable_lines("a\n\u{1b}b\n"), "a\n\\u{1b}b\n");
    }
}
