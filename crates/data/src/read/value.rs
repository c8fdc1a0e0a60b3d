//! What a field can hold: an id, a rating, a time, or nothing.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Whether a field holds nothing: what pandas, R, SQL, JSON and spreadsheets write for a missing value.
pub(super) fn is_missing(text: &str) -> bool {
    matches!(
        text,
        "" | "NaN" | "nan" | "NA" | "N/A" | "<NA>" | "#N/A" | "None" | "none" | "null" | "NULL" | "\\N" | "NaT"
    )
}

/// Words that are labels, each with its label.
const WORDS: [(&str, f64); 16] = [
    ("true", 1.0),
    ("false", 0.0),
    ("yes", 1.0),
    ("no", 0.0),
    ("like", 1.0),
    ("dislike", 0.0),
    ("liked", 1.0),
    ("disliked", 0.0),
    ("positive", 1.0),
    ("negative", 0.0),
    ("pos", 1.0),
    ("neg", 0.0),
    ("t", 1.0),
    ("f", 0.0),
    ("y", 1.0),
    ("n", 0.0),
];

/// A number as a field writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rating {
    Number(f64),
    /// true or false, in a word.
    Word(f64),
    /// With a comma where others have a point; whether three digits follow, which might be thousands.
    Comma(f64, bool),
}

impl Rating {
    pub(super) fn value(self) -> f64 {
        match self {
            Self::Number(value) | Self::Word(value) | Self::Comma(value, _) => value,
        }
    }

    /// The finite number, or the label, that a field holds.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(value) = text.parse::<f64>() {
            return value.is_finite().then_some(Self::Number(value));
        }
        let word = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        word.map(|&(_, label)| Self::Word(label)).or_else(|| comma(text))
    }
}

/// A number with one comma between digits.
fn comma(text: &str) -> Option<Rating> {
    let (whole, fraction) = text.split_once(',')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole.strip_prefix(['-', '+']).unwrap_or(whole)) || !digits(fraction) {
        return None;
    }
    let value = format!("{whole}.{fraction}").parse().ok()?;
    Some(Rating::Comma(value, fraction.len() == 3))
}

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Time {
    /// In a unit of the file's own.
    Number(f64),
    /// A date, in seconds since 1970 at UTC where the field names no zone.
    Date(f64),
}

impl Time {
    /// The finite number, or the date or date-time by ISO 8601, that a field holds.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(value) = text.parse::<f64>() {
            return value.is_finite().then_some(Self::Number(value));
        }
        seconds(text).map(Self::Date)
    }
}

fn seconds(text: &str) -> Option<f64> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let timestamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        // "UTC" behind a time, as ClickHouse and BigQuery write it.
        let local = text.strip_suffix(" UTC").unwrap_or(text);
        let local = local
            .parse::<DateTime>()
            .ok()
            .or_else(|| Some(local.parse::<Date>().ok()?.to_datetime(Default::default())))?;
        TimeZone::UTC.to_timestamp(local).ok()
    })?;
    Some(timestamp.as_second() as f64 + f64::from(timestamp.subsec_nanosecond()) * 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_words_and_commas_are_ratings() {
        assert_eq!(Rating::parse("-4.5e0"), Some(Rating::Number(-4.5)));
        assert_eq!(Rating::parse("True"), Some(Rating::Word(1.0)));
        assert_eq!(Rating::parse("DISLIKE"), Some(Rating::Word(0.0)));
        assert_eq!(Rating::parse("4,5"), Some(Rating::Comma(4.5, false)));
        assert_eq!(Rating::parse("-1,234"), Some(Rating::Comma(-1.234, true)));
        for text in ["", "NaN", "inf", "5.0 out of 5", "4,5,6", "4,", ",5", "4,x", "1.000,5", "五"] {
            assert_eq!(Rating::parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_seconds_since_1970() {
        // Against `date -u -d … +%s`.
        let date = |text: &str| Time::parse(text);
        assert_eq!(date("2005-04-18 23:45:47"), Some(Time::Date(1_113_867_947.0)));
        assert_eq!(date("2005-04-18T23:45:47Z"), Some(Time::Date(1_113_867_947.0)));
        assert_eq!(date("2005-04-19T01:45:47+02:00"), Some(Time::Date(1_113_867_947.0)));
        assert_eq!(date("2005-04-18 23:45:47 UTC"), Some(Time::Date(1_113_867_947.0)));
        assert_eq!(date("2014-04-07T10:45:09.25Z"), Some(Time::Date(1_396_867_509.25)));
        assert_eq!(date("2015-04-13"), Some(Time::Date(1_428_883_200.0)));
        assert_eq!(date("1500000645"), Some(Time::Number(1_500_000_645.0)));
        for text in ["", "noon", "2015-13-01", "04/18/2005", "NaN", "2015-04-13x"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn what_stands_for_nothing_is_missing() {
        assert!(["", "NaN", "null", "\\N", "<NA>", "None"].into_iter().all(is_missing));
        assert!(!["0", "Nan", "nil", "na", "-"].into_iter().any(is_missing));
    }
}
