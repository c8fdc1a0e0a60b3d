//! A sampled formula, and how it was sampled.

use autolossgen_formula::Formula;

/// One round of an episode: an operator (index in the search space) and its operands (indices of variables).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Index of the operator in the search space.
    pub operator: usize,
    /// Distinct variables: 0 is ŷ, 1 is y, 2 is the constant 1, then one per round.
    pub variables: Vec<usize>,
}

/// A sampled formula and how it was sampled.
#[derive(Clone, Debug)]
pub struct Episode {
    /// The last variable, as a formula.
    pub formula: Formula,
    /// Values of ε among which validation chooses; none: that of the search.
    pub epsilons: Vec<f32>,
    /// One action per round; none of a formula that is a change of another.
    pub actions: Vec<Action>,
    /// log π(f) under the policy at sampling.
    pub log_prob: f64,
    /// Entropy of the sampling distributions, summed over the decisions.
    pub entropy: f64,
}
