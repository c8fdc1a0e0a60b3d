//! The derivative of a graph with respect to the logit, as further terms of it.

use super::graph::{Function, Graph, Operator, Term};

/// The derivative of `root`; `None` where it is 0 everywhere.
pub(super) fn derivative(graph: &mut Graph, root: usize) -> Option<usize> {
    let mut slopes: Vec<Option<usize>> = Vec::with_capacity(root + 1);
    let needed = graph.needed(&[root]);
    for index in 0..=root {
        let slope = if needed[index] { of_term(graph, index, &slopes) } else { None };
        slopes.push(slope);
    }
    slopes[root]
}

fn of_term(graph: &mut Graph, index: usize, slopes: &[Option<usize>]) -> Option<usize> {
    match graph.terms()[index] {
        Term::Logit => Some(graph.number(1.0)),
        Term::Pred => Some(graph.share(Term::PredSlope)),
        Term::PredSlope => Some(of_pred_slope(graph, index)),
        Term::Label | Term::Epsilon | Term::Scale | Term::Number(_) => None,
        Term::Neg(x) => slopes[x].map(|dx| graph.neg(dx)),
        Term::Square(x) => slopes[x].map(|dx| of_square(graph, x, dx)),
        Term::Function(function, x) => slopes[x].and_then(|dx| of_function(graph, function, index, x, dx)),
        Term::Operator(operator, x, y) => of_operator(graph, operator, index, [x, y], [slopes[x], slopes[y]]),
    }
}

/// σ'' = σ'·(1 − 2σ)
fn of_pred_slope(graph: &mut Graph, slope: usize) -> usize {
    let (one, two, pred) = (graph.number(1.0), graph.number(2.0), graph.share(Term::Pred));
    let twice = graph.mul(two, pred);
    let rest = graph.sub(one, twice);
    graph.mul(slope, rest)
}

fn of_square(graph: &mut Graph, x: usize, dx: usize) -> usize {
    let two = graph.number(2.0);
    let twice = graph.mul(two, x);
    graph.mul(twice, dx)
}

/// `value` is the index of the function's own value.
fn of_function(graph: &mut Graph, function: Function, value: usize, x: usize, dx: usize) -> Option<usize> {
    let factor = match function {
        Function::Sign | Function::Step => return None,
        Function::Clamp => return Some(graph.operator(Operator::Within, x, dx)),
        Function::Log => return Some(graph.div(dx, x)),
        Function::Abs => graph.function(Function::Sign, x),
        Function::Relu => graph.function(Function::Step, x),
        Function::SignedRoot => graph.function(Function::RootSlope, x),
        Function::Exp | Function::CappedExp => value,
        Function::Sqrt => return Some(of_root(graph, value, dx)),
        Function::RootSlope => of_root_slope(graph, value, x),
        Function::Sigmoid => of_sigmoid(graph, value, x),
        Function::Tanh => {
            let (one, square) = (graph.number(1.0), graph.square(value));
            graph.sub(one, square)
        }
    };
    Some(graph.mul(factor, dx))
}

fn of_root(graph: &mut Graph, value: usize, dx: usize) -> usize {
    let two = graph.number(2.0);
    let twice = graph.mul(two, value);
    graph.div(dx, twice)
}

/// With g = ½/√|x|: g' = −2·g³·sign(x).
fn of_root_slope(graph: &mut Graph, g: usize, x: usize) -> usize {
    let (two, sign, square) = (graph.number(-2.0), graph.function(Function::Sign, x), graph.square(g));
    let cube = graph.mul(square, g);
    let signed = graph.mul(sign, cube);
    graph.mul(two, signed)
}

/// σ(x)·σ(−x), which has no cancellation.
fn of_sigmoid(graph: &mut Graph, value: usize, x: usize) -> usize {
    let opposite = graph.neg(x);
    let other = graph.function(Function::Sigmoid, opposite);
    graph.mul(value, other)
}

fn of_operator(
    graph: &mut Graph,
    operator: Operator,
    value: usize,
    [x, y]: [usize; 2],
    [dx, dy]: [Option<usize>; 2],
) -> Option<usize> {
    match operator {
        Operator::Add => sum(graph, dx, dy),
        Operator::Sub => difference(graph, dx, dy),
        Operator::Mul => {
            let first = dx.map(|dx| graph.mul(y, dx));
            let second = dy.map(|dy| graph.mul(x, dy));
            sum(graph, first, second)
        }
        Operator::Div => {
            let second = dy.map(|dy| graph.mul(value, dy));
            difference(graph, dx, second).map(|over| graph.div(over, y))
        }
        Operator::Max => choice(graph, [x, y], [dx, dy]),
        Operator::Min => choice(graph, [y, x], [dx, dy]),
        Operator::Quotient => unreachable!("code with derivatives of its own divides and then clamps"),
        Operator::Within => dy.map(|dy| graph.operator(Operator::Within, x, dy)),
    }
}

/// The derivative dx where the first is larger, dy where the second is, half of each at a tie.
fn choice(graph: &mut Graph, [first, second]: [usize; 2], [dx, dy]: [Option<usize>; 2]) -> Option<usize> {
    let mut part = |above: usize, below: usize, slope: Option<usize>| {
        slope.map(|slope| {
            let gap = graph.sub(above, below);
            let step = graph.function(Function::Step, gap);
            graph.mul(step, slope)
        })
    };
    let (x, y) = (part(first, second, dx), part(second, first, dy));
    sum(graph, x, y)
}

fn sum(graph: &mut Graph, x: Option<usize>, y: Option<usize>) -> Option<usize> {
    match (x, y) {
        (Some(x), Some(y)) => Some(graph.add(x, y)),
        (x, y) => x.or(y),
    }
}

fn difference(graph: &mut Graph, x: Option<usize>, y: Option<usize>) -> Option<usize> {
    match (x, y) {
        (Some(x), Some(y)) if x == y => None,
        (Some(x), Some(y)) => Some(graph.sub(x, y)),
        (None, Some(y)) => Some(graph.neg(y)),
        (x, None) => x,
    }
}
