//! The enumeration: against counts by hand, against every formula that there is, and against the losses that must be in it.

use std::collections::HashSet;

use autolossgen_formula::{Binary, Clamp, Enumeration, Formula, Grammar, Node, Semantics, Unary, Workspace};

/// The operators of Table 2 and the inputs of §3.3.
fn paper(epsilons: &[f32]) -> Grammar {
    Grammar {
        leaves: vec![Node::Pred, Node::Label, Node::Constant(1.0)],
        unary: vec![Unary::Neg, Unary::Identity, Unary::Log, Unary::Square, Unary::Reciprocal],
        binary: vec![Binary::Add, Binary::Mul, Binary::Max, Binary::Min],
        clamp: Clamp::Signed(1e6),
        epsilons: epsilons.to_vec(),
        labels: vec![0.0, 1.0],
    }
}

fn grown(grammar: Grammar, nodes: usize) -> Enumeration {
    let mut all = Enumeration::new(grammar);
    while all.nodes() < nodes {
        all.grow();
    }
    all
}

/// dL/dlogit on places that no probe has, to one in a thousand of the largest: the sign of it, and its shape.
fn gradient(formula: &Formula, clamp: Clamp, epsilon: f32) -> Vec<i64> {
    let loss = formula.compile(Semantics { epsilon, clamp }).unwrap();
    let logits: Vec<f32> = (0..40).map(|at| (at / 2) as f32 * 0.61 - 5.9).collect();
    let labels: Vec<f32> = (0..40).map(|at| (at % 2) as f32).collect();
    let mut slopes = vec![0.0; 40];
    loss.grad(&logits, &labels, &mut slopes, &mut Workspace::default());
    let largest = slopes.iter().fold(0.0_f32, |largest, slope| largest.max(slope.abs()));
    slopes.iter().map(|slope| (f64::from(slope / largest.max(1e-9)) * 1000.0).round() as i64).collect()
}

#[test]
fn two_nodes_by_hand() {
    // At ε = 1: log 1 = ln 2, 1/1 = ½; y² and 1² are y and 1; the identity is nothing new; log y is y·ln 2, 1/y is y/2.
    let all = grown(paper(&[1.0]), 2);
    let texts: Vec<String> = all.level(2).map(|at| all.formula(at).to_string()).collect();
    let expected = [
        "-pred",
        "-label",
        "-(1)",
        "log(pred)",
        "log(label)",
        "log(1)",
        "pred^2",
        "reciprocal(pred)",
        "reciprocal(label)",
        "reciprocal(1)",
    ];
    assert_eq!(texts, expected);
}

/// Every formula of so many nodes, equal or not.
fn every_formula(grammar: &Grammar, nodes: usize) -> Vec<Vec<Node>> {
    if nodes == 1 {
        return grammar.leaves.iter().map(|&leaf| vec![leaf]).collect();
    }
    let mut found = Vec::new();
    for operand in every_formula(grammar, nodes - 1) {
        for &operator in &grammar.unary {
            let mut formula = operand.clone();
            formula.push(Node::Unary(operator, nodes - 2));
            found.push(formula);
        }
    }
    for left in 1..nodes - 1 {
        let right_operands = every_formula(grammar, nodes - 1 - left);
        for x in every_formula(grammar, left) {
            for y in &right_operands {
                for &operator in &grammar.binary {
                    let shifted = y.iter().map(|node| node.map_operands(|operand| operand + left));
                    let mut formula: Vec<Node> = x.iter().copied().chain(shifted).collect();
                    formula.push(Node::Binary(operator, left - 1, nodes - 2));
                    found.push(formula);
                }
            }
        }
    }
    found
}

#[test]
fn no_gradient_of_a_formula_is_missing() {
    let (clamp, epsilon) = (Clamp::Signed(1e6), 0.1);
    let grammar = paper(&[epsilon]);
    let all = grown(grammar.clone(), 5);
    let known: HashSet<Vec<i64>> =
        (0..all.n_functions()).map(|at| gradient(&all.formula(at), clamp, epsilon)).collect();
    let mut n = 0;
    for nodes in 1..=5 {
        for formula in every_formula(&grammar, nodes) {
            let formula = Formula::new(formula).unwrap();
            n += 1;
            assert!(known.contains(&gradient(&formula, clamp, epsilon)), "{formula}");
        }
    }
    assert!(n == 9_183, "{n} formulas");
}

#[test]
fn of_equal_functions_the_shortest_stays_and_none_is_there_twice() {
    let all = grown(paper(&[1e-6, 1e-3, 1.0]), 6);
    let texts: HashSet<String> = (0..all.n_functions()).map(|at| all.formula(at).to_string()).collect();
    assert_eq!(texts.len(), all.n_functions());
    for (long, short) in
        [("-(-pred)", "pred"), ("pred * 1", "pred"), ("max(pred, 1)", "1"), ("(pred * label)^2 * 1", "")]
    {
        assert!(!texts.contains(long) && (short.is_empty() || texts.contains(short)), "{long}");
    }
    let of = all.gradients();
    let mse = (0..all.n_functions()).find(|&at| all.formula(at).to_string() == "(label + -pred)^2").unwrap();
    assert_eq!(of[mse], Some(mse), "no loss of fewer nodes has the gradient of mse");
    let flat = (0..all.n_functions()).find(|&at| all.formula(at).to_string() == "-label").unwrap();
    assert_eq!(of[flat], None);
    let scaled = (0..all.n_functions()).find(|&at| all.formula(at).to_string() == "pred + label");
    assert_eq!(scaled.and_then(|at| of[at]), Some(0), "a constant more is the gradient of pred");
}

/// The losses of Table 8, and mse, that some formula of up to eight nodes writes, in the paper's operators. The other rows of the table
/// have nine nodes and more.
#[test]
fn the_losses_of_the_paper_are_found_by_their_gradient() {
    let (clamp, epsilon) = (Clamp::Signed(1e6), 0.1);
    let all = grown(paper(&[epsilon]), 8);
    let known: HashSet<Vec<i64>> = all
        .gradients()
        .into_iter()
        .enumerate()
        .filter(|(at, first)| Some(*at) == *first)
        .map(|(at, _)| gradient(&all.formula(at), clamp, epsilon))
        .collect();
    for text in [
        "max(pred, label * max(pred, reciprocal(pred)))",
        "pred + reciprocal(label * pred)",
        "max(label, pred) * reciprocal(pred)",
        "max(label, pred) + reciprocal(max(pred + 1, label))",
        "pred + reciprocal(min(pred, label))",
        "pred^2 + reciprocal(min(label, pred))",
        "(pred + -label)^2",
        "1 + 1 + pred + reciprocal(label * pred) + label",
    ] {
        let formula: Formula = text.parse().unwrap();
        assert!(known.contains(&gradient(&formula, clamp, epsilon)), "{text}");
    }
    let none: Formula = "log(pred) * (pred + label * reciprocal(pred + label^2 + log(pred)))".parse().unwrap();
    assert!(!known.contains(&gradient(&none, clamp, epsilon)), "not everything is found");
}

#[test]
fn the_formulas_of_the_next_level_are_counted_beforehand() {
    let mut all = grown(paper(&[1.0]), 1);
    while all.nodes() < 6 {
        let foretold = all.n_next_formulas();
        assert_eq!(all.grow().formulas, foretold, "{} nodes", all.nodes());
    }
    let places = all.places();
    assert_eq!(places.len(), 50, "25 logits, two labels, one ε");
    let slopes = all.derivatives(&[0], <[f64]>::to_vec).remove(0);
    for (place, slope) in places.iter().zip(slopes) {
        let sigmoid = 1.0 / (1.0 + (-place.logit).exp());
        assert!((slope - sigmoid * (1.0 - sigmoid)).abs() < 1e-12, "the first function is ŷ");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let texts = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let all = grown(paper(&[1e-6, 1.0]), 6);
            let of = all.gradients();
            (0..all.n_functions()).map(|at| format!("{} {:?}", all.formula(at), of[at])).collect::<Vec<_>>()
        })
    };
    assert_eq!(texts(1), texts(3));
}
