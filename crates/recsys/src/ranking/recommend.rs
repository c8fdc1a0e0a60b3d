//! Lists of recommendations: the items of the highest scores that a user has not taken.

use super::evaluate::RankingError;
use super::positives::Positives;
use super::scorer::Scorer;
use super::top::{NotANumber, Top};

/// Users who are scored together.
const BLOCK: usize = 64;

/// For each of `users` the `k` items of the highest scores with their scores, the highest first; of equal scores the item that came
/// first. The items that `taken` has of a user are left out, so that a list may be shorter.
///
/// # Errors
/// A score of an item that is not left out is NaN; the first is named.
///
/// # Panics
/// When k is 0, or a user is not one of `taken`.
pub fn recommend(
    scorer: &(impl Scorer + ?Sized),
    users: &[u32],
    taken: &Positives,
    k: usize,
) -> Result<Vec<Vec<(u32, f32)>>, RankingError> {
    assert!(k > 0, "a list has at least one item");
    let n_items = taken.n_items();
    let (mut scores, mut top, mut lists) = (Vec::new(), Top::new(k), Vec::with_capacity(users.len()));
    for users in users.chunks(BLOCK) {
        scores.resize(users.len() * n_items, 0.0);
        scorer.score(users, &mut scores);
        for (&user, scores) in users.iter().zip(scores.chunks_exact(n_items)) {
            let mut items = Vec::new();
            let failed = |NotANumber(item)| RankingError::Score { user, item };
            top.select(scores, taken.of_user(user), &mut items).map_err(failed)?;
            lists.push(items.into_iter().map(|item| (item, scores[item as usize])).collect());
        }
    }
    Ok(lists)
}

#[cfg(test)]
mod tests {
    use super::super::scorer::FactorScorer;
    use super::*;

    #[test]
    fn what_a_user_has_is_left_out_and_ties_go_by_place() {
        let taken = Positives::new(2, 4, &[0], &[1]);
        let scorer = FactorScorer::new(1, &[1.0, -1.0], &[0.5, 2.0, 0.5, 1.0]);
        let lists = recommend(&scorer, &[0, 1], &taken, 3).unwrap();
        assert_eq!(lists[0], [(3, 1.0), (0, 0.5), (2, 0.5)]);
        assert_eq!(lists[1], [(0, -0.5), (2, -0.5), (3, -1.0)]);
        assert_eq!(recommend(&scorer, &[0], &taken, 9).unwrap()[0].len(), 3);
    }
}
