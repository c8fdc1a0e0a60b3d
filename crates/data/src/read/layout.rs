//! How delimited text is laid out: what precedes the table, what separates its fields, and whether it has a header.

use std::cmp::Reverse;
use std::path::Path;

use super::records::{Records, Separator, Stop};
use super::roles::{bare, n_usual, shortened};
use super::value::{Rating, Time, is_missing};
use crate::error::DataError;
use crate::options::{Columns, HeaderRule, ReadOptions, SeparatorRule};

/// Rows that are looked at, at most.
const ROWS: usize = 1000;
/// Lines before a table, at most.
const MAX_SKIPPED: usize = 100;
/// Lines of one field above a table, at most.
const MAX_TITLES: usize = 3;
/// Share of rows with the same number of fields from which a separator divides.
const EVEN: f64 = 0.9;

/// What the first lines of a text show.
pub(super) struct Layout {
    pub(super) separator: SeparatorRule,
    /// Lines before the table: comments, counts.
    pub(super) skipped: Vec<String>,
    /// Number of lines before it that are no records: a quote in them opens nothing.
    pub(super) before: u64,
    /// Line on which the table begins, counted from 1.
    pub(super) start: u64,
    pub(super) header: Option<Vec<String>>,
    /// Whether the header is a comment above the table.
    pub(super) is_header_above: bool,
    /// A name of the header, where that may be a row: a number above numbers.
    pub(super) doubtful: Option<String>,
    /// The first rows.
    pub(super) rows: Vec<Vec<String>>,
    pub(super) form: Form,
}

/// What the lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Table,
    /// A user and items, as many as there are.
    Lists,
    /// A label and features with an index each.
    LibSvm,
}

/// Every separator, in the order in which one goes before another that divides as well.
const SEPARATORS: [SeparatorRule; 6] = [
    SeparatorRule::Tab,
    SeparatorRule::DoubleColon,
    SeparatorRule::Semicolon,
    SeparatorRule::Pipe,
    SeparatorRule::Comma,
    SeparatorRule::Space,
];

impl SeparatorRule {
    /// What the rule names; `Auto` names nothing, and any will do.
    pub(super) fn separator(self) -> Separator {
        match self {
            Self::Auto | Self::Comma => Separator::Byte(b','),
            Self::Semicolon => Separator::Byte(b';'),
            Self::Tab => Separator::Byte(b'\t'),
            Self::Pipe => Separator::Byte(b'|'),
            Self::Space => Separator::Spaces,
            Self::DoubleColon => Separator::DoubleColon,
        }
    }
}

/// A record of the sample: its first line, counted from that of the sample, and its fields.
type Row = (u64, Vec<String>);

/// The first lines, divided by one separator.
struct Division {
    separator: SeparatorRule,
    rows: Vec<Row>,
    /// Rows of one field above the others: a count, a title.
    n_titles: usize,
    /// Fields that most rows below have.
    width: usize,
    /// Share of rows with so many.
    share: f64,
}

impl Division {
    fn of(path: &Path, text: &str, separator: SeparatorRule) -> Result<Self, Stop> {
        let mut records = Records::new(path, text.as_bytes(), separator.separator());
        let mut rows: Vec<Row> = Vec::new();
        while rows.len() < ROWS {
            match records.next() {
                Ok(Some(record)) => rows.push((record.line, record.fields().map(str::to_owned).collect())),
                // A quote that is open at the end of the sample may close behind it.
                Ok(None) | Err(Stop::Wrong(_)) => break,
                Err(stop) => return Err(stop),
            }
        }
        let mut counts = std::collections::BTreeMap::<usize, usize>::new();
        let n_titles = rows.iter().take(MAX_TITLES).take_while(|(_, fields)| fields.len() == 1).count();
        // There is more of a table than above it.
        let n_titles = if n_titles * 2 <= rows.len() { n_titles } else { 0 };
        rows[n_titles..].iter().for_each(|(_, fields)| *counts.entry(fields.len()).or_default() += 1);
        let (width, n) = counts.into_iter().max_by_key(|&(width, n)| (n, width)).unwrap_or((0, 0));
        let share = n as f64 / (rows.len() - n_titles).max(1) as f64;
        Ok(Self { separator, rows, n_titles, width, share })
    }

    /// How well the separator divides, by what goes first: rows alike, none of one field above them, columns enough by another
    /// separator than the space, which is in texts too, and more fields.
    fn rank(&self) -> (bool, Reverse<usize>, bool, usize) {
        let first = self.rows.get(self.n_titles).map_or(0, |(_, fields)| fields.len());
        let is_even = self.share >= EVEN && self.width > 1;
        let n_fields = if is_even { self.width } else { first };
        (is_even, Reverse(self.n_titles), self.separator != SeparatorRule::Space && n_fields > 2, n_fields)
    }
}

/// The layout of a text by its first bytes, whose last line may be cut unless they are all.
///
/// # Errors
/// Lines that cannot be fields of a table.
pub(super) fn find(path: &Path, sample: &[u8], is_whole: bool, options: &ReadOptions) -> Result<Layout, Stop> {
    let end =
        if is_whole { sample.len() } else { sample.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1) };
    if end == 0 {
        let message = if sample.is_empty() {
            "the file has no rows: at least one rating is needed".to_owned()
        } else {
            format!("the first line is longer than {} bytes: no table of ratings has that", sample.len())
        };
        return Err(DataError::file(path, message).into());
    }
    let text = match std::str::from_utf8(&sample[..end]) {
        Ok(text) => text,
        Err(error) => {
            return Err(Stop::NotUtf8(
                1 + sample[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() as u64,
            ));
        }
    };
    let before = Before::of(text);
    if before.has_more {
        let message = format!(
            "more than {MAX_SKIPPED} lines begin as a comment does: write the table with a header if these are rows, or remove them"
        );
        return Err(DataError::row(path, before.lines + 1, message).into());
    }
    let rule = if options.separator == SeparatorRule::Auto { before.separator } else { Some(options.separator) };
    let divided = SEPARATORS.iter().filter(|&&separator| rule.is_none_or(|rule| rule == separator));
    let divisions =
        divided.map(|&separator| Division::of(path, before.table, separator)).collect::<Result<Vec<_>, _>>()?;
    // The first of those that divide as well.
    let best = divisions.iter().enumerate().rev().max_by_key(|(_, division)| division.rank());
    let (best, _) = best.expect("there are separators");
    if let Some(other) = rival(&divisions, best) {
        let best = &divisions[best];
        let message = format!(
            "the lines are divided into {} columns by a {} and into {} by a {}: set data.separator to say which",
            best.width, best.separator, other.width, other.separator
        );
        return Err(DataError::file(path, message).into());
    }
    let best = divisions.into_iter().nth(best).expect("it is one of them");
    if best.rows.is_empty() {
        return Err(DataError::file(path, "the file has no rows: at least one rating is needed").into());
    }
    if let Some((line, shown)) = late_comment(before.table, &best) {
        let message = format!(
            "the line '{}' begins as a comment does, and is not the first: remove it, or move it to the top of the file",
            shortened(shown)
        );
        return Err(DataError::row(path, before.lines + line, message).into());
    }
    let is_as_set = options.columns != Columns::default() || options.header != HeaderRule::Auto;
    let form = if is_as_set { Form::Table } else { form(&best) };
    if form == Form::Table && best.width.max(best.rank().3) < 2 {
        let tried = rule
            .map_or("a comma, semicolon, tab, space, | or ::".to_owned(), |rule| format!("data.separator = '{rule}'"));
        let shown = shortened(&best.rows[0].1.join(" "));
        let message = format!(
            "the line '{shown}' is not divided into columns by {tried}: a table of user, item and rating is needed"
        );
        return Err(DataError::row(path, before.lines + best.rows[0].0, message).into());
    }
    let width = best.width;
    let layout = before.layout(best, form, options);
    if form == Form::Table {
        check_above(&layout, &before, width, options.header).map_err(|message| DataError::file(path, message))?;
    }
    Ok(layout)
}

/// Whether a line above a table is one of it: its header, or a row.
fn check_above(layout: &Layout, before: &Before<'_>, width: usize, header: HeaderRule) -> Result<(), String> {
    let n_names = |fields: &[String]| n_usual(&fields.iter().map(String::as_str).collect::<Vec<_>>());
    let is_named = layout.header.as_ref().is_some_and(|names| layout.is_header_above || n_names(names) > 1);
    if header == HeaderRule::Auto && !is_named {
        // Behind the comments are the titles.
        let mut titles = layout.skipped.iter().skip(before.skipped.len());
        if let Some(title) = titles.find(|title| names_columns(title)) {
            return Err(format!(
                "the line '{}' above the table names columns, and is not divided as the rows are, by a {}: set data.separator to what divides both, or data.header = false",
                shortened(title),
                layout.separator
            ));
        }
    }
    if layout.header.is_some() {
        return Ok(());
    }
    if header == HeaderRule::Auto
        && let Some(odd) = layout.rows.iter().take(MAX_TITLES).find(|row| n_names(row) > 1)
    {
        return Err(format!(
            "the line '{}' names columns, and is not the first of the table: remove what stands above it, or set data.header = false",
            shortened(&odd.join(" "))
        ));
    }
    let ends_empty = layout.rows.iter().all(|row| row.last().is_some_and(String::is_empty));
    // Words of a comment are seldom written right behind its mark, and its third is seldom a rating.
    let is_row = |line: &&str| {
        let (is_close, fields) = comment(line, layout.separator);
        let is_rated = layout.separator != SeparatorRule::Space && width > 2;
        // A line is without the separators at its end.
        let is_full = fields.len() == width || fields.len() + 1 == width && ends_empty;
        is_full && (is_close || is_rated && fields.get(2).is_some_and(|third| Rating::parse(third).is_some()))
    };
    if before.skipped.iter().filter(|line| !line.starts_with("sep=")).any(is_row) && !before.is_market {
        return Err(
            "a line above the table begins as a comment does and has the fields of a row: write the table with a header"
                .to_owned(),
        );
    }
    Ok(())
}

/// Where spaces divide the rows evenly, another separator that does, into fewer columns: then words with spaces between are as likely.
/// A comma may be that of decimals.
fn rival(divisions: &[Division], best: usize) -> Option<&Division> {
    let best = &divisions[best];
    let is_rival = |other: &&Division| {
        !matches!(other.separator, SeparatorRule::Space | SeparatorRule::Comma)
            && other.n_titles == best.n_titles
            && other.share >= EVEN
            && other.width > 1
    };
    (best.separator == SeparatorRule::Space && best.share >= EVEN).then(|| divisions.iter().find(is_rival)).flatten()
}

/// A comment among the lines at the head of a table, with its number, that no separator of more than two columns makes a row: a
/// quote or a separator in it would say wrongly how the table is divided.
fn late_comment<'a>(table: &'a str, best: &Division) -> Option<(u64, &'a str)> {
    let is_comment = |line: &str| {
        let rest = line.strip_prefix("//").or_else(|| line.strip_prefix(['#', '%']));
        // The mark may be an id.
        let is_row = match best.separator.separator() {
            Separator::Byte(byte) => line.split(byte as char).count() == best.width,
            Separator::DoubleColon => line.split("::").count() == best.width,
            Separator::Spaces => false,
        };
        rest.is_some_and(|rest| rest.starts_with([' ', '\t']))
            && !(best.width > 2 && (is_row || comment(line, best.separator).1.len() == best.width))
    };
    let head = table.lines().enumerate().take(MAX_TITLES + 1).skip(1);
    head.map(|(at, line)| (at as u64 + 1, line.trim())).find(|(_, line)| is_comment(line))
}

/// What precedes the first row.
struct Before<'a> {
    skipped: Vec<&'a str>,
    /// Lines of it, blank ones included.
    lines: u64,
    /// What spreadsheets write: sep=;
    separator: Option<SeparatorRule>,
    /// Whether it is that of MatrixMarket, with a line of sizes.
    is_market: bool,
    /// Whether there are more comments than are skipped.
    has_more: bool,
    table: &'a str,
}

impl<'a> Before<'a> {
    fn of(text: &'a str) -> Self {
        let mut before =
            Self { skipped: Vec::new(), lines: 0, separator: None, is_market: false, has_more: false, table: text };
        while before.skipped.len() < MAX_SKIPPED {
            let (line, rest) = before.table.split_once('\n').unwrap_or((before.table, ""));
            let bare = line.trim();
            // A tabulator may be what is declared.
            let declared = line.trim_matches([' ', '\r']).strip_prefix("sep=").and_then(|by| {
                SEPARATORS.iter().find(|rule| match rule.separator() {
                    Separator::Byte(byte) => by.as_bytes() == [byte],
                    Separator::Spaces | Separator::DoubleColon => false,
                })
            });
            if declared.is_none() && !bare.is_empty() && !is_comment(line.trim_start_matches(' '))
                || before.table.is_empty()
            {
                break;
            }
            before.separator = declared.copied().or(before.separator);
            before.is_market |= bare.starts_with("%%MatrixMarket");
            if !bare.is_empty() {
                before.skipped.push(bare);
            }
            before.lines += 1;
            before.table = rest;
        }
        before.has_more = before.skipped.len() == MAX_SKIPPED && is_comment(before.table.trim_start_matches(' '));
        if before.is_market {
            // The line below the comments has the numbers of rows, columns and entries.
            let (sizes, rest) = before.table.split_once('\n').unwrap_or((before.table, ""));
            before.skipped.push(sizes.trim());
            (before.lines, before.table) = (before.lines + 1, rest);
        }
        before
    }

    fn layout(&self, mut best: Division, form: Form, options: &ReadOptions) -> Layout {
        let n_titles = if form == Form::Table { best.n_titles } else { 0 };
        let titles: Vec<String> = best.rows.drain(..n_titles).map(|(_, fields)| fields.concat()).collect();
        let skipped: Vec<String> = self.skipped.iter().map(|&line| line.to_owned()).chain(titles).collect();
        let start = self.lines + best.rows.first().map_or(1, |(line, _)| *line);
        let mut rows: Vec<Vec<String>> = best.rows.into_iter().map(|(_, fields)| fields).collect();
        let is_header = form == Form::Table
            && match options.header {
                HeaderRule::True => true,
                HeaderRule::False => false,
                HeaderRule::Auto => {
                    rows.split_first().is_some_and(|(first, rest)| is_header(first, rest, &options.columns))
                }
            };
        let mut header = is_header.then(|| rows.remove(0));
        if let Some(names) = &mut header {
            // R leaves the name of the row names out, which count.
            let starts = |from: usize| {
                let counts = |(at, row): (usize, &Vec<String>)| {
                    row.len() == names.len() + 1 && row[0] == (from + at).to_string()
                };
                rows.iter().enumerate().all(counts)
            };
            let is_full = rows.iter().any(|row| row.last().is_some_and(|last| !last.is_empty()));
            // One row may begin with a 1 that is an id.
            if rows.len() > 1 && is_full && (starts(0) || starts(1)) {
                names.insert(0, "row names".to_owned());
            }
        }
        let is_asked = options.header == HeaderRule::Auto
            && !options.columns.names().any(|name| header.as_deref().is_some_and(|header| has_name(header, name)));
        let doubtful = header.as_ref().filter(|names| is_asked && !is_numbered(names));
        let doubtful = doubtful.and_then(|names| number_above_numbers(names, &rows));
        let (header, is_header_above) = match header {
            None if form == Form::Table && options.header == HeaderRule::Auto => {
                let above = header_above(&skipped, best.separator, best.width);
                let is_above = above.is_some();
                (above, is_above)
            }
            header => (header, false),
        };
        Layout {
            separator: best.separator,
            skipped,
            before: self.lines,
            start,
            header,
            is_header_above,
            doubtful,
            rows,
            form,
        }
    }
}

/// Names of columns in the line above a table: a comment, as NumPy writes them, or names between which there is another separator
/// than in the rows.
fn header_above(skipped: &[String], separator: SeparatorRule, width: usize) -> Option<Vec<String>> {
    let line = skipped.iter().rfind(|line| !line.starts_with("sep="))?;
    let mut fields = [separator].into_iter().chain(SEPARATORS).map(|separator| comment(line, separator).1);
    let fields = fields.find(|fields| fields.len() == width && n_usual(fields) > 1)?;
    Some(fields.into_iter().map(str::to_owned).collect())
}

fn is_comment(line: &str) -> bool {
    line.starts_with(['#', '%']) || line.starts_with("//")
}

/// Whether a comment begins right behind its mark, and the fields that it would have.
fn comment(line: &str, separator: SeparatorRule) -> (bool, Vec<&str>) {
    let line = line.strip_prefix("//").unwrap_or_else(|| line.trim_start_matches(['#', '%']));
    let bare = line.trim_start();
    let fields = match separator.separator() {
        Separator::Byte(byte) => bare.split(byte as char).map(|field| field.trim().trim_matches('"')).collect(),
        Separator::Spaces => bare.split_ascii_whitespace().collect(),
        Separator::DoubleColon => bare.split("::").collect(),
    };
    (bare.len() == line.len(), fields)
}

/// Whether lines are lists or libSVM rows, of which most have another number of fields.
fn form(best: &Division) -> Form {
    let rows = || best.rows.iter().map(|(_, fields)| fields);
    let is_feature = |field: &String| {
        field.split_once(':').is_some_and(|(index, value)| index.parse::<u64>().is_ok() && value.parse::<f64>().is_ok())
    };
    let by_space = best.separator == SeparatorRule::Space;
    if by_space && rows().all(|fields| fields.len() > 1 && fields[1..].iter().all(is_feature)) {
        return Form::LibSvm;
    }
    let is_id = |field: &String| field.bytes().all(|byte| byte.is_ascii_digit());
    let is_list = by_space && best.share < EVEN && best.rows.len() > 1 && rows().all(|fields| fields.iter().all(is_id));
    if is_list { Form::Lists } else { Form::Table }
}

/// Whether the first line names the columns: a setting says so by naming one, two names are usual, or words stand above numbers.
/// A word with a digit is as likely an id, of which others are numbers: 034545104X.
fn is_header(first: &[String], rest: &[Vec<String>], columns: &Columns) -> bool {
    if columns.names().any(|wanted| has_name(first, wanted)) {
        return true;
    }
    // A letter is as likely an id as a label.
    let is_value = |text: &str| Time::parse(text).is_some() || text.len() > 1 && Rating::parse(text).is_some();
    let is_title = |(column, name): (usize, &String)| {
        let mut below = rest.iter().filter_map(|row| row.get(column)).filter(|text| !is_missing(text)).peekable();
        !is_missing(name)
            && !name.contains(|c: char| c.is_ascii_digit())
            && !is_value(name)
            && below.peek().is_some()
            && below.all(|text| is_value(text))
    };
    let fields: Vec<&str> = first.iter().map(String::as_str).collect();
    is_numbered(first) || n_usual(&fields) > 1 || first.iter().enumerate().any(is_title)
}

fn has_name(header: &[String], wanted: &str) -> bool {
    header.iter().any(|name| name == wanted || bare(name) == wanted)
}

/// Whether the columns are numbered from 0, as pandas numbers those without names; of three, 0, 1, 2 may be a row.
fn is_numbered(header: &[String]) -> bool {
    header.len() > 3 && header.iter().enumerate().all(|(column, name)| *name == column.to_string())
}

/// Whether a line, divided by any separator, has usual names.
fn names_columns(line: &str) -> bool {
    SEPARATORS.iter().any(|&separator| n_usual(&comment(line, separator).1) > 1)
}

/// A name that is a number or a time, in a column of such.
fn number_above_numbers(header: &[String], rows: &[Vec<String>]) -> Option<String> {
    let is_number = |text: &str| {
        Time::parse(text).is_some() || text.contains(|c: char| c.is_ascii_digit()) && Rating::parse(text).is_some()
    };
    let is_doubtful = |(column, name): &(usize, &String)| {
        let mut below = rows.iter().filter_map(|row| row.get(*column)).filter(|text| !is_missing(text)).peekable();
        is_number(name) && below.peek().is_some() && below.all(|text| is_number(text))
    };
    header.iter().enumerate().find(is_doubtful).map(|(_, name)| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> Layout {
        find(Path::new("t"), text.as_bytes(), true, &ReadOptions::default()).unwrap_or_else(|stop| panic!("{stop:?}"))
    }

    #[test]
    fn the_separator_is_what_divides_alike() {
        for (text, expected) in [
            ("1::2::3::4\n5::6::7::8\n", SeparatorRule::DoubleColon),
            ("0;14;4,5\n1;15;3,5\n", SeparatorRule::Semicolon),
            ("a|b c|d, e\nf|g h|i\n", SeparatorRule::Pipe),
            ("0  14 5\n 1 15 4\n", SeparatorRule::Space),
            ("u0,Half-Life 14,play,5.5,0\nu1,Doom 2,play,1.0,0\n", SeparatorRule::Comma),
            ("0\t14\t5\n", SeparatorRule::Tab),
            ("a,b;c,d\ne,f;g,h\n", SeparatorRule::Comma),
            ("u,i,r\na,x,5 out of 5\nb,y,4 out of 5\n", SeparatorRule::Comma),
            ("a,x,5 out of 5\nb,y,4 out of 5\n", SeparatorRule::Comma),
            ("0 14 4,5\n1 15 3,5\n", SeparatorRule::Space),
        ] {
            assert_eq!(layout(text).separator, expected, "{text}");
        }
    }

    #[test]
    fn comments_counts_and_declarations_precede_a_table() {
        let found = layout("# made by a tool\n\n480\n0\t14\t5\n1\t2\t3\n");
        assert_eq!((found.skipped.join("|"), found.start, found.rows.len()), ("# made by a tool|480".to_owned(), 4, 2));
        let found = layout("# user item rating\n1 2 3\n4 5 6\n");
        assert_eq!((found.header.unwrap().join(","), found.rows.len(), found.start), ("user,item,rating".into(), 2, 2));
        assert!(layout("# a, b and c\n1,2,3\n").header.is_none());
        for (text, words) in [
            ("#1,2,3\n4,5,6\n", "begins as a comment does"),
            ("# 1,2,3\n4,5,6\n", "begins as a comment does"),
            ("#1,2\n#3,4\n5,6\n", "begins as a comment does"),
            ("#1,2,\n4,5,6\n", "begins as a comment does"),
            ("#1,2,7,\n4,5,6,\n", "begins as a comment does"),
            (&"#1,2,7,\n".repeat(101), "more than 100 lines begin as a comment does"),
            ("Ratings, 2024\nuser,item\n1,2\n", "the line 'user item' names columns"),
        ] {
            let said = find(Path::new("t"), text.as_bytes(), true, &ReadOptions::default()).err().unwrap();
            assert!(format!("{said:?}").contains(words), "{said:?}");
        }
        let found = layout("# made by,me\n1,2,\n3,4,\n");
        assert_eq!(
            (found.skipped.len(), found.rows.len()),
            (1, 2),
            "a comment of two fields above rows that end in none"
        );
        let found = layout("user\titem\trating\n#\tx\t1\n#\ty\t0\n");
        assert_eq!((found.skipped.len(), found.rows.len()), (0, 2), "a mark that is an id");
        let found = layout("# made\nsep=\t\n7\t5\t20\t2009-08-12 17:05:23\n");
        assert_eq!((found.separator, found.rows[0].len()), (SeparatorRule::Tab, 4));
        let text = "Half-Life 0::Half-Life 16\nDoom 1::Half-Life 16\n";
        let said = find(Path::new("t"), text.as_bytes(), true, &ReadOptions::default()).err().unwrap();
        let words = "divided into 3 columns by a space and into 2 by a double-colon: set data.separator";
        assert!(format!("{said:?}").contains(words), "{said:?}");
        let found = layout("#made\n\t%29\tu\t5\n\t%1\tv\t4\n");
        assert_eq!((found.skipped.len(), found.rows.len()), (1, 2), "a tab is no indent");
        let text = "iid player_id ratings\nx a,b 5 2007\ny a,c 4 2008\n";
        let said = find(Path::new("t"), text.as_bytes(), true, &ReadOptions::default()).err().unwrap();
        assert!(
            format!("{said:?}").contains("above the table names columns, and is not divided as the rows"),
            "{said:?}"
        );
        for text in [
            "a title\n# a;\"b;c\ntime;user;rating;item\n1;\"a\";4,5;x\n",
            "480\n% one\n\"a\",\"x\",\"2008-02-12 16:16:12\"\n",
        ] {
            let said = find(Path::new("t"), text.as_bytes(), true, &ReadOptions::default()).err().unwrap();
            assert!(format!("{said:?}").contains("begins as a comment does, and is not the first"), "{said:?}");
        }
        let found = layout("%%MatrixMarket matrix coordinate integer general\n%\n40 30 2\n1 2 3\n4 5 1\n");
        assert_eq!((found.rows.len(), found.start, found.header.is_none()), (2, 4, true));
        for header in ["# item,user,rating", "item,user,rating", "#item\tuser\trating"] {
            let found = layout(&format!("{header}\n1;2;3\n4;5;6\n"));
            assert_eq!(
                (found.header.unwrap_or_default().join(","), found.rows.len()),
                ("item,user,rating".into(), 2),
                "{header}"
            );
        }
        let found = layout("a,b::x::5\nc::y|z::4\n");
        assert_eq!((found.separator, found.rows.len()), (SeparatorRule::DoubleColon, 2), "a row is no title");
        let found = layout("sep=;\nuser;item;rating\na;x;5\n");
        assert_eq!((found.separator, found.start), (SeparatorRule::Semicolon, 2));
        assert_eq!(found.header.unwrap(), ["user", "item", "rating"]);
    }

    #[test]
    fn a_header_has_usual_names_or_words_above_numbers() {
        let has = |text: &str| layout(text).header.is_some();
        assert!(
            has("user,item,label\na,x,True\n")
                && has("who,what,how\na,x,5\nb,y,4\n")
                && has("click,purchase,101\n1,0,14\n")
        );
        assert!(
            !has("a,x,5\nb,y,4\n")
                && !has("user:1,item:7,5\nuser:2,item:8,4\n")
                && !has("0,14\n1,15\n")
                && !has("u0,Half-Life 14,play,5.5,0\nu1,Doom,play,1.0,0\n")
        );
        assert_eq!(
            layout("user item rating\n1 a x 5\n2 b y 4\n").header.unwrap().join(","),
            "row names,user,item,rating"
        );
        assert_eq!(
            layout("user item rating\n1 a x 5\n").header.unwrap().join(","),
            "user,item,rating",
            "1 may be an id"
        );
        let found = layout("user;item;rating\nTom &amp; Ann;x;5\nTom &amp; Ann;y;4\n").header.unwrap();
        assert_eq!(found.join(","), "user,item,rating", "a field too many is no row name");
        assert!(has("0,1,2,3\n7,8,5,900000000\n") && !has("0,1,2\n7,8,5\n"));
        assert!(!has("034545104X,7,5\n0155061224,8,3\n"));
        assert!(!has("a,x,True\nb,y,False\n"));
    }

    #[test]
    fn lists_and_features_are_no_tables() {
        assert_eq!(layout("0 8 36 4 16\n1 7 31 28\n2 5 6 7 8 9\n").form, Form::Lists);
        assert_eq!(layout("1 0:1 114:1\n0 0:1 127:1\n").form, Form::LibSvm);
        assert_eq!(layout("0 8 5\n1 7 3\n").form, Form::Table);
    }
}
