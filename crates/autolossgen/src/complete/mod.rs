//! The controller that samples nothing: every loss that operators and leaves can write up to a number of nodes, each once, the
//! smallest first; behind them, where the budget leaves something, evolution from the best of them.

mod admissible;
mod extent;

use std::collections::VecDeque;

use autolossgen_formula::{Formula, Node};
use autolossgen_recsys::random::Stream;

pub use extent::Extent;

use crate::config::Config;
use crate::controller::{Controller, Episode, Evolution, mean_stats};
use crate::record::{Enumerated, Record, UpdateStats};
use crate::state::{ForeignState, State};
use admissible::Admissible;

/// Name and version of the state.
const STATE: &str = "complete 1";

/// The policy of the complete search.
pub struct Complete {
    counts: Enumerated,
    /// Admissible losses that were not proposed yet, the smallest first.
    left: VecDeque<(Formula, Vec<f32>)>,
    n_proposed: usize,
    /// The best that were told, as many as evolution has in its population, the worst first.
    best: Vec<(Formula, f64)>,
    n_best: usize,
    /// What goes on behind them; `None` where nothing does.
    beyond: Option<Evolution>,
}

/// What [`Complete`] is between two rounds.
type CompleteState = (usize, Vec<(Vec<Node>, f64)>, Option<State>);

impl Complete {
    /// Enumerates the losses and filters them, on the threads of the pool at hand.
    pub fn new(config: &Config, extent: &Extent) -> Self {
        let Admissible { losses, counts } = extent.admissible(config);
        let search = &config.search;
        let goes_on = search.samples > 0 || search.time > 0.0 || search.candidates > 0;
        Self {
            counts,
            left: losses.into(),
            n_proposed: 0,
            best: Vec::new(),
            n_best: config.controller.population,
            beyond: goes_on.then(|| Evolution::new(&config.controller)),
        }
    }

    /// What was enumerated.
    pub fn counts(&self) -> Enumerated {
        self.counts
    }

    fn join(&mut self, formula: &Formula, reward: f64) {
        let at = self.best.partition_point(|(_, other)| *other < reward);
        self.best.insert(at, (formula.clone(), reward));
        if self.best.len() > self.n_best {
            self.best.remove(0);
        }
    }
}

impl Controller for Complete {
    fn ask(&mut self, n: usize, rng: &mut Stream) -> Vec<Episode> {
        let n_left = n.min(self.left.len());
        self.n_proposed += n_left;
        let episode =
            |(formula, epsilons)| Episode { formula, epsilons, actions: Vec::new(), log_prob: 0.0, entropy: 0.0 };
        let mut episodes: Vec<Episode> = self.left.drain(..n_left).map(episode).collect();
        if let Some(evolution) = &mut self.beyond
            && n_left < n
        {
            if !self.best.is_empty() {
                evolution.begin_with(&std::mem::take(&mut self.best));
            }
            episodes.extend(evolution.ask(n - n_left, rng));
        }
        episodes
    }

    fn tell(&mut self, rewarded: &[(Episode, f64)]) -> UpdateStats {
        for (episode, reward) in rewarded {
            match &mut self.beyond {
                Some(evolution) if self.left.is_empty() && self.best.is_empty() => {
                    evolution.begin_with(&[(episode.formula.clone(), *reward)]);
                }
                _ => self.join(&episode.formula, *reward),
            }
        }
        mean_stats(rewarded)
    }

    fn begin_with(&mut self, known: &[(Formula, f64)]) {
        known.iter().for_each(|(formula, reward)| self.join(formula, *reward));
    }

    fn left(&self) -> Option<usize> {
        self.beyond.is_none().then_some(self.left.len())
    }

    fn opening(&self) -> Option<Record> {
        Some(Record::Enumerated(self.counts))
    }

    fn state(&self) -> State {
        let best = self.best.iter().map(|(formula, reward)| (formula.nodes().to_vec(), *reward)).collect();
        let state: CompleteState = (self.n_proposed, best, self.beyond.as_ref().map(Controller::state));
        State::of(STATE, &state)
    }

    fn restore(&mut self, state: &State) -> Result<(), ForeignState> {
        let (n_proposed, best, beyond): CompleteState = state.read(STATE)?;
        let n_new = n_proposed.checked_sub(self.n_proposed).filter(|n_new| *n_new <= self.left.len());
        self.left.drain(..n_new.ok_or(ForeignState)?);
        self.n_proposed = n_proposed;
        let one = |(nodes, reward)| Ok((Formula::new(nodes).map_err(|_| ForeignState)?, reward));
        self.best = best.into_iter().map(one).collect::<Result<_, ForeignState>>()?;
        match (&mut self.beyond, beyond) {
            (Some(evolution), Some(state)) => evolution.restore(&state),
            (None, None) => Ok(()),
            _ => Err(ForeignState),
        }
    }
}
