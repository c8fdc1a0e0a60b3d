//! What keeps a mistake of a recommender, a controller, an evaluator or an executor from costing more than the round at hand.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use autolossgen_formula::{Formula, Scope};
use serde::{Deserialize, Serialize};

/// A part of a search that can come from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// A recommender: [`Model`](autolossgen_recsys::Model)
    Model,
    /// A controller: [`Controller`](crate::controller::Controller)
    Controller,
    /// An evaluator: [`Evaluator`](crate::evaluate::Evaluator)
    Evaluator,
    /// An executor: [`Executor`](crate::execute::Executor)
    Executor,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Model => "recommender",
            Part::Controller => "controller",
            Part::Evaluator => "evaluator",
            Part::Executor => "executor",
        })
    }
}

/// A part that does not keep its contract. The search ends; what the journal holds is whole, and the search can go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ContractError {
    /// The part panicked.
    #[error("the {part} panicked: {message}")]
    Panicked {
        /// Which part
        part: Part,
        /// What the panic said
        message: String,
    },
    /// The part gave another number of results than was asked for.
    #[error("the {part} gave {got} {what} where {asked} were asked for")]
    Count {
        /// Which part
        part: Part,
        /// Results of which kind
        what: String,
        /// How many were asked for
        asked: usize,
        /// How many came
        got: usize,
    },
    /// The part gave NaN or ∞ where a number is needed.
    #[error("the {part} gave a {what} that is not finite")]
    NotFinite {
        /// Which part
        part: Part,
        /// Which number
        what: String,
    },
    /// The part gave a formula of ranking.
    #[error("the {part} gave {formula}, a ranking loss, where a pointwise one, over pred, label and logit, is needed")]
    Ranking {
        /// Which part
        part: Part,
        /// The formula
        formula: String,
    },
}

impl ContractError {
    /// Expects `got` results to be as many as were `asked` for.
    pub(crate) fn expect_count(part: Part, what: &str, asked: usize, got: usize) -> Result<(), Self> {
        if got == asked { Ok(()) } else { Err(Self::Count { part, what: what.to_owned(), asked, got }) }
    }

    /// Expects a formula to be one that samples with labels train.
    pub(crate) fn expect_pointwise(part: Part, formula: &Formula) -> Result<(), Self> {
        match formula.scope() {
            Some(Scope::Ranking) => Err(Self::Ranking { part, formula: formula.to_string() }),
            Some(Scope::Pointwise) | None => Ok(()),
        }
    }

    /// Expects a number to be finite.
    pub(crate) fn expect_finite(part: Part, what: &str, value: f64) -> Result<(), Self> {
        if value.is_finite() { Ok(()) } else { Err(Self::NotFinite { part, what: what.to_owned() }) }
    }
}

/// Calls a part; a panic within becomes an error. What the call changed may be half-changed: who gets the error lets the part
/// go.
pub(crate) fn guard<T>(part: Part, call: impl FnOnce() -> T) -> Result<T, ContractError> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let message = text.or_else(|| panic.downcast_ref::<String>().cloned());
        ContractError::Panicked { part, message: message.unwrap_or_else(|| "without a message".to_owned()) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_says_what_was_said() {
        let error = guard(Part::Model, || panic!("no user {}", 7)).unwrap_err();
        assert_eq!(error.to_string(), "the recommender panicked: no user 7");
        assert_eq!(guard(Part::Model, || 3), Ok(3));
        let error = ContractError::expect_count(Part::Controller, "formulas", 10, 9).unwrap_err();
        assert_eq!(error.to_string(), "the controller gave 9 formulas where 10 were asked for");
        let formula = "relu(1 - gap)".parse().unwrap();
        let error = ContractError::expect_pointwise(Part::Controller, &formula).unwrap_err();
        assert!(
            error.to_string().starts_with("the controller gave relu(1 - gap), a ranking loss, where a pointwise one")
        );
    }
}
