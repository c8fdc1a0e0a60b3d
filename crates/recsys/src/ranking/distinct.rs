//! The distinct ids of a batch.

/// Gives each id of a batch a slot. Slots ascend with the ids, so that a step goes through the tables from their beginning to
/// their end: with many items most time of a step by Adam is that of memory. Reused.
#[derive(Clone, Debug, Default)]
pub(super) struct Distinct {
    /// The distinct ids by slot, and one more that means nothing.
    ids: Vec<u32>,
    n: usize,
    /// Slots of all ids of the table; none between two batches.
    slots: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl Distinct {
    /// The distinct ones of `ids`, all below `n_ids`.
    pub(super) fn find(&mut self, n_ids: usize, ids: [&[u32]; 2]) {
        self.ids[..self.n].iter().for_each(|&id| self.slots[id as usize] = NONE);
        self.n = 0;
        self.slots.resize(n_ids, NONE);
        self.ids.resize(self.ids.len().max(n_ids.min(ids[0].len() + ids[1].len()) + 1), 0);
        ids.into_iter().for_each(|ids| self.collect(ids));
        self.ids[..self.n].sort_unstable();
        (0..).zip(&self.ids[..self.n]).for_each(|(slot, &id)| self.slots[id as usize] = slot);
    }

    /// Takes what is not there yet. Arithmetic and no branch, which would be guessed wrong for a new id.
    fn collect(&mut self, ids: &[u32]) {
        for &id in ids {
            let known = &mut self.slots[id as usize];
            self.ids[self.n] = id;
            self.n += usize::from(*known == NONE);
            *known = 0;
        }
    }

    /// Writes the slots of ids that were found.
    pub(super) fn slots(&self, ids: &[u32], slots: &mut Vec<u32>) {
        slots.clear();
        slots.extend(ids.iter().map(|&id| self.slots[id as usize]));
    }

    /// The ids by slot.
    pub(super) fn ids(&self) -> &[u32] {
        &self.ids[..self.n]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_ascend_with_the_ids_in_every_batch() {
        let (mut distinct, mut slots) = (Distinct::default(), Vec::new());
        for (ids, expected) in [([[5, 2, 5], [9, 2, 2]], [2, 5, 9]), ([[7, 1, 1], [3, 3, 7]], [1, 3, 7])] {
            distinct.find(10, [&ids[0], &ids[1]]);
            assert_eq!(distinct.ids(), expected);
            distinct.slots(&ids[1], &mut slots);
            assert!(slots.iter().zip(&ids[1]).all(|(&slot, &id)| expected[slot as usize] == id));
        }
    }
}
