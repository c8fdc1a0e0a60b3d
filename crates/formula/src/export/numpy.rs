//! NumPy: value and derivative with respect to the logit, which the code computes itself.

use crate::Loss;

use super::derivative::derivative;
use super::graph::{Function, Operator, Term};
use super::lower::{Mode, lower};
use super::page::{Page, arguments, constants, module, shape_error};
use super::print::{Argument, Body, Dialect, body};

pub(super) const PAGE: Page = Page { words: &["np", "outside"], code };

/// How NumPy writes functions.
struct Numpy;

/// Arrays of the precision in which the code computes, and what is refused.
pub(super) fn checked() -> String {
    format!(
        r#"def _checked(logit, label, dtype):
    """Both as arrays of `dtype`.

    A shape that differs and a label outside [0, 1] are a ValueError.
    """
    logit, label = np.asarray(logit), np.asarray(label)
    if logit.shape != label.shape:
        {raise}
    outside = ~((label >= 0) & (label <= 1))
    if outside.any():
        raise ValueError(f"a label is {{label[outside][0]}}: labels lie in [0, 1]")
    return logit.astype(dtype), label.astype(dtype)"#,
        raise = shape_error("logit.shape", "label.shape"),
    )
}

const SIGMOID: &str = r#"def _sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1 + e)"#;

const SIGNED_ROOT: &str = r#"def _signed_root(x):
    """sign(x) * sqrt(|x|)"""
    return np.sign(x) * np.sqrt(np.abs(x))"#;

const ROOT_SLOPE: &str = r#"def _root_slope(x):
    """The derivative of sign(x) * sqrt(|x|), and 0 at 0."""
    return np.where(x == 0, 0.0, 0.5 / np.sqrt(np.where(x == 0, 1.0, np.abs(x))))"#;

const WITHIN: &str = r#"def _within(x, slope):
    """The derivative of x after the clamp: `slope`, and 0 where x is outside."""
    return np.where((x < LOW) | (x > HIGH), 0.0, slope)"#;

impl Dialect for Numpy {
    fn function(&self, function: Function, x: &str) -> String {
        match function {
            Function::CappedExp => format!("np.exp(np.minimum({x}, 88.0))"),
            Function::SignedRoot => format!("_signed_root({x})"),
            Function::RootSlope => format!("_root_slope({x})"),
            Function::Sigmoid => format!("_sigmoid({x})"),
            Function::Relu => format!("np.maximum({x}, 0.0)"),
            Function::Step => format!("np.heaviside({x}, 0.5)"),
            Function::Clamp => format!("np.clip({x}, LOW, HIGH)"),
            _ => function.call("np", x),
        }
    }

    fn operator(&self, operator: Operator, x: &Argument, y: &Argument) -> String {
        let name = match operator {
            Operator::Within => "_within",
            Operator::Max => "np.maximum",
            _ => "np.minimum",
        };
        format!("{name}({}, {})", x.text, y.text)
    }

    fn function_definition(&self, function: Function) -> Option<&'static str> {
        match function {
            Function::Sigmoid => Some(SIGMOID),
            Function::SignedRoot => Some(SIGNED_ROOT),
            Function::RootSlope => Some(ROOT_SLOPE),
            _ => None,
        }
    }

    fn operator_definition(&self, operator: Operator) -> Option<&'static str> {
        (operator == Operator::Within).then_some(WITHIN)
    }
}

/// The lines of value and derivative, or for `order` 2 of both derivatives; what is constant has the shape of the logit.
pub(super) fn terms(loss: &Loss, order: usize) -> Body {
    let (mut graph, root) = lower(loss, Mode::Forward);
    let mut roots = vec![root];
    for _ in 0..order {
        let last = roots[roots.len() - 1];
        let next = derivative(&mut graph, last).unwrap_or_else(|| graph.number(0.0));
        roots.push(next);
    }
    let numbers: Vec<bool> =
        roots.iter().map(|&root| matches!(graph.terms()[root], Term::Number(_) | Term::Scale)).collect();
    // A booster has no use for the value.
    let wanted = if order == 2 { &roots[1..] } else { &roots[..] };
    let mut body = body(&graph, wanted, &Numpy);
    for (result, is_number) in body.results.iter_mut().zip(&numbers[roots.len() - wanted.len()..]) {
        if *is_number {
            *result = format!("np.full_like(logit, {result})");
        }
    }
    body
}

/// A decorator where a clamp takes the ∞ of a division by 0 or of a number that is too large.
pub(super) fn decorator(body: &Body) -> &'static str {
    let is_clamp = |term| matches!(term, Term::Function(Function::Clamp, _) | Term::Operator(Operator::Within, ..));
    if body.needs(is_clamp) { "@np.errstate(divide=\"ignore\", invalid=\"ignore\", over=\"ignore\")\n" } else { "" }
}

fn code(loss: &Loss, name: &str) -> String {
    let body = terms(loss, 1);
    let function = format!(
        r#"{decorator}def {name}(logit, label):
    """The loss of each element and its derivative with respect to the logit, as two arrays of the shape of `logit`.

    The mean loss is `value.mean()`, and its gradient `gradient / gradient.size`.

    {arguments}
    """
    logit, label = _checked(logit, label, np.result_type(np.asarray(logit).dtype, np.float32))
{lines}    value = {value}
    gradient = {gradient}
    return value, gradient"#,
        decorator = decorator(&body),
        arguments = arguments("One outside is an error."),
        lines = body.indented("    "),
        value = body.results[0],
        gradient = body.results[1],
    );
    let title = format!("The loss `{name}` for NumPy, with its derivative.");
    module(loss, &body, &title, &["import numpy as np", &constants(loss, &body)], &[checked(), function])
}
