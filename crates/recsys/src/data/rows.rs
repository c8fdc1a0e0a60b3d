//! Rows of a table: where their columns lie, and what their fields may be.

use autolossgen_settings::nearest;

use super::Columns;
use super::ratings::Ratings;

/// Most rows of a table: indices of users, items and rows have 32 bits.
pub(super) const MAX_ROWS: usize = u32::MAX as usize;

/// Where the four columns lie in a row.
pub(super) struct Positions {
    pub(super) user: usize,
    pub(super) item: usize,
    pub(super) rating: usize,
    pub(super) timestamp: Option<usize>,
}

/// Usual names of a column, without case and underscores.
const USER: &[&str] = &["user", "userid", "uid", "reviewerid"];
const ITEM: &[&str] = &["item", "itemid", "iid", "movieid", "movie", "asin", "parentasin", "productid", "bookid"];
const RATING: &[&str] = &["rating", "label", "score", "overall", "stars"];
const TIMESTAMP: &[&str] = &["timestamp", "time", "unixreviewtime", "unixtime"];

fn plain(name: &str) -> String {
    // RecBole writes the type behind a colon: user_id:token.
    let name = name.split(':').next().unwrap_or(name).trim();
    name.chars().filter(|c| *c != '_' && *c != ' ').flat_map(char::to_lowercase).collect()
}

/// The column `wanted` by name, or else the first with a usual name.
fn find_column(header: &[&str], wanted: Option<&str>, usual: &[&str]) -> Result<Option<usize>, String> {
    let Some(wanted) = wanted else {
        return Ok(header.iter().position(|name| usual.contains(&plain(name).as_str())));
    };
    let bare = |name: &str| name.split(':').next().unwrap_or(name).trim().to_owned();
    if let Some(position) = header.iter().position(|name| name.trim() == wanted || bare(name) == wanted) {
        return Ok(Some(position));
    }
    let near =
        nearest(wanted, header.iter().copied()).map_or(String::new(), |near| format!(" (did you mean '{near}'?)"));
    Err(format!("there is no column '{wanted}'{near}; the columns are {}", header.join(", ")))
}

impl Positions {
    pub(super) const BARE: Positions = Positions { user: 0, item: 1, rating: 2, timestamp: Some(3) };

    pub(super) fn of_header(header: &[&str], columns: &Columns) -> Result<Self, String> {
        let need = |wanted: &Option<String>, usual: &[&str], role: &str| {
            find_column(header, wanted.as_deref(), usual)?.ok_or_else(|| {
                let columns = header.join(", ");
                format!("no column looks like the {role}: name one with data.{role}_column; the columns are {columns}")
            })
        };
        Ok(Self {
            user: need(&columns.user, USER, "user")?,
            item: need(&columns.item, ITEM, "item")?,
            rating: need(&columns.rating, RATING, "rating")?,
            timestamp: find_column(header, columns.timestamp.as_deref(), TIMESTAMP)?,
        })
    }

    pub(super) fn last(&self) -> usize {
        self.user.max(self.item).max(self.rating).max(self.timestamp.unwrap_or(0))
    }
}

/// Appends a row of text fields.
///
/// # Errors
/// An id that is no text, more rows than can be counted, or a timestamp where others have none.
pub(super) fn push(
    ratings: &mut Ratings,
    user: &str,
    item: &str,
    rating: f64,
    timestamp: Option<f64>,
) -> Result<(), String> {
    let (user, item) = (user.trim(), item.trim());
    check_id(user, "user")?;
    check_id(item, "item")?;
    check_room(ratings.len())?;
    if timestamp.is_some() != (ratings.timestamps.len() == ratings.len()) && !ratings.is_empty() {
        return Err("some rows have a timestamp and some have none".into());
    }
    ratings.push(user, item, rating, timestamp);
    Ok(())
}

/// Whether text can be an id: our own files are lines of fields between tabs, which may begin with a mark of byte order.
fn check_id(id: &str, role: &str) -> Result<(), String> {
    if id.is_empty() {
        return Err(format!("the {role} is empty"));
    }
    if id.contains(|c: char| c.is_control() || c == '\u{feff}') {
        return Err(format!("the {role} {id:?} has a character in it that is no text, such as a tab or a line break"));
    }
    Ok(())
}

/// Whether one more row can be counted; no more ids than rows can come up.
pub(super) fn check_room(rows: usize) -> Result<(), String> {
    if rows < MAX_ROWS { Ok(()) } else { Err(format!("more than {MAX_ROWS} rows: no more can be counted")) }
}

/// The number that a field holds.
///
/// # Errors
/// A field that holds none, or one that is not finite.
pub(super) fn number(text: &str, role: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(format!("the {role} '{}' is not a finite number", text.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_rows_are_taken_than_can_be_counted() {
        assert_eq!(check_room(u32::MAX as usize - 1), Ok(()));
        assert_eq!(check_room(u32::MAX as usize), Err("more than 4294967295 rows: no more can be counted".to_owned()));
    }
}
