//! Reducers: from one number a negative to one number a row.

use autolossgen_settings::choice;

use crate::range::Range;

choice! {
    /// What makes one number of the negatives of a row. Its name is that of a function of one argument in text: `mean(gap)`;
    /// `max` of two arguments is an operator.
    pub enum Reducer {
        /// (1/N)·Σⱼ xⱼ
        Mean = "mean",
        /// Σⱼ xⱼ
        Sum = "sum",
        /// maxⱼ xⱼ; those that tie share the derivative equally
        Max = "max",
    }
}

impl Reducer {
    /// The values for every xⱼ in a range, before the clamp.
    pub(crate) fn range(self, x: Range) -> Range {
        match self {
            Reducer::Mean | Reducer::Max => x,
            Reducer::Sum => Range::EVERYTHING,
        }
    }
}
