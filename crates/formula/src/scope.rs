//! What the leaves of a formula stand for: one sample with its label, or a row of one positive and N negatives.

use autolossgen_settings::choice;

choice! {
    /// What a formula is a loss of, after the approaches of learning to rank (Liu 2009). A formula of constants alone is of
    /// either.
    pub enum Scope {
        /// One sample: `pred`, `label`, `logit`
        Pointwise = "pointwise",
        /// One positive among N negatives: `pos`, `neg`, `gap` and reducers over the negatives
        Ranking = "ranking",
    }
}

impl Scope {
    /// The leaves of a scope, as sentences name them.
    pub(crate) fn leaves(self) -> &'static str {
        match self {
            Scope::Pointwise => "pred, label and logit",
            Scope::Ranking => "pos, neg and gap",
        }
    }
}
