//! A loss of a comparison.

use autolossgen_formula::{FormulaError, NamedLoss, RankingLoss, Scope, Semantics, resolve_for};

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
    /// The loss of a name or a formula over `pos`, `neg` and `gap`.
    ///
    /// # Errors
    /// No formula; a formula of labels.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        let formula = resolve_for(Scope::Ranking, text)?;
        let name = NamedLoss::name_of(&formula);
        let loss = formula.compile_ranking(Semantics::default())?;
        Ok(Self { title: name.map_or_else(|| formula.to_string(), str::to_owned), is_named: name.is_some(), loss })
    }
}
