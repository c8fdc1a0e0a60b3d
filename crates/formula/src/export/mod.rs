//! A loss as code or text that people drop into their own work. A target is a module with a [`Page`], and a line of the table
//! below.
//!
//! Every target is written from the program that the evaluator runs, under the same semantics: ε, protection, clamp,
//! ties. What cannot act for 0 < ŷ < 1 and 0 ≤ y ≤ 1 (`bounds`) is left out.

mod boosting;
mod bounds;
mod derivative;
mod error;
mod graph;
#[cfg(test)]
mod interpret;
mod jax;
mod latex;
mod lower;
mod mathml;
mod numpy;
mod page;
mod print;
mod probe;
mod pytorch;
mod ranking;
mod recbole;
mod tensorflow;
mod typeset;

pub use error::ExportError;
pub use mathml::{mathml, ranking_mathml};
pub use page::EXPORTED_BY;
pub use probe::non_finite_at;
pub use ranking::{default_ranking_name, export_ranking};

use autolossgen_settings::{Choice, choice};

use self::page::Page;
use crate::{Loss, NamedLoss, Node};

/// Declares the targets: what comes out, the name, and the page that writes it.
macro_rules! targets {
    ($( $(#[doc = $doc:literal])+ $target:ident = $name:literal, $page:path; )+) => {
        choice! {
            /// What a loss can be exported to.
            pub enum Target {
                $( $(#[doc = $doc])+ $target = $name ),+
            }
        }

        impl Target {
            fn page(self) -> &'static Page {
                match self { $( Target::$target => &$page ),+ }
            }
        }
    };
}

targets! {
    /// A function and an `nn.Module`
    Pytorch = "pytorch", pytorch::PAGE;
    /// A function
    Jax = "jax", jax::PAGE;
    /// A function and a loss class of Keras 3
    Tensorflow = "tensorflow", tensorflow::PAGE;
    /// Value and dL/dlogit
    Numpy = "numpy", numpy::PAGE;
    /// The equation
    Latex = "latex", latex::PAGE;
    /// A custom objective of LightGBM, with a Hessian that is positive for every loss
    Lightgbm = "lightgbm", boosting::LIGHTGBM;
    /// A custom objective of XGBoost, with a Hessian that is positive for every loss
    Xgboost = "xgboost", boosting::XGBOOST;
    /// A mixin for models of RecBole, and a model that uses the mixin
    Recbole = "recbole", recbole::PAGE;
}

/// The loss as code for `target`: the same value and derivative as [`Loss::evaluate`], both times the loss's scale. `name` is
/// what the generated function is called; LaTeX has none.
///
/// The code computes in the precision of the logits it is given, at least single; half precision is computed in single, and
/// boosters compute in double. In single precision it is the loss that a search tried, rounding included. In double
/// precision it is the same formula with less rounding, and so another where single precision loses what it is about: 1 − ŷ
/// is 0 there beyond the logit 17. A part without logit and label is one number, that of the search, in every precision.
///
/// Shapes of logits and labels that differ are an error of the code. So is a label outside [0, 1] for NumPy and the boosters;
/// the frameworks of accelerators do not look, and there the loss means nothing beyond. What boosters divide by, the Hessian,
/// is positive for every loss: the size of the second derivative (at a kink the mean of both sides'), and half the size of the
/// gradient where that is below ŷ·(1 − ŷ) times the latter, as on the flat pieces of a hinge.
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
/// in single precision, as [`non_finite_at`] finds it.
pub fn export(loss: &Loss, name: &str, target: Target) -> Result<String, ExportError> {
    page::check_name(name, Target::ALL.iter().flat_map(|target| target.page().words))?;
    if !loss.program().iter().any(|node| matches!(node, Node::Pred | Node::Logit)) {
        return Err(ExportError::Constant);
    }
    probe::check_finite(loss)?;
    Ok((target.page().code)(loss, name))
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
            assert_eq!(refused, Err(ExportError::NotFinite { logit: 0.0, label }), "{text}");
        }
        // A pole at ½, at the end of single precision, between the labels, at a label of its own, and where ŷ = y.
        for (text, logit, label) in [
            ("1 / (pred - 0.5)", 0.0, 0.0),
            ("(pred - 0.5) / (1 - pred)", 16.6875, 0.0),
            ("pred / (label - 0.5)^2", 0.0, 0.5),
            ("pred / (0.123 - label)", 0.0, 0.123),
            ("exp(-logit) * 1e20", -42.6875, 0.0),
        ] {
            let refused = exported(text, Semantics::unclamped(1e-6), Target::Latex);
            assert_eq!(refused, Err(ExportError::NotFinite { logit, label }), "{text}");
        }
        let tie = exported("1 / (pred - label)", Semantics::unclamped(1e-6), Target::Latex);
        assert!(matches!(tie, Err(ExportError::NotFinite { .. })), "{tie:?}");
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
        assert!(
            code.contains("_clamp(logit ** 2, LOW, HIGH)") && code.contains("    LOW = 1e-5\n    HIGH = 100000.0"),
            "{code}"
        );
    }

    #[test]
    fn a_shared_node_is_computed_once() {
        let mut nodes = vec![Node::Pred, Node::Label, Node::Binary(crate::Binary::Sub, 0, 1)];
        nodes.extend((2..10).map(|last| Node::Binary(crate::Binary::Mul, last, last)));
        let loss = Formula::new(nodes).unwrap().compile(Semantics::default()).unwrap();
        let code = export(&loss, "a_loss", Target::Pytorch).unwrap();
        let (_, body) = code.split_once("def a_loss").unwrap();
        assert!(body.matches("pred - label").count() == 1 && body.matches(" = ").count() < 12, "{body}");
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
            assert_eq!(target.name().parse(), Ok(*target));
        }
        let said = |name: &str| name.parse::<Target>().unwrap_err().to_string();
        assert!(said("pytorsh").ends_with("xgboost or recbole (did you mean 'pytorch'?)"));
        assert!(said("fortran").starts_with("use pytorch, jax, tensorflow, numpy,"));
    }
}
