//! What a loss is: nodes, text form, semantics, evaluation with derivative, canonical form, named losses, export as code.
#![forbid(unsafe_code)]

mod canonical;
mod error;
mod evaluate;
mod export;
mod formula;
mod lanes;
mod math;
mod named;
mod node;
mod parse;
mod print;
mod semantics;
mod simplify;
mod tape;

pub use error::FormulaError;
pub use evaluate::{Evaluation, Loss, Workspace};
pub use export::{ExportError, Target, default_name, export, mathml};
pub use formula::Formula;
pub use named::{NAMED_LOSSES, NamedLoss, nearest, resolve, split_list};
pub use node::{Binary, Node, Unary};
pub use semantics::{Clamp, Semantics};
pub use simplify::{Agreement, SIMPLIFIED_WITHIN, Simplified, simplified};
