//! A block of samples: value and derivative with respect to the logit.

/// Samples of a block: two arrays of this many a node stay in the first-level cache, beside what a caller keeps there.
pub(crate) const LANES: usize = 64;

pub(crate) type Lanes = [f32; LANES];

/// Value and derivative of one node over a block.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Dual {
    pub(crate) value: Lanes,
    pub(crate) slope: Lanes,
}

impl Dual {
    pub(crate) const ZERO: Dual = Dual { value: [0.0; LANES], slope: [0.0; LANES] };
}

/// A block, filled up with zeros. One that is full is copied without asking for its length.
#[inline(always)]
pub(crate) fn lanes(block: &[f32]) -> Lanes {
    if let Ok(full) = block.try_into() {
        return full;
    }
    let mut lanes = [0.0; LANES];
    lanes[..block.len()].copy_from_slice(block);
    lanes
}
