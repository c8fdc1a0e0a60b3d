//! NumPy: the loss of each row and its derivatives, which the code computes itself, from the loss to the scores.

use super::framework::{NUMPY, SHAPES, indented, number, scale_of, signed, variable};
use crate::ranking::program::{Operation, Program, Shape, Source, Step};
use crate::{Binary, RankingLoss, Reducer, Unary};

pub(super) fn code(loss: &RankingLoss, name: &str) -> String {
    let program = loss.program();
    let scale = scale_of(loss);
    let derivative = |source: Source, name: &str| {
        let is_reached = program.reaches[usize::from(source == Source::Neg)];
        if is_reached { format!("{scale}{}", gradient(source, program)) } else { format!("np.zeros_like({name})") }
    };
    let (grad_pos, grad_neg) = (derivative(Source::Pos, "pos"), derivative(Source::Neg, "neg"));
    let function = format!(
        r#"def {name}(pos, neg):
    """The loss of each row, shape (B,), and its derivatives with respect to the scores, shapes (B,) and (B, N).

    The mean loss is `value.mean()`, and its gradients are the derivatives divided by B.

    pos: scores of the positives, shape (B,). neg: scores of the negatives of each, shape (B, N), with N of at least 1.
    """
    pos, neg = _checked(pos, neg)
{forward}    value = {scale}loss[:, 0]
{backward}    grad_pos = {grad_pos}
    grad_neg = {grad_neg}
    return value, grad_pos[:, 0], grad_neg"#,
        forward = indented(&NUMPY.lines(program)),
        backward = indented(&backward(program)),
    );
    let checked = format!(
        r#"def _checked(pos, neg):
    """Both as arrays of one precision, single at least; pos as a column."""
    pos, neg = np.asarray(pos), np.asarray(neg)
{SHAPES}    dtype = np.result_type(pos.dtype, neg.dtype, np.float32)
    return pos.astype(dtype)[:, None], neg.astype(dtype)"#
    );
    NUMPY.module_with(loss, name, format!("{checked}\n\n\n{function}"), [])
}

/// How the derivative with respect to a value is called.
fn gradient(source: Source, program: &Program) -> String {
    format!("d_{}", variable(source, program))
}

/// One line an operand, from the last step to the first.
fn backward(program: &Program) -> Vec<String> {
    let mut lines = vec![format!("{} = np.ones_like(loss)", gradient(program.root, program))];
    for (index, step) in program.steps.iter().enumerate().rev() {
        let own = Source::Step(index);
        let (value, adjoint) = (variable(own, program), gradient(own, program));
        if step.clamp {
            lines.push(format!("{adjoint} = np.where(({value} <= LOW) | ({value} >= HIGH), 0.0, {adjoint})"));
        }
        for (place, source) in step.operation.sources().into_iter().enumerate() {
            let Some(source) = source.filter(|source| !matches!(source, Source::Number(_))) else { continue };
            let part = part(step, place, &value, &adjoint, program);
            // An operand that is one number a row goes with every negative of the row.
            let is_summed = step.shape == Shape::Grid && shape(source, program) == Shape::Row;
            let part = if is_summed { format!("_of_rows({part})") } else { part };
            let target = gradient(source, program);
            let before = if step.adds[place] { format!("{target} + ") } else { String::new() };
            lines.push(format!("{target} = {before}{part}"));
        }
    }
    lines
}

fn shape(source: Source, program: &Program) -> Shape {
    match source {
        Source::Neg => Shape::Grid,
        Source::Step(index) => program.steps[index].shape,
        Source::Pos | Source::Number(_) => Shape::Row,
    }
}

/// The derivative with respect to a step, times that of the step with respect to an operand.
fn part(step: &Step, place: usize, value: &str, adjoint: &str, program: &Program) -> String {
    let text = |source: Source| variable(source, program);
    match step.operation {
        Operation::Unary(operator, x) => unary(operator, &text(x), value, adjoint),
        Operation::Binary(operator, x, y) => binary(operator, [&text(x), &text(y)], place, adjoint),
        Operation::Reduce(Reducer::Mean, _) => format!("np.ones_like(neg) * ({adjoint} / neg.shape[1])"),
        Operation::Reduce(Reducer::Sum, _) => format!("np.ones_like(neg) * {adjoint}"),
        Operation::Reduce(Reducer::Max, x) => {
            let is_largest = format!("({} == {value})", text(x));
            format!("{adjoint} * {is_largest} / _of_rows({is_largest})")
        }
        Operation::Softplus { x, sign, log_constant } => {
            let above = format!("{} - {}", signed(&text(x), sign), number_or_parenthesised(log_constant));
            format!("{}{adjoint} * _sigmoid({above})", if sign < 0.0 { "-" } else { "" })
        }
        Operation::LogSumExp { x, sign, is_mean, .. } => {
            let share = format!("np.exp({} - {value})", signed(&text(x), sign));
            let mean = if is_mean { " / neg.shape[1]" } else { "" };
            format!("{}{adjoint} * {share}{mean}", if sign < 0.0 { "-" } else { "" })
        }
    }
}

fn number_or_parenthesised(value: f32) -> String {
    if value < 0.0 { format!("({})", number(value)) } else { number(value) }
}

fn unary(operator: Unary, x: &str, value: &str, adjoint: &str) -> String {
    match operator {
        Unary::Neg => format!("-{adjoint}"),
        Unary::Identity => adjoint.to_owned(),
        Unary::Square => format!("2 * {x} * {adjoint}"),
        Unary::Log => format!("{adjoint} * np.abs(np.sign({x})) / (_abs({x}) + EPSILON)"),
        Unary::Reciprocal => format!("-{adjoint} * np.abs(np.sign({x})) / (_abs({x}) + EPSILON) ** 2"),
        Unary::Abs => format!("{adjoint} * np.sign({x})"),
        Unary::Sqrt => format!("{adjoint} * _root_slope({x})"),
        Unary::Exp => format!("{adjoint} * {value}"),
        Unary::Sigmoid => format!("{adjoint} * {value} * (1 - {value})"),
        Unary::Tanh => format!("{adjoint} * (1 - {value} * {value})"),
        Unary::Relu => format!("{adjoint} * np.heaviside({x}, 0.5)"),
    }
}

fn binary(operator: Binary, [x, y]: [&str; 2], place: usize, adjoint: &str) -> String {
    let (own, other) = if place == 0 { (x, y) } else { (y, x) };
    match (operator, place) {
        (Binary::Add, _) | (Binary::Sub, 0) => adjoint.to_owned(),
        (Binary::Sub, _) => format!("-{adjoint}"),
        (Binary::Mul, _) => format!("{adjoint} * {other}"),
        (Binary::Div, 0) => format!("{adjoint} / {y}"),
        (Binary::Div, _) => format!("-{adjoint} * {x} / ({y} * {y})"),
        (Binary::Max, _) => format!("{adjoint} * np.heaviside({own} - {other}, 0.5)"),
        (Binary::Min, _) => format!("{adjoint} * np.heaviside({other} - {own}, 0.5)"),
    }
}
