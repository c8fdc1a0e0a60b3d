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
pub use space::Space;

pub use crate::config::Operator;
pub(crate) use random::mean_stats;

use crate::config::{Config, ControllerName};
use crate::record::{Record, UpdateStats};
use crate::state::{ForeignState, State};

/// Proposes formulas and learns from their rewards.
pub trait Controller: Send {
    /// Samples `n` episodes.
    fn ask(&mut self, n: usize, rng: &mut Stream) -> Vec<Episode>;
    /// Learns from episodes with their rewards, in trial order.
    fn tell(&mut self, rewarded: &[(Episode, f64)]) -> UpdateStats;
    /// Hears of losses that were tried before any episode; a policy that cannot have sampled them does nothing.
    fn begin_with(&mut self, _known: &[(Formula, f64)]) {}
    /// How many losses it can still propose; `None` where there is no end of them. It is asked for no more, and the search ends
    /// where none is left.
    fn left(&self) -> Option<usize> {
        None
    }
    /// What is to be said before its first loss.
    fn opening(&self) -> Option<Record> {
        None
    }
    /// What it has learned; to be asked for between a `tell` and the next `ask`.
    fn state(&self) -> State;
    /// Takes up what one of the same configuration had learned.
    ///
    /// # Errors
    /// A state that is not that of such a controller.
    fn restore(&mut self, state: &State) -> Result<(), ForeignState>;
}

/// The controller that the configuration names, if it learns or draws; `None` for the complete search, which looks at every loss
/// before it is a controller.
pub fn controller(config: &Config) -> Option<Box<dyn Controller>> {
    Some(match config.controller.name {
        ControllerName::Complete => return None,
        ControllerName::Random => Box::new(Random::new(&config.controller)),
        ControllerName::Evolution => Box::new(Evolution::new(&config.controller)),
        ControllerName::Lstm => Box::new(Reinforce::new(&config.controller, config.seed)),
    })
}
