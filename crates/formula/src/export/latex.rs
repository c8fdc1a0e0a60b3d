//! LaTeX: the formula as an equation, as it is written and not as it is evaluated.

use super::page::{EXPORTED_BY, Page};
use super::typeset::{self, Function, Notation, Symbol};
use crate::{Clamp, Formula, Loss, Node, Reducer, Semantics, Unary};

pub(super) const PAGE: Page = Page { words: &[], code: |loss, _| text(loss) };

fn text(loss: &Loss) -> String {
    let letters = r"\hat{y} = \sigma(h), the prediction; h, its logit; y, the label".to_owned();
    let original = loss.original().map(|original| format!("simplified from {original}"));
    let formula = loss.formula();
    let not_shown = comments(formula, loss.semantics(), formula.depends_on_epsilon());
    let comments: Vec<String> = original.into_iter().chain([letters]).chain(not_shown).collect();
    equation(formula, loss.scale(), &comments, arguments(loss))
}

/// The equation of a loss behind comments.
pub(super) fn equation(formula: &Formula, scale: f32, comments: &[String], arguments: &str) -> String {
    let mut lines = vec![format!("% {EXPORTED_BY}"), format!("% {formula}")];
    lines.extend(comments.iter().map(|comment| format!("% {comment}")));
    lines.push(format!(r"\ell({arguments}) = {}", typeset::scaled(&Latex, formula, scale)));
    lines.join("\n") + "\n"
}

/// What the equation does not show.
pub(super) fn comments(formula: &Formula, semantics: Semantics, has_epsilon: bool) -> Vec<String> {
    let has = |wanted: fn(&Node) -> bool| formula.nodes().iter().any(wanted);
    let mut comments = Vec::new();
    let epsilon = number(semantics.epsilon);
    if has_epsilon {
        comments.push(format!(r"\varepsilon = {epsilon}"));
    }
    if has_epsilon && has(|node| matches!(node, Node::Unary(Unary::Log, _))) {
        comments.push(r"\log(x) stands for \operatorname{sign}(x) \log(|x| + \varepsilon)".to_owned());
    }
    if has(|node| matches!(node, Node::Unary(Unary::Reciprocal, _))) {
        comments.push(r"x^{-1} stands for \operatorname{sign}(x) / (|x| + \varepsilon)".to_owned());
    }
    if has(|node| matches!(node, Node::Unary(Unary::Sqrt, _))) {
        comments.push(r"\sqrt{x} stands for \operatorname{sign}(x) \sqrt{|x|}".to_owned());
    }
    match semantics.clamp {
        Clamp::None => {}
        Clamp::Signed(limit) => comments.push(format!("every result is kept within \\pm {}", number(limit))),
        Clamp::Positive(low, high) => {
            comments.push(format!("every result is kept within [{}, {}]", number(low), number(high)));
        }
    }
    comments
}

fn arguments(loss: &Loss) -> &'static str {
    let has = |wanted: Node| loss.program().contains(&wanted);
    match (has(Node::Pred), has(Node::Logit)) {
        (_, false) => r"\hat{y}, y",
        (false, true) => "h, y",
        (true, true) => r"\hat{y}, h, y",
    }
}

fn number(value: f32) -> String {
    typeset::number(&Latex, value)
}

struct Latex;

impl Notation for Latex {
    fn symbol(&self, leaf: Symbol) -> String {
        let text = match leaf {
            Symbol::Prediction => r"\hat{y}",
            Symbol::Label => "y",
            Symbol::Logit => "h",
            Symbol::Epsilon => r"\varepsilon",
            Symbol::Positive => "s^+",
            Symbol::Negative => "s^-_j",
        };
        text.to_owned()
    }

    fn digits(&self, digits: &str) -> String {
        digits.to_owned()
    }

    fn power_of_ten(&self, exponent: &str) -> String {
        format!("10^{{{exponent}}}")
    }

    fn parenthesised(&self, x: &str) -> String {
        format!(r"\left({x}\right)")
    }

    fn negated(&self, x: &str) -> String {
        format!("-{x}")
    }

    fn squared(&self, x: &str) -> String {
        format!("{x}^2")
    }

    fn inverse(&self, x: &str) -> String {
        format!("{x}^{{-1}}")
    }

    fn exponential(&self, x: &str) -> String {
        format!("e^{{{x}}}")
    }

    fn absolute(&self, x: &str) -> String {
        format!(r"\left|{x}\right|")
    }

    fn root(&self, x: &str) -> String {
        format!(r"\sqrt{{{x}}}")
    }

    fn fraction(&self, x: &str, y: &str) -> String {
        format!(r"\frac{{{x}}}{{{y}}}")
    }

    fn sum(&self, x: &str, y: &str) -> String {
        format!("{x} + {y}")
    }

    fn difference(&self, x: &str, y: &str) -> String {
        format!("{x} - {y}")
    }

    fn product(&self, x: &str, y: &str, is_dotted: bool) -> String {
        let sign = if is_dotted { r"\cdot" } else { r"\," };
        format!("{x} {sign} {y}")
    }

    fn applied(&self, function: Function, argument: &str, is_parenthesised: bool) -> String {
        let name = match function {
            Function::Sigma => "sigma",
            Function::Named(name) => name,
        };
        let space = if is_parenthesised { "" } else { " " };
        format!(r"\{name}{space}{argument}")
    }

    fn list(&self, x: &str, y: &str) -> String {
        format!("{x}, {y}")
    }

    fn reduced(&self, reducer: Reducer, x: &str) -> String {
        match reducer {
            Reducer::Mean => format!(r"\frac{{1}}{{N}} \sum_{{j=1}}^{{N}} {x}"),
            Reducer::Sum => format!(r"\sum_{{j=1}}^{{N}} {x}"),
            Reducer::Max => format!(r"\max_j {x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Semantics, resolve};

    fn equation(formula: &str) -> String {
        let loss = resolve(formula).unwrap().compile(Semantics::unclamped(1e-6)).unwrap();
        let text = text(&loss);
        let equation = text.lines().last().unwrap().split_once(" = ").unwrap().1;
        equation.to_owned()
    }

    #[test]
    fn parentheses_are_there_where_they_are_needed() {
        for (formula, expected) in [
            ("(pred - label)^2", r"\left(\hat{y} - y\right)^2"),
            ("-label * log(pred)", r"-y \, \log \hat{y}"),
            ("log(pred) * label", r"\log\left(\hat{y}\right) \, y"),
            ("log(pred)^2", r"\left(\log \hat{y}\right)^2"),
            ("log(pred + 1)", r"\log\left(\hat{y} + 1\right)"),
            ("pred - (label - 1)", r"\hat{y} - \left(y - 1\right)"),
            ("pred + -label", r"\hat{y} + \left(-y\right)"),
            ("(pred + 1) / label^2", r"\frac{\hat{y} + 1}{y^2}"),
            ("(pred / label)^2", r"\left(\frac{\hat{y}}{y}\right)^2"),
            ("pred * 2 * 1e-6", r"\hat{y} \cdot 2 \cdot 10^{-6}"),
            ("-2 * pred + label", r"-2 \, \hat{y} + y"),
            ("label - -pred * label", r"y - \left(-\hat{y} \, y\right)"),
            ("exp(-abs(logit))", r"e^{-\left|h\right|}"),
            ("reciprocal(pred)", r"\hat{y}^{-1}"),
            ("2 * reciprocal(pred + 0.1)^2", r"2 \, \left(\left(\hat{y} + 0.1\right)^{-1}\right)^2"),
            ("1/(pred+0.1) + reciprocal(pred+0.1)", r"\frac{1}{\hat{y} + 0.1} + \left(\hat{y} + 0.1\right)^{-1}"),
        ] {
            assert_eq!(equation(formula), expected, "{formula}");
        }
    }
}
