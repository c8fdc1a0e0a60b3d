//! Train, validation and test, from one table of ratings.

use super::{DataError, Ratings};
use crate::random::{shuffle, stream};

/// How rows are divided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SplitRule {
    /// The paper's positive leave-one-out (§5.1.1): of each user the last positive row and what follows it is for test,
    /// the second-to-last positive row and what follows it for validation; a user with one positive row gives it to the
    /// test. Ties of the timestamp are broken by file order.
    LeaveOneOut,
    /// At random, in these shares of train, validation and test.
    Random([f64; 3]),
    /// The oldest rows to train, the newest to test, in these shares.
    Temporal([f64; 3]),
}

impl SplitRule {
    /// The rule called leave-one-out, random or temporal; `ratios` are the shares of train, validation and test.
    ///
    /// # Errors
    /// An unknown name; shares that are not positive or do not sum to 1.
    pub fn parse(name: &str, ratios: [f64; 3]) -> Result<Self, DataError> {
        let fair = ratios.iter().all(|&share| share > 0.0) && (ratios.iter().sum::<f64>() - 1.0).abs() < 1e-6;
        match name {
            "leave-one-out" => Ok(Self::LeaveOneOut),
            "random" | "temporal" if !fair => Err(DataError::Invalid(format!(
                "data.ratios = {ratios:?}: three positive shares that sum to 1 are needed, as in [0.8, 0.1, 0.1]"
            ))),
            "random" => Ok(Self::Random(ratios)),
            "temporal" => Ok(Self::Temporal(ratios)),
            _ => Err(DataError::Invalid(format!("data.split = '{name}': use leave-one-out, random or temporal"))),
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
        SplitRule::LeaveOneOut => leave_one_out(ratings, positive)?,
        SplitRule::Random(ratios) => {
            let mut order: Vec<usize> = (0..ratings.len()).collect();
            shuffle(&mut stream(seed, "split", 0), &mut order);
            cut(&order, ratios)
        }
        SplitRule::Temporal(_) if ratings.timestamps.is_empty() => {
            return Err(DataError::Invalid(
                "data.split = 'temporal' needs timestamps, and these rows have none".into(),
            ));
        }
        SplitRule::Temporal(ratios) => {
            let mut order: Vec<usize> = (0..ratings.len()).collect();
            order.sort_by(|&a, &b| ratings.timestamps[a].total_cmp(&ratings.timestamps[b]));
            cut(&order, ratios)
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

fn leave_one_out(ratings: &Ratings, positive: &[bool]) -> Result<[Vec<usize>; 3], DataError> {
    let n_users = ratings.users.iter().max().map_or(0, |&user| user as usize + 1);
    let mut rows_of = vec![Vec::new(); n_users];
    ratings.users.iter().enumerate().for_each(|(row, &user)| rows_of[user as usize].push(row));
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    let mut divided = false;
    for mut rows in rows_of {
        if !ratings.timestamps.is_empty() {
            rows.sort_by(|&a, &b| ratings.timestamps[a].total_cmp(&ratings.timestamps[b]));
        }
        let mut last_positives = (0..rows.len()).rev().filter(|&at| positive[rows[at]]);
        let last = last_positives.next().unwrap_or(rows.len());
        let second = last_positives.next();
        divided |= second.is_some();
        let second = second.unwrap_or(last);
        parts[0].extend(&rows[..second]);
        parts[1].extend(&rows[second..last]);
        parts[2].extend(&rows[last..]);
    }
    if divided {
        Ok(parts)
    } else {
        Err(DataError::Invalid(
            "no user has two positive rows, which positive leave-one-out needs: lower data.threshold, or set data.split to random".into(),
        ))
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn every_rule_partitions_the_rows() {
        let table: Vec<(&str, f64, f64)> =
            (0..50).map(|i| (["a", "b", "c"][i % 3], (i % 5 + 1) as f64, ((i * 7) % 11) as f64)).collect();
        let (all, positive) = rows(&table);
        let ratios = [0.8, 0.1, 0.1];
        for rule in [SplitRule::LeaveOneOut, SplitRule::Random(ratios), SplitRule::Temporal(ratios)] {
            let parts = split(&all, &positive, rule, 1).unwrap();
            let mut together: Vec<usize> = parts.concat();
            together.sort_unstable();
            assert_eq!(together, (0..50).collect::<Vec<_>>());
        }
        let [train, _, test] = split(&all, &positive, SplitRule::Temporal(ratios), 1).unwrap();
        assert!(train.iter().all(|&early| test.iter().all(|&late| all.timestamps[early] <= all.timestamps[late])));
    }

    #[test]
    fn what_cannot_be_divided_is_said() {
        let (all, positive) = rows(&[("a", 5.0, 0.0), ("b", 5.0, 0.0)]);
        assert!(
            split(&all, &positive, SplitRule::LeaveOneOut, 1).unwrap_err().to_string().contains("two positive rows")
        );
        assert!(SplitRule::parse("random", [0.5, 0.1, 0.1]).is_err());
        assert!(SplitRule::parse("sideways", [0.8, 0.1, 0.1]).unwrap_err().to_string().contains("temporal"));
    }
}
