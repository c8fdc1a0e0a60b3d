//! Rows that repeat a user and an item.

use crate::error::DataError;
use crate::histories::Histories;
use crate::options::Duplicates;
use crate::ratings::Ratings;

/// Rows that repeat the user and the item of an earlier row.
pub(crate) fn count(ratings: &Ratings, histories: &Histories) -> usize {
    let mut n = 0;
    histories.for_each_repeated(ratings, |rows| n += rows.len() - 1);
    n
}

/// The rows that a rule leaves, in the order of the file.
///
/// # Errors
/// A repeated pair where none may be.
pub(crate) fn resolve(name: &str, mut ratings: Ratings, rule: Duplicates) -> Result<Ratings, DataError> {
    if rule == Duplicates::Keep {
        return Ok(ratings);
    }
    let (mut is_dropped, mut means, mut first) = (vec![false; ratings.len()], Vec::new(), None);
    let mut n = 0;
    Histories::of(&ratings).for_each_repeated(&ratings, |rows| {
        let latest = latest(&ratings, rows);
        rows.iter().filter(|&&row| row != latest).for_each(|&row| is_dropped[row as usize] = true);
        if rule == Duplicates::Mean {
            means.push((latest as usize, mean(rows.iter().map(|&row| ratings.ratings[row as usize]))));
        }
        n += rows.len() - 1;
        first.get_or_insert(latest as usize);
    });
    let Some(first) = first else { return Ok(ratings) };
    match rule {
        Duplicates::Error => {
            let (user, item) = ratings.pair(first);
            return Err(DataError::Invalid(format!(
                "{name}: {n} of {} rows repeat a user and an item, such as '{user}' and '{item}', and data.duplicates = 'error'; last, mean and keep take them",
                ratings.len()
            )));
        }
        Duplicates::Mean => means.into_iter().for_each(|(row, mean)| ratings.ratings[row] = mean),
        Duplicates::Last | Duplicates::Keep => {}
    }
    ratings.retain(|row| !is_dropped[row]);
    Ok(ratings)
}

/// The mean of finite numbers, whose sum need not be finite.
fn mean(values: impl ExactSizeIterator<Item = f64> + Clone) -> f64 {
    let n = values.len() as f64;
    let sum: f64 = values.clone().sum();
    if sum.is_finite() { sum / n } else { values.map(|value| value / n).sum::<f64>().clamp(f64::MIN, f64::MAX) }
}

/// The latest of some rows: by timestamp, then by the order of the file.
fn latest(ratings: &Ratings, rows: &[u32]) -> u32 {
    let time = |row: u32| ratings.timestamps.get(row as usize).copied().unwrap_or(0.0);
    rows.iter().copied().max_by(|&a, &b| time(a).total_cmp(&time(b)).then(a.cmp(&b))).expect("a group has rows")
}

/// Parts in which no pair of user and item is on both sides: its rows among the first `n` are all in the first part that has one.
pub(crate) fn keep_together(ratings: &Ratings, parts: [Vec<usize>; 3], n: usize) -> [Vec<usize>; 3] {
    let mut part_of = vec![0_u8; ratings.len()];
    for (number, part) in parts.iter().enumerate() {
        part.iter().for_each(|&row| part_of[row] = number as u8);
    }
    Histories::of(ratings).for_each_repeated(ratings, |rows| {
        let rows = &rows[..rows.partition_point(|&row| (row as usize) < n)];
        let first = rows.iter().map(|&row| part_of[row as usize]).min().unwrap_or_default();
        rows.iter().for_each(|&row| part_of[row as usize] = first);
    });
    let mut together: [Vec<usize>; 3] = Default::default();
    part_of.iter().enumerate().for_each(|(row, &part)| together[usize::from(part)].push(row));
    together
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, &str, f64, f64)]) -> Ratings {
        let mut ratings = Ratings::default();
        rows.iter().for_each(|&(user, item, rating, time)| ratings.push(user, item, rating, Some(time)));
        ratings
    }

    /// a rates x at 3, 1 and 2, and b rates x twice at one time.
    fn repeated() -> Ratings {
        table(&[
            ("a", "x", 1.0, 3.0),
            ("a", "x", 5.0, 1.0),
            ("b", "x", 2.0, 7.0),
            ("a", "x", 3.0, 2.0),
            ("b", "x", 4.0, 7.0),
            ("a", "y", 5.0, 9.0),
        ])
    }

    fn lines(rule: Duplicates) -> Vec<String> {
        let ratings = resolve("t", repeated(), rule).unwrap();
        (0..ratings.len()).map(|row| ratings.line(row)).collect()
    }

    #[test]
    fn a_rule_says_what_stays() {
        assert_eq!(count(&repeated(), &Histories::of(&repeated())), 3);
        assert_eq!(lines(Duplicates::Last), ["a\tx\t1\t3", "b\tx\t4\t7", "a\ty\t5\t9"]);
        assert_eq!(lines(Duplicates::Mean), ["a\tx\t3\t3", "b\tx\t3\t7", "a\ty\t5\t9"]);
        assert_eq!(lines(Duplicates::Keep).len(), 6);
        let said = resolve("t", repeated(), Duplicates::Error).unwrap_err().to_string();
        assert!(said.starts_with("t: 3 of 6 rows repeat a user and an item, such as 'a' and 'x'"), "{said}");
    }

    #[test]
    fn a_mean_is_finite_where_a_sum_is_not() {
        assert_eq!(mean([1.0, 2.0].into_iter()), 1.5);
        assert_eq!(mean([f64::MAX; 3].into_iter()), f64::MAX);
        assert_eq!(mean([f64::MIN, f64::MIN, f64::MAX, f64::MAX].into_iter()), 0.0);
    }

    #[test]
    fn rows_of_a_pair_stay_in_one_part() {
        let parts = |n| keep_together(&repeated(), [vec![1, 5], vec![2], vec![0, 3, 4]], n);
        assert_eq!(parts(6), [vec![0, 1, 3, 5], vec![2, 4], vec![]]);
        assert_eq!(parts(4), [vec![0, 1, 3, 5], vec![2], vec![4]], "the last two stay where they are");
    }
}
