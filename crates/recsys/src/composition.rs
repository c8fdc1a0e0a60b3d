//! What the rows of training, validation and test are like, and whether they are drawn alike.

use serde::{Deserialize, Serialize};

use crate::interactions::{Interactions, SearchData};

/// Standard errors beyond which two means are not those of one distribution. More than usual, because rows of one user or item
/// are no independent draws.
const SURE: f64 = 4.0;

/// Mean labels that differ by less are alike for practice.
const SHARE: f64 = 0.02;

/// So are popularities whose ratio is below this.
const RATIO: f64 = 1.1;

/// A mean over rows, with its standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowMean {
    /// The mean
    pub mean: f64,
    /// Standard error, as of independent rows
    pub standard_error: f64,
}

/// The rows of one part.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartRows {
    /// Number of rows
    pub rows: usize,
    /// Rows whose label is above one half
    pub positive: usize,
    /// Mean label: the share of positive rows where labels are 0 and 1
    pub label: RowMean,
    /// Training rows of the item of a row, but the row itself
    pub popularity: RowMean,
}

/// The rows of every part.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Composition {
    /// Rows to train on
    pub train: PartRows,
    /// Rows to choose by
    pub validation: PartRows,
    /// Rows to test on
    pub test: PartRows,
}

impl RowMean {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let n = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / n;
        let squares = values.map(|value| (value - mean).powi(2)).sum::<f64>();
        Self { mean, standard_error: (squares / (n - 1.0).max(1.0) / n).sqrt() }
    }

    fn is_surely_another(&self, other: &Self) -> bool {
        (self.mean - other.mean).abs() > SURE * self.standard_error.hypot(other.standard_error)
    }
}

impl PartRows {
    fn is_like(&self, other: &Self) -> bool {
        let [label, popularity] = [self.label.mean, self.popularity.mean];
        let [other_label, other_popularity] = [other.label.mean, other.popularity.mean];
        let ratio = popularity.max(other_popularity) / popularity.min(other_popularity);
        let is_label_other = (label - other_label).abs() > SHARE && self.label.is_surely_another(&other.label);
        let is_popularity_other = ratio > RATIO && self.popularity.is_surely_another(&other.popularity);
        !(is_label_other || is_popularity_other)
    }
}

/// Training rows of each item.
struct Popularity(Vec<u32>);

impl Popularity {
    fn of(data: &SearchData) -> Self {
        let mut counts = vec![0; data.n_items];
        data.train.items().iter().for_each(|&item| counts[item as usize] += 1);
        Self(counts)
    }

    /// What the rows of a part are like, each of which is itself among `own` of the counted rows.
    fn part(&self, rows: &Interactions, own: u32) -> PartRows {
        PartRows {
            rows: rows.len(),
            positive: rows.n_positive(),
            label: RowMean::of(rows.labels().iter().map(|&label| f64::from(label))),
            popularity: RowMean::of(rows.items().iter().map(|&item| f64::from(self.0[item as usize] - own))),
        }
    }

    fn of_both(&self, data: &SearchData) -> (PartRows, PartRows) {
        (self.part(&data.train, 1), self.part(&data.validation, 0))
    }
}

impl SearchData {
    /// Whether the validation rows are drawn as the training rows are, as far as labels and the popularity of items tell.
    pub fn is_drawn_alike(&self) -> bool {
        let (train, validation) = Popularity::of(self).of_both(self);
        train.is_like(&validation)
    }
}

impl Composition {
    /// The rows of `data` and of a test.
    pub fn of(data: &SearchData, test: &Interactions) -> Self {
        let popularity = Popularity::of(data);
        let (train, validation) = popularity.of_both(data);
        Self { train, validation, test: popularity.part(test, 0) }
    }

    /// Where the parts are not drawn alike, by labels or by popularity of items: how they differ, and what follows. `None` where
    /// they are.
    pub fn shift_in_words(&self) -> Option<String> {
        let Self { train, validation, test } = self;
        let [is_chosen_alike, is_trained_alike] = [validation, train].map(|part| part.is_like(test));
        let follows = match (is_chosen_alike, is_trained_alike) {
            (true, true) => return None,
            (true, false) => {
                "the test is drawn as validation is and training is not: choices hold on test, and what training rows say of base \
                 rates and of popular items does not"
            }
            (false, true) => {
                "validation is not drawn as training and test are: what is best on validation need not be so on test"
            }
            (false, false) => {
                "the test is drawn neither as training nor as validation is: what is best on validation need not be so on test"
            }
        };
        let [labels, items] = [|part: &PartRows| part.label.mean, |part: &PartRows| part.popularity.mean].map(|of| {
            let [a, b, c] = [train, validation, test].map(of);
            [a, b, c]
        });
        let [a, b, c] = labels.map(|mean| format!("{mean:.3}"));
        let [d, e, f] = items.map(|mean| format!("{mean:.1}"));
        Some(format!(
            "the mean label is {a} in training, {b} in validation and {c} in test, and the item of a row has on average {d}, {e} \
             and {f} training rows: {follows}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(n: u32, n_items: u32, positive_in: u32) -> Interactions {
        let labels = (0..n).map(|row| f32::from(u8::from(row % positive_in == 0)));
        Interactions::new(vec![0; n as usize], (0..n).map(|row| row % n_items).collect(), labels.collect())
    }

    fn said(train: Interactions, validation: Interactions, test: &Interactions) -> Option<String> {
        let data = SearchData { n_users: 1, n_items: 100, train, validation };
        Composition::of(&data, test).shift_in_words()
    }

    #[test]
    fn parts_by_hand() {
        let data = SearchData { n_users: 1, n_items: 3, train: part(4, 2, 2), validation: part(2, 2, 2) };
        let found = Composition::of(&data, &part(3, 3, 3));
        assert_eq!((found.train.label.mean, found.train.popularity.mean), (0.5, 1.0));
        assert_eq!((found.validation.popularity.mean, found.test.popularity.mean), (2.0, 4.0 / 3.0));
        let label = found.test.label;
        assert!((label.mean - 1.0 / 3.0).abs() < 1e-12 && (label.standard_error - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!((found.test.rows, found.test.positive), (3, 1));
    }

    #[test]
    fn parts_that_are_drawn_otherwise_are_told() {
        assert_eq!(said(part(2000, 100, 2), part(1000, 100, 2), &part(1000, 100, 2)), None);
        for (train, validation, test, words) in [
            ((2000, 100, 2), (1000, 100, 4), (1000, 100, 4), "drawn as validation is and training is not"),
            ((2000, 100, 2), (1000, 100, 4), (1000, 100, 2), "validation is not drawn as training and test are"),
            ((2000, 100, 2), (1000, 100, 2), (1000, 100, 4), "neither as training nor as validation"),
        ] {
            let [train, validation, test] = [train, validation, test].map(|(n, items, every)| part(n, items, every));
            let found = said(train, validation, &test).unwrap();
            assert!(found.contains(words), "{found}");
        }
        // Of the test a tenth of the items alone, ten times as popular.
        let mut train = part(900, 10, 2);
        for row in 0..90 {
            train = Interactions::new(
                [train.users(), &[0]].concat(),
                [train.items(), &[10 + row]].concat(),
                [train.labels(), &[(row % 2) as f32]].concat(),
            );
        }
        let found = said(train.clone(), train, &part(1000, 100, 2)).unwrap();
        assert!(found.contains("neither"), "{found}");
    }
}
