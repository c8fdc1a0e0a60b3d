//! How files are read, divided and labelled.

use autolossgen_recsys::Task;
use autolossgen_settings::choice;

use crate::split::SplitRule;

choice! {
    /// What lies between the fields of a line
    #[derive(Default)]
    pub enum SeparatorRule {
        /// What divides the first lines into the same number of fields
        #[default]
        Auto = "auto",
        /// ,
        Comma = "comma",
        /// ;
        Semicolon = "semicolon",
        /// Tabulator
        Tab = "tab",
        /// One space or several
        Space = "space",
        /// |
        Pipe = "pipe",
        /// ::
        DoubleColon = "double-colon",
    }
}

choice! {
    /// Whether the first line of a table names its columns
    #[derive(Default)]
    pub enum HeaderRule {
        /// It does where a column has a usual name, or words above numbers
        #[default]
        Auto = "auto",
        /// It does
        True = "true",
        /// It is a row
        False = "false",
    }
}

choice! {
    /// What becomes of rows that repeat a user and an item
    #[derive(Default)]
    pub enum Duplicates {
        /// The latest stays: by timestamp, or else in the order of the file
        #[default]
        Last = "last",
        /// One row stays: the mean rating, at the latest timestamp
        Mean = "mean",
        /// None may be there
        Error = "error",
        /// All stay, in one part of a split
        Keep = "keep",
    }
}

choice! {
    /// What the label of a row is. Ratings that are all 0 or 1 are labels already, and stay what they are.
    #[derive(Default)]
    pub enum LabelRule {
        /// 1 where rating > threshold, else 0
        #[default]
        Binary = "binary",
        /// (rating − low) / (high − low), in [0, 1]; low and high are the smallest and the largest rating of the whole table,
        /// validation and test included
        Rating = "rating",
    }
}

/// Columns of a table, by name or by number from 1; `None`: found by the usual names and by what is in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// User column
    pub user: Option<String>,
    /// Item column
    pub item: Option<String>,
    /// Rating column, or the label
    pub rating: Option<String>,
    /// Timestamp column; [`Columns::NONE`] for none
    pub timestamp: Option<String>,
}

impl Columns {
    /// As the timestamp column: the table has none, whatever its names.
    pub const NONE: &str = "none";
}

/// How a file is read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadOptions {
    /// Columns by name or number
    pub columns: Columns,
    /// What lies between fields; default [`SeparatorRule::Auto`]
    pub separator: SeparatorRule,
    /// Whether the first line names the columns; default [`HeaderRule::Auto`]
    pub header: HeaderRule,
    /// Encoding of text, by a name of the WHATWG Encoding Standard such as `latin1`; default `None`: UTF-8, UTF-16 by its mark,
    /// or else a guess
    pub encoding: Option<String>,
    /// Largest share of rows without a user, an item or a rating, in [0, 1]: so many are dropped, more are an error; default 0.05
    pub max_missing: f64,
    /// Ratings that stand for none, whose rows are dropped; default none
    pub not_rated: Vec<f64>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            columns: Columns::default(),
            separator: SeparatorRule::default(),
            header: HeaderRule::default(),
            encoding: None,
            max_missing: 0.05,
            not_rated: Vec::new(),
        }
    }
}

/// How data are read, labelled and split.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// How files are read
    pub read: ReadOptions,
    /// What becomes of rows that repeat a user and an item; default [`Duplicates::Last`]. In ready files they are counted
    pub duplicates: Duplicates,
    /// rating > threshold is y = 1; default 3. Labels that are all 0 or 1 stay what they are
    pub threshold: f64,
    /// What the label of a row is; default [`LabelRule::Binary`]
    pub label: LabelRule,
    /// What the labels are for; default [`Task::Classification`]
    pub task: Task,
    /// Division into train, validation and test; default [`SplitRule::LeaveOneOut`]. Ready files stay what they are
    pub split: SplitRule,
    /// Rows of users and of items that have fewer are dropped, again and again until none is left; default 0: none is dropped. Ready
    /// files have none dropped
    pub k_core: usize,
    /// Shares of train and validation where a ready folder has no validation file; default 0.8 and 0.1
    pub ratios: [f64; 2],
    /// Seed of what is drawn
    pub seed: u64,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            read: ReadOptions::default(),
            duplicates: Duplicates::default(),
            threshold: 3.0,
            label: LabelRule::default(),
            task: Task::default(),
            split: SplitRule::LeaveOneOut,
            k_core: 0,
            ratios: [0.8, 0.1],
            seed: 42,
        }
    }
}
