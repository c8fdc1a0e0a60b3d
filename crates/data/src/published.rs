//! The split of ML-100K that the authors of the paper published, and the one that its ratings alone give.

/// A split of ML-100K that is known by its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ml100kSplit {
    /// The files that Li et al. (SIGIR 2022) published, on which the paper's numbers are.
    Published,
    /// Positive leave-one-out of the ratings, where rows of one second are in the order of `u.data`. The published split has them
    /// in an order that the ratings do not tell.
    FileOrder,
}

impl Ml100kSplit {
    /// Training, validation and test rows of the published split.
    pub const PUBLISHED_ROWS: [usize; 3] = [94_638, 2_334, 3_028];

    /// The split with this [checksum](crate::Dataset::checksum); `None` for one that is neither of the two.
    pub fn of(checksum: &str) -> Option<Self> {
        match checksum {
            "2e139790204c0a8b61006b5dc6851496e9de8470a391739f0578b6119d6bbd07" => Some(Self::Published),
            "17e37cd48fc133c4d0d2ad3d7bce6ec65d781c2de14214bb1bf894a36102c0c8" => Some(Self::FileOrder),
            _ => None,
        }
    }

    /// Which split it is, and how far from the published one.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Published => "ML-100K in the split that the paper's authors published",
            // Rows of the published part that are not in the same part here.
            Self::FileOrder => {
                "ML-100K is split by positive leave-one-out, rows of one second in the order of the file: 479 of the 2,334 \
                 validation rows and 301 of the 3,028 test rows that the paper's authors published are in another part here, so \
                 that numbers differ from those on their files"
            }
        }
    }
}
