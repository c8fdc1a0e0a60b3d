//! Infix text to formula.
use crate::{Formula, FormulaError};
impl std::str::FromStr for Formula {
    type Err = FormulaError;
    fn from_str(text: &str) -> Result<Self, FormulaError> {
        let _ = text;
        todo!()
    }
}
