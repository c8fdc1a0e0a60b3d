//! Who proposes formulas: `ask` for episodes, `tell` their rewards.

mod adam;
mod backward;
mod decision;
mod elementary;
mod episode;
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

use autolossgen_formula::Formula;
use autolossgen_recsys::random::Stream;

pub use episode::{Action, Episode};
pub use evolution::Evolution;
pub use random::Random;
pub use reinforce::Reinforce;
pub use space::{Operator, Space};

use crate::config::{Config, ControllerName};
use crate::record::UpdateStats;
use crate::state::{ForeignState, State};

/// Proposes formulas and learns from their rewards.
pub trait Controller: Send {
    /// Samples `n` episodes.
    fn ask(&mut self, n: usize, rng: &mut Stream) -> Vec<Episode>;
    /// Learns from episodes with their rewards, in trial order.
    fn tell(&mut self, rewarded: &[(Episode, f64)]) -> UpdateStats;
    /// Hears of losses that were tried before any episode; a policy that cannot have sampled them does nothing.
    fn begin_with(&mut self, _known: &[(Formula, f64)]) {}
    /// What it has learned; to be asked for between a `tell` and the next `ask`.
    fn state(&self) -> State;
    /// Takes up what one of the same configuration had learned.
    ///
    /// # Errors
    /// A state that is not that of such a controller.
    fn restore(&mut self, state: &State) -> Result<(), ForeignState>;
}

/// The controller that the configuration names.
pub fn controller(config: &Config) -> Box<dyn Controller> {
    match config.controller.name {
        ControllerName::Random => Box::new(Random::new(&config.controller)),
        ControllerName::Evolution => Box::new(Evolution::new(&config.controller)),
        ControllerName::Lstm => Box::new(Reinforce::new(&config.controller, config.seed)),
    }
}
