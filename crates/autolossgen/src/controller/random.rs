//! The controller that learns nothing: what any other must beat.

use autolossgen_recsys::random::{Stream, below};

use super::space::N_INPUTS;
use super::{Action, Controller, Episode, Space};
use crate::config::ControllerConfig;
use crate::record::UpdateStats;
use crate::state::{ForeignState, State};

/// Name and version of the state.
const STATE: &str = "random 1";

/// Operators and variables uniform among those allowed.
#[derive(Clone, Debug)]
pub struct Random {
    space: Space,
}

impl Random {
    /// The same space as the learning controller's.
    pub fn new(config: &ControllerConfig) -> Self {
        Self { space: Space::new(config.operators, config.max_variables) }
    }

    pub(super) fn episode(&self, rng: &mut Stream) -> Episode {
        let mut choices = 0.0;
        let mut draw = |n: usize| {
            choices += (n as f64).ln();
            below(rng, n as u64) as usize
        };
        let mut actions = Vec::with_capacity(self.space.rounds);
        for round in 0..self.space.rounds {
            let operator = draw(self.space.operators.len());
            let n = N_INPUTS + round;
            let mut variables = vec![draw(n)];
            if self.space.operators[operator].arity() == 2 {
                let second = draw(n - 1);
                variables.push(second + usize::from(second >= variables[0]));
            }
            actions.push(Action { operator, variables });
        }
        // Uniform choices: −log π and the entropy are the same number.
        Episode {
            formula: self.space.formula(&actions),
            epsilons: Vec::new(),
            actions,
            log_prob: -choices,
            entropy: choices,
        }
    }
}

impl Controller for Random {
    fn ask(&mut self, n: usize, rng: &mut Stream) -> Vec<Episode> {
        (0..n).map(|_| self.episode(rng)).collect()
    }

    fn tell(&mut self, rewarded: &[(Episode, f64)]) -> UpdateStats {
        mean_stats(rewarded)
    }

    fn state(&self) -> State {
        State::of(STATE, &())
    }

    fn restore(&mut self, state: &State) -> Result<(), ForeignState> {
        state.read(STATE)
    }
}

/// What can be said of an update that has no gradient.
pub(crate) fn mean_stats(rewarded: &[(Episode, f64)]) -> UpdateStats {
    let n = rewarded.len().max(1) as f64;
    UpdateStats {
        mean_reward: rewarded.iter().map(|(_, reward)| reward).sum::<f64>() / n,
        baseline: 0.0,
        entropy: rewarded.iter().map(|(episode, _)| episode.entropy).sum::<f64>() / n,
        grad_norm: 0.0,
    }
}
