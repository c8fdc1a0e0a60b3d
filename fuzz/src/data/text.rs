//! Delimited text of a table, in the layouts that people have.

use autolossgen::data::{Columns, HeaderRule, ReadOptions, SeparatorRule};
use encoding_rs::Encoding;

use super::choices::Choices;
use super::damage;
use super::made::{Made, Row};

/// A file, how it is to be read, and its rows where nothing is wrong with it.
pub struct Written {
    pub bytes: Vec<u8>,
    pub options: ReadOptions,
    pub expected: Option<Vec<Row>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    User,
    Item,
    Rating,
    Time,
    Index,
    Title,
    Genre,
    Empty,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Needed,
    All,
    Words,
}

const SEPARATORS: [(&str, SeparatorRule); 6] = [
    (",", SeparatorRule::Comma),
    ("\t", SeparatorRule::Tab),
    (";", SeparatorRule::Semicolon),
    ("|", SeparatorRule::Pipe),
    ("::", SeparatorRule::DoubleColon),
    (" ", SeparatorRule::Space),
];

pub const USERS: [&str; 12] = [
    "user",
    "user_id",
    "userId",
    "User-ID",
    "uid",
    "reviewerID",
    "visitorid",
    "customer_id",
    "user_id:token",
    "User",
    "player_id",
    "reviewer",
];
pub const ITEMS: [&str; 12] = [
    "item",
    "item_id",
    "movieId",
    "ISBN",
    "iid",
    "asin",
    "itemid",
    "product_id",
    "item_id:token",
    "Book",
    "StockCode",
    "app_id",
];
pub const RATINGS: [&str; 12] = [
    "rating",
    "ratings",
    "label",
    "score",
    "overall",
    "stars",
    "click",
    "is_click",
    "rating:float",
    "Book-Rating",
    "weight",
    "playcount",
];
pub const TIMES: [&str; 12] = [
    "timestamp",
    "time",
    "ts",
    "date",
    "unixReviewTime",
    "created_at",
    "timestamp:float",
    "datetime",
    "event_time",
    "Timestamp",
    "unix_time",
    "review_date",
];

/// The layout of a file of rows.
struct Layout {
    separator: &'static str,
    columns: Vec<Column>,
    names: Option<Vec<&'static str>>,
    quoting: Quoting,
    end: &'static str,
    before: Vec<String>,
    /// Around separators, and behind the last field.
    padding: &'static str,
    trailing: bool,
    last_end: bool,
}

impl Written {
    pub fn of(choices: &mut Choices<'_>) -> Self {
        let mut made = Made::of(choices);
        let (separator, rule) = choices.of(&SEPARATORS);
        let mut options = ReadOptions::default();
        fit_ids(&mut made, separator);
        let has_header = !choices.once_in(4);
        if !has_header {
            // Nobody can tell a name from an id that is a name.
            made.rename(|id| if id.chars().all(char::is_alphabetic) { format!("{id}7") } else { id.to_owned() });
        }
        let columns = columns(choices, &made, has_header, separator, &mut options);
        let names = has_header.then(|| columns.iter().map(|&column| name(choices, column)).collect::<Vec<_>>());
        let has_line_breaks = columns.contains(&Column::Title);
        let end = if has_line_breaks { choices.of(&["\n", "\r\n"]) } else { choices.of(&["\n", "\r\n", "\n", "\r"]) };
        let quoting = choices.of(&[Quoting::Needed, Quoting::All, Quoting::Words, Quoting::Needed]);
        let padding = if choices.once_in(8) && quoting == Quoting::Needed { " " } else { "" };
        let layout = Layout {
            separator,
            before: before(choices, separator),
            names,
            quoting,
            end,
            padding: if matches!(separator, " " | "::") || has_line_breaks { "" } else { padding },
            trailing: choices.once_in(16) && !matches!(separator, " " | "::"),
            last_end: !choices.once_in(4),
            columns,
        };
        if choices.once_in(4) {
            options.separator = rule;
        }
        if choices.once_in(6) {
            options.header = if has_header { HeaderRule::True } else { HeaderRule::False };
        }
        lose(choices, &mut made, &mut options);
        let mut text = layout.text(choices, &made);
        let mut is_damaged = choices.once_in(3);
        if is_damaged {
            text = damage::text(choices, &text, separator);
        }
        // Without a name a small number may be a rating.
        is_damaged |= !has_header && made.is_timed && !made.is_rated;
        let mut bytes = encoded(choices, &text, &mut options);
        if is_damaged && choices.once_in(2) {
            damage::bytes(choices, &mut bytes);
        }
        Self { bytes, options, expected: (!is_damaged).then_some(made.rows) }
    }
}

/// Ids that a layout without quotes can hold.
fn fit_ids(made: &mut Made, separator: &str) {
    match separator {
        " " => made.rename(|id| id.split_whitespace().collect::<Vec<_>>().join("_").replace('"', "'")),
        "::" => made.rename(|id| id.replace(':', ".").replace('"', "'")),
        _ => {}
    }
}

fn columns(
    choices: &mut Choices<'_>,
    made: &Made,
    has_header: bool,
    separator: &str,
    options: &mut ReadOptions,
) -> Vec<Column> {
    let mut columns = vec![Column::User, Column::Item];
    columns.extend(made.is_rated.then_some(Column::Rating));
    columns.extend(made.is_timed.then_some(Column::Time));
    // Others may be told by a name, or by a number.
    let is_told = choices.once_in(8);
    if has_header || is_told {
        for _ in 0..choices.below(4) {
            let extra = choices.of(&[Column::Index, Column::Title, Column::Genre, Column::Empty]);
            if separator == " " && extra != Column::Index || separator == "::" && extra == Column::Title {
                continue;
            }
            if !columns.contains(&extra) {
                columns.push(extra);
            }
        }
        for at in (1..columns.len()).rev() {
            columns.swap(at, choices.below(at + 1));
        }
    }
    if is_told {
        let place = |column| columns.iter().position(|&other| other == column);
        let places = [Column::User, Column::Item, Column::Rating, Column::Time].map(place);
        options.columns = super::holds::numbered_columns(places);
        if !made.is_timed {
            options.columns.timestamp = Some(Columns::NONE.to_owned());
        }
    }
    columns
}

fn name(choices: &mut Choices<'_>, column: Column) -> &'static str {
    match column {
        Column::User => choices.of(&USERS),
        Column::Item => choices.of(&ITEMS),
        Column::Rating => choices.of(&RATINGS),
        Column::Time => choices.of(&TIMES),
        Column::Index => choices.of(&["", "Unnamed: 0", "row"]),
        Column::Title => choices.of(&["title", "comment, by its author", "review \"text\""]),
        Column::Genre => choices.of(&["genres", "city", "tags"]),
        Column::Empty => choices.of(&["helpful", "image"]),
    }
}

/// What stands above a table.
fn before(choices: &mut Choices<'_>, separator: &str) -> Vec<String> {
    if !choices.once_in(4) {
        return Vec::new();
    }
    let line = |choices: &mut Choices<'_>| match choices.below(10) {
        0 => "# made by a tool".to_owned(),
        1 => format!("# a{separator}\"b{separator}c"),
        2 => "\"# it's said".to_owned(),
        3 => "% one".to_owned(),
        4 => "// two".to_owned(),
        5 => String::new(),
        6 => "480".to_owned(),
        7 if matches!(separator, "," | ";" | "\t" | "|") => format!("sep={separator}"),
        8 if separator != " " => "Ratings of a shop".to_owned(),
        _ => format!("#a{separator}b{separator}1{separator}2"),
    };
    (0..=choices.below(3)).map(|_| line(choices)).collect()
}

/// Leaves out what a file may lack: ids, whose rows are dropped, and ratings, without which it is refused.
fn lose(choices: &mut Choices<'_>, made: &mut Made, options: &mut ReadOptions) {
    match choices.below(12) {
        0 => {
            options.max_missing = 1.0;
            let mut is_kept = Vec::new();
            for cells in &mut made.cells {
                let is_lost = choices.once_in(6);
                is_kept.push(!is_lost);
                if is_lost {
                    let lost = if choices.once_in(2) { &mut cells.user } else { &mut cells.item };
                    *lost = choices.of(&["NA", "NaN", "null", "None", "\\N", "<NA>"]).to_owned();
                }
            }
            let mut is_kept = is_kept.into_iter();
            made.rows.retain(|_| is_kept.next() == Some(true));
        }
        1 => {
            options.not_rated = vec![1.0];
            made.rows.retain(|row| row.rating != 1.0);
        }
        2 if made.is_rated => {
            let row = choices.below(made.rows.len());
            made.cells[row].rating = choices.of(&["", "NA", "nan"]).to_owned();
            made.rows[row].rating = f64::NAN;
        }
        // A column without a value has no form.
        3 if made.is_timed && made.rows.len() > 1 => {
            let row = choices.below(made.rows.len());
            made.cells[row].time = choices.of(&["", "NaT", "null"]).to_owned();
            made.rows[row].time = Some(f64::NAN);
        }
        _ => {}
    }
}

impl Layout {
    fn text(&self, choices: &mut Choices<'_>, made: &Made) -> String {
        let mut lines: Vec<String> = self.before.clone();
        if let Some(names) = &self.names {
            lines.push(self.line(names.iter().map(|&name| (name.to_owned(), true))));
        }
        for (number, cells) in made.cells.iter().enumerate() {
            let field = |&column: &Column| match column {
                Column::User => (cells.user.clone(), true),
                Column::Item => (cells.item.clone(), true),
                Column::Rating => (cells.rating.clone(), false),
                Column::Time => (cells.time.clone(), cells.time.contains('-')),
                Column::Index => (number.to_string(), false),
                Column::Title => (title(choices.byte()), true),
                Column::Genre => (["Drama|War", "a, b", "", "Sci-Fi"][number % 4].to_owned(), true),
                Column::Empty => (String::new(), false),
            };
            let fields: Vec<(String, bool)> = self.columns.iter().map(field).collect();
            lines.push(self.line(fields.into_iter()));
        }
        let last = if self.last_end { self.end } else { "" };
        lines.join(self.end) + last
    }

    /// A line of fields, each with whether it is a text.
    fn line(&self, fields: impl Iterator<Item = (String, bool)>) -> String {
        let fields: Vec<String> = fields.map(|(field, is_text)| self.field(field, is_text)).collect();
        // Behind a space a quote is none.
        let padding = if fields.iter().any(|field| field.contains('"')) { "" } else { self.padding };
        let between = format!("{}{padding}", self.separator);
        fields.join(&between) + if self.trailing { self.separator } else { "" }
    }

    fn field(&self, field: String, is_text: bool) -> String {
        let needed = field.contains(self.separator) || field.contains(['"', '\n', '\r']);
        let wanted = match self.quoting {
            Quoting::Needed => false,
            Quoting::All => true,
            Quoting::Words => is_text,
        };
        match self.separator {
            "::" => field,
            // Between spaces nothing is no field.
            " " if field.is_empty() => "NA".to_owned(),
            // As R writes it.
            " " if wanted && is_text || field.contains(' ') => format!("\"{field}\""),
            " " => field,
            // A quote within a field is none of the layout.
            "\t" if !wanted && !field.starts_with('"') && !field.contains(['\n', '\t']) => field,
            _ if needed || wanted => format!("\"{}\"", field.replace('"', "\"\"")),
            _ => field,
        }
    }
}

fn title(n: u8) -> String {
    let titles = [
        "Toy Story",
        "a, b",
        "a;b",
        "line\nbreak",
        "say \"no\"",
        "\"",
        "",
        "a|b|c",
        "x::y",
        "\n\n",
        "é",
        "1",
        "a\tb",
        "5 out of 5",
    ];
    let title = titles[usize::from(n) % titles.len()];
    if n > 250 { title.repeat(200) } else { title.to_owned() }
}

/// Text in an encoding.
fn encoded(choices: &mut Choices<'_>, text: &str, options: &mut ReadOptions) -> Vec<u8> {
    const NAMES: [&str; 14] = [
        "utf-8",
        "utf-8",
        "utf-8",
        "mark",
        "utf-16le",
        "utf-16be",
        "utf-16le bare",
        "utf-16be bare",
        "windows-1252",
        "windows-1251",
        "shift_jis",
        "gbk",
        "iso-8859-2",
        "euc-kr",
    ];
    let name = choices.of(&NAMES);
    let units = |mark: bool| mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    let is_told = choices.once_in(3);
    if is_told && name != "mark" {
        options.encoding = Some(name.split(' ').next().expect("a word").to_owned());
    }
    match name {
        "mark" => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        "utf-16le" | "utf-16le bare" => units(name == "utf-16le").flat_map(u16::to_le_bytes).collect(),
        "utf-16be" | "utf-16be bare" => units(name == "utf-16be").flat_map(u16::to_be_bytes).collect(),
        _ => {
            let encoding = Encoding::for_label(name.as_bytes()).expect("it is known");
            let (bytes, _, is_lossy) = encoding.encode(text);
            if is_lossy {
                options.encoding = None;
                return text.as_bytes().to_vec();
            }
            bytes.into_owned()
        }
    }
}

/// LightGCN's lists of a user's items.
pub fn lists(choices: &mut Choices<'_>) -> Written {
    let mut rows = Vec::new();
    let mut text = String::new();
    let mut widths = std::collections::HashSet::new();
    for user in 0..2 + choices.below(12) {
        let n = choices.below(8);
        widths.insert(n);
        text += &user.to_string();
        for _ in 0..n {
            let item = choices.below(50).to_string();
            text += &format!(" {item}");
            rows.push(Row { user: user.to_string(), item, rating: 1.0, time: None });
        }
        text += choices.of(&["\n", "\r\n", " \n"]);
    }
    // Lines of one length may be rows.
    let expected = (widths.len() > 4).then_some(rows);
    Written { bytes: text.into_bytes(), options: ReadOptions::default(), expected }
}
