//! The operators, one table for each number of arguments: name, value and derivative, and what is certain of the result; and the
//! reducers over the negatives of a row.
//!
//! What stands here is all that evaluation knows of an operator. How code and typeset formulas spell an operator is said in
//! `export::lower` and `export::typeset`.

mod binary;
mod reducer;
mod unary;

pub use binary::Binary;
pub(crate) use binary::BinaryLoop;
pub use reducer::Reducer;
pub use unary::Unary;
pub(crate) use unary::UnaryLoop;
