//! Scores that are sums over what a user took.

use crate::ranking::positives::Positives;

/// For each of `users`, whose row of `scores`, shape (users.len(), n_items), is first set to 0: adds what every item that the user took
/// in training gives.
///
/// # Panics
/// When there is no such user, or `scores` has another shape.
pub(super) fn for_each_taken(train: &Positives, users: &[u32], scores: &mut [f32], add: impl Fn(&mut [f32], u32)) {
    let n_items = train.n_items();
    assert_eq!(scores.len(), users.len() * n_items, "the shape of the scores is not (b, n_items)");
    for (&user, row) in users.iter().zip(scores.chunks_exact_mut(n_items.max(1))) {
        row.fill(0.0);
        train.of_user(user).iter().for_each(|&item| add(row, item));
    }
}
