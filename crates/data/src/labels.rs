//! From ratings to labels.

use autolossgen_recsys::{Interactions, Task, is_graded};

use crate::error::DataError;
use crate::options::{LabelRule, LoadOptions};

/// The columns that derive from the ratings, shapes (n,).
pub(super) struct Labels {
    /// rating > threshold, which is what a split goes by under every rule.
    pub(super) positive: Vec<bool>,
    /// What is learned.
    pub(super) labels: Vec<f32>,
}

impl Labels {
    /// # Errors
    /// Rows that all have one label, or labels that do not fit the task.
    pub(super) fn new(name: &str, ratings: &[f64], options: &LoadOptions) -> Result<Self, DataError> {
        let (ready, threshold) = cut(ratings, options);
        let positive: Vec<bool> = ratings.iter().map(|&rating| rating > threshold).collect();
        let labels = match options.label {
            LabelRule::Rating if !ready => scaled(name, ratings)?,
            LabelRule::Binary | LabelRule::Rating => classes(name, &positive, (!ready).then_some(threshold))?,
        };
        if options.task == Task::Classification && is_graded(&labels) {
            return Err(DataError::Invalid(format!(
                "{name}: task = 'classification' needs labels 0 and 1, and data.label = 'rating' makes graded ones; use task = 'regression', or data.label = 'binary'"
            )));
        }
        Ok(Self { positive, labels })
    }
}

/// Which rows are positive, shape (n,): rating > threshold, or label 1.
pub(super) fn positives(ratings: &[f64], options: &LoadOptions) -> Vec<bool> {
    let (_, threshold) = cut(ratings, options);
    ratings.iter().map(|&rating| rating > threshold).collect()
}

/// Whether the ratings are labels already, and above what a row is positive.
fn cut(ratings: &[f64], options: &LoadOptions) -> (bool, f64) {
    let ready = ratings.iter().all(|&rating| rating == 0.0 || rating == 1.0);
    (ready, if ready { 0.5 } else { options.threshold })
}

fn scaled(name: &str, ratings: &[f64]) -> Result<Vec<f32>, DataError> {
    let low = ratings.iter().copied().fold(f64::INFINITY, f64::min);
    let high = ratings.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low == high {
        return Err(DataError::Invalid(format!(
            "{name}: every one of the {} ratings is {low}, and data.label = 'rating' scales them from the smallest to the largest; ratings that differ are needed",
            ratings.len()
        )));
    }
    // Halved where a difference of finite ratings would be infinite; the half of the smallest number is 0.
    let part = if (high - low).is_finite() { 1.0 } else { 0.5 };
    let above = |rating: f64| rating * part - low * part;
    Ok(ratings.iter().map(|&rating| (above(rating) / above(high)) as f32).collect())
}

/// `threshold` is that of ratings; labels that are 0 or 1 have none to choose.
fn classes(name: &str, positive: &[bool], threshold: Option<f64>) -> Result<Vec<f32>, DataError> {
    let n_positive = positive.iter().filter(|&&positive| positive).count();
    if n_positive == 0 || n_positive == positive.len() {
        return Err(one_class(name, positive.len(), n_positive > 0, threshold));
    }
    Ok(positive.iter().map(|&positive| f32::from(u8::from(positive))).collect())
}

fn one_class(name: &str, rows: usize, positive: bool, threshold: Option<f64>) -> DataError {
    let class = if positive { "positive" } else { "negative" };
    DataError::Invalid(match threshold {
        Some(threshold) => format!(
            "{name}: every one of the {rows} rows is {class} under rating > {threshold}; choose another data.threshold"
        ),
        None if positive => format!(
            "{name}: every one of the {rows} labels is 1 (implicit feedback); rows of both classes are needed: add rows with label 0, such as items drawn at random that a user has not"
        ),
        None => format!("{name}: every one of the {rows} labels is 0; rows of both classes are needed"),
    })
}

/// What is said of rows that are positives only.
pub(super) fn implicit(name: &str, rows: usize) -> DataError {
    DataError::Implicit(format!(
        "{name}: no column holds a rating, so that every one of the {rows} rows is a positive (implicit feedback); classification and regression need rows of both classes: name the column with data.rating_column, or add rows with label 0, such as items drawn at random that a user has not; task = 'ranking' learns from positives alone"
    ))
}

/// Whether a part of a split has what the task needs: a row, and for classification both classes.
///
/// # Errors
/// A part that has not.
pub(super) fn expect_part(name: &str, part: &str, rows: &Interactions, task: Task) -> Result<(), DataError> {
    let n_positive = rows.n_positive();
    match task {
        Task::Classification if n_positive == 0 || n_positive == rows.len() => Err(DataError::Invalid(format!(
            "{name}: {n_positive} of the {} {part} rows are positive, and both classes are needed; choose another data.split or data.threshold",
            rows.len()
        ))),
        Task::Regression if rows.is_empty() => Err(DataError::Invalid(format!(
            "{name}: there are no {part} rows, and at least one is needed; choose another data.split"
        ))),
        Task::Classification | Task::Regression => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ratings: &[f64], label: LabelRule, task: Task) -> Result<Vec<f32>, String> {
        let options = LoadOptions { label, task, ..LoadOptions::default() };
        Labels::new("made", ratings, &options).map(|found| found.labels).map_err(|error| error.to_string())
    }

    #[test]
    fn ratings_are_scaled_by_the_smallest_and_the_largest() {
        let graded = |ratings: &[f64]| labels(ratings, LabelRule::Rating, Task::Regression).unwrap();
        assert_eq!(graded(&[1.0, 2.0, 5.0, 3.0]), [0.0, 0.25, 1.0, 0.5]);
        assert_eq!(graded(&[-1.0, 0.0, 1.0]), [0.0, 0.5, 1.0]);
        assert_eq!(graded(&[f64::MIN, 0.0, f64::MAX]), [0.0, 0.5, 1.0]);
        assert_eq!(graded(&[0.0, 5e-324]), [0.0, 1.0]);
        assert_eq!(labels(&[1.0, 4.0, 5.0], LabelRule::Binary, Task::Regression).unwrap(), [0.0, 1.0, 1.0]);
    }

    #[test]
    fn a_split_goes_by_the_threshold_under_every_rule() {
        let options = LoadOptions { label: LabelRule::Rating, task: Task::Regression, ..LoadOptions::default() };
        assert_eq!(Labels::new("made", &[1.0, 3.0, 4.0], &options).unwrap().positive, [false, false, true]);
    }

    #[test]
    fn labels_that_are_0_or_1_stay_what_they_are() {
        for (label, task) in [(LabelRule::Rating, Task::Classification), (LabelRule::Binary, Task::Regression)] {
            assert_eq!(labels(&[0.0, 1.0, 0.0], label, task).unwrap(), [0.0, 1.0, 0.0]);
        }
    }

    #[test]
    fn labels_that_teach_nothing_or_do_not_fit_are_refused() {
        let equal = labels(&[3.0, 3.0], LabelRule::Rating, Task::Regression).unwrap_err();
        assert!(
            equal.starts_with("made: every one of the 2 ratings is 3, and data.label = 'rating' scales"),
            "{equal}"
        );
        let graded = labels(&[1.0, 2.0, 3.0], LabelRule::Rating, Task::Classification).unwrap_err();
        assert!(graded.starts_with("made: task = 'classification' needs labels 0 and 1"), "{graded}");
        let one_class = labels(&[4.0, 5.0], LabelRule::Binary, Task::Regression).unwrap_err();
        assert!(one_class.contains("every one of the 2 rows is positive"), "{one_class}");
    }
}
