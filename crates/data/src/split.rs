//! Train, validation and test, from one table of ratings.

use std::cell::Cell;

use autolossgen_recsys::random::{shuffle, stream};
use autolossgen_settings::choice;

use crate::error::DataError;
use crate::histories::{Histories, Times};
use crate::ratings::Ratings;

choice! {
    /// How rows are divided into train, validation and test; [`SplitRule`] adds the shares
    #[derive(Default)]
    pub enum SplitKind {
        /// The paper's positive leave-one-out (§5.1.1), of each user in time
        #[default]
        LeaveOneOut = "leave-one-out",
        /// At random
        Random = "random",
        /// The oldest rows to train, the newest to test
        Temporal = "temporal",
        /// Of each user at random
        Ratio = "ratio",
        /// Of each user the last row to test, the one before it to validation
        LeaveLastOut = "leave-last-out",
    }
}

/// How rows are divided, and in which shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SplitRule {
    /// The paper's positive leave-one-out (§5.1.1): of each user the last positive row and what follows it is for test,
    /// the second-to-last positive row and what follows it for validation; a user with one positive row gives it to the
    /// test. A user with fewer than [`SplitRule::FEWEST_ROWS`] rows is for training alone. Ties of the timestamp are
    /// broken by file order. Where timestamps order the rows of no user, or there are none, the order of each user's rows is
    /// drawn by the seed: the order of a file is none of time.
    LeaveOneOut,
    /// At random, in these shares of train, validation and test.
    Random([f64; 3]),
    /// The oldest rows to train, the newest to test, in these shares.
    Temporal([f64; 3]),
    /// The rows of each user at random, in these shares; at least one row of each user is for training.
    Ratio([f64; 3]),
    /// Of each user the last row is for test and the one before it for validation; a user with fewer than three rows is for
    /// training alone. The order of rows is that of [`SplitRule::LeaveOneOut`].
    LeaveLastOut,
}

impl SplitRule {
    /// Under leave-one-out a user with fewer rows than this gives all of them to the training set (§5.1.1), lest nothing
    /// be left to learn the user from.
    pub const FEWEST_ROWS: usize = 5;

    /// The rule of a kind; `ratios` are the shares of train, validation and test, which the two rules that leave one out do without.
    ///
    /// # Errors
    /// Shares that are not positive or do not sum to 1, where the kind needs them.
    pub fn new(kind: SplitKind, ratios: [f64; 3]) -> Result<Self, DataError> {
        let fair = ratios.iter().all(|&share| share > 0.0) && (ratios.iter().sum::<f64>() - 1.0).abs() < 1e-6;
        let shares = || {
            let needed = "three positive shares that sum to 1 are needed, as in [0.8, 0.1, 0.1]";
            let unfair = || DataError::Invalid(format!("data.ratios = {ratios:?}: {needed}"));
            if fair { Ok(ratios) } else { Err(unfair()) }
        };
        match kind {
            SplitKind::LeaveOneOut => Ok(Self::LeaveOneOut),
            SplitKind::Random => shares().map(Self::Random),
            SplitKind::Temporal => shares().map(Self::Temporal),
            SplitKind::Ratio => shares().map(Self::Ratio),
            SplitKind::LeaveLastOut => Ok(Self::LeaveLastOut),
        }
    }
}

/// Row numbers of train, validation and test, each in file order.
pub(crate) fn split(
    ratings: &Ratings,
    positive: &[bool],
    rule: SplitRule,
    seed: u64,
) -> Result<[Vec<usize>; 3], DataError> {
    let mut parts = match rule {
        SplitRule::LeaveOneOut => leave_one_out(ratings, positive, seed)?,
        SplitRule::Random(ratios) => {
            let mut order: Vec<usize> = (0..ratings.len()).collect();
            shuffle(&mut stream(seed, "split", 0), &mut order);
            cut(&order, ratios)
        }
        SplitRule::Temporal(_)
            if matches!(Times::of(ratings, &Histories::of(ratings)), Times::None | Times::Constant) =>
        {
            let have =
                if ratings.timestamps.is_empty() { "these rows have none" } else { "these rows have one for all" };
            return Err(DataError::Invalid(format!("data.split = 'temporal' needs timestamps, and {have}")));
        }
        SplitRule::Temporal(ratios) => {
            let mut order: Vec<usize> = (0..ratings.len()).collect();
            order.sort_by(|&a, &b| ratings.timestamps[a].total_cmp(&ratings.timestamps[b]));
            cut(&order, ratios)
        }
        SplitRule::Ratio(ratios) => of_each_user(ratings, |user, mut rows| {
            shuffle(&mut stream(seed, "ratio", user), &mut rows);
            let [mut train, mut validation, mut test] = cut(&rows, ratios);
            if train.is_empty() {
                train.extend(validation.pop().or_else(|| test.pop()));
            }
            [train, validation, test]
        }),
        SplitRule::LeaveLastOut => {
            let in_order = InOrder::of(ratings, "leave-last-out", seed);
            of_each_user(ratings, |user, rows| {
                let mut train = in_order.rows(user, rows);
                let n_held_out = if train.len() < 3 { 0 } else { 2 };
                let mut validation = train.split_off(train.len() - n_held_out);
                let test = validation.pop().into_iter().collect();
                [train, validation, test]
            })
        }
    };
    parts.iter_mut().for_each(|part| part.sort_unstable());
    Ok(parts)
}

fn cut(order: &[usize], ratios: [f64; 3]) -> [Vec<usize>; 3] {
    let at = |share: f64| ((order.len() as f64 * share).round() as usize).min(order.len());
    let (first, second) = (at(ratios[0]), at(ratios[0] + ratios[1]));
    [order[..first].to_vec(), order[first..second].to_vec(), order[second..].to_vec()]
}

/// Divides the rows of each user by `divide`, which takes the user and the rows in the order of the file.
fn of_each_user(ratings: &Ratings, divide: impl Fn(u64, Vec<usize>) -> [Vec<usize>; 3]) -> [Vec<usize>; 3] {
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    for (user, rows) in Histories::of(ratings).each().enumerate() {
        let own = divide(user as u64, rows.iter().map(|&row| row as usize).collect());
        parts.iter_mut().zip(own).for_each(|(part, own)| part.extend(own));
    }
    parts
}

/// The order of a user's rows: by timestamp, ties in the order of the file; drawn by the seed where timestamps order the rows of
/// no user.
struct InOrder<'a> {
    ratings: &'a Ratings,
    is_timed: bool,
    /// Name of the stream of draws.
    name: &'static str,
    seed: u64,
}

impl<'a> InOrder<'a> {
    fn of(ratings: &'a Ratings, name: &'static str, seed: u64) -> Self {
        let is_timed = Times::of(ratings, &Histories::of(ratings)) == Times::Usable;
        Self { ratings, is_timed, name, seed }
    }

    fn rows(&self, user: u64, mut rows: Vec<usize>) -> Vec<usize> {
        let times = &self.ratings.timestamps;
        if self.is_timed {
            rows.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
        } else {
            shuffle(&mut stream(self.seed, self.name, user), &mut rows);
        }
        rows
    }
}

fn leave_one_out(ratings: &Ratings, positive: &[bool], seed: u64) -> Result<[Vec<usize>; 3], DataError> {
    let in_order = InOrder::of(ratings, "leave-one-out", seed);
    let divided = Cell::new(false);
    let parts = of_each_user(ratings, |user, rows| {
        let rows = in_order.rows(user, rows);
        if rows.len() < SplitRule::FEWEST_ROWS {
            return [rows, Vec::new(), Vec::new()];
        }
        let mut last_positives = (0..rows.len()).rev().filter(|&at| positive[rows[at]]);
        let last = last_positives.next().unwrap_or(rows.len());
        let second = last_positives.next();
        divided.set(divided.get() || second.is_some());
        let second = second.unwrap_or(last);
        [rows[..second].to_vec(), rows[second..last].to_vec(), rows[last..].to_vec()]
    });
    if divided.get() {
        Ok(parts)
    } else {
        Err(DataError::Invalid(format!(
            "no user with {} or more rows has two positive rows, which positive leave-one-out needs: lower data.threshold, or set data.split to random",
            SplitRule::FEWEST_ROWS
        )))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(ratings: &[(&str, f64, f64)]) -> (Ratings, Vec<bool>) {
        let mut all = Ratings::default();
        for (index, &(user, rating, time)) in ratings.iter().enumerate() {
            all.push(user, &index.to_string(), rating, Some(time));
        }
        let positive = all.ratings.iter().map(|&rating| rating > 3.0).collect();
        (all, positive)
    }

    #[test]
    fn leave_one_out_by_hand() {
        // In time: 4+ 1- 5+ 2- 4+ 1-; rows 3, 4 and the second user's follow file order.
        let (all, positive) = rows(&[
            ("a", 4.0, 0.0),
            ("a", 1.0, 1.0),
            ("a", 5.0, 2.0),
            ("a", 4.0, 9.0),
            ("a", 1.0, 9.0),
            ("a", 2.0, 3.0),
            ("b", 1.0, 0.0),
        ]);
        let [train, validation, test] = split(&all, &positive, SplitRule::LeaveOneOut, 42).unwrap();
        assert_eq!((train, validation, test), (vec![0, 1, 6], vec![2, 5], vec![3, 4]));
    }

    /// Rows of several users, one a character in time: + is positive, - negative.
    fn histories(users: &[(&'static str, &str)]) -> (Ratings, Vec<bool>) {
        let of_user = |&(user, history): &(&'static str, &str)| {
            let rating = |sign| if sign == '+' { 5.0 } else { 1.0 };
            history.chars().enumerate().map(|(time, sign)| (user, rating(sign), time as f64)).collect::<Vec<_>>()
        };
        rows(&users.iter().flat_map(of_user).collect::<Vec<_>>())
    }

    #[test]
    fn users_with_few_rows_are_for_training() {
        let (all, positive) = histories(&[("four", "+-+-"), ("five", "-+-+-")]);
        let [train, validation, test] = split(&all, &positive, SplitRule::LeaveOneOut, 42).unwrap();
        assert_eq!((train, validation, test), (vec![0, 1, 2, 3, 4], vec![5, 6], vec![7, 8]));
    }

    #[test]
    fn one_positive_row_is_for_the_test_and_none_for_training() {
        let (all, positive) = histories(&[("two", "+-+--"), ("one", "--+--"), ("none", "-----")]);
        let [train, validation, test] = split(&all, &positive, SplitRule::LeaveOneOut, 42).unwrap();
        assert_eq!((train, validation), (vec![5, 6, 10, 11, 12, 13, 14], vec![0, 1]));
        assert_eq!(test, [2, 3, 4, 7, 8, 9]);
    }

    /// Tables of a few users: user, rating and a timestamp that often ties; with or without the timestamps.
    fn tables() -> impl Strategy<Value = (Ratings, Vec<bool>)> {
        let row = (0..6_usize, 1..=5_u8, 0..12_u8);
        (proptest::collection::vec(row, 0..90), any::<bool>()).prop_map(|(table, timed)| {
            let named = |&(user, rating, time): &(usize, u8, u8)| {
                (["a", "b", "c", "d", "e", "f"][user], f64::from(rating), f64::from(time))
            };
            let (mut all, positive) = rows(&table.iter().map(named).collect::<Vec<_>>());
            if !timed {
                all.timestamps.clear();
            }
            (all, positive)
        })
    }

    fn shares() -> impl Strategy<Value = [f64; 3]> {
        (1..20_u8, 1..20_u8, 1..20_u8).prop_map(|(a, b, c)| {
            let total = f64::from(a) + f64::from(b) + f64::from(c);
            [a, b, c].map(|share| f64::from(share) / total)
        })
    }

    fn is_partition(parts: &[Vec<usize>; 3], n: usize) -> bool {
        let mut together = parts.concat();
        together.sort_unstable();
        together == (0..n).collect::<Vec<_>>() && parts.iter().all(|part| part.is_sorted())
    }

    proptest! {
        #[test]
        fn every_rule_partitions_the_rows((all, positive) in tables(), ratios in shares(), seed in any::<u64>()) {
            for rule in [SplitRule::LeaveOneOut, SplitRule::Random(ratios), SplitRule::Temporal(ratios)] {
                match split(&all, &positive, rule, seed) {
                    Ok(parts) => prop_assert!(is_partition(&parts, all.len()), "{rule:?}: {parts:?}"),
                    Err(error) => prop_assert!(!matches!(rule, SplitRule::Random(_)), "{rule:?}: {error}"),
                }
            }
        }

        #[test]
        fn ratios_are_kept_to_a_row((all, positive) in tables(), ratios in shares(), seed in any::<u64>()) {
            for rule in [SplitRule::Random(ratios), SplitRule::Temporal(ratios)] {
                let Ok(parts) = split(&all, &positive, rule, seed) else { continue };
                for (part, share) in parts.iter().zip(ratios) {
                    prop_assert!((part.len() as f64 - share * all.len() as f64).abs() <= 1.0, "{rule:?}: {parts:?}");
                }
            }
        }

        #[test]
        fn temporal_trains_on_what_is_oldest((all, positive) in tables(), ratios in shares()) {
            if let Ok(parts) = split(&all, &positive, SplitRule::Temporal(ratios), 1) {
                prop_assert!(in_time(&all, &parts.each_ref().map(Vec::as_slice)));
            }
        }

        #[test]
        fn leave_one_out_is_by_user_in_time((all, positive) in tables()) {
            if let Ok(parts) = split(&all, &positive, SplitRule::LeaveOneOut, 1) {
                let is_timed = Times::of(&all, &Histories::of(&all)) == Times::Usable;
                for user in 0..6 {
                    let own = parts.each_ref().map(|part| of_user(&all, part, user));
                    prop_assert!(!is_timed || in_time(&all, &own.each_ref().map(Vec::as_slice)), "{own:?}");
                    // Validation and test each begin with their positive row.
                    let earlier = |&a: &usize, &b: &usize| time(&all, a).partial_cmp(&time(&all, b)).unwrap();
                    let first = |part: &Vec<usize>| part.iter().copied().min_by(earlier);
                    prop_assert!(!is_timed || own[1..].iter().filter_map(first).all(|row| positive[row]), "{own:?}");
                    let counts = own.each_ref().map(|rows| rows.iter().filter(|&&row| positive[row]).count());
                    prop_assert_eq!(counts, expected_positives(counts.iter().sum(), own.concat().len()));
                }
            }
        }
    }

    #[test]
    fn without_time_what_is_held_out_is_drawn_by_the_seed() {
        let (mut all, positive) = histories(&[("a", "++++++++"), ("b", "++++++++")]);
        let held_out = |all: &Ratings, seed| split(all, &positive, SplitRule::LeaveOneOut, seed).unwrap()[2].clone();
        assert_eq!(held_out(&all, 1), [7, 15], "in time");
        let drawn = |all: &Ratings| {
            assert_eq!(held_out(all, 1), held_out(all, 1));
            (0..20).filter(|&seed| held_out(all, seed) != [7, 15]).count() > 10
        };
        let own = all.timestamps.clone();
        all.timestamps.clear();
        assert!(drawn(&all), "no time");
        all.timestamps = vec![7.0; 16];
        assert!(drawn(&all), "one time for all");
        all.timestamps = (0..16).map(|row| f64::from(row / 8)).collect();
        assert!(drawn(&all), "one time a user");
        all.timestamps = own;
        assert!(!drawn(&all));
    }

    fn of_user(all: &Ratings, part: &[usize], user: u32) -> Vec<usize> {
        part.iter().copied().filter(|&row| all.users[row] == user).collect()
    }

    /// Where a row stands in time; where there are no timestamps, file order is time.
    fn time(all: &Ratings, row: usize) -> (f64, usize) {
        (all.timestamps.get(row).copied().unwrap_or(0.0), row)
    }

    /// Whether no row is later than one of a later part.
    fn in_time(all: &Ratings, parts: &[&[usize]; 3]) -> bool {
        let precede = |early: &[usize], late: &[usize]| {
            early.iter().all(|&early| late.iter().all(|&late| time(all, early) < time(all, late)))
        };
        precede(parts[0], parts[1]) && precede(parts[0], parts[2]) && precede(parts[1], parts[2])
    }

    /// Positive rows for train, validation and test of a user with `n_positive` in `n` rows.
    fn expected_positives(n_positive: usize, n: usize) -> [usize; 3] {
        match n_positive {
            _ if n < 5 => [n_positive, 0, 0],
            0 => [0, 0, 0],
            1 => [0, 0, 1],
            _ => [n_positive - 2, 1, 1],
        }
    }

    #[test]
    fn the_last_row_of_a_user_is_for_the_test() {
        let (all, positive) = histories(&[("three", "+-+"), ("two", "++")]);
        let parts = split(&all, &positive, SplitRule::LeaveLastOut, 1).unwrap();
        assert_eq!(parts, [vec![0, 3, 4], vec![1], vec![2]]);
        // One time for all rows is none: the order is drawn.
        let (mut all, positive) = histories(&[("many", "++++++++")]);
        all.timestamps.iter_mut().for_each(|time| *time = 1.0);
        let last = |seed| split(&all, &positive, SplitRule::LeaveLastOut, seed).unwrap()[2][0];
        assert!((0..20).map(last).collect::<std::collections::BTreeSet<_>>().len() > 3);
    }

    #[test]
    fn each_user_is_divided_by_the_shares() {
        let (all, positive) = histories(&[("ten", "++++++++++"), ("five", "+++++"), ("one", "+")]);
        let parts = split(&all, &positive, SplitRule::Ratio([0.5, 0.2, 0.3]), 1).unwrap();
        let of = |user: u32| parts.each_ref().map(|part| of_user(&all, part, user).len());
        assert_eq!([of(0), of(1), of(2)], [[5, 2, 3], [3, 1, 1], [1, 0, 0]]);
        let small = split(&all, &positive, SplitRule::Ratio([0.1, 0.4, 0.5]), 1).unwrap();
        assert_eq!(small.each_ref().map(|part| of_user(&all, part, 2).len()), [1, 0, 0], "one row is for training");
    }

    #[test]
    fn what_cannot_be_divided_is_said() {
        // Two positive rows, but of a user with too few rows; enough rows, but one positive.
        for table in [[("a", "++--"), ("b", "----+")], [("a", "+"), ("b", "+----")]] {
            let (all, positive) = histories(&table);
            let message = split(&all, &positive, SplitRule::LeaveOneOut, 1).unwrap_err().to_string();
            assert!(message.starts_with("no user with 5 or more rows has two positive rows"), "{message}");
        }
        for kind in [SplitKind::Random, SplitKind::Temporal, SplitKind::Ratio] {
            let message = SplitRule::new(kind, [0.5, 0.1, 0.1]).unwrap_err().to_string();
            assert!(message.starts_with("data.ratios = [0.5, 0.1, 0.1]: three positive shares"), "{message}");
        }
        assert_eq!(SplitRule::new(SplitKind::LeaveOneOut, [0.0; 3]).unwrap(), SplitRule::LeaveOneOut);
    }
}
