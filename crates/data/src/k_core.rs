//! k-core: users and items that have enough rows.

use crate::error::DataError;
use crate::ratings::Ratings;

/// The rows whose user and item have `k` rows each among those that are left: the largest such set. The order stays.
///
/// # Errors
/// No row is left.
pub(crate) fn k_core(name: &str, ratings: Ratings, k: usize) -> Result<Ratings, DataError> {
    if k < 2 {
        return Ok(ratings);
    }
    let (mut of_user, mut of_item) = (vec![0_usize; ratings.n_users()], vec![0_usize; ratings.n_items()]);
    let ends = |row: usize| (ratings.users[row] as usize, ratings.items[row] as usize);
    let mut is_left = vec![true; ratings.len()];
    for (user, item) in (0..ratings.len()).map(ends) {
        of_user[user] += 1;
        of_item[item] += 1;
    }
    loop {
        let is_short = |&row: &usize| {
            let (user, item) = ends(row);
            is_left[row] && (of_user[user] < k || of_item[item] < k)
        };
        let short: Vec<usize> = (0..ratings.len()).filter(is_short).collect();
        if short.is_empty() {
            break;
        }
        for row in short {
            let (user, item) = ends(row);
            is_left[row] = false;
            of_user[user] -= 1;
            of_item[item] -= 1;
        }
    }
    if !is_left.contains(&true) {
        return Err(DataError::Invalid(format!(
            "{name}: data.k_core = {k} leaves no row: no {k} users and {k} items have {k} rows each among themselves; choose a smaller one"
        )));
    }
    Ok(if is_left.contains(&false) { ratings.filtered(|row| is_left[row]) } else { ratings })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(pairs: &[(&str, &str)]) -> Ratings {
        let mut all = Ratings::default();
        pairs.iter().for_each(|(user, item)| all.push(user, item, 1.0, None));
        all
    }

    fn left(pairs: &[(&str, &str)], k: usize) -> Result<Vec<(String, String)>, String> {
        let kept = k_core("t", table(pairs), k).map_err(|error| error.to_string())?;
        Ok((0..kept.len()).map(|row| kept.pair(row)).map(|(user, item)| (user.into(), item.into())).collect())
    }

    #[test]
    fn what_falls_takes_others_with_it() {
        // c has one row; without it z has one, and without z's row d has one.
        let pairs = [("c", "z"), ("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("d", "z"), ("d", "x")];
        let core = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")].map(|(user, item)| (user.into(), item.into()));
        assert_eq!(left(&pairs, 2).unwrap(), core);
        assert_eq!(left(&pairs, 1).unwrap().len(), pairs.len());
        assert_eq!(left(&pairs, 0).unwrap().len(), pairs.len());
        let message = left(&pairs, 3).unwrap_err();
        assert!(message.starts_with("t: data.k_core = 3 leaves no row"), "{message}");
    }

    #[test]
    fn users_and_items_are_counted_anew() {
        let kept = k_core("t", table(&[("c", "z"), ("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]), 2).unwrap();
        assert_eq!((kept.n_users(), kept.n_items(), &kept.users[..]), (2, 2, &[0, 0, 1, 1][..]));
    }
}
