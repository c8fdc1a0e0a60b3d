//! A loss of a comparison.

use autolossgen_formula::{Formula, FormulaError, NamedLoss, RankingLoss, Scope, Semantics};

/// What protects logarithms and reciprocals; no clamp acts, and what is not finite counts as diverged.
const EPSILON: f32 = 1e-6;

/// A loss of a comparison: by name, or a formula.
#[derive(Clone, Debug)]
pub struct Contender {
    /// The name, or else the formula.
    pub title: String,
    /// Whether it has a name.
    pub is_named: bool,
    /// What trains.
    pub loss: RankingLoss,
}

impl Contender {
    /// The loss of a formula over `pos`, `neg` and `gap`.
    ///
    /// # Errors
    /// A formula of labels.
    pub fn new(formula: &Formula) -> Result<Self, FormulaError> {
        let name = NamedLoss::name_of(formula).filter(|_| formula.scope() == Some(Scope::Ranking));
        let loss = formula.compile_ranking(Semantics::unclamped(EPSILON))?;
        Ok(Self { title: name.map_or_else(|| formula.to_string(), str::to_owned), is_named: name.is_some(), loss })
    }
}
