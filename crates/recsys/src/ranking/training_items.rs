//! The items that each user has in training.

/// Training items of each user, in compressed rows: those of user u are `items[offsets[u]..offsets[u + 1]]`, ascending and
/// each once.
#[derive(Clone, Copy, Debug)]
pub struct TrainingItems<'a> {
    offsets: &'a [usize],
    items: &'a [u32],
}

impl<'a> TrainingItems<'a> {
    /// `offsets` of shape (n_users + 1,), from 0 to the number of items, ascending; `items` of shape (n_rows,).
    ///
    /// # Panics
    /// When the offsets do not cut the items into users, or the items of a user do not ascend.
    pub fn new(offsets: &'a [usize], items: &'a [u32]) -> Self {
        assert!(
            offsets.first() == Some(&0) && offsets.last() == Some(&items.len()),
            "the offsets do not span the items"
        );
        assert!(offsets.is_sorted(), "the offsets do not ascend");
        let training = Self { offsets, items };
        let ascend = |user| training.of(user).is_sorted_by(|one, next| one < next);
        assert!((0..training.n_users()).all(ascend), "the items of a user do not ascend");
        training
    }

    /// As [`new`](Self::new), of what has been checked before.
    pub(super) fn unchecked(offsets: &'a [usize], items: &'a [u32]) -> Self {
        Self { offsets, items }
    }

    /// Number of users, with or without training items.
    pub fn n_users(self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of rows: pairs of user and item.
    pub fn n_rows(self) -> usize {
        self.items.len()
    }

    /// Items of a user, ascending.
    pub fn of(self, user: usize) -> &'a [u32] {
        &self.items[self.offsets[user]..self.offsets[user + 1]]
    }

    /// All items, user after user.
    pub(super) fn items(self) -> &'a [u32] {
        self.items
    }

    /// See [`new`](Self::new).
    pub(super) fn offsets(self) -> &'a [usize] {
        self.offsets
    }
}
