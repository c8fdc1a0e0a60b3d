//! LaTeX: the formula as an equation, as it is written and not as it is evaluated.

use crate::{Binary, Clamp, Loss, Node, Unary};

const SUM: u8 = 1;
const PRODUCT: u8 = 2;
const POWER: u8 = 3;
const ATOM: u8 = 4;

/// An expression, and how tightly it binds.
struct Code {
    text: String,
    binding: u8,
}

pub(super) fn text(loss: &Loss) -> String {
    let mut lines = vec![format!("% {}", loss.formula())];
    lines.extend(loss.original().map(|original| format!("% simplified from {original}")));
    lines.extend(comments(loss).into_iter().map(|comment| format!("% {comment}")));
    let nodes = loss.formula().nodes();
    let scale = match loss.scale() {
        1.0 => String::new(),
        scale => number(scale) + r" \cdot ",
    };
    let root = if scale.is_empty() {
        write(nodes, nodes.len() - 1, 0, true)
    } else {
        write(nodes, nodes.len() - 1, PRODUCT, true)
    };
    lines.push(format!(r"\ell({}) = {scale}{root}", arguments(loss)));
    lines.join("\n") + "\n"
}

/// What the equation does not show.
fn comments(loss: &Loss) -> Vec<String> {
    let has = |wanted: fn(&Node) -> bool| loss.formula().nodes().iter().any(wanted);
    let mut comments = vec![r"\hat{y} = \sigma(h), the prediction; h, its logit; y, the label".to_owned()];
    let epsilon = number(loss.semantics().epsilon);
    if loss.formula().depends_on_epsilon() {
        comments.push(format!(r"\varepsilon = {epsilon}"));
    }
    if has(|node| matches!(node, Node::Unary(Unary::Log, _))) {
        comments.push(r"\log(x) stands for \operatorname{sign}(x) \log(|x| + \varepsilon)".to_owned());
    }
    if has(|node| matches!(node, Node::Unary(Unary::Reciprocal, _))) {
        comments.push(r"1 / x of a reciprocal stands for \operatorname{sign}(x) / (|x| + \varepsilon)".to_owned());
    }
    if has(|node| matches!(node, Node::Unary(Unary::Sqrt, _))) {
        comments.push(r"\sqrt{x} stands for \operatorname{sign}(x) \sqrt{|x|}".to_owned());
    }
    match loss.semantics().clamp {
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

/// A number, with a power of ten where people write one.
fn number(value: f32) -> String {
    if value == 0.0 || (1e-3..1e6).contains(&value.abs()) {
        return value.to_string();
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').expect("the form asked for has an exponent");
    match digits {
        "1" => format!("10^{{{exponent}}}"),
        "-1" => format!("-10^{{{exponent}}}"),
        _ => format!(r"{digits} \cdot 10^{{{exponent}}}"),
    }
}

/// A node in a place that needs at least the binding `needed`. Only at the `tail` of a product may a function go without
/// parentheses around its argument: what follows would seem to belong to it.
fn write(nodes: &[Node], index: usize, needed: u8, tail: bool) -> String {
    let Code { text, binding } = compose(nodes, index, needed < POWER && tail);
    if binding >= needed { text } else { parenthesised(&compose(nodes, index, true).text) }
}

fn parenthesised(text: &str) -> String {
    format!(r"\left({text}\right)")
}

fn compose(nodes: &[Node], index: usize, tail: bool) -> Code {
    let atom = |text: String| Code { text, binding: ATOM };
    match nodes[index] {
        Node::Pred => atom(r"\hat{y}".to_owned()),
        Node::Label => atom("y".to_owned()),
        Node::Logit => atom("h".to_owned()),
        Node::Eps => atom(r"\varepsilon".to_owned()),
        Node::Constant(value) => {
            let text = number(value);
            let binding = match text.as_str() {
                text if text.starts_with('-') => SUM,
                text if text.contains('^') => PRODUCT,
                _ => ATOM,
            };
            Code { text, binding }
        }
        Node::Unary(operator, x) => unary(nodes, operator, x, tail),
        Node::Binary(operator, x, y) => binary(nodes, operator, x, y, tail),
    }
}

fn unary(nodes: &[Node], operator: Unary, x: usize, tail: bool) -> Code {
    let inside = || write(nodes, x, 0, true);
    let (text, binding) = match operator {
        Unary::Identity => return compose(nodes, x, tail),
        Unary::Neg => (format!("-{}", write(nodes, x, PRODUCT, tail)), SUM),
        Unary::Square => (format!("{}^2", write(nodes, x, ATOM, false)), POWER),
        Unary::Reciprocal => (format!(r"\frac{{1}}{{{}}}", inside()), POWER),
        Unary::Exp => (format!("e^{{{}}}", inside()), POWER),
        Unary::Abs => (format!(r"\left|{}\right|", inside()), ATOM),
        Unary::Sqrt => (format!(r"\sqrt{{{}}}", inside()), ATOM),
        Unary::Sigmoid => (format!(r"\sigma{}", parenthesised(&inside())), POWER),
        Unary::Relu => (format!(r"\max\left(0, {}\right)", inside()), POWER),
        Unary::Log => function(nodes, r"\log", x, tail),
        Unary::Tanh => function(nodes, r"\tanh", x, tail),
    };
    Code { text, binding }
}

fn function(nodes: &[Node], name: &str, x: usize, tail: bool) -> (String, u8) {
    let argument = write(nodes, x, 0, true);
    let is_symbol = matches!(nodes[x], Node::Pred | Node::Label | Node::Logit | Node::Eps);
    if is_symbol && tail {
        (format!("{name} {argument}"), PRODUCT)
    } else {
        (name.to_owned() + &parenthesised(&argument), POWER)
    }
}

fn binary(nodes: &[Node], operator: Binary, x: usize, y: usize, tail: bool) -> Code {
    let call = |name: &str| format!(r"{name}\left({}, {}\right)", write(nodes, x, 0, true), write(nodes, y, 0, true));
    let (text, binding) = match operator {
        Binary::Add => (format!("{} + {}", write(nodes, x, SUM, true), write(nodes, y, PRODUCT, tail)), SUM),
        Binary::Sub => (format!("{} - {}", write(nodes, x, SUM, true), write(nodes, y, PRODUCT, tail)), SUM),
        Binary::Mul => return product(nodes, x, y, tail),
        Binary::Div => (format!(r"\frac{{{}}}{{{}}}", write(nodes, x, 0, true), write(nodes, y, 0, true)), POWER),
        Binary::Max => (call(r"\max"), POWER),
        Binary::Min => (call(r"\min"), POWER),
    };
    Code { text, binding }
}

/// A thin space between the factors, a dot where two numbers would run together. The minus of the first factor is that of
/// the product.
fn product(nodes: &[Node], x: usize, y: usize, tail: bool) -> Code {
    let is_negative = match nodes[x] {
        Node::Unary(Unary::Neg, _) => true,
        Node::Constant(value) => value < 0.0,
        _ => false,
    };
    let binding = if is_negative { SUM } else { PRODUCT };
    let (left, right) = (write(nodes, x, binding, false), write(nodes, y, PRODUCT, tail));
    let sign = if right.starts_with(|c: char| c.is_ascii_digit()) { r"\cdot" } else { r"\," };
    Code { text: format!("{left} {sign} {right}"), binding }
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
        ] {
            assert_eq!(equation(formula), expected, "{formula}");
        }
    }
}
