//! Losses and values of ε that cannot be used.

use crate::project::{DATA, Project};

fn said_of(loss: &str) -> String {
    let project = Project::new();
    // A formula is looked at before the data are.
    project.refusal_with(&["eval", "--data", "none.csv", "--loss", loss])
}

#[test]
fn an_unknown_loss_is_suggested() {
    assert_eq!(said_of("bcee"), "--loss: no loss is called 'bcee'; did you mean 'bce'?");
    assert_eq!(said_of("mse, focall"), "--loss: no loss is called 'focall'; did you mean 'focal'?");
    let said = said_of("crossentropy");
    assert!(said.starts_with("--loss: no loss is called 'crossentropy': use bce, mse, hinge"), "{said}");
    for empty in ["", "bce,", ",", " "] {
        assert!(said_of(empty).starts_with("--loss: a name or a formula is empty; name one, as in --loss bce"));
    }
}

#[test]
fn a_formula_that_does_not_parse_is_shown_with_a_caret() {
    let cases = [
        ("pred + * 2", 8, "expected a value, found '*'"),
        ("(pred - label", 14, "expected ')', found the end"),
        ("bce, pred + lag(label)", 8, "'lag' is not known; did you mean 'log'?"),
        ("foo(pred)", 1, "'foo' is not known: use pred, label"),
        ("max(pred)", 1, "max of one argument runs over the negatives of a ranking loss"),
        ("min(pred)", 4, "min takes 2 arguments, found 1"),
        ("log(pred, label)", 4, "log takes 1 argument, found 2"),
        ("pred^3", 6, "only the power 2 is known"),
        ("-pred +", 8, "expected a value, found the end"),
        ("π + pred", 1, "expected a value, found 'π'"),
    ];
    for (loss, column, message) in cases {
        let said = said_of(loss);
        let lines: Vec<&str> = said.lines().collect();
        assert!(lines[0].starts_with(&format!("--loss, at column {column}: {message}")), "{said}");
        assert_eq!(lines[1].trim_start(), loss.trim_start_matches("bce, "), "{said}");
        assert_eq!(lines[2].find('^'), Some(lines[1].len() - lines[1].trim_start().len() + column - 1), "{said}");
    }
}

#[test]
fn a_formula_out_of_bounds_is_shown_in_part() {
    let deep = format!("{}pred", "(".repeat(100));
    let long = format!("pred{}", " + pred".repeat(1100));
    for (loss, message) in [
        (&deep, "--loss, at column 66: nested too deep: at most 64 levels are allowed"),
        (&long, "too long: at most 1024 nodes are allowed"),
    ] {
        let said = said_of(loss);
        let lines: Vec<&str> = said.lines().collect();
        assert!(lines[0].ends_with(message), "{said}");
        assert!(lines[1].contains('…') && lines[1].chars().count() < 80, "{said}");
        assert!(lines[2].len() < 80, "{said}");
    }
}

#[test]
fn an_epsilon_that_is_not_positive_is_said_with_its_value() {
    let project = Project::new();
    let expected = |value: &str| {
        format!("--epsilon '{value}': a positive and finite 32-bit number is needed, as in 1e-6, or `grid`")
    };
    for value in ["0", "-1", "abc", "nan", "inf", "1e-60", "-1e-6"] {
        let said = project.refusal(&format!("eval --data {DATA} --loss maxr --epsilon {value}"));
        assert_eq!(said, expected(value));
    }
    assert_eq!(project.refusal(&format!("eval --data {DATA} --loss maxr --epsilon 1e-6,,1")), expected(""));
}
