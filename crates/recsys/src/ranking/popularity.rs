//! Items in proportion to popularity^α, in integers: a draw is then exact, and the same on every platform.

use crate::elementary::{exp, ln};

/// Weights of items as a line of integers: item i is the stretch `starts[i]..starts[i + 1]`.
#[derive(Clone, Debug)]
pub(super) struct Popularity {
    starts: Vec<u64>,
    /// The item at the beginning of each bucket of 2^`shift` integers (Chen and Asau 1974): a search begins there, and takes
    /// two steps in the mean.
    guide: Vec<u32>,
    shift: u32,
}

impl Popularity {
    /// Weights count^α, rounded to one part in 2⁴⁰ of the largest, and at least one part; an item without training rows has
    /// none unless α is 0.
    pub(super) fn new(counts: &[u32], exponent: f64) -> Self {
        let bits = 40.min(62 - usize::BITS.saturating_sub(counts.len().leading_zeros()));
        let most = f64::from(counts.iter().copied().max().unwrap_or(0).max(1));
        let unit = (1_u64 << bits) as f64;
        let weight = |&count: &u32| match count {
            _ if exponent == 0.0 => 1,
            0 => 0,
            count => ((unit * exp(exponent * ln(f64::from(count) / most))).round() as u64).max(1),
        };
        let mut starts = vec![0];
        starts.extend(counts.iter().map(weight).scan(0, |end, weight| {
            *end += weight;
            Some(*end)
        }));
        Self::with_guide(starts)
    }

    fn with_guide(starts: Vec<u64>) -> Self {
        let (total, n_items) = (starts[starts.len() - 1], starts.len() - 1);
        let length = |x: u64| u64::BITS - x.leading_zeros();
        let shift = length(total).saturating_sub(length(n_items as u64));
        let (mut guide, mut item) = (Vec::new(), 0);
        for bucket in 0..=total.saturating_sub(1) >> shift {
            while starts[item + 1] <= bucket << shift && item + 1 < n_items {
                item += 1;
            }
            guide.push(item as u32);
        }
        Self { starts, guide, shift }
    }

    /// Sum of all weights.
    pub(super) fn total(&self) -> u64 {
        self.starts[self.starts.len() - 1]
    }

    /// Sum of the weights of the items before this one.
    pub(super) fn before(&self, item: u32) -> u64 {
        self.starts[item as usize]
    }

    /// Weight of an item.
    pub(super) fn weight(&self, item: u32) -> u64 {
        self.starts[item as usize + 1] - self.starts[item as usize]
    }

    /// Number of items that can be drawn.
    pub(super) fn n_drawable(&self) -> usize {
        self.starts.windows(2).filter(|ends| ends[1] > ends[0]).count()
    }

    /// The item whose stretch has `at`, which is below the total.
    #[inline]
    pub(super) fn item(&self, at: u64) -> u32 {
        let mut item = self.guide[(at >> self.shift) as usize];
        while self.starts[item as usize + 1] <= at {
            item += 1;
        }
        item
    }
}
