//! The enumeration, against counts of other code.

use autolossgen_formula::{Binary, Clamp, Enumeration, Grammar, Node, Unary};

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

#[test]
fn counts() {
    for epsilons in [&[1e-6][..], &[1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]] {
        let mut all = Enumeration::new(paper(epsilons));
        let most: usize = std::env::var("MOST").map_or(7, |most| most.parse().unwrap());
        while all.nodes() < most {
            let start = std::time::Instant::now();
            let level = all.grow();
            eprintln!("{level:?} all {} {:?}", all.n_functions(), start.elapsed());
        }
        let start = std::time::Instant::now();
        let of = all.gradients();
        let n: Vec<usize> =
            (1..=most).map(|nodes| (0..all.level(nodes).end).filter(|&at| of[at] == Some(at)).count()).collect();
        eprintln!("{n:?} {:?}", start.elapsed());
    }
}
