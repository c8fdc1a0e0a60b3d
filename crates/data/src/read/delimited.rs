//! Delimited text: tables, and lists of a user's items.

use std::path::Path;

use super::collect::{Collector, Fields, Unit};
use super::encoding::Text;
use super::foreign;
use super::layout::{Form, Layout, find};
use super::records::{Record, Records, Stop};
use super::roles::{Found, Head, Roles, Rule, is_usual, shortened};
use super::schema::{Kind, Schema};
use crate::error::DataError;
use crate::options::{Columns, ReadOptions, SeparatorRule};
use crate::ratings::Ratings;

/// Reads a table or lists.
pub(super) fn read(path: &Path, text: Text, options: &ReadOptions) -> Result<(Ratings, Schema), Stop> {
    if let Some(message) = foreign::text(&text.sample) {
        return Err(DataError::file(path, message).into());
    }
    let layout = find(path, &text.sample, text.is_whole, options)?;
    match layout.form {
        Form::Table => read_table(path, text, layout, options),
        Form::Lists => read_lists(path, text, layout, options),
        Form::LibSvm => {
            let shown = shortened(&layout.rows[0].join(" "));
            let message = format!(
                "the line '{shown}' is libSVM's: features by index, which do not say what is a user and what an item; a table of user, item and rating is needed"
            );
            Err(DataError::row(path, layout.start, message).into())
        }
    }
}

fn read_table(path: &Path, text: Text, layout: Layout, options: &ReadOptions) -> Result<(Ratings, Schema), Stop> {
    let Layout { separator, skipped, before, start, header, is_header_above, doubtful, rows, .. } = layout;
    if let Some(name) = header.iter().flatten().find(|name| {
        name.lines().count() > 1
            && (options.columns != Columns::default() || name.lines().any(|line| is_usual(line.trim_matches('"'))))
    }) {
        let message = format!("the name '{}' has a line break in it: close the quote that is open", shortened(name));
        return Err(DataError::row(path, start, message).into());
    }
    let head = Head { header: header.as_deref(), rows: &rows };
    let roles = Roles::of(&head, &options.columns).map_err(|message| match &header {
        Some(_) => DataError::row(path, start, message),
        None => DataError::file(path, message),
    })?;
    if let (Some(names), Some(number)) = (&header, doubtful) {
        let message = format!(
            "the line '{}' is read as a header, and has '{}' above numbers: set data.header = true if it names the columns, or false if it is a row",
            shortened(&names.join(" ")),
            shortened(&number)
        );
        return Err(DataError::row(path, start, message).into());
    }
    let width = header.as_ref().or(rows.first()).map_or(0, Vec::len);
    let mut records = Records::new(path, text.into_reader(), separator.separator());
    records.skip_lines(before)?;
    let mut collector = Collector::new(path, options, &roles, Unit::Line);
    let mut is_named = header.is_none() || is_header_above;
    while let Some(record) = records.next()? {
        if record.line < start {
            continue;
        }
        if !is_named {
            is_named = true;
            continue;
        }
        check_width(&record, width, &roles, header.is_some(), separator)
            .map_err(|message| DataError::row(path, record.line, message))?;
        let field = |found: &Found| record.field(found.index);
        let fields = Fields {
            user: Some(field(&roles.user)),
            item: Some(field(&roles.item)),
            rating: roles.rating.as_ref().map(field),
            timestamp: roles.timestamp.as_ref().map(field),
        };
        collector.push(record.line, fields)?;
    }
    let (ratings, tally) = collector.finish()?;
    check_places(&ratings, &roles).map_err(|message| DataError::file(path, format!("{message}{}", head.shown())))?;
    let has_header = header.is_some();
    let columns = header.unwrap_or_else(|| (1..=width).map(|number| number.to_string()).collect());
    let schema = Schema::new(path, Kind::Table, columns, &roles, &ratings, tally);
    Ok((ratings, Schema { separator: Some(separator), header: Some(has_header), skipped, ..schema }))
}

/// A row has the fields that the first line has; empty ones may follow, and what no role needs may be left out at the end. Between
/// spaces a field that is left out could be any.
fn check_width(
    record: &Record<'_>,
    width: usize,
    roles: &Roles,
    has_header: bool,
    separator: SeparatorRule,
) -> Result<(), String> {
    let (n, needed) = (record.len(), roles.last() + 1);
    let needed = if separator == SeparatorRule::Space { needed.max(width) } else { needed };
    if n < needed {
        return Err(format!(
            "{n} fields where at least {needed} are needed: mend the line, or remove it if it is no row"
        ));
    }
    let is_open = |field: &str| field.starts_with('"') && (field.len() == 1 || !field.ends_with('"'));
    if n < width && record.fields().any(is_open) {
        return Err(format!(
            "{n} fields where {width} are needed, and a quote that opens is not closed on the line: write a line break within a field otherwise, for between these separators none is read"
        ));
    }
    if n > width && record.fields().skip(width).any(|field| !field.is_empty()) {
        let first = if has_header { "the header names" } else { "the first row has" };
        return Err(format!("{n} fields where {first} {width}: quote fields that hold the separator"));
    }
    Ok(())
}

/// Whether columns whose place alone tells what they are can be that. Whole numbers with many values are ids or counts, and what
/// is the same for every row of an item is a category or a price.
fn check_places(ratings: &Ratings, roles: &Roles) -> Result<(), String> {
    if roles.rating.as_ref().is_none_or(|found| found.rule != Rule::Place) {
        return Ok(());
    }
    let remedy = "set data.user_column, data.item_column and data.rating_column to the numbers of their columns";
    let (n, users, items) = (ratings.n_values(), ratings.n_users(), ratings.n_items());
    let is_whole = ratings.ratings.iter().all(|rating| rating.fract() == 0.0);
    let is_scale = ratings.ratings.iter().all(|rating| (0.0..=100.0).contains(rating)) && 2 * n <= users.min(items);
    // Eleven values are a scale from 0 to 10.
    if is_whole && n > 11 && !is_scale {
        return Err(format!(
            "there is no header, and column 3 cannot be told to be the rating, for it has {n} values, column 1 has {users} and column 2 has {items}: {remedy}"
        ));
    }
    if ratings.has_one_value_an_item() {
        return Err(format!(
            "there is no header, and column 3 cannot be told to be the rating, for every row of an item has the same, as it has of a category or a price: {remedy}"
        ));
    }
    Ok(())
}

/// A user and its items a line, as LightGCN's authors write them: implicit feedback.
fn read_lists(path: &Path, text: Text, layout: Layout, options: &ReadOptions) -> Result<(Ratings, Schema), Stop> {
    let column = |index| Found { index, rule: Rule::Place };
    let roles = Roles { user: column(0), item: column(1), rating: None, timestamp: None };
    let mut records = Records::new(path, text.into_reader(), layout.separator.separator());
    records.skip_lines(layout.before)?;
    let mut collector = Collector::new(path, options, &roles, Unit::Line);
    while let Some(record) = records.next()? {
        if record.line < layout.start {
            continue;
        }
        let user = Some(record.field(0));
        for item in record.fields().skip(1) {
            if !item.bytes().all(|byte| byte.is_ascii_digit()) {
                let message = format!(
                    "the item '{}' is no number, and lists of a user and its items have numbers",
                    shortened(item)
                );
                return Err(DataError::row(path, record.line, message).into());
            }
            collector.push(record.line, Fields { user, item: Some(item), ..Fields::default() })?;
        }
    }
    let (ratings, tally) = collector.finish()?;
    let columns = vec!["1".to_owned(), "2 and on".to_owned()];
    let schema = Schema::new(path, Kind::Lists, columns, &roles, &ratings, tally);
    Ok((ratings, Schema { separator: Some(layout.separator), header: Some(false), skipped: layout.skipped, ..schema }))
}

#[cfg(test)]
mod tests {
    use crate::options::{Columns, HeaderRule, ReadOptions};
    use crate::read::read_ratings;

    /// Found by fuzzing: dates are written as seconds, which read back.
    #[test]
    fn early_dates_are_of_the_unit_of_later_ones() {
        let folder = tempfile::tempdir().unwrap();
        let [path, again] = ["a.csv", "again.tsv"].map(|name| folder.path().join(name));
        std::fs::write(&path, "user,item,rating,time\na,x,5,1970-02-01\na,y,5,2015-04-13\na,z,5,9999-01-01\n").unwrap();
        let (ratings, _) = read_ratings(&path, &ReadOptions::default()).unwrap();
        crate::write_ratings(&ratings, &again).unwrap();
        assert_eq!(read_ratings(&again, &ReadOptions::default()).unwrap().0.checksum(), ratings.checksum());
        std::fs::write(&path, "user,item,rating,time\na,x,5,1428883200\na,y,5,1428883200000\n").unwrap();
        assert!(read_ratings(&path, &ReadOptions::default()).is_err(), "milliseconds beside seconds");
    }

    /// Found by fuzzing: the first row has fewer fields than the place of a role.
    #[test]
    fn a_first_row_that_is_short_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "1 2 3\n1 2 3 4 5\n".to_owned() + &"1 2 3 4 5\n".repeat(20)).unwrap();
        let number = |number: &str| Some(number.to_owned());
        let columns = Columns { user: number("1"), item: number("5"), rating: number("2"), timestamp: None };
        let options = ReadOptions { columns, ..ReadOptions::default() };
        let said = read_ratings(&path, &options).unwrap_err().to_string();
        assert!(said.contains("line 1: 3 fields where at least 5 are needed"), "{said}");
    }

    /// Found by fuzzing: a field between bars has a line break, and both halves of the row have an item and a user.
    #[test]
    fn half_a_row_is_no_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let rows = "\"item\"|\"user\"|\"rating\"|\"title\"|\"extra\"|\"more\"\n\"x\"|\"a\"|5|\"T\"|\"e\"|\"m\"\n\"y\"|\"b\"|4|\"line\nbreak\"|\"c\"|3\n";
        std::fs::write(&path, rows).unwrap();
        let said = read_ratings(&path, &ReadOptions::default()).unwrap_err().to_string();
        assert!(said.contains("line 3: 4 fields where 6 are needed, and a quote that opens is not closed"), "{said}");
    }

    /// Found by fuzzing: what stands for "not rated" has no meaning where nothing is rated.
    #[test]
    fn ratings_that_stand_for_none_need_a_column() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "user,item\na,x\nb,y\n").unwrap();
        let options = ReadOptions { not_rated: vec![1.0], ..ReadOptions::default() };
        let said = read_ratings(&path, &options).unwrap_err().to_string();
        assert!(said.contains("data.not_rated says which ratings stand for none, and no column has ratings"), "{said}");
    }

    /// Found by fuzzing: ids may be words that name columns elsewhere.
    #[test]
    fn a_header_with_a_number_above_numbers_is_asked_about() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let read = |text: &str, header, [user, item, rating]: [Option<&str>; 3]| {
            std::fs::write(&path, text).unwrap();
            let [user, item, rating] = [user, item, rating].map(|name| name.map(str::to_owned));
            let columns = Columns { user, item, rating, ..Columns::default() };
            read_ratings(&path, &ReadOptions { header, columns, ..ReadOptions::default() })
        };
        let table = "book_;user_;-4.9;141382911.0\nitem_;1;2;122704243\nbook_;user_;5;122704243\n";
        for (text, line, number) in [
            (table.to_owned(), 1, "-4.9"),
            (format!("480\n{table}"), 2, "-4.9"),
            ("user,item,5\nreviewer,asin,4\n".to_owned(), 1, "5"),
            ("user,item,2016-03-03\nreviewer,asin,2016-03-04\n".to_owned(), 1, "2016-03-03"),
        ] {
            let said = read(&text, HeaderRule::Auto, [None; 3]).unwrap_err().to_string();
            let expected = format!("and has '{number}' above numbers: set data.header = true if it names the columns");
            assert!(said.contains(&format!("line {line}: ")) && said.contains(&expected), "{said}");
        }
        let n_rows = |rule| read("user,item,5\nreviewer,asin,4\na,x,3\n", rule, [None; 3]).unwrap().0.len();
        assert_eq!([HeaderRule::True, HeaderRule::False].map(n_rows), [2, 3]);
        for (text, names) in [
            ("user,item,5\nreviewer,asin,4\n", [Some("user"), None, None]),
            ("user,item,rating,2019\na,x,5,yes please\n", [None; 3]),
            ("0,1,2,3\n0,7,8,5\n1,7,9,4\n", [Some("1"), Some("2"), Some("3")]),
        ] {
            assert_eq!(read(text, HeaderRule::Auto, names).unwrap().1.header, Some(true), "{text}");
        }
    }

    #[test]
    fn a_quote_that_takes_a_name_in_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "\"it's said\ntime:float\"\"\",user,item,rating\n1,a,x,5\n").unwrap();
        let said = read_ratings(&path, &ReadOptions::default()).unwrap_err().to_string();
        assert!(
            said.ends_with(
                r#"line 1: the name 'it's said\ntime:float"' has a line break in it: close the quote that is open"#
            ),
            "{said}"
        );
    }
}
