//! Text: what is printed is parsed back, what cannot be parsed is told, lists split where they were joined.

use std::cell::RefCell;
use std::collections::BTreeSet;

use autolossgen_formula::{Binary, Choice, Formula, FormulaError, NAMED_LOSSES, Node, Unary, resolve, split_list};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::random::{any_constant, formula, runner};

const CASES: u32 = 10_000;

/// Short, so that every pair of neighbours comes up.
const SHORT: usize = 6;

/// Pieces of formulas, whole and broken, and what does not belong there.
const PIECES: &[&str] = &[
    "pred",
    "label",
    "logit",
    "eps",
    "max",
    "min(",
    "log(",
    "relu",
    "sigmoid(",
    "(",
    ")",
    ",",
    "+",
    "-",
    "*",
    "/",
    "^",
    "^2",
    "2",
    "1e-6",
    ".5",
    "1.",
    "e",
    "E+",
    ".",
    "_",
    " ",
    "\n",
    "\t",
    "\r",
    "\u{a0}",
    "é",
    "∞",
    "😀",
    "\u{301}",
    "\0",
    "999999999999999999999999999999999999999999",
];

fn kind(node: &Node) -> String {
    match node {
        Node::Unary(operator, _) => operator.name().to_owned(),
        Node::Binary(operator, _, _) => format!("{operator:?}"),
        Node::Constant(_) => "constant".to_owned(),
        leaf => format!("{leaf:?}"),
    }
}

#[test]
fn printed_text_parses_back() {
    let seen = RefCell::new(BTreeSet::new());
    let checked = runner(3 * CASES).run(&formula(any_constant(), SHORT), |formula| {
        let text = formula.to_string();
        let again: Formula = text.parse().map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(again.canonical(), formula.canonical(), "{}", text);
        prop_assert_eq!(again.to_string(), text);
        seen.borrow_mut().extend(again.nodes().iter().map(kind));
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
    // Every leaf and every operator was among them.
    assert_eq!(seen.borrow().len(), 5 + Unary::ALL.len() + Binary::ALL.len(), "{:?}", seen.borrow());
}

/// What equals 0 is 0: a quotient by −0 would not be one by 0.
#[test]
fn there_is_one_zero() {
    let quotients: Formula = "pred / 0 + pred / -0".parse().unwrap();
    assert_eq!(quotients.to_string(), "pred / 0 + pred / 0");
}

/// Text has no word for NaN and ∞.
#[test]
fn constants_are_finite() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = Formula::new(vec![Node::Pred, Node::Constant(value)]).unwrap_err().to_string();
        assert!(error.starts_with("node 1 is the constant"), "{error}");
    }
}

/// The text with a caret below the place, whatever the text was.
fn check_error(error: &FormulaError) -> Result<(), TestCaseError> {
    let message = error.to_string();
    prop_assert!(!message.is_empty());
    if let FormulaError::Syntax { text, column, .. } = error {
        prop_assert!(message.ends_with('^'), "{message}");
        prop_assert!((1..=text.chars().count() + 1).contains(column), "column {column} of {text}");
    }
    Ok(())
}

fn parse_anything(texts: impl Strategy<Value = String>) -> (u32, u32) {
    let parsed = RefCell::new((0, 0));
    let checked = runner(CASES).run(&texts, |text| {
        match text.parse::<Formula>() {
            Ok(_) => parsed.borrow_mut().0 += 1,
            Err(error) => {
                parsed.borrow_mut().1 += 1;
                check_error(&error)?;
            }
        }
        for part in split_list(&text) {
            let _ = resolve(part).map_err(|error| error.to_string());
        }
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
    parsed.into_inner()
}

#[test]
fn no_text_of_formula_pieces_panics() {
    let (good, bad) = parse_anything(vec(select(PIECES), 0..30).prop_map(|pieces| pieces.concat()));
    assert!(good > 50 && bad > CASES / 2, "{good} parsed, {bad} did not");
}

#[test]
fn no_unicode_text_panics() {
    let (_, bad) = parse_anything(any::<String>());
    assert!(bad > CASES / 2, "{bad} did not parse");
}

/// One change to a good text: the places where errors arise lie deep inside.
#[test]
fn no_damaged_formula_panics() {
    let damage = (formula(any_constant(), 12), any::<prop::sample::Index>(), select(PIECES));
    let texts = damage.prop_map(|(formula, place, piece)| {
        let mut characters: Vec<char> = formula.to_string().chars().collect();
        let place = place.index(characters.len());
        characters.splice(place..=place, piece.chars());
        characters.into_iter().collect::<String>()
    });
    let (good, bad) = parse_anything(texts);
    assert!(good > CASES / 50 && bad > CASES / 4, "{good} parsed, {bad} did not");
}

#[test]
fn errors_far_to_the_right_print() {
    let text = " ".repeat(70_000) + "*";
    let message = text.parse::<Formula>().unwrap_err().to_string();
    assert!(message.contains("column 70001") && message.ends_with('^'));
}

#[test]
fn lists_split_where_they_were_joined() {
    let formulas = formula(any_constant(), 12).prop_map(|formula| formula.to_string());
    let names = select(NAMED_LOSSES).prop_map(|loss| loss.name.to_owned());
    let parts = vec(prop_oneof![3 => formulas, 1 => names], 1..6);
    let checked = runner(1000).run(&(parts, select(vec![",", ", ", " ,\t"])), |(parts, comma)| {
        let joined = parts.join(comma);
        prop_assert_eq!(split_list(&joined), parts);
        Ok(())
    });
    checked.unwrap_or_else(|error| panic!("{error}"));
}
