//! The highest scores of a row.

/// A NaN among the scores, at the place of this item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotANumber(pub(super) u32);

/// Scores that are compared at once before one is looked at.
const CHUNK: usize = 32;

/// Scores that are held before the lower ones are dropped, a multiple of those that are wanted.
const ROOM: usize = 4;

/// Finds the items of the `wanted` highest scores, at least 1; memory that is used again.
#[derive(Debug)]
pub(super) struct Top {
    wanted: usize,
    held: Vec<(f32, u32)>,
    /// Of `wanted` scores or more the one of rank `wanted`, once known: what is not above it comes too late.
    threshold: Option<f32>,
}

impl Top {
    pub(super) fn new(wanted: usize) -> Self {
        Self { wanted, held: Vec::new(), threshold: None }
    }

    /// Appends the items of the highest `scores` to `items`, the highest first: as many as are wanted, or all where there are
    /// fewer that are not `masked` (ascending). Of equal scores, 0 and −0 among them, the smaller item comes first. ±∞ are
    /// scores like others; a NaN of an item that is not masked is an error.
    pub(super) fn select(&mut self, scores: &[f32], masked: &[u32], items: &mut Vec<u32>) -> Result<(), NotANumber> {
        self.held.clear();
        self.threshold = None;
        let mut start = 0;
        for &item in masked {
            self.scan(scores, start..item as usize)?;
            start = item as usize + 1;
        }
        self.scan(scores, start..scores.len())?;
        self.held.sort_unstable_by(before);
        items.extend(self.held.iter().take(self.wanted).map(|&(_, item)| item));
        Ok(())
    }

    /// Holds what may be among the highest of the scores of `items`.
    fn scan(&mut self, scores: &[f32], items: std::ops::Range<usize>) -> Result<(), NotANumber> {
        let first = items.start;
        for (number, chunk) in scores[items].chunks(CHUNK).enumerate() {
            if self.threshold.is_none_or(|threshold| any_passes(chunk, threshold)) {
                self.hold(chunk, first + number * CHUNK)?;
            }
        }
        Ok(())
    }

    fn hold(&mut self, chunk: &[f32], first: usize) -> Result<(), NotANumber> {
        for (item, &score) in (first as u32..).zip(chunk) {
            if score.is_nan() {
                return Err(NotANumber(item));
            }
            if self.threshold.is_none_or(|threshold| score > threshold) {
                // −0 becomes 0, so that the order of all numbers is that of scores.
                self.held.push((score + 0.0, item));
            }
        }
        if self.held.len() >= self.wanted.saturating_mul(ROOM) {
            self.drop_lower();
        }
        Ok(())
    }

    fn drop_lower(&mut self) {
        let (_, &mut (threshold, _), _) = self.held.select_nth_unstable_by(self.wanted - 1, before);
        self.held.truncate(self.wanted);
        self.threshold = Some(threshold);
    }
}

/// Whether a score is above the threshold, or is NaN. No branch within, so that it vectorises.
fn any_passes(chunk: &[f32], threshold: f32) -> bool {
    chunk.iter().fold(false, |any, &score| any | (score > threshold) | score.is_nan())
}

fn before(one: &(f32, u32), other: &(f32, u32)) -> std::cmp::Ordering {
    other.0.total_cmp(&one.0).then(one.1.cmp(&other.1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn top(wanted: usize, scores: &[f32], masked: &[u32]) -> Vec<u32> {
        let mut items = Vec::new();
        Top::new(wanted).select(scores, masked, &mut items).unwrap();
        items
    }

    #[test]
    fn ties_by_hand() {
        assert_eq!(top(3, &[0.0, 2.0, -0.0, 2.0, 0.0], &[]), [1, 3, 0]);
        assert_eq!(top(4, &[-0.0, 2.0, 0.0, 2.0], &[1]), [3, 0, 2]);
        let (low, high) = (f32::NEG_INFINITY, f32::INFINITY);
        assert_eq!(top(3, &[low, 0.0, high, low], &[]), [2, 1, 0]);
        assert!(top(2, &[1.0, 2.0], &[0, 1]).is_empty());
    }

    #[test]
    fn a_nan_is_found_wherever_it_is() {
        for place in 0..500_u32 {
            let mut scores = vec![1.0; 500];
            scores[0] = 2.0;
            scores[place as usize] = f32::NAN;
            assert_eq!(Top::new(2).select(&scores, &[], &mut Vec::new()), Err(NotANumber(place)));
            assert_eq!(Top::new(2).select(&scores, &[place], &mut Vec::new()), Ok(()));
        }
    }

    proptest! {
        #[test]
        fn it_is_the_head_of_the_sorted_row(
            scores in prop::collection::vec((-9_i8..9).prop_map(f32::from), 0..400),
            wanted in 1..40_usize,
            every in 1..9_usize,
        ) {
            let masked: Vec<u32> = (0..scores.len() as u32).step_by(every + 1).collect();
            let mut order: Vec<u32> = (0..scores.len() as u32).filter(|item| !masked.contains(item)).collect();
            order.sort_by(|&a, &b| scores[b as usize].partial_cmp(&scores[a as usize]).unwrap());
            order.truncate(wanted);
            prop_assert_eq!(top(wanted, &scores, &masked), order);
        }
    }
}
