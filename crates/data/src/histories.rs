//! The rows of each user, and what their timestamps say.

use autolossgen_settings::choice;

use crate::ratings::Ratings;

choice! {
    /// What timestamps say of the order of a user's rows
    pub enum Times {
        /// They order them
        Usable = "usable",
        /// There are none
        None = "none",
        /// Every row has the same
        Constant = "constant",
        /// Every row of a user has the same, for every user
        Tied = "tied",
    }
}

/// Row numbers by user, in the order of the file.
pub(crate) struct Histories {
    rows: Vec<u32>,
    /// Where the rows of each user end.
    ends: Vec<usize>,
}

impl Histories {
    pub(crate) fn of(ratings: &Ratings) -> Self {
        let mut next = vec![0_usize; ratings.n_users() + 1];
        ratings.users.iter().for_each(|&user| next[user as usize + 1] += 1);
        (1..next.len()).for_each(|user| next[user] += next[user - 1]);
        let mut rows = vec![0; ratings.len()];
        for (row, &user) in ratings.users.iter().enumerate() {
            rows[next[user as usize]] = row as u32;
            next[user as usize] += 1;
        }
        next.pop();
        Self { rows, ends: next }
    }

    /// The rows of each user.
    pub(crate) fn each(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.rows[start..end])
    }

    /// Calls `see` with every two rows or more of one user and one item, in the order of the file. The histories are those of
    /// `ratings`.
    pub(crate) fn for_each_repeated(&self, ratings: &Ratings, mut see: impl FnMut(&[u32])) {
        let mut own: Vec<u32> = Vec::new();
        for rows in self.each() {
            own.clear();
            own.extend(rows);
            own.sort_unstable_by_key(|&row| (ratings.items[row as usize], row));
            let same = |&a: &u32, &b: &u32| ratings.items[a as usize] == ratings.items[b as usize];
            own.chunk_by(same).filter(|group| group.len() > 1).for_each(&mut see);
        }
    }
}

impl Times {
    /// `histories` are those of `ratings`.
    pub(crate) fn of(ratings: &Ratings, histories: &Histories) -> Self {
        let times = &ratings.timestamps;
        let Some(first) = times.first() else { return Self::None };
        if times.iter().all(|time| time == first) {
            return Self::Constant;
        }
        let time = |row: &u32| times[*row as usize];
        let is_tied = histories.each().all(|rows| rows.iter().all(|row| time(row) == time(&rows[0])));
        if is_tied { Self::Tied } else { Self::Usable }
    }
}
