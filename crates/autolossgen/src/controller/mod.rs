//! Who proposes formulas: `ask` for episodes, `tell` their rewards.

mod adam;
mod backward;
mod decision;
mod elementary;
mod evolution;
mod layout;
mod linear;
mod lstm;
mod policy;
mod random;
mod reinforce;
mod rollout;
mod space;
mod vectorise;

use autolossgen_formula::{Formula, Node};
use autolossgen_recsys::random::Stream;
use serde::{Deserialize, Serialize};

pub use evolution::Evolution;
pub use random::Random;
pub use reinforce::Reinforce;
pub use space::{Operator, Space};

use crate::Config;
use crate::checkpoint::ForeignState;

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
    /// One action per round; none of a formula that is a change of another.
    pub actions: Vec<Action>,
    /// log π(f) under the policy at sampling.
    pub log_prob: f64,
    /// Entropy of the sampling distributions, summed over the decisions.
    pub entropy: f64,
}

/// What an update did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UpdateStats {
    /// Mean reward of the episodes.
    pub mean_reward: f64,
    /// Exponential baseline after the update.
    pub baseline: f64,
    /// Mean entropy of the episodes.
    pub entropy: f64,
    /// Norm of the gradient.
    pub grad_norm: f64,
}

/// Proposes formulas and learns from their rewards.
pub trait Controller: Send {
    /// Samples `n` episodes.
    fn ask(&mut self, n: usize, rng: &mut Stream) -> Vec<Episode>;
    /// Learns from episodes with their rewards, in trial order.
    fn tell(&mut self, rewarded: &[(Episode, f64)]) -> UpdateStats;
    /// Hears of losses that were tried before any episode; a policy that cannot have sampled them does nothing.
    fn begin_with(&mut self, _known: &[(Formula, f64)]) {}
    /// What it has learned; to be asked for between a `tell` and the next `ask`.
    fn state(&self) -> ControllerState;
    /// Takes up what one of the same configuration had learned.
    ///
    /// # Errors
    /// A state that is not that of such a controller.
    fn restore(&mut self, state: ControllerState) -> Result<(), ForeignState>;
}

/// What a controller has learned, of each kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ControllerState {
    /// Nothing
    Random,
    /// The policy and its optimiser
    Reinforce {
        /// θ
        parameters: Vec<f64>,
        /// Exponential baseline; `None` before the first update
        baseline: Option<f64>,
        /// Steps of Adam
        steps: i32,
        /// Its first and second moments, each of the length of θ
        moments: [Vec<f64>; 2],
    },
    /// Formulas with their rewards, the oldest first; node by node, because a mutation draws one by its place, and another
    /// formula may have the same text
    Evolution(Vec<(Vec<Node>, f64)>),
}

/// The controller that the configuration names: `lstm`, `random` or `evolution`.
pub fn controller(config: &Config) -> Box<dyn Controller> {
    match config.controller.name.as_str() {
        "random" => Box::new(Random::new(&config.controller)),
        "evolution" => Box::new(Evolution::new(&config.controller)),
        _ => Box::new(Reinforce::new(&config.controller, config.seed)),
    }
}
