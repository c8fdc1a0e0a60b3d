//! JSON: one object a line, or one array of objects.
//!
//! Numbers are kept as they are written: an id beyond 2^53 is no double.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::io::{BufRead, Read};
use std::path::Path;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::collect::{Collector, Fields, Unit};
use super::encoding::Text;
use super::records::{MAX_RECORD, Stop};
use super::roles::{Found, Head, Roles, is_usual, shortened};
use super::schema::{Kind, Schema};
use crate::error::DataError;
use crate::options::ReadOptions;
use crate::ratings::Ratings;

/// Objects by whose keys the roles are found, and bytes of them that are enough.
const FIRST: usize = 1000;
const FIRST_BYTES: usize = 16 << 20;
/// Most keys of these.
const MAX_KEYS: usize = 1000;
/// Most keys that later objects have beside those of the first ones, of such as may have a role.
const MAX_LATER: usize = 100;

/// Whether text is JSON: it begins with an object or an array.
pub(super) fn is_json(sample: &[u8]) -> bool {
    let text = sample.trim_ascii_start();
    let next = || text[1..].trim_ascii_start().first();
    match text.first() {
        Some(b'{') => next().is_some_and(|byte| matches!(byte, b'"' | b'}')),
        Some(b'[') => next().is_some_and(|byte| matches!(byte, b'{' | b'[' | b']' | b'"' | b'-' | b'0'..=b'9')),
        _ => false,
    }
}

/// Reads JSON lines, or an array of objects.
pub(super) fn read(path: &Path, text: Text, options: &ReadOptions) -> Result<(Ratings, Schema), Stop> {
    if text.sample.trim_ascii_start().starts_with(b"[") {
        read_array(path, text, options)
    } else {
        read_lines(path, text, options)
    }
}

/// The text of a value: of a string what it holds, of null nothing, of all else what is written.
fn text(value: &RawValue) -> Result<Option<Cow<'_, str>>, String> {
    match value.get().as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'"') => {
            let text: Unescaped<'_> = serde_json::from_str(value.get()).map_err(|error| error.to_string())?;
            Ok(Some(text.0))
        }
        Some(b'{' | b'[') => Err(format!("{} is no text and no number", shortened(value.get()))),
        _ => Ok(Some(Cow::Borrowed(value.get()))),
    }
}

/// A string, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Unescaped<'a>(#[serde(borrow)] Cow<'a, str>);

/// An object's keys and values, in the order in which they are written.
struct Row<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Row<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Row<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some((Unescaped(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(Row(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// Takes objects, whose keys with a role are among those of the first ones.
struct Objects<'a> {
    path: &'a Path,
    options: &'a ReadOptions,
    unit: Unit,
    /// The first objects, until the keys are known.
    first: Vec<(u64, String)>,
    first_bytes: usize,
    found: Option<Known<'a>>,
}

/// What the first objects show.
struct Known<'a> {
    keys: Vec<String>,
    /// Keys of later objects that may have a role.
    later: HashSet<String>,
    roles: Roles,
    collector: Collector<'a>,
}

impl<'a> Objects<'a> {
    fn new(path: &'a Path, options: &'a ReadOptions, unit: Unit) -> Self {
        Self { path, options, unit, first: Vec::new(), first_bytes: 0, found: None }
    }

    fn wrong(&self, row: u64, message: impl Into<String>) -> DataError {
        match self.unit {
            Unit::Line => DataError::row(self.path, row, message),
            Unit::Row => DataError::file(self.path, format!("row {row}: {}", message.into())),
        }
    }

    /// Takes an object as it is written.
    fn take(&mut self, number: u64, text: &str) -> Result<(), DataError> {
        if self.found.is_none() {
            if text.len() as u64 > MAX_RECORD {
                return Err(self.wrong(number, format!("the object is longer than {MAX_RECORD} bytes: no rating is")));
            }
            self.first_bytes += text.len();
            self.first.push((number, text.to_owned()));
            return if self.first.len() < FIRST && self.first_bytes < FIRST_BYTES { Ok(()) } else { self.begin() };
        }
        let row = self.parse(number, text)?;
        self.push(number, &row)
    }

    fn parse<'t>(&self, number: u64, text: &'t str) -> Result<Row<'t>, DataError> {
        serde_json::from_str(text).map_err(|error| {
            let needed = "one JSON object a line is needed, or one array of objects (pandas: orient='records')";
            self.wrong(number, format!("not a JSON object: {error}; {needed}"))
        })
    }

    /// Finds the roles among the keys of the first objects, and takes these.
    fn begin(&mut self) -> Result<(), DataError> {
        let first = std::mem::take(&mut self.first);
        let Some(&(start, _)) = first.first() else { return Ok(()) };
        let objects = first.iter().map(|(number, text)| self.parse(*number, text)).collect::<Result<Vec<_>, _>>()?;
        let (mut keys, mut seen) = (Vec::new(), HashSet::new());
        for (key, _) in objects.iter().flat_map(|Row(entries)| entries) {
            if seen.insert(key) {
                keys.push(key.clone().into_owned());
            }
        }
        if keys.len() > MAX_KEYS {
            let message = format!(
                "the objects have more than {MAX_KEYS} keys: one object a rating is needed, with a key for each column"
            );
            return Err(self.wrong(start, message));
        }
        let shown = |Row(entries): &Row<'_>| {
            let value =
                |key: &String| entries.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.get());
            keys.iter().map(|key| value(key).trim_matches('"').to_owned()).collect()
        };
        let rows: Vec<Vec<String>> = objects.iter().take(3).map(shown).collect();
        let head = Head { header: Some(&keys), rows: &rows };
        let roles = Roles::of(&head, &self.options.columns).map_err(|message| {
            let is_nested = objects[0].0.iter().any(|(_, value)| value.get().starts_with(['{', '[']));
            let hint = if is_nested { "one JSON object a row is needed (pandas: orient='records'); " } else { "" };
            self.wrong(start, format!("{hint}{message}"))
        })?;
        let collector = Collector::new(self.path, self.options, &roles, self.unit).typed();
        self.found = Some(Known { keys, later: HashSet::new(), roles, collector });
        first.iter().zip(&objects).try_for_each(|((number, _), row)| self.push(*number, row))
    }

    fn push(&mut self, number: u64, Row(entries): &Row<'_>) -> Result<(), DataError> {
        self.learn(number, entries)?;
        let Known { keys, roles, .. } = self.found.as_ref().expect("just set");
        let field = |found: &Found| {
            let key = &keys[found.index];
            let at = entries
                .get(found.index)
                .filter(|(name, _)| name == key)
                .or_else(|| entries.iter().find(|(name, _)| name == key));
            let value = at.map(|(_, value)| text(value)).transpose().map(Option::flatten);
            value.map_err(|message| self.wrong(number, format!("'{}': {message}", shortened(key))))
        };
        let texts = roles.try_map(field)?;
        let fields = Fields::of(&texts);
        self.found.as_mut().expect("just set").collector.push(number, fields)
    }

    /// Whether keys that the first objects have not leave the roles what they are: these may have left out what was null.
    fn learn(&mut self, number: u64, entries: &[(Cow<'_, str>, &RawValue)]) -> Result<(), DataError> {
        let known = self.found.as_mut().expect("an object was seen");
        let is_new = |(place, (key, _)): &(usize, &(Cow<'_, str>, &RawValue))| {
            known.keys.get(*place).is_none_or(|own| own != key) && is_usual(key) && !known.later.contains(&**key)
        };
        let new = entries.iter().enumerate().filter(is_new).map(|(_, (key, _))| key.clone().into_owned());
        let new: Vec<String> = new.filter(|key| !known.keys.contains(key)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut keys = known.keys.clone();
        keys.extend(known.later.iter().cloned().chain(new.clone()));
        known.later.extend(new);
        let head = Head { header: Some(&keys), rows: &[] };
        let is_same = Roles::of(&head, &self.options.columns).is_ok_and(|roles| roles == known.roles);
        let n_later = known.later.len();
        if is_same && n_later <= MAX_LATER {
            return Ok(());
        }
        let message = format!(
            "the object has a key that the first ones have not, which might be the user, the item, the rating or the timestamp: give every object the same keys, with null where nothing is{}",
            head.shown()
        );
        Err(self.wrong(number, message))
    }

    fn finish(mut self, kind: Kind) -> Result<(Ratings, Schema), DataError> {
        self.begin()?;
        let none = || DataError::file(self.path, "the file has no rows: at least one rating is needed");
        let Known { keys, roles, collector, .. } = self.found.ok_or_else(none)?;
        let (ratings, tally) = collector.finish()?;
        let schema = Schema::new(self.path, kind, keys, &roles, &ratings, tally);
        Ok((ratings, schema))
    }
}

fn read_lines(path: &Path, text: Text, options: &ReadOptions) -> Result<(Ratings, Schema), Stop> {
    let mut reader = text.into_reader();
    let mut objects = Objects::new(path, options, Unit::Line);
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let n = reader.by_ref().take(MAX_RECORD).read_until(b'\n', &mut bytes).map_err(DataError::io("read", path))?;
        if n == 0 {
            break;
        }
        if n as u64 == MAX_RECORD {
            let message = format!("the line is longer than {MAX_RECORD} bytes: no table of ratings has that");
            return Err(DataError::row(path, line, message).into());
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| Stop::NotUtf8(line))?;
        if text.trim().is_empty() {
            continue;
        }
        objects.take(line, text)?;
    }
    Ok(objects.finish(Kind::JsonLines)?)
}

fn read_array(path: &Path, text: Text, options: &ReadOptions) -> Result<(Ratings, Schema), Stop> {
    let objects = RefCell::new((Objects::new(path, options, Unit::Row), None));
    let mut deserializer = serde_json::Deserializer::from_reader(text.into_reader());
    let read = Elements(&objects).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    let (objects, stopped) = objects.into_inner();
    if let Some(error) = stopped {
        return Err(Stop::Wrong(error));
    }
    // The rest may be in another encoding than the first bytes.
    if let Some(error) = read.as_ref().err().filter(|error| error.to_string().contains("invalid unicode")) {
        return Err(Stop::NotUtf8(error.line() as u64));
    }
    read.map_err(|error| DataError::file(path, format!("not an array of JSON objects: {error}")))?;
    Ok(objects.finish(Kind::JsonArray)?)
}

/// The elements of an array, pushed one by one; the error that stops them lies beside.
struct Elements<'a, 'b>(&'a RefCell<(Objects<'b>, Option<DataError>)>);

impl<'de> DeserializeSeed<'de> for Elements<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(element) = elements.next_element::<Box<RawValue>>()? {
            number += 1;
            let (objects, stopped) = &mut *self.0.borrow_mut();
            if let Err(error) = objects.take(number, element.get()) {
                *stopped = Some(error);
                return Err(serde::de::Error::custom("a row is wrong"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_ratings;

    fn read(text: &str) -> Result<(Ratings, Schema), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        std::fs::write(&path, text).unwrap();
        read_ratings(&path, &ReadOptions::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn keys_are_those_of_all_objects() {
        let rows = (0..40).map(|item| {
            format!("{{\"user\": 1, \"item\": {item}, \"rating\": 5, \"timestamp\": {}}}\n", 2_000_000 + item)
        });
        let text = format!(
            "{{\"user\": 1, \"item\": 99, \"weight\": 7, \"date\": \"2015-04-13\"}}\n{}",
            rows.collect::<String>()
        );
        let (ratings, schema) = read(&text).unwrap();
        assert_eq!((ratings.len(), schema.missing, schema.rating.unwrap().name.as_str()), (40, 1, "rating"));
    }

    #[test]
    fn a_key_that_the_first_objects_have_left_out_changes_no_role() {
        let objects = |first: &str, last: &str| {
            let first =
                (0..FIRST).map(|item| format!("{{\"user\": 1, \"item\": {item}{first}}}\n")).collect::<String>();
            format!("{first}{{\"user\": 1, \"item\": 3, {last}}}\n")
        };
        for text in [
            objects("", "\"rating\": 5"),
            objects(", \"rating\": 4", "\"time\": 9, \"rating\": 5"),
            objects("", "\"uid\": 5"),
        ] {
            let said = read(&text).unwrap_err();
            assert!(said.contains("the object has a key that the first ones have not"), "{said}");
        }
        let less = objects(", \"rating\": 5", "\"score\": 7, \"text\": 1, \"rating\": 4");
        assert_eq!(read(&less).unwrap().0.len(), FIRST + 1, "a better name is there");
    }

    #[test]
    fn a_key_breaks_no_line_of_a_message() {
        let said = read("{\"user\\n\": [1], \"item\": 2, \"rating\": 5}").unwrap_err();
        assert!(said.ends_with(r"line 1: 'user\n': [1] is no text and no number"), "{said}");
    }
}
