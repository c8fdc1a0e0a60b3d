//! A table as JSON.

use std::fmt::Write;

use autolossgen::data::ReadOptions;

use super::choices::Choices;
use super::damage;
use super::made::{Made, Row};
use super::text::{ITEMS, RATINGS, TIMES, USERS, Written};

pub fn write(choices: &mut Choices<'_>) -> Written {
    let mut made = Made::of(choices);
    let is_array = choices.once_in(2);
    let names = [choices.of(&USERS), choices.of(&ITEMS), choices.of(&RATINGS), choices.of(&TIMES)];
    let mut options = ReadOptions::default();
    lose(choices, &mut made, &mut options);
    let escapes = choices.once_in(3);
    let (space, is_rotated, n_extra) = (choices.of(&["", " "]), choices.once_in(3), choices.below(3));
    let numbers = [choices.once_in(2), choices.once_in(2)];
    let lost = choices.below(40);
    let mut objects = Vec::new();
    for (number, cells) in made.cells.iter().enumerate() {
        let id = |id: &str, is_number: bool| {
            if is_number && is_json_number(id) { id.to_owned() } else { string(id, escapes) }
        };
        let value = |text: &str| match text {
            "" | "NA" | "nan" | "NaT" => "null".to_owned(),
            "true" | "false" => text.to_owned(),
            "True" | "False" if !escapes => text.to_lowercase(),
            _ if is_json_number(text) && numbers[0] => text.to_owned(),
            _ => string(text, escapes),
        };
        let mut entries = vec![(names[0], id(&cells.user, numbers[0])), (names[1], id(&cells.item, numbers[1]))];
        if made.is_rated {
            entries.push((names[2], value(&cells.rating)));
        }
        if made.is_timed {
            entries.push((names[3], value(&cells.time)));
        }
        let extra = [("helpful", "[2, {\"a\": null}]"), ("reviewText", "\"a \\\"b\\\" \\u00e9\\n\""), ("style", "{}")];
        entries.extend(extra[..n_extra].iter().filter(|_| number % 3 > 0).map(|&(key, value)| (key, value.to_owned())));
        if is_rotated {
            let by = number % entries.len();
            entries.rotate_left(by);
        }
        // A key that is not there is no value.
        if number + 1 == lost && made.cells.len() > 1 && made.rows.len() == made.cells.len() {
            let key = if made.is_rated { names[2] } else { names[3] };
            if made.is_rated || made.is_timed {
                entries.retain(|(name, _)| *name != key);
                let Row { rating, time, .. } = &mut made.rows[number];
                if made.is_rated { *rating = f64::NAN } else { *time = Some(f64::NAN) }
            }
        }
        let mut object = String::from("{");
        for (at, (key, value)) in entries.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(object, "{comma}{space}\"{key}\":{space}{value}").expect("text can be written");
        }
        objects.push(object + "}");
    }
    let mut text =
        if is_array { format!("[{}]", objects.join(choices.of(&[",", ",\n", " , "]))) } else { objects.join("\n") };
    let is_damaged = choices.once_in(3);
    if is_damaged {
        let separator = choices.of(&[",", ":", "\"", "}"]);
        text = damage::text(choices, &text, separator);
    }
    let mut bytes = text.into_bytes();
    if choices.once_in(8) {
        bytes = [b"\xef\xbb\xbf", &bytes[..]].concat();
    }
    if is_damaged && choices.once_in(2) {
        damage::bytes(choices, &mut bytes);
    }
    Written { bytes, options, expected: (!is_damaged).then_some(made.rows) }
}

fn lose(choices: &mut Choices<'_>, made: &mut Made, options: &mut ReadOptions) {
    match choices.below(12) {
        0 => {
            options.not_rated = vec![1.0];
            made.rows.retain(|row| row.rating != 1.0);
        }
        1 if made.is_rated => {
            let row = choices.below(made.rows.len());
            made.cells[row].rating.clear();
            made.rows[row].rating = f64::NAN;
        }
        2 if made.is_timed => {
            let row = choices.below(made.rows.len());
            made.cells[row].time.clear();
            made.rows[row].time = Some(f64::NAN);
        }
        _ => {}
    }
}

fn is_json_number(text: &str) -> bool {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let is_plain = bare.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'-'));
    let starts = bare.starts_with(|first: char| first.is_ascii_digit());
    let is_padded = bare.len() > 1 && bare.starts_with('0') && !bare.starts_with("0.") && !bare.starts_with("0e");
    is_plain
        && starts
        && !is_padded
        && !bare.ends_with(['.', 'e'])
        && text.parse::<f64>().is_ok()
        && !bare.contains(".e")
}

fn string(text: &str, escapes: bool) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                written.push('\\');
                written.push(c);
            }
            c if escapes && (!c.is_ascii() || c == '/') => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    write!(written, "\\u{unit:04x}").expect("text can be written");
                }
            }
            c => written.push(c),
        }
    }
    written + "\""
}
