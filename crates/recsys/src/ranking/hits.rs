//! Accidental hits: negatives that all rows of a batch share, and that are training items of a row's user.
//!
//! The usual sampled softmax takes a hit out of the sum by a score of −∞ (`remove_accidental_hits` of TensorFlow, after Jean et
//! al. 2015), which a loss of another form turns into ∞. Here another negative of the same batch stands in, so that a row has N
//! negatives whatever the loss.

use super::training_items::TrainingItems;

/// No place, or no item.
const NOWHERE: u32 = u32::MAX;

/// Hits by row; reused.
#[derive(Clone, Debug, Default)]
pub(super) struct Hits {
    hits: Vec<Hit>,
    /// Where the hits of each row end.
    ends: Vec<usize>,
    /// Of each item the first of its places among the negatives.
    first: Vec<u32>,
    /// Of each place the next with the same item.
    next: Vec<u32>,
    /// Whether a place is a hit of the row at hand.
    is_hit: Vec<bool>,
}

/// A place of a row that another place stands in for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hit {
    pub(super) place: u32,
    /// [`None`](Self::stand_in) where all places of the row are hits.
    stand_in: u32,
}

impl Hit {
    /// The place that stands in; `None` where the row has no negative.
    pub(super) fn stand_in(self) -> Option<usize> {
        (self.stand_in != NOWHERE).then_some(self.stand_in as usize)
    }
}

impl Hits {
    /// Hits of a row.
    pub(super) fn of(&self, row: usize) -> &[Hit] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.hits[start..self.ends[row]]
    }

    pub(super) fn find(&mut self, users: &[u32], negatives: &[u32], training: TrainingItems<'_>, n_items: usize) {
        self.index(negatives, n_items);
        self.hits.clear();
        self.ends.clear();
        for &user in users {
            self.find_of_row(training.of(user as usize));
            self.ends.push(self.hits.len());
        }
        negatives.iter().for_each(|&item| self.first[item as usize] = NOWHERE);
    }

    /// The places of every item.
    fn index(&mut self, negatives: &[u32], n_items: usize) {
        self.first.resize(n_items, NOWHERE);
        self.next.clear();
        self.next.resize(negatives.len(), NOWHERE);
        self.is_hit.clear();
        self.is_hit.resize(negatives.len(), false);
        for (place, &item) in negatives.iter().enumerate() {
            self.next[place] = std::mem::replace(&mut self.first[item as usize], place as u32);
        }
    }

    fn find_of_row(&mut self, training: &[u32]) {
        let start = self.hits.len();
        for &item in training {
            let mut place = self.first[item as usize];
            while place != NOWHERE {
                self.hits.push(Hit { place, stand_in: NOWHERE });
                self.is_hit[place as usize] = true;
                place = self.next[place as usize];
            }
        }
        let found = &mut self.hits[start..];
        found.sort_unstable_by_key(|hit| hit.place);
        if let Some(first) = self.is_hit.iter().position(|is_hit| !is_hit) {
            stand_in(found, &self.is_hit, first as u32);
        }
        found.iter().for_each(|hit| self.is_hit[hit.place as usize] = false);
    }
}

/// Gives each of a row's hits, which ascend, the next place that is none; `first` is the first of all.
fn stand_in(hits: &mut [Hit], is_hit: &[bool], first: u32) {
    let mut after = first;
    for hit in hits.iter_mut().rev() {
        hit.stand_in = match is_hit.get(hit.place as usize + 1) {
            None => first,
            Some(true) => after,
            Some(false) => hit.place + 1,
        };
        after = hit.stand_in;
    }
}
