//! How a file was understood.

use std::fmt;
use std::path::Path;

use autolossgen_settings::{Choice, choice};
use serde::Serialize;

use super::collect::Tally;
use super::container::Compression;
use super::roles::{Found, Role, Roles, Rule, shortened};
use crate::options::SeparatorRule;
use crate::printable::printable;
use crate::ratings::Ratings;

choice! {
    /// What a file is
    pub enum Kind {
        /// Lines of fields
        Table = "table",
        /// A line of a user and the items that it has
        Lists = "lists",
        /// One JSON object a line
        JsonLines = "json lines",
        /// One JSON array of objects
        JsonArray = "json array",
        /// Apache Parquet
        Parquet = "parquet",
    }
}

/// A column and its role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name, or its number from 1 where the table has no header
    pub name: String,
    /// How it came to its role
    pub rule: Rule,
}

/// How a file was understood.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Schema {
    /// Name of the file
    pub file: String,
    /// What it is
    pub kind: Kind,
    /// How it is compressed
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// The member of an archive that was read
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Encoding of text, by its name in the WHATWG Encoding Standard
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Whether the encoding is a guess
    pub is_encoding_guessed: bool,
    /// What lies between the fields of a table
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<SeparatorRule>,
    /// Whether the first line of a table names its columns
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Lines before the table
    pub skipped: Vec<String>,
    /// Every column, in the order of the file
    pub columns: Vec<String>,
    /// Who
    pub user: Column,
    /// What
    pub item: Column,
    /// How high; `None` for implicit feedback, of which every row is a positive
    pub rating: Option<Column>,
    /// When; `None` where the file does not say
    pub timestamp: Option<Column>,
    /// Rows that were taken
    pub rows: usize,
    /// Rows without a user, an item or a rating, which were dropped
    pub missing: usize,
    /// Rows whose rating stands for none, which were dropped
    pub not_rated: usize,
    /// Whether every id of a user, and of an item, ends in .0, as floats do
    pub float_ids: [bool; 2],
    /// Users, and items, whose id occurs with .0 behind it and without
    pub twofold_ids: [usize; 2],
    /// The smallest and the largest rating
    pub rating_range: [f64; 2],
    /// The first rows as understood: user, item, rating, timestamp
    pub first_rows: Vec<[String; 4]>,
}

impl Schema {
    /// What every kind of file says of itself; text adds encoding, separator and header.
    pub(super) fn new(
        path: &Path,
        kind: Kind,
        columns: Vec<String>,
        roles: &Roles,
        ratings: &Ratings,
        tally: Tally,
    ) -> Self {
        let column = |found: &Found| Column {
            name: columns.get(found.index).cloned().unwrap_or_else(|| (found.index + 1).to_string()),
            rule: found.rule,
        };
        Self {
            file: printable(&path.file_name().unwrap_or_default().to_string_lossy()).into_owned(),
            kind,
            compression: None,
            member: None,
            encoding: None,
            is_encoding_guessed: false,
            separator: None,
            header: None,
            skipped: Vec::new(),
            user: column(&roles.user),
            item: column(&roles.item),
            rating: roles.rating.as_ref().map(column),
            timestamp: roles.timestamp.as_ref().map(column),
            columns,
            rows: ratings.len(),
            missing: tally.n_missing,
            not_rated: tally.n_not_rated,
            float_ids: ratings.float_ids(),
            twofold_ids: ratings.n_twofold_ids(),
            rating_range: ratings.range(),
            first_rows: tally.first,
        }
    }

    /// Whether rows have no rating: every one is a positive.
    pub fn is_implicit(&self) -> bool {
        self.rating.is_none()
    }

    /// Names of the columns that settings name or number.
    pub(crate) fn names_as_set(&self) -> Vec<&str> {
        let set = self.roles().filter_map(|(_, column)| column.filter(|column| column.rule == Rule::Setting));
        set.map(|column| column.name.as_str()).collect()
    }

    /// What is odd about how the file was read, each in a sentence.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let dropped =
            [(self.missing, "have no user, no item or no rating"), (self.not_rated, "have a rating of data.not_rated")];
        let said: Vec<String> =
            dropped.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} rows {what}")).collect();
        let dropped = (!said.is_empty()).then(|| format!("{}: {}, and are dropped", self.file, said.join("; ")));
        let floats = self.float_ids.into_iter().zip(["user", "item"]).filter(|(is_float, _)| *is_float);
        let floats = floats.map(|(_, what)| {
            format!("{}: every {what} id ends in .0, as a float does; the id without it is another id", self.file)
        });
        let twofold = self.twofold_ids.into_iter().zip(["users", "items"]).filter(|(n, _)| *n > 0);
        let twofold = twofold.map(|(n, what)| {
            format!("{}: {n} {what} occur with .0 behind their id and without, and are two each", self.file)
        });
        let guessed = self.encoding.as_ref().filter(|_| self.is_encoding_guessed);
        let guessed = guessed.map(|encoding| {
            format!("{}: the text is not UTF-8, and {encoding} is a guess; data.encoding says otherwise", self.file)
        });
        dropped.into_iter().chain(guessed).chain(floats).chain(twofold).collect()
    }

    fn roles(&self) -> impl Iterator<Item = (Role, Option<&Column>)> {
        let roles = [Some(&self.user), Some(&self.item), self.rating.as_ref(), self.timestamp.as_ref()];
        Role::ALL.iter().copied().zip(roles)
    }

    fn column(&self, role: Role, column: &Column) -> String {
        let name = if self.header == Some(false) {
            format!("column {}", column.name)
        } else {
            format!("'{}'", shortened(&column.name))
        };
        let why = match column.rule {
            Rule::Setting => " (as set)",
            Rule::Like => " (by a name like it)",
            Rule::Name | Rule::Place => "",
        };
        format!("{role} = {name}{why}")
    }

    /// What the file is, in one line: `table, comma, header, utf-8`.
    pub fn form(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.compression.map(|compression| compression.to_string()));
        parts.extend(self.member.as_ref().map(|member| format!("member {}", shortened(member))));
        parts.push(self.kind.to_string());
        parts.extend(self.separator.map(|separator| format!("{separator}-separated")));
        parts.extend(self.header.map(|header| (if header { "header" } else { "no header" }).to_owned()));
        let guessed = if self.is_encoding_guessed { " (a guess)" } else { "" };
        parts.extend(self.encoding.as_ref().map(|encoding| format!("{encoding}{guessed}")));
        parts.join(", ")
    }

    /// Which column is what, in one line.
    pub fn columns(&self) -> String {
        let parts = self.roles().filter_map(|(role, column)| column.map(|column| self.column(role, column)));
        let mut line = parts.collect::<Vec<_>>().join(", ");
        if self.rating.is_none() {
            line += "; no rating: implicit feedback, every row is a positive";
        }
        line
    }
}

impl fmt::Display for Schema {
    /// Several lines, as `data info` shows them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.file, self.form())?;
        if let Some(first) = self.skipped.first() {
            let n = self.skipped.len();
            let lines = if n == 1 { "line" } else { "lines" };
            writeln!(f, "  {n} {lines} before the table skipped: '{}'", shortened(first))?;
        }
        writeln!(f, "  {}", self.columns())?;
        let named = [&self.user, &self.item].into_iter().chain(&self.rating).chain(&self.timestamp);
        let others: Vec<String> = {
            let used: Vec<&str> = named.map(|column| column.name.as_str()).collect();
            self.columns.iter().filter(|name| !used.contains(&name.as_str())).map(|name| shortened(name)).collect()
        };
        if !others.is_empty() && self.kind != Kind::Lists {
            let (shown, more) = (others.len().min(12), if others.len() > 12 { ", …" } else { "" });
            writeln!(f, "  not used: {}{more}", others[..shown].join(", "))?;
        }
        for (count, what, why) in [
            (self.missing, "without a user, an item or a rating", "dropped"),
            (self.not_rated, "with a rating of data.not_rated", "dropped"),
        ] {
            if count > 0 {
                writeln!(f, "  {count} rows {what}: {why}")?;
            }
        }
        for row in &self.first_rows {
            let cells: Vec<String> = row.iter().filter(|cell| !cell.is_empty()).map(|cell| shortened(cell)).collect();
            writeln!(f, "    {}", cells.join("  "))?;
        }
        Ok(())
    }
}
