//! Rows as they are read: from fields to ratings, and what they say of themselves.

use std::ops::Deref;
use std::path::Path;

use super::roles::{Roles, shortened};
use super::value::{Rating, Time, is_missing};
use crate::error::DataError;
use crate::options::ReadOptions;
use crate::ratings::{MAX_ROWS, Ratings};

/// Longest id, in bytes.
const MAX_ID: usize = 1 << 16;

/// Powers of ten that a timestamp may have.
const DECADES: usize = 22;

/// What rows are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Line,
    Row,
}

/// A row as text: user, item, rating and timestamp, each `None` where the row holds none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) user: Option<&'a str>,
    pub(super) item: Option<&'a str>,
    pub(super) rating: Option<&'a str>,
    pub(super) timestamp: Option<&'a str>,
}

impl<'a> Fields<'a> {
    /// The fields of the four roles.
    pub(super) fn of<T: Deref<Target = str>>([user, item, rating, timestamp]: &'a [Option<T>; 4]) -> Self {
        Self {
            user: user.as_deref(),
            item: item.as_deref(),
            rating: rating.as_deref(),
            timestamp: timestamp.as_deref(),
        }
    }
}

/// What was counted beside the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tally {
    /// Rows without a user, an item or a rating.
    pub(super) n_missing: usize,
    /// Rows whose rating stands for none.
    pub(super) n_not_rated: usize,
    /// The first rows: user, item, rating and timestamp as understood.
    pub(super) first: Vec<[String; 4]>,
}

/// Takes row after row.
pub(super) struct Collector<'a> {
    path: &'a Path,
    options: &'a ReadOptions,
    unit: Unit,
    is_rated: bool,
    is_timed: bool,
    ratings: Ratings,
    tally: Tally,
    /// The first row without an id: its number, and what is missing.
    first_missing: Option<(u64, String)>,
    /// The first row whose rating is a word, and whether one is a number other than 0 and 1.
    first_word: Option<(u64, String)>,
    is_graded: bool,
    /// The first row with a decimal comma; whether one has a point; whether every comma might be one of thousands.
    first_comma: Option<(u64, String)>,
    has_point: bool,
    may_be_thousands: bool,
    /// The first row with a point; whether another has none; whether every point might be one of thousands.
    first_point: Option<(u64, String)>,
    has_no_point: bool,
    may_be_groups: bool,
    /// The first row with a timestamp of each power of ten.
    decades: [Option<u64>; DECADES],
    /// The first row whose timestamp is a day, written as 20150413.
    first_day: Option<u64>,
    /// Whether the first timestamp is a date.
    has_dates: Option<bool>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(path: &'a Path, options: &'a ReadOptions, roles: &Roles, unit: Unit) -> Self {
        Self {
            path,
            options,
            unit,
            is_rated: roles.rating.is_some(),
            is_timed: roles.timestamp.is_some(),
            ratings: Ratings::default(),
            tally: Tally::default(),
            first_missing: None,
            first_word: None,
            is_graded: false,
            first_comma: None,
            has_point: false,
            may_be_thousands: true,
            first_point: None,
            has_no_point: false,
            may_be_groups: true,
            decades: [None; DECADES],
            first_day: None,
            has_dates: None,
        }
    }

    /// The same for values that are numbers in the file, and no text that people wrote: a point stands before decimals.
    pub(super) fn typed(self) -> Self {
        Self { may_be_groups: false, ..self }
    }

    /// The file.
    pub(super) fn path(&self) -> &'a Path {
        self.path
    }

    /// Takes a row.
    ///
    /// # Errors
    /// An id that is no text, a rating or a timestamp that is missing or no number, more rows than can be counted.
    pub(super) fn push(&mut self, row: u64, fields: Fields<'_>) -> Result<(), DataError> {
        let [user, item, rating, timestamp] = [fields.user, fields.item, fields.rating, fields.timestamp]
            .map(|field| field.map(str::trim).filter(|text| !is_missing(text)));
        let is_rated = rating.is_some() || !self.is_rated;
        let (Some(user), Some(item), true) = (user, item, is_rated) else {
            let fields = [("user", user, fields.user), ("item", item, fields.item), ("rating", None, fields.rating)];
            let (role, _, text) = fields.into_iter().find(|(_, value, _)| value.is_none()).expect("one is missing");
            self.tally.n_missing += 1;
            self.first_missing.get_or_insert_with(|| (row, missing(role, text)));
            return Ok(());
        };
        self.check_id(row, user, "user")?;
        self.check_id(row, item, "item")?;
        if self.is_not_rated(rating) {
            self.tally.n_not_rated += 1;
            return Ok(());
        }
        let value = if self.is_rated { self.rating(row, rating)? } else { 1.0 };
        let time = if self.is_timed { Some(self.time(row, timestamp)?) } else { None };
        if self.ratings.len() == MAX_ROWS {
            return Err(self.wrong(row, format!("more than {MAX_ROWS} rows: no more can be counted")));
        }
        if self.tally.first.len() < 3 {
            let shown = |time: f64| {
                if self.has_dates == Some(true) { timestamp.unwrap_or_default().to_owned() } else { time.to_string() }
            };
            let rating = if self.is_rated { value.to_string() } else { String::new() };
            self.tally.first.push([user.to_owned(), item.to_owned(), rating, time.map_or(String::new(), shown)]);
        }
        self.ratings.push(user, item, value, time);
        Ok(())
    }

    /// Whether a rating stands for none.
    fn is_not_rated(&self, text: Option<&str>) -> bool {
        let not_rated = &self.options.not_rated;
        !not_rated.is_empty() && text.and_then(Rating::parse).is_some_and(|rating| not_rated.contains(&rating.value()))
    }

    /// Our own files are lines of fields between tabs, which may begin with a mark of byte order and are no longer than a record.
    fn check_id(&self, row: u64, id: &str, role: &str) -> Result<(), DataError> {
        if id.len() > MAX_ID {
            let message = format!("the {role} '{}' is longer than {MAX_ID} bytes: no id is", shortened(id));
            return Err(self.wrong(row, message));
        }
        if id.contains(|c: char| c.is_control() || c == '\u{feff}') {
            let message =
                format!("the {role} {id:?} has a character in it that is no text, such as a tab or a line break");
            return Err(self.wrong(row, message));
        }
        Ok(())
    }

    fn rating(&mut self, row: u64, text: Option<&str>) -> Result<f64, DataError> {
        let needed = "a finite number is needed, or true or false, yes or no, like or dislike";
        let text = text.unwrap_or_default();
        match Rating::parse(text) {
            Some(Rating::Number(value)) => {
                self.is_graded |= value != 0.0 && value != 1.0;
                if let Some((_, decimals)) = text.split_once('.') {
                    self.has_point = true;
                    self.may_be_groups &= decimals.len() == 3 && value.abs() >= 1.0;
                    self.first_point.get_or_insert_with(|| (row, text.to_owned()));
                } else {
                    self.has_no_point = true;
                }
                Ok(value)
            }
            Some(Rating::Word(label)) => {
                self.first_word.get_or_insert_with(|| (row, text.to_owned()));
                Ok(label)
            }
            Some(Rating::Comma(value, may_be_thousands)) => {
                self.first_comma.get_or_insert_with(|| (row, text.to_owned()));
                self.may_be_thousands &= may_be_thousands;
                self.is_graded = true;
                Ok(value)
            }
            None => Err(self.wrong(row, format!("the rating '{}' is no number: {needed}", shortened(text)))),
        }
    }

    fn time(&mut self, row: u64, text: Option<&str>) -> Result<f64, DataError> {
        let remedy = "set data.timestamp_column to another column, or to none";
        let text = text.ok_or_else(|| self.wrong(row, format!("the timestamp is missing: {remedy}")))?;
        let (seconds, is_date) = match Time::parse(text) {
            Some(Time::Number(number)) => (number, false),
            Some(Time::Date(seconds)) => (seconds, true),
            None => {
                let message = format!(
                    "the timestamp '{}' is no finite number and no date like 2005-04-18 or 2005-04-18T23:45:47Z: {remedy}",
                    shortened(text)
                );
                return Err(self.wrong(row, message));
            }
        };
        if *self.has_dates.get_or_insert(is_date) != is_date {
            let message = format!(
                "the timestamp '{}' is {}: {remedy}",
                shortened(text),
                if is_date { "a date, and others are numbers" } else { "a number, and others are dates" }
            );
            return Err(self.wrong(row, message));
        }
        if !is_date && seconds >= 1.0 {
            self.decades[(seconds.log10() as usize).min(DECADES - 1)].get_or_insert(row);
            if is_day(seconds) {
                self.first_day.get_or_insert(row);
            }
        }
        Ok(seconds)
    }

    /// A row whose timestamp counts in another unit than others: no timestamp lies between, within a factor of a hundred and more.
    /// Below 1973 they may count from the first row, or be dates that were written as seconds, as those of the year 9999 are; but
    /// 20150413 is a day where others are seconds.
    fn odd_time(&self) -> Option<u64> {
        let rows: Vec<(usize, u64)> = (8..DECADES).filter_map(|decade| Some((decade, self.decades[decade]?))).collect();
        let days =
            self.first_day.zip(rows.first().filter(|&&(decade, _)| decade > 8)).map(|(day, first)| (day, first.1));
        let gap = || rows.windows(2).find(|pair| pair[1].0 > pair[0].0 + 2).map(|pair| (pair[0].1, pair[1].1));
        days.or_else(gap).map(|(one, other)| one.max(other))
    }

    fn wrong(&self, row: u64, message: impl Into<String>) -> DataError {
        match self.unit {
            Unit::Line => DataError::row(self.path, row, message),
            Unit::Row => DataError::file(self.path, format!("row {row}: {}", message.into())),
        }
    }

    /// The rows.
    ///
    /// # Errors
    /// No row, too many without an id or a rating, ratings or timestamps that can be read in two ways.
    pub(super) fn finish(self) -> Result<(Ratings, Tally), DataError> {
        if !self.is_rated && !self.options.not_rated.is_empty() {
            let message = "data.not_rated says which ratings stand for none, and no column has ratings: set data.rating_column, or leave data.not_rated out";
            return Err(DataError::file(self.path, message));
        }
        let n = self.ratings.len() + self.tally.n_missing + self.tally.n_not_rated;
        if let Some((row, what)) = &self.first_missing {
            let share = self.tally.n_missing as f64 / n as f64;
            if share > self.options.max_missing {
                let message = format!(
                    "{what}: {} of {n} rows ({:.1}%) have no user, no item or no rating, more than data.max_missing = {}; fill them in, or raise it to drop the rows",
                    self.tally.n_missing,
                    100.0 * share,
                    self.options.max_missing
                );
                return Err(self.wrong(*row, message));
            }
        }
        if let Some((row, word)) = self.first_word.as_ref().filter(|_| self.is_graded) {
            return Err(self.wrong(
                *row,
                format!("the rating '{word}' is a word, and others are numbers beside 0 and 1: one of both is needed"),
            ));
        }
        if let Some((row, text)) = self.first_comma.as_ref().filter(|_| self.has_point || self.may_be_thousands) {
            let message = format!(
                "the rating '{text}' has a comma, which may stand before decimals or thousands: write numbers with a point, and without a comma"
            );
            return Err(self.wrong(*row, message));
        }
        if let Some((row, text)) = self.first_point.as_ref().filter(|_| self.may_be_groups && self.has_no_point) {
            let message = format!(
                "the rating '{text}' has a point before three digits, as every rating with a point has, which may stand before decimals or thousands: write whole numbers without a point, or every number with one"
            );
            return Err(self.wrong(*row, message));
        }
        if let Some(row) = self.odd_time() {
            let message = "the timestamp counts in another unit than others, such as milliseconds or days beside seconds: write all in one, or set data.timestamp_column to another column, or to none";
            return Err(self.wrong(row, message));
        }
        if self.ratings.is_empty() {
            return Err(DataError::file(self.path, "the file has no rows: at least one rating is needed"));
        }
        Ok((self.ratings, self.tally))
    }
}

/// Whether a number is a day of the calendar between 1900 and 2100, written as 20150413.
fn is_day(number: f64) -> bool {
    if number.fract() != 0.0 || !(19_000_101.0..=21_001_231.0).contains(&number) {
        return false;
    }
    let number = number as u32;
    (1..=12).contains(&(number / 100 % 100)) && (1..=31).contains(&(number % 100))
}

/// An id that is none, in words.
fn missing(role: &str, text: Option<&str>) -> String {
    match text.map(str::trim) {
        None => format!("the {role} is null"),
        Some("") => format!("the {role} is empty"),
        Some(text) => format!("the {role} is '{text}'"),
    }
}
