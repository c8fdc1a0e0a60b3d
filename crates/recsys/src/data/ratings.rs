//! Rows as read: who rated what, how high, and when.

use std::collections::HashMap;
use std::fmt::{self, Write};

use sha2::{Digest, Sha256};

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
    /// Empty where the file has none; then file order is time.
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

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ratings.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ratings.is_empty()
    }

    /// One row as tab-separated text: user, item, rating, and the timestamp if there is one.
    pub(crate) fn line(&self, row: usize) -> String {
        let user = &self.user_ids.names[self.users[row] as usize];
        let item = &self.item_ids.names[self.items[row] as usize];
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
        let mut digest = LineDigest::default();
        lines.iter().for_each(|line| digest.add(format_args!("{line}")));
        digest.hex()
    }
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
