//! What happens to files: fields and lines that go missing, are repeated or changed.

use super::choices::Choices;

/// What fields do not hold.
const ODD: [&str; 26] = [
    "NaN",
    "null",
    "1e999",
    "-0",
    "18446744073709551616",
    "5e-324",
    "",
    "inf",
    "1.7976931348623157e308",
    "-1.7976931348623157e308",
    "9007199254740993",
    "\"",
    "\"\"",
    "\0",
    "\u{feff}",
    "\u{85}",
    "\u{1b}[31m",
    "4,5",
    "1,000",
    "true",
    "0x10",
    "2005-13-45",
    "9999-12-31",
    "-9999-01-01T00:00:00Z",
    "\"a\nb\"",
    "a\rb",
];

/// Text with one fault or a few.
pub fn text(choices: &mut Choices<'_>, text: &str, separator: &str) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for _ in 0..=choices.below(3) {
        let at = choices.below(lines.len());
        let mut fields: Vec<String> = lines[at].split(separator).map(str::to_owned).collect();
        let field = choices.below(fields.len());
        let mut is_line = false;
        match choices.below(12) {
            0 => drop(fields.remove(field)),
            1 => fields.insert(field, fields[field].clone()),
            2 => fields.swap(0, field),
            3 | 4 => fields[field] = choices.of(&ODD).to_owned(),
            5 => {
                let mut chars: Vec<char> = lines[at].chars().collect();
                let place = choices.below(chars.len() + 1);
                chars.insert(
                    place,
                    choices.of(&['"', '\0', '\u{feff}', ',', ';', '\t', '|', ':', ' ', '\r', '\'', '#']),
                );
                lines[at] = chars.into_iter().collect();
                is_line = true;
            }
            6 => {
                let other = choices.of(&[",", ";", "\t", "|", "::", " "]);
                lines[at] = fields.join(other);
                is_line = true;
            }
            7 => {
                let keep = choices.below(lines[at].len() + 1);
                lines[at] = lines[at].chars().take(keep).collect();
                is_line = true;
            }
            8 => {
                lines[at..].reverse();
                is_line = true;
            }
            9 => {
                let line = lines[choices.below(lines.len())].clone();
                lines.insert(at, line);
                is_line = true;
            }
            10 => {
                let rest = String::from_utf8_lossy(&choices.rest()[..choices.rest().len().min(64)]).into_owned();
                lines.insert(at, rest);
                is_line = true;
            }
            _ => {
                lines[at].clear();
                is_line = true;
            }
        }
        if !is_line {
            lines[at] = fields.join(separator);
        }
    }
    lines.join("\n")
}

/// Bytes with one fault or a few.
pub fn bytes(choices: &mut Choices<'_>, bytes: &mut Vec<u8>) {
    for _ in 0..=choices.below(3) {
        if bytes.is_empty() {
            return;
        }
        let at = choices.below(bytes.len().min(65_536));
        match choices.below(6) {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << choices.below(8),
            2 => bytes[at] = choices.byte(),
            3 => bytes.insert(at, choices.byte()),
            4 => drop(bytes.remove(at)),
            _ => {
                let end = (at + 1 + choices.below(16)).min(bytes.len());
                let span = bytes[at..end].to_vec();
                let place = choices.below(bytes.len().min(65_536));
                bytes.splice(place..place, span);
            }
        }
    }
}
