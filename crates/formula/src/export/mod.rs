//! A loss as code or text that people drop into their own work. One module a target.
//!
//! Every target is written from the program that the evaluator runs, under the same semantics: ε, protection, clamp,
//! ties. What cannot act for 0 < ŷ < 1 and 0 ≤ y ≤ 1 (`range`) is left out.

mod boosting;
mod derivative;
mod graph;
mod jax;
mod latex;
mod lower;
mod mathml;
mod numpy;
mod page;
mod print;
mod probe;
mod pytorch;
mod range;
mod recbole;
mod tensorflow;
mod typeset;

pub use mathml::mathml;

use crate::{Loss, NamedLoss, Node, nearest};

/// What a loss can be exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A function and an `nn.Module`
    Pytorch,
    /// A function
    Jax,
    /// A function and a Keras 3 loss class
    Tensorflow,
    /// Value and derivative
    Numpy,
    /// An equation
    Latex,
    /// A custom objective of LightGBM
    Lightgbm,
    /// A custom objective of XGBoost
    Xgboost,
    /// A mixin for models of RecBole
    Recbole,
}

/// Why a loss cannot be exported.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExportError {
    /// Not the name of a [`Target`].
    #[error("no target is called '{0}'{suggestion}", suggestion = suggestion(.0))]
    Target(String),
    /// Not a name that generated code can have.
    #[error(
        "the name '{0}' cannot be used: a letter, then letters, digits and underscores, and no word that Python or the \
         generated code uses"
    )]
    Name(String),
    /// A derivative that is 0 everywhere.
    #[error("the formula does not depend on the prediction, so its derivative is 0 and it trains nothing")]
    Constant,
    /// A value or derivative that is NaN or ∞.
    #[error(
        "the value or the derivative of the formula is not finite at ŷ = {prediction}, y = {label}; a clamp would bound \
         it, or write it with eps"
    )]
    NotFinite {
        /// ŷ
        prediction: f32,
        /// y
        label: f32,
    },
}

fn suggestion(wanted: &str) -> String {
    let names = || Target::ALL.iter().map(|target| target.name());
    match nearest(wanted, names()) {
        Some(near) => format!("; did you mean '{near}'?"),
        None => format!(": use {}", names().collect::<Vec<_>>().join(", ")),
    }
}

impl Target {
    /// Every target.
    pub const ALL: &[Target] = &[
        Target::Pytorch,
        Target::Jax,
        Target::Tensorflow,
        Target::Numpy,
        Target::Latex,
        Target::Lightgbm,
        Target::Xgboost,
        Target::Recbole,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Target::Pytorch => "pytorch",
            Target::Jax => "jax",
            Target::Tensorflow => "tensorflow",
            Target::Numpy => "numpy",
            Target::Latex => "latex",
            Target::Lightgbm => "lightgbm",
            Target::Xgboost => "xgboost",
            Target::Recbole => "recbole",
        }
    }

    /// The target of this name.
    ///
    /// # Errors
    /// An unknown name; the nearest is suggested.
    pub fn find(name: &str) -> Result<Target, ExportError> {
        let known = Target::ALL.iter().find(|target| target.name() == name);
        known.copied().ok_or_else(|| ExportError::Target(name.to_owned()))
    }
}

/// The loss as code for `target`: the same value and derivative as [`Loss::evaluate`], both times the loss's scale, in
/// the precision of the target. `name` is what the generated function is called; LaTeX has none.
///
/// Two things are the target's own: a sample that is NaN or ∞ is not left out, and e to a power above 88 has, where no
/// clamp acts on it, the derivative 0.
///
/// ```
/// use autolossgen_formula::{Semantics, Target, export, resolve};
/// let loss = resolve("mse")?.compile(Semantics::unclamped(1e-6))?;
/// assert!(export(&loss, "mse", Target::Pytorch).unwrap().contains("(pred - label) ** 2"));
/// # Ok::<(), autolossgen_formula::FormulaError>(())
/// ```
///
/// # Errors
/// A name that is none in Python, a loss that does not depend on the prediction, a value or derivative that is NaN or ∞
/// at some 0 < ŷ < 1 and y of 0 or 1.
pub fn export(loss: &Loss, name: &str, target: Target) -> Result<String, ExportError> {
    page::check_name(name)?;
    if !loss.program().iter().any(|node| matches!(node, Node::Pred | Node::Logit)) {
        return Err(ExportError::Constant);
    }
    probe::check_finite(loss)?;
    Ok(match target {
        Target::Pytorch => pytorch::code(loss, name),
        Target::Jax => jax::code(loss, name),
        Target::Tensorflow => tensorflow::code(loss, name),
        Target::Numpy => numpy::code(loss, name),
        Target::Latex => latex::text(loss),
        Target::Lightgbm => boosting::lightgbm(loss, name),
        Target::Xgboost => boosting::xgboost(loss, name),
        Target::Recbole => recbole::code(loss, name),
    })
}

/// The name that generated code has unless another is wanted: that of a named loss, or `generated_loss`.
pub fn default_name(loss: &Loss) -> String {
    NamedLoss::name_of(loss.formula()).unwrap_or("generated_loss").replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clamp, Formula, Semantics, resolve};

    fn exported(text: &str, semantics: Semantics, target: Target) -> Result<String, ExportError> {
        export(&resolve(text).unwrap().compile(semantics).unwrap(), "a_loss", target)
    }

    fn torch(text: &str, semantics: Semantics) -> String {
        exported(text, semantics, Target::Pytorch).unwrap()
    }

    #[test]
    fn what_is_not_finite_is_refused_with_its_place() {
        for (text, label) in [("pred / label", 0.0), ("pred / (1 - label)", 1.0), ("0 * pred / label", 0.0)] {
            let refused = exported(text, Semantics::unclamped(1e-6), Target::Numpy);
            assert_eq!(refused, Err(ExportError::NotFinite { prediction: 1e-6, label }), "{text}");
        }
        let refused = exported("1 / (pred - 0.5)", Semantics::unclamped(1e-6), Target::Latex);
        assert_eq!(refused, Err(ExportError::NotFinite { prediction: 0.5, label: 0.0 }));
        assert!(exported("pred / label", Semantics::default(), Target::Numpy).is_ok());
    }

    #[test]
    fn a_loss_without_the_prediction_is_refused() {
        assert_eq!(exported("label + 1", Semantics::default(), Target::Jax), Err(ExportError::Constant));
    }

    #[test]
    fn names_are_those_that_python_and_the_code_leave_free() {
        let loss = resolve("mse").unwrap().compile(Semantics::default()).unwrap();
        for name in ["", "1st", "a-b", "torch", "lambda", "_x", "λ", "x y"] {
            assert_eq!(export(&loss, name, Target::Pytorch), Err(ExportError::Name(name.to_owned())));
        }
        let code = export(&loss, "my_loss2", Target::Pytorch).unwrap();
        assert!(code.contains("def my_loss2(") && code.contains("class MyLoss2Loss("), "{code}");
        assert_eq!(default_name(&loss), "mse");
        assert_eq!(
            default_name(&resolve("hinge-reference").unwrap().compile(Semantics::default()).unwrap()),
            "hinge_reference"
        );
        assert_eq!(default_name(&resolve("pred").unwrap().compile(Semantics::default()).unwrap()), "generated_loss");
    }

    #[test]
    fn a_protection_that_cannot_act_is_left_out() {
        let code = torch("(pred - label)^2 * log(pred)", Semantics::default());
        assert!(!code.contains("_clamp") && code.contains("torch.log(pred + EPSILON)"), "{code}");
        let code = torch("log(pred - label)", Semantics::default());
        assert!(code.contains("torch.sign(t1) * torch.log(torch.abs(t1) + EPSILON)"), "{code}");
        let code = torch("logit^2", Semantics { epsilon: 1e-6, clamp: Clamp::Positive(1e-5, 1e5) });
        assert!(code.contains("_clamp(logit ** 2)") && code.contains("LOW = 1e-5\nHIGH = 100000"), "{code}");
    }

    #[test]
    fn a_shared_node_is_computed_once() {
        let mut nodes = vec![Node::Pred, Node::Label, Node::Binary(crate::Binary::Sub, 0, 1)];
        nodes.extend((2..10).map(|last| Node::Binary(crate::Binary::Mul, last, last)));
        let loss = Formula::new(nodes).unwrap().compile(Semantics::default()).unwrap();
        let code = export(&loss, "a_loss", Target::Pytorch).unwrap();
        let (_, body) = code.split_once("def a_loss").unwrap();
        assert!(body.matches("pred - label").count() == 1 && body.lines().count() < 32, "{body}");
    }

    #[test]
    fn a_scale_multiplies_the_loss() {
        let loss = resolve("mse").unwrap().compile(Semantics::default()).unwrap().scaled(0.25);
        let code = export(&loss, "mse", Target::Pytorch).unwrap();
        assert!(code.contains("SCALE = 0.25\n") && code.contains("loss = SCALE * (pred - label) ** 2"), "{code}");
        assert!(export(&loss, "mse", Target::Latex).unwrap().contains(r"= 0.25 \cdot \left(\hat{y} - y\right)^2"));
    }

    #[test]
    fn targets_are_found_by_name() {
        for target in Target::ALL {
            assert_eq!(Target::find(target.name()), Ok(*target));
        }
        let said = |name: &str| Target::find(name).unwrap_err().to_string();
        assert_eq!(said("pytorsh"), "no target is called 'pytorsh'; did you mean 'pytorch'?");
        assert!(said("fortran").starts_with("no target is called 'fortran': use pytorch, jax,"));
    }
}
