//! Losses people use, as formulas: one table, with their sources.

use autolossgen_settings::{Choice, nearest};

use crate::scope_check::expect_scope;
use crate::{Formula, FormulaError, Scope};

/// A named loss: its formula and where it comes from. Evaluated without a clamp. A name belongs to a scope: `bce` is one loss of
/// samples and another of rows.
#[derive(Clone, Copy, Debug)]
pub struct NamedLoss {
    /// What it is a loss of.
    pub scope: Scope,
    /// Name on the command line.
    pub name: &'static str,
    /// Formula text.
    pub text: &'static str,
    /// Source.
    pub source: &'static str,
}

/// Every named pointwise loss.
pub const NAMED_LOSSES: &[NamedLoss] = &[
    NamedLoss {
        scope: Scope::Pointwise,
        name: "bce",
        // −y·log ŷ − (1 − y)·log(1 − ŷ), in the form that does not overflow.
        text: "relu(logit) - label * logit + log(1 + exp(-abs(logit)))",
        source: "binary cross-entropy, in its stable form",
    },
    NamedLoss { scope: Scope::Pointwise, name: "mse", text: "(pred - label)^2", source: "squared error (Brier 1950)" },
    NamedLoss {
        scope: Scope::Pointwise,
        name: "hinge",
        text: "relu(1 - (2 * label - 1) * logit)",
        source: "hinge on the logit, symmetric in the classes (Cortes and Vapnik 1995)",
    },
    NamedLoss {
        scope: Scope::Pointwise,
        name: "hinge-reference",
        text: "label * relu(1 - logit) + (1 - label) * logit",
        source: "hinge as the AutoLossGen authors' code has it: unbounded below for y = 0",
    },
    NamedLoss {
        scope: Scope::Pointwise,
        name: "focal",
        text: "-(label * sigmoid(-logit)^2 * log(pred) + (1 - label) * pred^2 * log(sigmoid(-logit)))",
        source: "focal loss, γ = 2 (Lin et al. 2017)",
    },
    NamedLoss {
        scope: Scope::Pointwise,
        name: "maxr",
        text: "max((pred + eps) / (label + eps), (label + eps) / (pred + eps))",
        source: "max of ratio (Li et al. 2022, Table 4)",
    },
    NamedLoss {
        scope: Scope::Pointwise,
        name: "sumr",
        text: "(pred + label + eps) / (pred * label + eps)",
        source: "sum of reciprocal (Li et al. 2022, Table 4)",
    },
    NamedLoss {
        scope: Scope::Pointwise,
        name: "logmin",
        text: "log((1 + eps) / (min(pred, label) + eps)) * (pred + label + min(pred, label))",
        source: "log min (Li et al. 2022, Table 4)",
    },
];

/// Every named loss of ranking, over scores that are divided by the temperature of the training already.
///
/// Two that are published are no formulas of one row. WARP (Weston, Bengio and Usunier 2011) weighs a violation by how many
/// negatives were drawn before it. SL@K (Yang et al. 2025) weighs a row by the score of the user's K-th item, a quantile over all
/// items.
pub const RANKING_LOSSES: &[NamedLoss] = &[
    NamedLoss {
        scope: Scope::Ranking,
        name: "bpr",
        text: "log(1 + exp(-gap))",
        source: "Bayesian personalised ranking (Rendle et al. 2009), the mean over the negatives",
    },
    NamedLoss {
        scope: Scope::Ranking,
        name: "bce",
        text: "log(1 + exp(-pos)) + mean(log(1 + exp(neg)))",
        source: "binary cross-entropy on the scores as logits, the negatives averaged (He et al. 2017)",
    },
    NamedLoss {
        scope: Scope::Ranking,
        name: "mse",
        text: "(1 - pos)^2 + mean(neg^2)",
        source: "squared error to 1 for the positive and to 0 for negatives, the negatives averaged (Hu, Koren and Volinsky 2008)",
    },
    NamedLoss {
        scope: Scope::Ranking,
        name: "hinge",
        text: "relu(1 - gap)",
        source: "pairwise hinge, margin 1 (Herbrich, Graepel and Obermayer 2000), the mean over the negatives",
    },
    NamedLoss {
        scope: Scope::Ranking,
        name: "squared-gap",
        text: "(1 - gap)^2",
        source: "pairwise squared error to a gap of 1 (Gao and Zhou 2015), the mean over the negatives",
    },
    NamedLoss {
        scope: Scope::Ranking,
        name: "ssm",
        text: "log(1 + sum(exp(-gap)))",
        source: "sampled softmax, the positive in the denominator (Wu et al. 2024, TOIS)",
    },
    NamedLoss {
        scope: Scope::Ranking,
        name: "bsl",
        text: "1.1 * log(mean(exp(neg))) - pos",
        source: "bilateral softmax (Wu et al. 2024, ICDE) of one positive a row, the authors' ratio of temperatures for Yelp2018",
    },
    NamedLoss {
        scope: Scope::Ranking,
        name: "psl",
        // (1 + tanh(−gap))¹⁰ = 2¹⁰·σ(−2·gap)¹⁰; log 2¹⁰ is left out.
        text: "log(sum(exp(-10 * log(1 + exp(2 * gap)))))",
        source: "pairwise softmax with tanh (Yang et al. 2024), inner temperature 0.1, less the constant 10·log 2",
    },
    NamedLoss {
        scope: Scope::Ranking,
        name: "ccl",
        text: "relu(1 - pos) + 10 * mean(relu(neg - 0.5))",
        source: "cosine contrastive loss (SimpleX, Mao et al. 2021), with the margin 0.5 and weight 10 of RecBole",
    },
    NamedLoss {
        scope: Scope::Ranking,
        name: "gbce",
        // β = α·(t·(1 − 1/α) + 1/α) = 1 − t·(1 − α) with t = 0.75 and α → 0.
        text: "0.25 * log(1 + exp(-pos)) + sum(log(1 + exp(neg)))",
        source: "generalised binary cross-entropy (Petrov and Macdonald 2023), calibration t = 0.75, few of many items sampled, \
                 times N + 1",
    },
];

impl NamedLoss {
    /// Every named loss of a scope.
    pub fn of(scope: Scope) -> &'static [NamedLoss] {
        match scope {
            Scope::Pointwise => NAMED_LOSSES,
            Scope::Ranking => RANKING_LOSSES,
        }
    }

    /// The pointwise loss of this name.
    pub fn find(name: &str) -> Option<&'static NamedLoss> {
        Self::find_for(Scope::Pointwise, name)
    }

    /// The loss of this name in a scope.
    pub fn find_for(scope: Scope, name: &str) -> Option<&'static NamedLoss> {
        Self::of(scope).iter().find(|loss| loss.name == name)
    }

    /// The name of a formula in its scope, if it is one of the table up to canonical form.
    pub fn name_of(formula: &Formula) -> Option<&'static str> {
        let canonical = formula.canonical();
        let known = Self::of(formula.scope()?);
        known.iter().find(|loss| loss.formula().canonical() == canonical).map(|loss| loss.name)
    }

    /// Its formula.
    ///
    /// # Panics
    /// Never: a test parses the whole table.
    pub fn formula(&self) -> Formula {
        self.text.parse().expect("the table parses")
    }
}

/// A name of [`NAMED_LOSSES`] or a pointwise formula in infix text.
///
/// # Errors
/// Neither a known name (the nearest is suggested) nor a formula; a name or a formula of ranking.
pub fn resolve(text: &str) -> Result<Formula, FormulaError> {
    resolve_for(Scope::Pointwise, text)
}

/// A name of [`NamedLoss::of`] the scope or a formula of the scope in infix text.
///
/// # Errors
/// Neither a known name (the nearest is suggested) nor a formula; a name or a formula of the other scope.
pub fn resolve_for(scope: Scope, text: &str) -> Result<Formula, FormulaError> {
    let text = text.trim();
    if let Some(named) = NamedLoss::find_for(scope, text) {
        return Ok(named.formula());
    }
    let formula: Formula = text.parse().map_err(|error| suggest_name(scope, text, error))?;
    expect_scope(scope, formula.scope())?;
    Ok(formula)
}

/// Where the text looks like a name and not like a formula, the list of names helps more than a syntax error.
fn suggest_name(scope: Scope, text: &str, error: FormulaError) -> FormulaError {
    let is_word = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    match error {
        FormulaError::Syntax { text, column: 1, .. } if is_word => {
            let message = unknown_name(scope, &text);
            FormulaError::Syntax { text, column: 1, message }
        }
        other => other,
    }
}

fn unknown_name(scope: Scope, name: &str) -> String {
    let names = || NamedLoss::of(scope).iter().map(|loss| loss.name);
    let all = || names().collect::<Vec<_>>().join(", ");
    let elsewhere = Scope::ALL.iter().find_map(|&scope| NamedLoss::find_for(scope, name));
    match (elsewhere, nearest(name, names())) {
        (Some(other), _) => {
            let (is, wanted) = (other.scope.name(), scope.name());
            format!("'{name}' is a {is} loss, and a {wanted} one is needed: use {} or a formula", all())
        }
        (None, Some(near)) => format!("no loss is called '{name}'; did you mean '{near}'?"),
        (None, None) => format!("no loss is called '{name}': use {} or a formula", all()),
    }
}

/// Splits a list at its commas; a comma inside parentheses belongs to a formula.
pub fn split_list(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (index, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth <= 0 => {
                parts.push(text[start..index].trim());
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_knows_itself() {
        for &scope in Scope::ALL {
            for loss in NamedLoss::of(scope) {
                assert_eq!(loss.scope, scope, "{}", loss.name);
                assert_eq!(loss.formula().scope(), Some(scope), "{}", loss.name);
                assert_eq!(NamedLoss::name_of(&loss.formula()), Some(loss.name));
            }
        }
    }

    #[test]
    fn unknown_names_are_suggested() {
        let message = resolve("bcee").unwrap_err().to_string();
        assert!(message.starts_with("no loss is called 'bcee'; did you mean 'bce'?"), "{message}");
        assert!(resolve("nonsense").unwrap_err().to_string().contains("use bce, mse, hinge"));
    }

    #[test]
    fn a_name_belongs_to_a_scope() {
        for name in ["bce", "mse", "hinge"] {
            assert_ne!(resolve(name), resolve_for(Scope::Ranking, name), "{name}");
        }
        let said = |scope, text| resolve_for(scope, text).unwrap_err().to_string();
        assert!(said(Scope::Pointwise, "bpr").starts_with(
            "'bpr' is a ranking loss, and a pointwise one is needed: use bce, mse, hinge, hinge-reference, focal"
        ));
        assert!(
            said(Scope::Ranking, "maxr")
                .starts_with("'maxr' is a pointwise loss, and a ranking one is needed: use bpr, bce, mse, hinge,")
        );
        assert!(said(Scope::Ranking, "bprr").starts_with("no loss is called 'bprr'; did you mean 'bpr'?"));
        assert_eq!(
            said(Scope::Ranking, "pred - label"),
            "a pointwise formula, over pred, label and logit, cannot be a ranking loss, which is over pos, neg and gap"
        );
        assert_eq!(
            said(Scope::Pointwise, "relu(1 - gap)"),
            "a ranking formula, over pos, neg and gap, cannot be a pointwise loss, which is over pred, label and logit"
        );
        assert!(resolve("1 + 1").is_ok() && resolve_for(Scope::Ranking, "1 + 1").is_ok());
    }

    #[test]
    fn lists_split_outside_parentheses() {
        assert_eq!(split_list("mse, max(pred, label),bce"), ["mse", "max(pred, label)", "bce"]);
    }
}
