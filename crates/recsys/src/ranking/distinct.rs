//! The distinct ids of a batch.

/// Gives each id of a batch a slot, in the order of first occurrence; reused.
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
    /// Forgets the batch before; ids to come are below `n_ids`, and there are at most `most` of them.
    pub(super) fn clear(&mut self, n_ids: usize, most: usize) {
        self.ids[..self.n].iter().for_each(|&id| self.slots[id as usize] = NONE);
        self.n = 0;
        self.slots.resize(n_ids, NONE);
        self.ids.resize(self.ids.len().max(n_ids.min(most) + 1), 0);
    }

    /// Writes the slots of `ids`. Arithmetic and no branch, which would be guessed wrong for a new id.
    pub(super) fn find(&mut self, ids: &[u32], slots: &mut Vec<u32>) {
        slots.resize(ids.len(), 0);
        for (slot, &id) in slots.iter_mut().zip(ids) {
            let known = &mut self.slots[id as usize];
            let is_new = *known == NONE;
            *known = if is_new { self.n as u32 } else { *known };
            *slot = *known;
            self.ids[self.n] = id;
            self.n += usize::from(is_new);
        }
    }

    /// The ids by slot.
    pub(super) fn ids(&self) -> &[u32] {
        &self.ids[..self.n]
    }
}
