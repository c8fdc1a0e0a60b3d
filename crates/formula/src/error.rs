//! Errors of formulas.

/// What is wrong with a formula or its semantics.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FormulaError {
    /// Text that does not parse; the message carries the text with a caret below the position.
    #[error("{message}, at column {column}:\n  {text}\n  {caret:>column$}", caret = "^")]
    Syntax {
        /// The text as given.
        text: String,
        /// Position, counted from 1.
        column: usize,
        /// What is wrong there and what would be right.
        message: String,
    },
}
