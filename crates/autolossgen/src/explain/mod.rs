//! What a loss does, read off its values and derivatives: sign, minimiser, growth, saturation, symmetry, convexity.
//!
//! Every number comes from the one evaluator, along ŷ for y = 0 and y = 1, in double-double arithmetic
//! ([`Loss::precise`]): so what is said is said of the formula, however it is written. What single precision, in which losses
//! train, makes of it where ŷ is 0 or 1 is told beside it (`single`). The sign alone is that of the check, which is 32-bit.

mod bounds;
mod curve;
mod gradient;
mod line;
mod minimiser;
mod nearest;
mod property;
mod risk;
mod sentences;
mod shape;
mod sign;
mod simplification;
mod single;
mod subject;
mod warning;

use autolossgen_formula::{Formula, FormulaError, Loss, NamedLoss, Semantics};
use serde::Serialize;

pub use bounds::{Bounds, Tail};
pub use curve::{CurvePoint, Slope};
pub use gradient::{GradientSize, Peak, Saturation};
pub use line::Classes;
pub use minimiser::{Minimiser, Minimisers};
pub use nearest::Nearness;
pub use property::{PROPERTIES, Property};
pub use shape::Shape;
pub use sign::{Interval, Signs};
pub use simplification::Simplification;
pub use single::Departure;
pub use warning::{number, percent, prediction};

use self::subject::Subject;
use crate::config::Config;

/// What keeps a loss from being explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// A value or derivative that is NaN or ∞ somewhere in (0, 1), between the places looked at too.
    #[error(
        "{formula}: the value or the derivative is NaN or ∞ at ŷ = {prediction}, y = {label}; nothing can be said of a loss \
         that is not finite on all of (0, 1)"
    )]
    NonFinite {
        /// The formula
        formula: String,
        /// ŷ, of those that were found the nearest to ½, or where a divisor is 0
        prediction: f64,
        /// y
        label: f32,
    },
    /// Semantics that cannot be.
    #[error(transparent)]
    Formula(#[from] FormulaError),
}

/// Everything that is said of a loss.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Name, where the loss has one
    pub name: Option<&'static str>,
    /// The formula as given
    pub formula: Formula,
    /// Its canonical form under the clamp
    pub canonical: Formula,
    /// Distinct nodes of the canonical form
    pub complexity: usize,
    /// A simpler way to write it, which is verified to be the same loss; `None` where none was found, and for a named loss,
    /// which is written as people know it
    pub simplified: Option<Simplification>,
    /// Whether the value depends on ε
    pub depends_on_epsilon: bool,
    /// ε and clamp under which it is read
    #[serde(flatten)]
    pub semantics: Semantics,
    /// Where the derivative points the wrong way
    pub sign: Signs,
    /// Where the expected loss is smallest
    pub minimiser: Minimisers,
    /// Value and derivative of confident predictions
    pub bounds: Bounds,
    /// How large the derivative is, and where it vanishes
    pub gradient: GradientSize,
    /// Symmetry, convexity, sensitivity to ε
    pub shape: Shape,
    /// Where single precision, in which the loss trains, gives another value or derivative
    pub single_precision: Vec<Departure>,
    /// Every named loss but itself, nearest in gradient shape first
    pub nearest: Vec<Nearness>,
    /// What a practitioner should know
    pub warnings: Vec<String>,
    /// Derivatives along ŷ
    pub curve: Vec<CurvePoint>,
}

/// Explains a loss. `config` gives the pairs, the seed and the dead zone of the check; its semantics are those of the loss.
/// A scaled loss is explained with its scale, on which only the derivatives of [`Explanation::curve`] and
/// [`Explanation::bounds`] and the largest one depend.
///
/// ```
/// use autolossgen::{Config, Preset, explain::explain, formula::{Semantics, resolve}};
/// let loss = resolve("bce")?.compile(Semantics::unclamped(1e-6))?;
/// let explanation = explain(&loss, &Config::preset(Preset::Default))?;
/// assert!(explanation.minimiser.strictly_proper && explanation.shape.convex);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A loss whose value or derivative is NaN or ∞ at some ŷ with |logit| ≤ 40.
pub fn explain(loss: &Loss, config: &Config) -> Result<Explanation, ExplainError> {
    let subject = Subject::new(loss)?;
    let formula = loss.formula();
    let mut explanation = Explanation {
        name: name_of(loss),
        formula: formula.clone(),
        canonical: formula.canonical_under(loss.semantics().clamp),
        complexity: formula.complexity(),
        simplified: Simplification::of(loss),
        depends_on_epsilon: formula.depends_on_epsilon(),
        semantics: loss.semantics(),
        sign: Signs::of(&subject, config),
        minimiser: Minimisers::of(&subject.risk),
        bounds: Bounds::of(&subject),
        gradient: GradientSize::of(&subject),
        shape: Shape::of(&subject),
        single_precision: single::of(&subject),
        nearest: nearest::of(&subject),
        warnings: Vec::new(),
        curve: curve::of(&subject),
    };
    explanation.warnings = warning::of(&explanation);
    Ok(explanation)
}

/// A named loss is one without a clamp; the same formula with one is a generated loss.
fn name_of(loss: &Loss) -> Option<&'static str> {
    let is_unclamped = loss.semantics().clamp == autolossgen_formula::Clamp::None;
    is_unclamped.then(|| NamedLoss::name_of(loss.formula())).flatten()
}

#[cfg(test)]
mod tests;
