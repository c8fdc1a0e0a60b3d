//! Losses people use, as formulas: one table, with their sources.

use autolossgen_settings::nearest;

use crate::{Formula, FormulaError};

/// A named loss: its formula and where it comes from. Evaluated without a clamp.
#[derive(Clone, Copy, Debug)]
pub struct NamedLoss {
    /// Name on the command line.
    pub name: &'static str,
    /// Formula text.
    pub text: &'static str,
    /// Source.
    pub source: &'static str,
}

/// Every named loss.
pub const NAMED_LOSSES: &[NamedLoss] = &[
    NamedLoss {
        name: "bce",
        // −y·log ŷ − (1 − y)·log(1 − ŷ), in the form that does not overflow.
        text: "relu(logit) - label * logit + log(1 + exp(-abs(logit)))",
        source: "binary cross-entropy, in its stable form",
    },
    NamedLoss { name: "mse", text: "(pred - label)^2", source: "squared error (Brier 1950)" },
    NamedLoss {
        name: "hinge",
        text: "relu(1 - (2 * label - 1) * logit)",
        source: "hinge on the logit, symmetric in the classes (Cortes and Vapnik 1995)",
    },
    NamedLoss {
        name: "hinge-reference",
        text: "label * relu(1 - logit) + (1 - label) * logit",
        source: "hinge as the AutoLossGen authors' code has it: unbounded below for y = 0",
    },
    NamedLoss {
        name: "focal",
        text: "-(label * sigmoid(-logit)^2 * log(pred) + (1 - label) * pred^2 * log(sigmoid(-logit)))",
        source: "focal loss, γ = 2 (Lin et al. 2017)",
    },
    NamedLoss {
        name: "maxr",
        text: "max((pred + eps) / (label + eps), (label + eps) / (pred + eps))",
        source: "max of ratio (Li et al. 2022, Table 4)",
    },
    NamedLoss {
        name: "sumr",
        text: "(pred + label + eps) / (pred * label + eps)",
        source: "sum of reciprocal (Li et al. 2022, Table 4)",
    },
    NamedLoss {
        name: "logmin",
        text: "log((1 + eps) / (min(pred, label) + eps)) * (pred + label + min(pred, label))",
        source: "log min (Li et al. 2022, Table 4)",
    },
];

impl NamedLoss {
    /// The loss of this name.
    pub fn find(name: &str) -> Option<&'static NamedLoss> {
        NAMED_LOSSES.iter().find(|loss| loss.name == name)
    }

    /// The name of a formula, if it is one of the table up to canonical form.
    pub fn name_of(formula: &Formula) -> Option<&'static str> {
        let canonical = formula.canonical();
        NAMED_LOSSES.iter().find(|loss| loss.formula().canonical() == canonical).map(|loss| loss.name)
    }

    /// Its formula.
    ///
    /// # Panics
    /// Never: a test parses the whole table.
    pub fn formula(&self) -> Formula {
        self.text.parse().expect("the table parses")
    }
}

/// A name of [`NAMED_LOSSES`] or a formula in infix text.
///
/// # Errors
/// Neither a known name (the nearest is suggested) nor a formula.
pub fn resolve(text: &str) -> Result<Formula, FormulaError> {
    let text = text.trim();
    if let Some(named) = NamedLoss::find(text) {
        return Ok(named.formula());
    }
    text.parse().map_err(|error| suggest_name(text, error))
}

/// Where the text looks like a name and not like a formula, the list of names helps more than a syntax error.
fn suggest_name(text: &str, error: FormulaError) -> FormulaError {
    let is_word = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    match error {
        FormulaError::Syntax { text, column: 1, .. } if is_word => {
            let names = NAMED_LOSSES.iter().map(|loss| loss.name);
            let message = match nearest(&text, names.clone()) {
                Some(near) => format!("no loss is called '{text}'; did you mean '{near}'?"),
                None => {
                    format!("no loss is called '{text}': use {} or a formula", names.collect::<Vec<_>>().join(", "))
                }
            };
            FormulaError::Syntax { text, column: 1, message }
        }
        other => other,
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
        for loss in NAMED_LOSSES {
            assert_eq!(NamedLoss::name_of(&loss.formula()), Some(loss.name));
        }
    }

    #[test]
    fn unknown_names_are_suggested() {
        let message = resolve("bcee").unwrap_err().to_string();
        assert!(message.starts_with("no loss is called 'bcee'; did you mean 'bce'?"), "{message}");
        assert!(resolve("nonsense").unwrap_err().to_string().contains("use bce, mse, hinge"));
    }

    #[test]
    fn lists_split_outside_parentheses() {
        assert_eq!(split_list("mse, max(pred, label),bce"), ["mse", "max(pred, label)", "bce"]);
    }
}
