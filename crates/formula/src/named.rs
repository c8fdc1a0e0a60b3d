//! Losses people use, as formulas.
use crate::{Formula, FormulaError};

/// A named loss: its formula and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct NamedLoss {
    /// Name on the command line.
    pub name: &'static str,
    /// Formula text.
    pub text: &'static str,
    /// Source.
    pub source: &'static str,
}

/// bce, mse, hinge, hinge-reference, focal, maxr, sumr, logmin.
pub const NAMED_LOSSES: &[NamedLoss] = &[];

/// A name of [`NAMED_LOSSES`] or a formula in infix text.
///
/// # Errors
/// Neither a known name (the nearest is suggested) nor a formula.
pub fn resolve(text: &str) -> Result<Formula, FormulaError> {
    text.parse()
}
