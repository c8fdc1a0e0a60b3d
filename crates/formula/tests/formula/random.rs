//! Random formulas, semantics and samples.

use autolossgen_formula::{Binary, Choice, Clamp, Formula, Node, Semantics, Unary};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{RngSeed, TestRunner};

/// A node before it is known what its operands can be.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Leaf(Node),
    Unary(Unary),
    Binary(Binary),
}

/// A runner of `cases` cases from a fixed stream, or from that of `PROPTEST_RNG_SEED`.
pub fn runner(cases: u32) -> TestRunner {
    let mut config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(42);
    }
    TestRunner::new(config)
}

/// Constants of everyday size.
pub fn plain_constant() -> impl Strategy<Value = f32> {
    prop_oneof![select(vec![0.0, 1.0, 2.0, 0.5, -1.0, -2.0, -0.25]), -10.0_f32..10.0]
}

/// Every finite constant: subnormal, huge, −0.
pub fn any_constant() -> impl Strategy<Value = f32> {
    let odd = vec![-0.0, 1e-6, 1e6, -3e7, 1e7, f32::MAX, f32::MIN, f32::MIN_POSITIVE, 1e-45, -1e-45, 16_777_217.0];
    let any = any::<f32>().prop_filter("finite", |x| x.is_finite());
    prop_oneof![plain_constant(), select(odd), any]
}

/// A formula of at most `longest` nodes whose text is short enough to be parsed.
pub fn formula(constant: impl Strategy<Value = f32> + 'static, longest: usize) -> impl Strategy<Value = Formula> {
    let node = (kind(constant), any::<Index>(), any::<Index>());
    vec(node, 1..=longest)
        .prop_map(|nodes| build(&nodes))
        .prop_filter("text too long", |formula| tree_size(formula) <= Formula::MAX_NODES)
}

fn kind(constant: impl Strategy<Value = f32> + 'static) -> impl Strategy<Value = Kind> {
    let leaves = select(vec![Node::Pred, Node::Logit, Node::Label, Node::Eps]);
    let unary: Vec<Unary> = Unary::ALL.to_vec();
    prop_oneof![
        3 => leaves.prop_map(Kind::Leaf),
        1 => constant.prop_map(|value| Kind::Leaf(Node::Constant(value))),
        3 => select(unary).prop_map(Kind::Unary),
        // What text has signs for, whose binding is easily got wrong.
        1 => select(vec![Unary::Neg, Unary::Square]).prop_map(Kind::Unary),
        4 => select(Binary::ALL.to_vec()).prop_map(Kind::Binary),
    ]
}

/// The first operand is one of the last nodes, so that most nodes count; the second is any.
fn build(kinds: &[(Kind, Index, Index)]) -> Formula {
    let node = |(index, (kind, near, far)): (usize, &(Kind, Index, Index))| {
        let near = || index - 1 - near.index(index.min(3));
        match *kind {
            Kind::Leaf(node) => node,
            _ if index == 0 => Node::Pred,
            Kind::Unary(operator) => Node::Unary(operator, near()),
            Kind::Binary(operator) => Node::Binary(operator, near(), far.index(index)),
        }
    };
    Formula::new(kinds.iter().enumerate().map(node).collect()).unwrap()
}

/// Nodes of the tree that the text spells out.
fn tree_size(formula: &Formula) -> usize {
    let mut sizes: Vec<usize> = Vec::new();
    for node in formula.nodes() {
        sizes.push(1 + node.operands().into_iter().flatten().map(|operand| sizes[operand]).sum::<usize>());
    }
    sizes[formula.root()]
}

/// The four clamps that are in use, with ε from the grid of the paper.
pub fn semantics() -> impl Strategy<Value = Semantics> {
    let clamps = vec![Clamp::Signed(1e6), Clamp::Positive(1e-6, 1e6), Clamp::Positive(1e-5, 1e5), Clamp::None];
    let epsilon = select(vec![1e-6_f32, 1e-4, 1e-2, 0.1, 1.0]);
    (select(clamps), epsilon).prop_map(|(clamp, epsilon)| Semantics { epsilon, clamp })
}

pub fn label() -> impl Strategy<Value = f32> {
    prop_oneof![2 => Just(0.0_f32), 2 => Just(1.0), 1 => 0.0_f32..1.0]
}

pub fn logit() -> impl Strategy<Value = f32> {
    prop_oneof![4 => -8.0_f32..8.0, 1 => -14.0_f32..14.0]
}
