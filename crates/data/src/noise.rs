//! Labels that are wrong on purpose.

use std::fmt;

use autolossgen_recsys::random::{Stream, stream, uniform};
use autolossgen_recsys::{Interactions, is_graded};

use crate::dataset::Dataset;
use crate::error::DataError;

/// Class-conditional label noise (Natarajan et al., Learning with Noisy Labels, NIPS 2013): independently of all else
/// P(ỹ = 0 | y = 1) = ρ₊ and P(ỹ = 1 | y = 0) = ρ₋. Where ρ₊ + ρ₋ = 1 the labels ỹ tell nothing of y, above that the
/// opposite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelNoise {
    flip_positives: f64,
    flip_negatives: f64,
    validation: bool,
}

impl LabelNoise {
    /// `flip_positives` is ρ₊ and `flip_negatives` ρ₋, each at least 0 and less than 1; with `validation` the
    /// validation rows are noisy as well as the training rows.
    ///
    /// # Errors
    /// A probability out of its range, or NaN.
    pub fn new(flip_positives: f64, flip_negatives: f64, validation: bool) -> Result<Self, DataError> {
        for (class, rate) in [("positives", flip_positives), ("negatives", flip_negatives)] {
            if !(0.0..1.0).contains(&rate) {
                return Err(DataError::Invalid(format!(
                    "flip {class} = {rate}: a probability of at least 0 and less than 1 is needed"
                )));
            }
        }
        Ok(Self { flip_positives, flip_negatives, validation })
    }

    /// The dataset with noisy labels. Test rows stay what they are: noise is what a loss is to stand, not what it is
    /// judged by. Each part has a stream of its own, and each row one number of it: with a higher rate the same
    /// labels are flipped, and others.
    ///
    /// # Errors
    /// Graded labels; a part that would be left with one class of the two it had.
    ///
    /// ```
    /// use autolossgen_data::{LabelNoise, LoadOptions, load};
    ///
    /// let clean = load("synthetic", &LoadOptions::default())?;
    /// let n_positive = clean.search.train.n_positive();
    /// let (noisy, flips) = LabelNoise::new(0.2, 0.0, false)?.apply(clean, 42)?;
    /// assert_eq!(noisy.search.train.n_positive(), n_positive - flips.train.positives);
    /// assert!(flips.validation.is_none());
    /// # Ok::<(), autolossgen_data::DataError>(())
    /// ```
    pub fn apply(&self, dataset: Dataset, seed: u64) -> Result<(Dataset, Flips), DataError> {
        let Dataset { name, search, test, user_ids, item_ids, .. } = dataset;
        // Opened for the checksum, which is over all rows, and sealed again as they were.
        let test = test.spend();
        expect_classes(&name, [&search.train, &search.validation, &test])?;
        let noisy = |part, rows, number| self.part(&name, part, rows, &mut stream(seed, "label noise", number));
        let (train, of_train) = noisy("train", search.train, 0)?;
        let (validation, of_validation) = if self.validation {
            noisy("validation", search.validation, 1).map(|(rows, count)| (rows, Some(count)))?
        } else {
            (search.validation, None)
        };
        let flips = Flips { train: of_train, validation: of_validation };
        Ok((Dataset::of(name, [train, validation, test], user_ids, item_ids), flips))
    }

    fn part(
        &self,
        name: &str,
        part: &str,
        rows: Interactions,
        rng: &mut Stream,
    ) -> Result<(Interactions, FlipCount), DataError> {
        let labels = self.flip(rows.labels(), rng);
        let count = FlipCount::between(rows.labels(), &labels);
        let noisy = Interactions::new(rows.users().to_vec(), rows.items().to_vec(), labels);
        if has_both_classes(&rows) && !has_both_classes(&noisy) {
            return Err(DataError::Invalid(format!(
                "{name}: label noise would leave the {} {part} rows all {}, and both classes are needed; flip fewer",
                noisy.len(),
                u8::from(noisy.n_positive() > 0),
            )));
        }
        Ok((noisy, count))
    }

    fn flip(&self, labels: &[f32], rng: &mut Stream) -> Vec<f32> {
        let noisy = |&label: &f32| {
            let rate = if label == 1.0 { self.flip_positives } else { self.flip_negatives };
            if uniform(rng) < rate { 1.0 - label } else { label }
        };
        labels.iter().map(noisy).collect()
    }
}

fn expect_classes(name: &str, parts: [&Interactions; 3]) -> Result<(), DataError> {
    let graded = |label: &&f32| is_graded(std::slice::from_ref(label));
    match parts.iter().flat_map(|part| part.labels()).find(graded) {
        Some(label) => Err(DataError::Invalid(format!(
            "{name}: label noise flips labels 0 and 1, and data.label = 'rating' makes graded ones, such as {label}; use data.label = 'binary'"
        ))),
        None => Ok(()),
    }
}

fn has_both_classes(rows: &Interactions) -> bool {
    ![0, rows.len()].contains(&rows.n_positive())
}

/// How many labels of a part were flipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlipCount {
    /// Labels 1 that are 0 now
    pub positives: usize,
    /// Labels that were 1
    pub of_positives: usize,
    /// Labels 0 that are 1 now
    pub negatives: usize,
    /// Labels that were 0
    pub of_negatives: usize,
}

impl FlipCount {
    fn between(before: &[f32], after: &[f32]) -> Self {
        let was = |label: f32| before.iter().filter(|&&before| before == label).count();
        let flipped = |label: f32| {
            before.iter().zip(after).filter(|&(&before, &after)| before == label && after != label).count()
        };
        Self { positives: flipped(1.0), of_positives: was(1.0), negatives: flipped(0.0), of_negatives: was(0.0) }
    }
}

impl fmt::Display for FlipCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { positives, of_positives, negatives, of_negatives } = self;
        write!(f, "{positives} of {of_positives} positive and {negatives} of {of_negatives} negative")
    }
}

/// How many labels were flipped, by part; none of the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flips {
    /// Of the training rows
    pub train: FlipCount,
    /// Of the validation rows; `None` where they were left alone
    pub validation: Option<FlipCount>,
}

impl fmt::Display for Flips {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "labels flipped in train: {}; in validation: ", self.train)?;
        match &self.validation {
            Some(validation) => write!(f, "{validation}; in test: none"),
            None => write!(f, "none; in test: none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LabelRule, LoadOptions, Ratings, divide, synth};
    use autolossgen_recsys::{SearchData, Task};

    fn noise(flip_positives: f64, flip_negatives: f64, validation: bool) -> LabelNoise {
        LabelNoise::new(flip_positives, flip_negatives, validation).unwrap()
    }

    fn made(options: &LoadOptions) -> Dataset {
        let shape = synth::SynthOptions { n_users: 60, n_items: 80, n_rows: 1500, ..Default::default() };
        divide("made".into(), synth::generate(&shape, 5).unwrap(), options).unwrap()
    }

    /// Three equal parts, so that validation rows are many too.
    fn thirds() -> Dataset {
        let split = crate::SplitRule::Random([1.0 / 3.0; 3]);
        made(&LoadOptions { split, ..LoadOptions::default() })
    }

    #[test]
    fn labels_flip_at_the_rate_of_their_class() {
        let labels: Vec<f32> = (0..30_000).map(|row| f32::from(u8::from(row % 3 == 0))).collect();
        let flipped = |positives, negatives| {
            FlipCount::between(&labels, &noise(positives, negatives, false).flip(&labels, &mut stream(7, "", 0)))
        };
        for (positives, negatives) in [(0.3, 0.05), (0.0, 0.9), (0.5, 0.0)] {
            let count = flipped(positives, negatives);
            assert_eq!((count.of_positives, count.of_negatives), (10_000, 20_000));
            for (found, n, rate) in [(count.positives, 1e4, positives), (count.negatives, 2e4, negatives)] {
                let four_errors = 4.0 * (n * rate * (1.0 - rate)).sqrt();
                assert!((found as f64 - n * rate).abs() <= four_errors, "{found} of {n} at {rate}");
            }
        }
    }

    #[test]
    fn counts_by_hand() {
        let count = FlipCount::between(&[1.0, 1.0, 1.0, 0.0, 0.0], &[0.0, 1.0, 0.0, 1.0, 0.0]);
        assert_eq!(count, FlipCount { positives: 2, of_positives: 3, negatives: 1, of_negatives: 2 });
        let train = Flips { train: count, validation: None };
        let said = "labels flipped in train: 2 of 3 positive and 1 of 2 negative; in validation: none; in test: none";
        assert_eq!(train.to_string(), said);
        let both = Flips { validation: Some(count), ..train };
        assert!(both.to_string().ends_with("; in validation: 2 of 3 positive and 1 of 2 negative; in test: none"));
    }

    #[test]
    fn a_higher_rate_flips_the_same_labels_and_others() {
        let labels: Vec<f32> = (0..1000).map(|row| f32::from(u8::from(row % 2 == 0))).collect();
        let flips = |rate| noise(rate, rate, false).flip(&labels, &mut stream(1, "", 0));
        let (few, many) = (flips(0.1), flips(0.4));
        assert!((0..1000).all(|row| few[row] == labels[row] || few[row] == many[row]));
        assert_ne!(few, many);
    }

    /// Users, items and labels of a part that may be noisy.
    fn parts(dataset: &Dataset) -> (Interactions, Interactions) {
        let SearchData { train, validation, .. } = &dataset.search;
        (train.clone(), validation.clone())
    }

    #[test]
    fn the_parts_that_are_asked_for_are_noisy_and_the_test_never() {
        let ((train, validation), test) = (parts(&thirds()), thirds().test.spend());
        for of_validation in [false, true] {
            let (noisy, flips) = noise(0.2, 0.1, of_validation).apply(thirds(), 3).unwrap();
            assert_eq!(FlipCount::between(train.labels(), noisy.search.train.labels()), flips.train);
            assert!(flips.train.positives > 0 && flips.train.negatives > 0);
            assert_eq!((train.users(), train.items()), (noisy.search.train.users(), noisy.search.train.items()));
            assert_eq!(noisy.search.validation == validation, !of_validation);
            assert_eq!(flips.validation.is_some(), of_validation);
            assert_ne!(noisy.checksum, thirds().checksum);
            assert_eq!(noisy.test.spend(), test);
        }
    }

    #[test]
    fn noise_is_that_of_the_seed_and_of_the_part() {
        let noisy = |seed, validation| noise(0.2, 0.1, validation).apply(thirds(), seed).unwrap().0;
        assert_eq!(parts(&noisy(1, true)), parts(&noisy(1, true)));
        assert_eq!(noisy(1, true).search.train, noisy(1, false).search.train);
        assert_ne!(noisy(1, true).search.train, noisy(2, true).search.train);
        // The first third of either part: other numbers, so other rows.
        let [train, validation] =
            [0, 1].map(|part| noise(0.5, 0.5, true).flip(&[0.0; 64], &mut stream(1, "label noise", part)));
        assert_ne!(train, validation);
    }

    #[test]
    fn no_noise_is_the_data_as_they_were() {
        let (same, flips) = noise(0.0, 0.0, true).apply(thirds(), 1).unwrap();
        assert_eq!((&same.checksum, parts(&same)), (&thirds().checksum, parts(&thirds())));
        assert_eq!((flips.train.positives, flips.validation.unwrap().negatives), (0, 0));
        assert_eq!((same.search.n_users, same.search.n_items), (60, 80));
    }

    #[test]
    fn what_cannot_be_flipped_is_said() {
        for rate in [-0.1, 1.0, f64::NAN] {
            let said = LabelNoise::new(rate, 0.0, false).unwrap_err().to_string();
            assert_eq!(said, format!("flip positives = {rate}: a probability of at least 0 and less than 1 is needed"));
            let said = LabelNoise::new(0.0, rate, false).unwrap_err().to_string();
            assert_eq!(said, format!("flip negatives = {rate}: a probability of at least 0 and less than 1 is needed"));
        }
        let graded = LoadOptions { label: LabelRule::Rating, task: Task::Regression, ..LoadOptions::default() };
        let said = noise(0.1, 0.1, false).apply(made(&graded), 1).unwrap_err().to_string();
        let start = "made: label noise flips labels 0 and 1, and data.label = 'rating' makes graded ones, such as 0.";
        assert!(said.starts_with(start) && said.ends_with("; use data.label = 'binary'"), "{said}");
    }

    #[test]
    fn a_part_keeps_both_classes() {
        let mut ratings = Ratings::default();
        "++-+++".chars().enumerate().for_each(|(time, sign)| {
            ratings.push("a", &time.to_string(), if sign == '+' { 5.0 } else { 1.0 }, Some(time as f64));
        });
        let options = LoadOptions { task: Task::Regression, ..LoadOptions::default() };
        let small = || divide("small".into(), ratings.clone(), &options).unwrap();
        // To train ++-+; to validate one row, which had one class before.
        let said = noise(0.0, 0.999, true).apply(small(), 1).unwrap_err().to_string();
        assert_eq!(
            said,
            "small: label noise would leave the 4 train rows all 1, and both classes are needed; flip fewer"
        );
        let (noisy, flips) = noise(0.0, 0.0, true).apply(small(), 1).unwrap();
        assert_eq!((noisy.search.validation.labels(), flips.validation.unwrap().of_positives), (&[1.0_f32][..], 1));
    }
}
