//! What a dataset is: the row of Table 3, and the sizes of its splits.

use std::fmt;

use serde::Serialize;

use crate::dataset::Dataset;

/// Counts of a dataset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Info {
    /// Name
    pub name: String,
    /// Users
    pub users: usize,
    /// Items
    pub items: usize,
    /// Whether a label is neither 0 nor 1
    pub graded: bool,
    /// Rows whose label is 1, or above one half where labels are graded
    pub positive: usize,
    /// The other rows
    pub negative: usize,
    /// Rows divided by users × items
    pub density: f64,
    /// Rows to train on
    pub train: usize,
    /// Rows to choose by
    pub validation: usize,
    /// Rows to test on
    pub test: usize,
    /// Share of positive rows in the test set
    pub test_positive_rate: f64,
    /// Mean label of the test set
    pub test_mean_label: f64,
    /// Share of test rows whose user no training row has
    pub test_unseen_users: f64,
    /// Share of test rows whose item no training row has
    pub test_unseen_items: f64,
    /// SHA-256 over the split rows
    pub checksum: String,
}

/// Counts the rows of a dataset.
pub fn describe(dataset: &Dataset) -> Info {
    let (search, test) = (&dataset.search, &dataset.test);
    let rows = search.train.len() + search.validation.len() + test.len();
    let [test_unseen_users, test_unseen_items] = dataset.unseen();
    let positive = search.train.n_positive() + search.validation.n_positive() + test.n_positive();
    Info {
        name: dataset.name.clone(),
        users: search.n_users,
        items: search.n_items,
        graded: dataset.is_graded(),
        positive,
        negative: rows - positive,
        density: rows as f64 / (search.n_users as f64 * search.n_items as f64),
        train: search.train.len(),
        validation: search.validation.len(),
        test: test.len(),
        test_positive_rate: test.n_positive() as f64 / test.len() as f64,
        test_mean_label: test.mean_label(),
        test_unseen_users,
        test_unseen_items,
        checksum: dataset.checksum.clone(),
    }
}

impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.name)?;
        let classes = [("positive", self.positive), ("negative", self.negative)];
        let counted = if self.graded { &[][..] } else { &classes };
        for (name, count) in [("users", self.users), ("items", self.items)].iter().chain(counted) {
            writeln!(f, "  {name:<11}{count:>12}")?;
        }
        writeln!(f, "  {:<11}{:>11.2}%", "density", 100.0 * self.density)?;
        for (name, count) in [("train", self.train), ("validation", self.validation), ("test", self.test)] {
            writeln!(f, "  {name:<11}{count:>12} rows")?;
        }
        if self.graded {
            writeln!(f, "  {:<11}{:>12.4} is the mean label of the test rows", "", self.test_mean_label)?;
        } else {
            writeln!(f, "  {:<11}{:>11.2}% of the test rows are positive", "", 100.0 * self.test_positive_rate)?;
        }
        let [users, items] = [self.test_unseen_users, self.test_unseen_items].map(|share| 100.0 * share);
        writeln!(
            f,
            "  {:<11}{users:>11.2}% of the test rows have a user without a training row, {items:.2}% an item",
            ""
        )?;
        write!(f, "  {:<11} {}", "sha-256", self.checksum)
    }
}
