//! The losses of few nodes that are worth training.

use autolossgen_formula::{Formula, Node, RankingEnumeration, RankingGrammar};

use super::record::RankingEnumerated;
use crate::config::RankingSearchConfig;

/// Leaves of all formulas.
pub(super) const LEAVES: [Node; 4] = [Node::Pos, Node::Neg, Node::Gap, Node::Constant(1.0)];

/// The losses of few nodes that are worth training, the fewest nodes first, and what became of the others.
pub(super) struct Admissible {
    pub losses: Vec<Formula>,
    /// Their derivatives
    pub keys: Vec<u128>,
    pub counts: RankingEnumerated,
}

impl Admissible {
    /// Enumerates and filters: the derivative is no other's times a positive factor, has the right sign as often as it
    /// has to. To be called inside a pool.
    pub(super) fn of(search: &RankingSearchConfig) -> Self {
        let RankingSearchConfig { unary, binary, reducers, .. } = search.clone();
        let mut all = RankingEnumeration::new(RankingGrammar { leaves: LEAVES.to_vec(), unary, binary, reducers });
        while all.nodes() < search.max_nodes {
            all.grow();
        }
        let gradients = all.gradients();
        let right =
            || gradients.iter().filter(|(_, gradient)| f64::from(gradient.least_right_sign()) >= search.right_sign);
        let losses: Vec<Formula> = right().map(|&(function, _)| all.formula(function)).collect();
        let keys = right().map(|(_, gradient)| gradient.key).collect();
        let counts = RankingEnumerated {
            nodes: all.nodes(),
            functions: all.n_functions() as u64,
            gradients: gradients.len() as u64,
            admissible: losses.len() as u64,
        };
        Self { losses, keys, counts }
    }
}
