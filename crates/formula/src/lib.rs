//! Loss functions as formulas: written as text, evaluated with their derivative, simplified, and exported as code.
//!
//! ```
//! use autolossgen_formula::{Formula, Semantics, Target, Workspace, export, simplified};
//!
//! // A formula as a search finds it. `pred` is ŷ = σ(logit).
//! let formula: Formula = "log(reciprocal(max(pred, label * pred))) * 1".parse()?;
//! assert_eq!(formula.canonical().to_string(), "log(reciprocal(max(pred, pred * label)))");
//!
//! // Semantics say what ε is and where results are clamped; with them a formula becomes a loss.
//! let loss = formula.compile(Semantics::default())?;
//!
//! // Value and dL/dlogit of each sample; every slice has shape (n,).
//! let (logit, label) = ([0.0, 2.0, -1.0], [1.0, 0.0, 1.0]);
//! let (mut value, mut grad) = ([0.0; 3], [0.0; 3]);
//! let found = loss.evaluate(&logit, &label, &mut value, &mut grad, &mut Workspace::default());
//! assert_eq!(found.non_finite, 0);
//! assert!((value[0] - 2.0_f32.ln()).abs() < 1e-4 && (grad[0] + 0.5).abs() < 1e-4);
//!
//! // The same loss as people would write it, and as a function and a module of PyTorch.
//! let simple = simplified(&loss).expect("there is a simpler form").loss;
//! assert_eq!(simple.formula().to_string(), "-log(pred)");
//! let code = export(&simple, "my_loss", Target::Pytorch)?;
//! assert!(code.contains("def my_loss(logit, label, reduction: str = ") && code.contains("class MyLoss(nn.Module):"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is what
//!
//! - A [`Formula`] is symbolic: a vector of [`Node`]s, operands before operators, the last one the root. Text is parsed
//!   ([`FromStr`](std::str::FromStr)) and printed ([`Display`](std::fmt::Display)) without loss, and serde reads and writes a
//!   formula as text. Leaves are the prediction `pred` (ŷ), `label` (y), `logit` (h, with ŷ = σ(h) = 1/(1 + e⁻ʰ)), the smoothing
//!   parameter `eps` (ε) and numbers, or, for ranking, the score of the positive of a row `pos` (s⁺), those of its N negatives
//!   `neg` (s⁻ⱼ) and `gap` (s⁺ − s⁻ⱼ), with a [`Reducer`] over the negatives; the [`Scope`] says which. Operators are [`Unary`] and [`Binary`]. [`Formula::canonical`] gives formulas that
//!   differ only in the order of operands, in sharing and in neutral operations one form.
//! - [`Semantics`] fix what the operators mean: ε (default 1e-6), which protects logarithm and reciprocal, and the [`Clamp`] after
//!   every operation (default ±1e6).
//! - A [`Loss`] is a formula under semantics, ready to evaluate: in single precision, for a batch of logits and labels of shape
//!   (n,), with the exact derivative with respect to the logit. Labels lie in [0, 1] as a rule; any number is accepted.
//! - A [`RankingLoss`] is the same for rows of scores, with the derivatives with respect to all of them. Its
//!   enumeration is [`RankingEnumeration`] and its export [`export_ranking`]; simplification and [`Loss::precise`] take pointwise losses.
//! - [`NAMED_LOSSES`] and [`RANKING_LOSSES`] are the losses of the literature, by name; [`resolve`] and [`resolve_for`] take a name or
//!   a formula.
//! - [`simplified`] looks for the form that is easiest to read and is the same loss to within [`SIMPLIFIED_WITHIN`]
//!   for |logit| ≤ 20 and labels from 0 to 1.
//! - [`export()`] writes a loss for a [`Target`] under the same semantics; [`mathml`] typesets a loss for a browser.
//!
//! # Errors
//!
//! Text that is no formula, a formula beyond its bounds or of the other scope, and semantics without meaning are a [`FormulaError`], whose message
//! points at the place and says what would be right. What cannot be exported is an [`ExportError`]. NaN and ∞ are no errors in
//! evaluation: [`Evaluation::non_finite`] counts such samples or rows, their derivative is 0, and the mean leaves them out. Slices
//! that differ in length panic.
//!
//! # Reproducibility
//!
//! Evaluation gives the same bits on every processor: no operation is fused or reordered, and exp, ln, sigmoid and tanh are
//! the crate's own. Simplification and export depend on no clock and no order of a hash table.
#![forbid(unsafe_code)]

mod canonical;
mod double_double;
mod enumerate;
mod error;
mod evaluate;
mod export;
mod formula;
mod lanes;
mod limits;
mod magnitude;
mod math;
mod named;
mod node;
mod number;
mod operator;
mod parse;
mod precise;
mod print;
mod range;
mod ranking;
mod scope;
mod scope_check;
mod semantics;
mod simplify;
mod step;
mod tape;

pub use enumerate::{Enumeration, Grammar, Level, Place, RankingEnumeration, RankingGradient, RankingGrammar};
pub use error::FormulaError;
pub use evaluate::{Evaluation, Loss, Workspace};
pub use export::{
    EXPORTED_BY, ExportError, Target, default_name, default_ranking_name, export, export_ranking, mathml,
    non_finite_at, ranking_mathml,
};
pub use formula::Formula;
pub use named::{NAMED_LOSSES, NamedLoss, RANKING_LOSSES, resolve, resolve_for, split_list};
pub use node::Node;
pub use operator::{Binary, Reducer, Unary};
pub use precise::Precise;
pub use ranking::{RankingLoss, RankingWorkspace};
pub use scope::Scope;
pub use semantics::{Clamp, Semantics};
pub use simplify::{Agreement, SIMPLIFIED_UP_TO_LOGIT, SIMPLIFIED_WITHIN, Simplified, simplified};

// The interface of the closed sets `Unary`, `Binary`, `Reducer`, `Scope` and `Target`: values, names, meanings.
pub use autolossgen_settings::{Choice, UnknownName};

// For crates that take it from here still.
#[doc(hidden)]
pub use autolossgen_settings::nearest;

/// The README's example is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
