//! Losses of ranking as code or text. A target is a module and a line of the table below.

mod framework;
mod latex;
mod numpy;
mod recbole;

use autolossgen_settings::Choice;

use self::framework::{JAX, TENSORFLOW, TORCH, class};
use super::Target;
use super::error::ExportError;
use super::page::check_name;
use crate::{NamedLoss, RankingLoss};

/// Code of a loss under a name.
type Writer = fn(&RankingLoss, &str) -> String;

/// The targets that take losses of ranking.
const SERVED: [(Target, Writer); 6] = [
    (Target::Pytorch, |loss, name| TORCH.module(loss, name, [class(name)])),
    (Target::Jax, |loss, name| JAX.module(loss, name, [])),
    (Target::Tensorflow, |loss, name| TENSORFLOW.module(loss, name, [])),
    (Target::Numpy, numpy::code),
    (Target::Recbole, recbole::code),
    (Target::Latex, |loss, _| latex::text(loss)),
];

/// Words that the code uses and no name of a loss may be.
const WORDS: [&str; 13] =
    ["pos", "neg", "math", "torch", "nn", "jax", "jnp", "tf", "np", "InputType", "BPR", "grad_pos", "grad_neg"];

/// The targets that take losses of ranking, as a sentence names them.
fn names_of_served() -> String {
    SERVED.map(|(target, _)| target.name()).join(", ")
}

/// The loss of ranking as code for `target`: `name(pos, neg)`, with the scores of the positives, shape (B,), and of their negatives,
/// shape (B, N). For PyTorch, JAX and TensorFlow it gives the mean over the rows; for NumPy the loss of each row with its derivatives; for
/// RecBole a mixin trains a model by it; for LaTeX it is the equation. Value and derivatives are those of [`RankingLoss::value_and_grad`]
/// (divided by B where the mean is taken, and times the scale of the loss), by the same steps: a log-sum-exp is evaluated as a whole.
///
/// ```
/// use autolossgen_formula::{Scope, Semantics, Target, export_ranking, resolve_for};
/// let ssm = resolve_for(Scope::Ranking, "ssm")?.compile_ranking(Semantics::unclamped(1e-6))?;
/// assert!(export_ranking(&ssm, "ssm", Target::Pytorch).unwrap().contains("torch.logsumexp("));
/// # Ok::<(), autolossgen_formula::FormulaError>(())
/// ```
///
/// # Errors
/// A name that is none in Python, a loss that depends on no score, LightGBM and XGBoost, whose objectives see no negatives.
pub fn export_ranking(loss: &RankingLoss, name: &str, target: Target) -> Result<String, ExportError> {
    let served = SERVED.iter().find(|(served, _)| *served == target);
    let refused = || ExportError::NotForRanking { target: target.name(), known: names_of_served() };
    let (_, writer) = served.ok_or_else(refused)?;
    check_name(name, WORDS.iter())?;
    if loss.program().reaches == [false, false] {
        return Err(ExportError::Constant);
    }
    Ok(writer(loss, name))
}

/// The name that generated code has unless another is wanted: that of a named loss, or `generated_loss`.
pub fn default_ranking_name(loss: &RankingLoss) -> String {
    NamedLoss::name_of(loss.formula()).unwrap_or("generated_loss").replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RANKING_LOSSES, Scope, Semantics, resolve_for};

    fn exported(text: &str, semantics: Semantics, target: Target) -> Result<String, ExportError> {
        let loss = resolve_for(Scope::Ranking, text).unwrap().compile_ranking(semantics).unwrap();
        export_ranking(&loss, "a_loss", target)
    }

    fn torch(text: &str) -> String {
        exported(text, Semantics::unclamped(1e-6), Target::Pytorch).unwrap()
    }

    #[test]
    fn a_log_sum_exp_is_written_as_a_whole() {
        let ssm = torch("ssm");
        let lines = [
            "    t1 = pos - neg\n",
            "    s2 = torch.logsumexp(-t1, dim=1, keepdim=True)\n    loss = torch.logaddexp(s2, torch.full_like(s2, 0.0))\n",
            "    return loss.mean()",
        ];
        assert!(lines.iter().all(|line| ssm.contains(line)), "{ssm}");
        let bpr = torch("bpr");
        assert!(
            bpr.contains("torch.logaddexp(-t1, torch.full_like(-t1, 0.0))") && bpr.contains("class ALoss(nn.Module)"),
            "{bpr}"
        );
    }

    #[test]
    fn every_named_loss_goes_to_every_framework_and_needs_no_constant() {
        for named in RANKING_LOSSES {
            for (target, _) in SERVED {
                let code = exported(named.name, Semantics::unclamped(1e-6), target).unwrap();
                let is_there =
                    code.contains(if target == Target::Latex { r"\ell(s^+, s^-) = " } else { "def a_loss(pos, neg):" });
                assert!(is_there && !code.contains("EPSILON"), "{code}");
            }
        }
        let clamped = exported("1 / gap + log(pos)", Semantics::default(), Target::Jax).unwrap();
        for part in ["EPSILON = 1e-6", "HIGH = 1e6", "def _clamp(x)", "def _abs(x)"] {
            assert!(clamped.contains(part), "{part} in {clamped}");
        }
    }

    #[test]
    fn what_cannot_be_is_told() {
        let refused = exported("bpr", Semantics::default(), Target::Lightgbm).unwrap_err().to_string();
        assert_eq!(refused, "lightgbm takes no loss of ranking: use pytorch, jax, tensorflow, numpy, recbole, latex");
        let loss = resolve_for(Scope::Ranking, "bpr").unwrap().compile_ranking(Semantics::default()).unwrap();
        assert_eq!(export_ranking(&loss, "pos", Target::Jax), Err(ExportError::Name("pos".into())));
        assert_eq!(default_ranking_name(&loss), "bpr");
    }
    #[test]
    fn a_vector_is_averaged_in_the_equation_and_sums_have_their_parentheses() {
        for (text, expected) in [
            ("bpr", r"\frac{1}{N} \sum_{j=1}^{N} \log\left(1 + e^{-\left(s^+ - s^-_j\right)}\right)"),
            ("ssm", r"\log\left(1 + \sum_{j=1}^{N} e^{-\left(s^+ - s^-_j\right)}\right)"),
            ("mse", r"\left(1 - s^+\right)^2 + \frac{1}{N} \sum_{j=1}^{N} \left(s^-_j\right)^2"),
            (
                "sum(neg) * pos - gap",
                r"\frac{1}{N} \sum_{j=1}^{N} \left(\left(\sum_{j=1}^{N} s^-_j\right) \, s^+ - \left(s^+ - s^-_j\right)\right)",
            ),
            ("3 * max(neg) - pos", r"3 \, \max_j s^-_j - s^+"),
        ] {
            let code = exported(text, Semantics::unclamped(1e-6), Target::Latex).unwrap();
            assert_eq!(code.lines().last().unwrap().split_once(" = ").unwrap().1, expected, "{text}");
        }
    }
}
