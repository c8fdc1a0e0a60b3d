//! Regularised evolution (Real et al. 2019): a population of formulas, of which the oldest goes; the best of a random few
//! has a child that differs from it by one mutation. It needs no gradient of a policy and keeps what it has found.

use std::collections::VecDeque;

use autolossgen_formula::{Formula, Node, Unary};
use autolossgen_recsys::random::{Stream, below};

use super::random::{Random, mean_stats};
use super::space::N_INPUTS;
use super::{Controller, Episode, Space};
use crate::config::{ControllerConfig, InputSet, Operator};
use crate::mutation::Mutation;
use crate::record::UpdateStats;
use crate::state::{ForeignState, State};

/// Name and version of the state: formulas with their rewards, the oldest first; node by node, because a mutation draws one by
/// its place, and another formula may have the same text.
const STATE: &str = "evolution 1";

/// The policy of evolution.
#[derive(Clone, Debug)]
pub struct Evolution {
    random: Random,
    mutation: Mutation,
    size: usize,
    tournament: usize,
    /// Canonical forms with their rewards, the oldest first; none twice.
    population: VecDeque<(Formula, f64)>,
}

impl Evolution {
    /// The same space as the other controllers', to which `controller.inputs = "extended"` adds the logit and constants.
    pub fn new(config: &ControllerConfig) -> Self {
        let space = Space::new(config.operators, config.max_variables);
        Self {
            random: Random::new(config),
            mutation: mutation(&space, config.inputs == InputSet::Extended),
            size: config.population,
            tournament: config.tournament,
            population: VecDeque::new(),
        }
    }

    /// Uniform formulas until the population is there, then children.
    fn episode(&self, rng: &mut Stream) -> Episode {
        if self.population.len() < self.size {
            return self.random.episode(rng);
        }
        let formula = self.mutation.of(self.parent(rng), rng);
        Episode { formula, epsilons: Vec::new(), actions: Vec::new(), log_prob: 0.0, entropy: 0.0 }
    }

    /// The best of a random few; of equals the one drawn first.
    fn parent(&self, rng: &mut Stream) -> &Formula {
        let mut draw = || &self.population[below(rng, self.population.len() as u64) as usize];
        let first = draw();
        let best = (1..self.tournament).fold(first, |best, _| {
            let other = draw();
            if other.1 > best.1 { other } else { best }
        });
        &best.0
    }

    fn join(&mut self, formula: &Formula, reward: f64) {
        let formula = formula.canonical();
        if self.population.iter().any(|(other, _)| *other == formula) {
            return;
        }
        self.population.push_back((formula, reward));
        if self.population.len() > self.size {
            self.population.pop_front();
        }
    }
}

/// How formulas of a space change; with `extended` inputs the logit and constants may come in.
fn mutation(space: &Space, extended: bool) -> Mutation {
    let mut inputs = vec![Node::Pred, Node::Label, Node::Constant(1.0)];
    debug_assert_eq!(inputs.len(), N_INPUTS);
    if extended {
        inputs.push(Node::Logit);
    }
    let unary = space.operators.iter().filter_map(|&operator| match operator {
        Operator::Unary(unary) if unary != Unary::Identity => Some(unary),
        _ => None,
    });
    let binary = space.operators.iter().filter_map(|&operator| match operator {
        Operator::Binary(binary) => Some(binary),
        Operator::Unary(_) => None,
    });
    let (unary, binary) = (unary.collect(), binary.collect());
    Mutation {
        unary,
        binary,
        reducers: Vec::new(),
        inputs,
        constants: extended,
        coefficients: false,
        operations: space.rounds,
    }
}

impl Controller for Evolution {
    fn ask(&mut self, n: usize, rng: &mut Stream) -> Vec<Episode> {
        (0..n).map(|_| self.episode(rng)).collect()
    }

    fn tell(&mut self, rewarded: &[(Episode, f64)]) -> UpdateStats {
        rewarded.iter().for_each(|(episode, reward)| self.join(&episode.formula, *reward));
        mean_stats(rewarded)
    }

    fn begin_with(&mut self, known: &[(Formula, f64)]) {
        known.iter().for_each(|(formula, reward)| self.join(formula, *reward));
    }

    fn state(&self) -> State {
        let one = |(formula, reward): &(Formula, f64)| (formula.nodes().to_vec(), *reward);
        State::of(STATE, &self.population.iter().map(one).collect::<Vec<(Vec<Node>, f64)>>())
    }

    fn restore(&mut self, state: &State) -> Result<(), ForeignState> {
        let population: Vec<(Vec<Node>, f64)> = state.read(STATE)?;
        let one = |(nodes, reward)| Ok((Formula::new(nodes).map_err(|_| ForeignState)?, reward));
        self.population = population.into_iter().map(one).collect::<Result<_, ForeignState>>()?;
        if self.population.len() <= self.size { Ok(()) } else { Err(ForeignState) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Preset};
    use autolossgen_recsys::random::stream;

    fn evolution(settings: &[(&str, &str)]) -> Evolution {
        let settings = [&[("search.samples", "1000")], settings].concat();
        Evolution::new(&Config::with(Preset::Default, &settings).unwrap().controller)
    }

    /// Rewards a formula for each operator that it shares with (ŷ − y)².
    fn reward(formula: &Formula) -> f64 {
        let text = formula.canonical().to_string();
        ["(pred + -label)^2", "-label", "pred + ", "^2"].iter().filter(|part| text.contains(*part)).count() as f64
            - 0.1 * text.len() as f64 / 20.0
    }

    fn best_of(evolution: &mut Evolution, rounds: u64) -> f64 {
        let mut best = f64::NEG_INFINITY;
        for round in 0..rounds {
            let episodes = evolution.ask(10, &mut stream(1, "samples", round));
            let rewarded: Vec<_> = episodes.into_iter().map(|episode| (reward(&episode.formula), episode)).collect();
            best = rewarded.iter().map(|(reward, _)| *reward).fold(best, f64::max);
            evolution.tell(&rewarded.into_iter().map(|(reward, episode)| (episode, reward)).collect::<Vec<_>>());
        }
        best
    }

    #[test]
    fn it_beats_uniform_sampling_on_a_planted_reward() {
        let evolved = best_of(&mut evolution(&[("controller.population", "50")]), 100);
        let uniform = best_of(&mut evolution(&[("controller.population", "100000")]), 100);
        assert!(evolved > 3.8 && evolved > uniform, "{evolved} {uniform}");
    }

    #[test]
    fn a_population_that_was_put_away_has_the_same_children() {
        let settings =
            [("controller.population", "30"), ("controller.inputs", "extended"), ("controller.name", "evolution")];
        let mut first = evolution(&settings);
        best_of(&mut first, 30);
        let mut second = evolution(&settings);
        let bytes = postcard::to_allocvec(&first.state()).unwrap();
        second.restore(&postcard::from_bytes(&bytes).unwrap()).unwrap();
        for round in 30..200 {
            let children = |evolution: &mut Evolution| {
                let episodes = evolution.ask(10, &mut stream(1, "samples", round));
                let formulas: Vec<Formula> = episodes.iter().map(|episode| episode.formula.clone()).collect();
                let rewarded = episodes.into_iter().map(|episode| (episode.clone(), reward(&episode.formula)));
                evolution.tell(&rewarded.collect::<Vec<_>>());
                formulas
            };
            assert_eq!(children(&mut first), children(&mut second), "round {round}");
        }
    }

    /// The hall of fame counts the nodes of what it reads in the journal.
    #[test]
    fn the_text_of_a_formula_is_as_complex_as_the_formula() {
        let mut evolution = evolution(&[
            ("controller.population", "30"),
            ("controller.inputs", "extended"),
            ("controller.name", "evolution"),
        ]);
        for round in 0..200 {
            let episodes = evolution.ask(10, &mut stream(2, "samples", round));
            for formula in episodes.iter().map(|episode| episode.formula.canonical()) {
                let read: Formula = formula.to_string().parse().unwrap();
                assert_eq!(read.complexity(), formula.complexity(), "{formula}");
                assert_eq!(read.to_string(), formula.to_string());
            }
            let rewarded = episodes.into_iter().map(|episode| (episode.clone(), reward(&episode.formula)));
            evolution.tell(&rewarded.collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_oldest_goes_and_nothing_is_there_twice() {
        let mut evolution = evolution(&[("controller.population", "2")]);
        let formula = |text: &str| text.parse::<Formula>().unwrap();
        evolution.begin_with(&[(formula("pred + label"), 1.0), (formula("label + pred"), 2.0)]);
        assert_eq!(evolution.population.len(), 1);
        evolution.begin_with(&[(formula("pred"), 1.0), (formula("-pred"), 0.0)]);
        let texts: Vec<String> = evolution.population.iter().map(|(formula, _)| formula.to_string()).collect();
        assert_eq!(texts, ["pred", "-pred"]);
    }
}
