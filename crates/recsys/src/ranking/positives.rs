//! Positives of implicit feedback.

use super::training_items::TrainingItems;

/// Which items each user took, as compressed rows: of each user the distinct items, ascending. There are no labels: what a user
/// did not take is not known to be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positives {
    n_items: usize,
    /// Where the items of each user begin, and the end; shape (n_users + 1,).
    starts: Vec<usize>,
    items: Vec<u32>,
}

impl Positives {
    /// Positives of `n_users` users and `n_items` items from pairs, shapes (n,), in any order; equal pairs count once.
    ///
    /// ```
    /// use autolossgen_recsys::Positives;
    /// let positives = Positives::new(2, 3, &[1, 1, 1], &[2, 0, 2]);
    /// assert_eq!((positives.of_user(0), positives.of_user(1)), (&[][..], &[0, 2][..]));
    /// ```
    ///
    /// # Panics
    /// When the slices differ in length, a user is not below `n_users`, or an item is not below `n_items`.
    pub fn new(n_users: usize, n_items: usize, users: &[u32], items: &[u32]) -> Self {
        assert_eq!(users.len(), items.len(), "users and items differ in length");
        assert!(items.iter().all(|&item| (item as usize) < n_items), "an item is not below {n_items}");
        let mut rows = vec![Vec::new(); n_users];
        users.iter().zip(items).for_each(|(&user, &item)| rows[user as usize].push(item));
        Self::of_rows(n_items, rows)
    }

    /// The rows of all users, each in any order and with items more than once.
    fn of_rows(n_items: usize, rows: Vec<Vec<u32>>) -> Self {
        let (mut starts, mut items) = (vec![0], Vec::new());
        for mut row in rows {
            row.sort_unstable();
            row.dedup();
            items.append(&mut row);
            starts.push(items.len());
        }
        Self { n_items, starts, items }
    }

    /// Number of users, those without an item among them.
    pub fn n_users(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of items, those without a user among them.
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// Number of distinct pairs.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The items of `user`, distinct and ascending.
    ///
    /// # Panics
    /// When there is no such user.
    pub fn of_user(&self, user: u32) -> &[u32] {
        let user = user as usize;
        &self.items[self.starts[user]..self.starts[user + 1]]
    }

    /// Whether `user` took `item`: a binary search.
    ///
    /// # Panics
    /// When there is no such user.
    pub fn contains(&self, user: u32, item: u32) -> bool {
        self.of_user(user).binary_search(&item).is_ok()
    }

    /// Every pair (user, item), ascending by user, then by item.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        (0..self.n_users() as u32).flat_map(|user| self.of_user(user).iter().map(move |&item| (user, item)))
    }

    /// The same as training takes it.
    pub fn as_training(&self) -> TrainingItems<'_> {
        TrainingItems::unchecked(&self.starts, &self.items)
    }

    /// Popularity: how many users took each item, shape (n_items,).
    pub fn item_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.n_items];
        self.items.iter().for_each(|&item| counts[item as usize] += 1);
        counts
    }

    /// The same pairs by item: of each item the users that took it, ascending.
    pub fn transposed(&self) -> Self {
        let mut rows = vec![Vec::new(); self.n_items];
        self.pairs().for_each(|(user, item)| rows[item as usize].push(user));
        Self::of_rows(self.n_users(), rows)
    }

    /// The pairs that are in `self`, in `other` or in both.
    ///
    /// # Panics
    /// When the numbers of users or of items differ.
    pub fn and(&self, other: &Self) -> Self {
        assert_eq!(self.shape(), other.shape(), "two parts differ in their numbers of users and items");
        let rows = (0..self.n_users() as u32).map(|user| [self.of_user(user), other.of_user(user)].concat());
        Self::of_rows(self.n_items, rows.collect())
    }

    /// Numbers of users and items.
    pub fn shape(&self) -> (usize, usize) {
        (self.n_users(), self.n_items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_by_hand() {
        let positives = Positives::new(3, 4, &[2, 0, 2, 2], &[3, 1, 0, 3]);
        assert_eq!((positives.shape(), positives.len()), ((3, 4), 3));
        assert_eq!([0, 1, 2].map(|user| positives.of_user(user)), [&[1][..], &[], &[0, 3]]);
        assert_eq!(positives.pairs().collect::<Vec<_>>(), [(0, 1), (2, 0), (2, 3)]);
        assert!(positives.contains(2, 3) && !positives.contains(2, 1) && !positives.contains(1, 0));
        assert_eq!(positives.item_counts(), [1, 1, 0, 1]);
        assert_eq!(positives.transposed().transposed(), positives);
        assert!(Positives::new(2, 0, &[], &[]).is_empty());
    }

    #[test]
    fn a_union_has_each_pair_once() {
        let (one, other) = (Positives::new(2, 3, &[0, 1], &[2, 0]), Positives::new(2, 3, &[0, 0], &[2, 1]));
        assert_eq!(one.and(&other), Positives::new(2, 3, &[0, 0, 1], &[1, 2, 0]));
    }

    #[test]
    #[should_panic(expected = "an item is not below 3")]
    fn items_beyond_the_last_are_refused() {
        Positives::new(2, 3, &[0], &[3]);
    }
}
