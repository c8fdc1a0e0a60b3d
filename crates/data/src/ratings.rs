//! Rows as read: who rated what, how high, and when.

use std::collections::HashMap;
use std::fmt::{self, Write};

use sha2::{Digest, Sha256};

/// Most rows of a table: indices of users, items and rows have 32 bits.
pub(crate) const MAX_ROWS: usize = u32::MAX as usize;

/// Any string ids, by dense index in order of first occurrence.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    index: HashMap<String, u32>,
    names: Vec<String>,
}

impl Ids {
    pub(crate) fn index_of(&mut self, id: &str) -> u32 {
        if let Some(&index) = self.index.get(id) {
            return index;
        }
        let index = self.names.len() as u32;
        self.index.insert(id.to_owned(), index);
        self.names.push(id.to_owned());
        index
    }

    pub(crate) fn into_names(self) -> Vec<String> {
        self.names
    }
}

/// Columns of one length, in file order.
#[derive(Clone, Debug, Default)]
pub struct Ratings {
    pub(crate) user_ids: Ids,
    pub(crate) item_ids: Ids,
    pub(crate) users: Vec<u32>,
    pub(crate) items: Vec<u32>,
    pub(crate) ratings: Vec<f64>,
    /// Empty where the file has none.
    pub(crate) timestamps: Vec<f64>,
}

impl Ratings {
    /// Appends a row; either every row has a timestamp or none.
    pub(crate) fn push(&mut self, user: &str, item: &str, rating: f64, timestamp: Option<f64>) {
        self.users.push(self.user_ids.index_of(user));
        self.items.push(self.item_ids.index_of(item));
        self.ratings.push(rating);
        self.timestamps.extend(timestamp);
    }

    /// Users that have a row.
    pub fn n_users(&self) -> usize {
        self.user_ids.names.len()
    }

    /// Items that have a row.
    pub fn n_items(&self) -> usize {
        self.item_ids.names.len()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ratings.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ratings.is_empty()
    }

    /// The user and the item of a row.
    pub(crate) fn pair(&self, row: usize) -> (&str, &str) {
        (&self.user_ids.names[self.users[row] as usize], &self.item_ids.names[self.items[row] as usize])
    }

    /// The smallest and the largest rating.
    pub(crate) fn range(&self) -> [f64; 2] {
        let all = || self.ratings.iter().copied();
        [all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max)]
    }

    /// Number of different ratings.
    pub(crate) fn n_values(&self) -> usize {
        let mut values = self.ratings.clone();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        values.len()
    }

    /// Whether all rows of an item have one rating, for every item, and items differ; of rows enough that this is no chance.
    pub(crate) fn has_one_value_an_item(&self) -> bool {
        const ENOUGH: usize = 20;
        let mut first = vec![None; self.n_items()];
        let is_same = |(&item, &rating): (&u32, &f64)| *first[item as usize].get_or_insert(rating) == rating;
        let is_one = self.items.iter().zip(&self.ratings).all(is_same);
        is_one && self.len() >= self.n_items() + ENOUGH && self.ratings.iter().any(|rating| *rating != self.ratings[0])
    }

    /// Users, and items, that occur with .0 behind their id and without.
    pub(crate) fn n_twofold_ids(&self) -> [usize; 2] {
        [&self.user_ids, &self.item_ids].map(|ids| {
            let whole = |id: &String| id.strip_suffix(".0").is_some_and(|whole| ids.index.contains_key(whole));
            ids.names.iter().filter(|id| whole(id)).count()
        })
    }

    /// Whether every id of a user, and of an item, ends in .0.
    pub(crate) fn float_ids(&self) -> [bool; 2] {
        [&self.user_ids, &self.item_ids].map(|ids| {
            let is_float = |id: &String| id.strip_suffix(".0").is_some_and(|whole| whole.parse::<u64>().is_ok());
            ids.names.iter().all(is_float)
        })
    }

    /// Appends the rows of another table, with their timestamps or without.
    pub(crate) fn append(&mut self, other: Self, is_timed: bool) {
        let index = |own: &mut Ids, ids: Ids| -> Vec<u32> { ids.names.iter().map(|id| own.index_of(id)).collect() };
        let (users, items) = (index(&mut self.user_ids, other.user_ids), index(&mut self.item_ids, other.item_ids));
        self.users.extend(other.users.iter().map(|&user| users[user as usize]));
        self.items.extend(other.items.iter().map(|&item| items[item as usize]));
        self.ratings.extend(other.ratings);
        self.timestamps.extend(other.timestamps.into_iter().filter(|_| is_timed));
    }

    /// Keeps the rows for which `is_kept` holds; every user and item keeps one.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(usize) -> bool) {
        fn retain<T>(column: &mut Vec<T>, is_kept: impl Fn(usize) -> bool) {
            let mut row = 0;
            column.retain(|_| {
                row += 1;
                is_kept(row - 1)
            });
        }
        retain(&mut self.users, &is_kept);
        retain(&mut self.items, &is_kept);
        retain(&mut self.ratings, &is_kept);
        retain(&mut self.timestamps, &is_kept);
    }

    /// The rows for which `is_kept` holds, with indices for the users and items that keep one.
    pub(crate) fn filtered(&self, is_kept: impl Fn(usize) -> bool) -> Self {
        let mut kept = Self::default();
        for row in (0..self.len()).filter(|&row| is_kept(row)) {
            let (user, item) = self.pair(row);
            kept.push(user, item, self.ratings[row], self.timestamps.get(row).copied());
        }
        kept
    }

    /// One row as tab-separated text: user, item, rating, and the timestamp if there is one.
    pub(crate) fn line(&self, row: usize) -> String {
        let (user, item) = self.pair(row);
        self.line_of(user, item, row)
    }

    /// As [`Ratings::line`], with the user and the item as they are to be written.
    pub(crate) fn line_of(&self, user: &str, item: &str, row: usize) -> String {
        let mut line = format!("{user}\t{item}\t{}", self.ratings[row]);
        if let Some(timestamp) = self.timestamps.get(row) {
            write!(line, "\t{timestamp}").expect("writing to a string does not fail");
        }
        line
    }

    /// SHA-256, in hex, over the sorted rows: the same for every file that holds the same table.
    pub fn checksum(&self) -> String {
        let mut lines: Vec<String> = (0..self.len()).map(|row| self.line(row)).collect();
        lines.sort_unstable();
        digest(lines)
    }

    /// SHA-256, in hex, over the rows in their order, on which a split may depend.
    pub(crate) fn checksum_in_order(&self) -> String {
        digest((0..self.len()).map(|row| self.line(row)))
    }
}

fn digest(lines: impl IntoIterator<Item = String>) -> String {
    let mut digest = LineDigest::default();
    lines.into_iter().for_each(|line| digest.add(format_args!("{line}")));
    digest.hex()
}

/// SHA-256 over lines of text, of which one is held at a time.
#[derive(Default)]
pub(crate) struct LineDigest {
    hasher: Sha256,
    line: String,
}

impl LineDigest {
    /// Adds a line, and its end.
    pub(crate) fn add(&mut self, line: fmt::Arguments<'_>) {
        self.line.clear();
        writeln!(self.line, "{line}").expect("writing to a string does not fail");
        self.hasher.update(&self.line);
    }

    pub(crate) fn hex(self) -> String {
        self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
