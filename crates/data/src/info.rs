//! What a dataset is: the row of Table 3, and the sizes of its splits.

use std::fmt;

use autolossgen_recsys::statistics::{auc_standard_error, detectable};
use autolossgen_recsys::{Composition, PartRows};
use serde::Serialize;

use crate::dataset::Dataset;

/// AUC at which the smallest difference is told that rows tell apart.
const TYPICAL_AUC: f64 = 0.8;

/// Correlation of the metrics of two recommenders on the same rows that is assumed there: two losses that train one recommender
/// well have 0.9 to 0.99.
const TYPICAL_CORRELATION: f64 = 0.95;

/// The smallest difference between two losses that the rows of a part tell apart: a two-sided paired test at 5% finds it four times
/// out of five. Of AUC where labels are classes, about 0.8 (Hanley and McNeil 1982), else of RMSE, where errors are normal and as large
/// as labels differ; both for metrics that correlate by 0.95 over the rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Detectable {
    /// By the validation rows; `None` where they are of one class
    pub validation: Option<f64>,
    /// By the test rows; `None` likewise
    pub test: Option<f64>,
}

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
    /// Labels of the parts, and how popular their items are
    pub parts: Composition,
    /// The smallest difference that their rows tell apart
    pub detectable: Detectable,
    /// SHA-256 over the split rows
    pub checksum: String,
}

/// Counts the rows of a dataset.
pub fn describe(dataset: &Dataset) -> Info {
    let (search, test) = (&dataset.search, &dataset.test);
    let rows = search.train.len() + search.validation.len() + test.len();
    let [test_unseen_users, test_unseen_items] = dataset.unseen();
    let parts = test.composition(search);
    let graded = dataset.is_graded();
    let detectable = Detectable { validation: least(&parts.validation, graded), test: least(&parts.test, graded) };
    let positive = search.train.n_positive() + search.validation.n_positive() + test.n_positive();
    Info {
        name: dataset.name.clone(),
        users: search.n_users,
        items: search.n_items,
        graded,
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
        parts,
        detectable,
        checksum: dataset.checksum.clone(),
    }
}

/// The smallest difference that the rows of a part tell apart.
fn least(part: &PartRows, graded: bool) -> Option<f64> {
    let PartRows { rows, positive, label, .. } = *part;
    // The deviation of a label is its standard error times √n, and that of an RMSE the deviation over √(2n).
    let of_rmse = || (rows > 1).then_some(label.standard_error / 2.0_f64.sqrt());
    let alone = if graded { of_rmse() } else { auc_standard_error(TYPICAL_AUC, positive, rows - positive) };
    alone.map(|error| detectable(error * (2.0 * (1.0 - TYPICAL_CORRELATION)).sqrt()))
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
        let Composition { train, validation, test } = &self.parts;
        for (name, part) in [("train", train), ("validation", validation), ("test", test)] {
            let PartRows { rows, label, popularity, .. } = part;
            let of_label = match self.graded {
                true => format!("mean label {:.4}", label.mean),
                false => format!("{:.2}% positive", 100.0 * label.mean),
            };
            writeln!(
                f,
                "  {name:<11}{rows:>12} rows, {of_label}, the item of a row in {:.1} training rows",
                popularity.mean
            )?;
        }
        let [users, items] = [self.test_unseen_users, self.test_unseen_items].map(|share| 100.0 * share);
        writeln!(
            f,
            "  {:<11}{users:>11.2}% of the test rows have a user without a training row, {items:.2}% an item",
            ""
        )?;
        let metric = if self.graded { "RMSE" } else { "AUC" };
        let least = |found: Option<f64>| found.map_or("none".to_owned(), |least| format!("{least:.4}"));
        let [validation, test] = [self.detectable.validation, self.detectable.test].map(least);
        writeln!(
            f,
            "  {:<11}{validation:>12} is about the smallest difference of {metric} between two losses that validation tells apart, {test} \
             that test does",
            ""
        )?;
        write!(f, "  {:<11} {}", "sha-256", self.checksum)
    }
}
