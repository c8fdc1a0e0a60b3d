//! REINFORCE (Williams 1992) with an exponential baseline and Adam (§4.1.1, §5.1.4).

use autolossgen_recsys::random::{Stream, below, categorical, stream};
use serde::{Deserialize, Serialize};

use super::adam::Adam;
use super::backward::Backward;
use super::layout::Shape;
use super::linear::zeros;
use super::policy::Policy;
use super::rollout::Rollout;
use super::{Action, Controller, Episode, Space};
use crate::config::ControllerConfig;
use crate::record::UpdateStats;
use crate::state::{ForeignState, State};

/// Name and version of the state.
const STATE: &str = "reinforce 1";

/// The policy and its optimiser.
#[derive(Serialize, Deserialize)]
struct Learned {
    /// θ
    parameters: Vec<f64>,
    /// Exponential baseline; `None` before the first update
    baseline: Option<f64>,
    /// Steps of Adam
    steps: i32,
    /// First and second moments of Adam, each of the length of θ
    moments: [Vec<f64>; 2],
}

/// The LSTM controller.
#[derive(Clone, Debug)]
pub struct Reinforce {
    policy: Policy,
    entropy_weight: f64,
    baseline_decay: f64,
    /// `None` before the first update.
    baseline: Option<f64>,
    adam: Adam,
    rollout: Rollout,
    /// The episodes in `rollout`, so that `tell` need not roll them out again; none after an update.
    asked: Vec<Vec<Action>>,
    backward: Backward,
    gradient: Vec<f64>,
}

impl Reinforce {
    /// Weights from the stream of `seed`.
    pub fn new(config: &ControllerConfig, seed: u64) -> Self {
        let shape = Shape {
            space: Space::new(config.operators, config.max_variables),
            layers: config.layers,
            hidden: config.hidden,
            tanh_constant: config.tanh_constant,
        };
        let policy = Policy::new(shape, config.init_range, &mut stream(seed, "controller", 0));
        Self {
            entropy_weight: config.entropy_weight,
            baseline_decay: config.baseline_decay,
            baseline: None,
            adam: Adam::new(config.learning_rate, policy.parameters().len()),
            policy,
            rollout: Rollout::default(),
            asked: Vec::new(),
            backward: Backward::default(),
            gradient: Vec::new(),
        }
    }
}

impl Reinforce {
    /// `gradient` ← Σ weight · ∇ log π over the episodes.
    fn fill_gradient(&mut self, rewarded: &[(Episode, f64)], weights: &[f64]) {
        let actions: Vec<&[Action]> = rewarded.iter().map(|(episode, _)| &episode.actions[..]).collect();
        if self.asked != actions {
            self.rollout.replay(&self.policy, &actions);
        }
        // They belong to the parameters before the update.
        self.asked.clear();
        zeros(&mut self.gradient, self.policy.parameters().len());
        self.backward.add_gradient(&self.policy, &self.rollout, weights, &mut self.gradient);
    }
}

impl Controller for Reinforce {
    /// Each episode has a stream of its own, seeded from `rng`; they are rolled out side by side.
    fn ask(&mut self, n: usize, rng: &mut Stream) -> Vec<Episode> {
        let seed = below(rng, u64::MAX);
        let mut streams: Vec<Stream> = (0..n as u64).map(|number| stream(seed, "episode", number)).collect();
        let choose = &mut |episode: usize, probabilities: &[f64]| categorical(&mut streams[episode], probabilities);
        self.rollout.run(&self.policy, n, choose);
        self.asked = self.rollout.actions();
        let totals = self.rollout.log_probs.iter().zip(&self.rollout.entropies);
        let episode = |(actions, (&log_prob, &entropy)): (&Vec<Action>, _)| {
            let formula = self.policy.shape.space.formula(actions);
            Episode { formula, epsilons: Vec::new(), actions: actions.clone(), log_prob, entropy }
        };
        self.asked.iter().zip(totals).map(episode).collect()
    }

    /// Ascends (1/n) Σ (R + w·H − b) ∇ log π, w·H being the weighted entropy; b is the baseline before these episodes,
    /// at the first update their own mean.
    fn tell(&mut self, rewarded: &[(Episode, f64)]) -> UpdateStats {
        let n = rewarded.len().max(1) as f64;
        let rewards: Vec<f64> =
            rewarded.iter().map(|(episode, reward)| reward + self.entropy_weight * episode.entropy).collect();
        let mean = rewards.iter().sum::<f64>() / n;
        let baseline = self.baseline.unwrap_or(mean);
        let weights: Vec<f64> = rewards.iter().map(|reward| (reward - baseline) / n).collect();
        self.fill_gradient(rewarded, &weights);
        self.policy.change(|parameters| self.adam.ascend(parameters, &self.gradient));
        let baseline = self.baseline_decay * baseline + (1.0 - self.baseline_decay) * mean;
        self.baseline = Some(baseline);
        UpdateStats {
            mean_reward: rewarded.iter().map(|(_, reward)| reward).sum::<f64>() / n,
            baseline,
            entropy: rewarded.iter().map(|(episode, _)| episode.entropy).sum::<f64>() / n,
            grad_norm: self.gradient.iter().map(|g| g * g).sum::<f64>().sqrt(),
        }
    }

    fn state(&self) -> State {
        let (steps, moments) = self.adam.state();
        let parameters = self.policy.parameters().to_vec();
        State::of(STATE, &Learned { parameters, baseline: self.baseline, steps, moments })
    }

    fn restore(&mut self, state: &State) -> Result<(), ForeignState> {
        let Learned { parameters, baseline, steps, moments } = state.read(STATE)?;
        let is_finite = parameters.iter().all(|parameter| parameter.is_finite());
        if parameters.len() != self.policy.parameters().len() || !is_finite {
            return Err(ForeignState);
        }
        self.adam.restore(steps, moments)?;
        self.policy.change(|own| own.copy_from_slice(&parameters));
        self.baseline = baseline;
        self.asked.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Preset};
    use crate::controller::{Action, Random};
    use autolossgen_formula::{Node, Unary};

    /// Values from PyTorch: `tests/golden/controller.py` writes them.
    #[derive(serde::Deserialize)]
    struct Golden {
        episodes: Vec<GoldenEpisode>,
        after: Vec<f64>,
    }

    #[derive(serde::Deserialize)]
    struct GoldenEpisode {
        actions: Vec<(usize, Vec<usize>)>,
        reward: f64,
        log_prob: f64,
        entropy: f64,
    }

    #[test]
    fn an_update_agrees_with_pytorch() {
        let golden: Golden = serde_json::from_str(include_str!("../../tests/golden/controller.json")).unwrap();
        let mut config = Config::preset(Preset::Default).controller;
        (config.hidden, config.max_variables, config.learning_rate, config.entropy_weight) = (4, 6, 1e-2, 0.1);
        let mut controller = Reinforce::new(&config, 0);
        controller.policy.change(|parameters| {
            assert_eq!(parameters.len(), golden.after.len());
            parameters.iter_mut().enumerate().for_each(|(k, parameter)| *parameter = 0.5 * (k as f64 + 1.0).sin());
        });
        let rewarded: Vec<(Episode, f64)> =
            golden.episodes.iter().map(|e| (replayed(&controller, e), e.reward)).collect();
        for ((episode, _), expected) in rewarded.iter().zip(&golden.episodes) {
            assert!((episode.log_prob - expected.log_prob).abs() < 1e-12);
            assert!((episode.entropy - expected.entropy).abs() < 1e-12);
        }
        controller.tell(&rewarded);
        for (own, expected) in controller.policy.parameters().iter().zip(&golden.after) {
            assert!((own - expected).abs() < 1e-9, "{own} against {expected}");
        }
    }

    fn replayed(controller: &Reinforce, golden: &GoldenEpisode) -> Episode {
        let actions: Vec<Action> = golden
            .actions
            .iter()
            .map(|(operator, variables)| Action { operator: *operator, variables: variables.clone() })
            .collect();
        let mut rollout = Rollout::default();
        rollout.replay(&controller.policy, &[&actions]);
        let formula = controller.policy.shape.space.formula(&actions);
        Episode {
            formula,
            epsilons: Vec::new(),
            actions,
            log_prob: rollout.log_probs[0],
            entropy: rollout.entropies[0],
        }
    }

    /// A planted reward: a third each for using the prediction, for using the label, and for ending in a square.
    fn planted(episode: &Episode) -> f64 {
        let formula = episode.formula.canonical();
        let uses = |leaf: Node| formula.nodes().contains(&leaf);
        let squared = matches!(formula.nodes()[formula.root()], Node::Unary(Unary::Square, _));
        [uses(Node::Pred), uses(Node::Label), squared].into_iter().map(|kept| f64::from(u8::from(kept)) / 3.0).sum()
    }

    /// Mean reward over the last of 150 updates of ten.
    fn late_reward(controller: &mut dyn Controller, seed: u64) -> f64 {
        let mut rng = stream(seed, "toy", 0);
        let mut late = 0.0;
        for update in 0..150 {
            let episodes = controller.ask(10, &mut rng);
            let rewarded: Vec<_> = episodes
                .into_iter()
                .map(|episode| {
                    let reward = planted(&episode);
                    (episode, reward)
                })
                .collect();
            let stats = controller.tell(&rewarded);
            late += if update >= 100 { stats.mean_reward / 50.0 } else { 0.0 };
        }
        late
    }

    #[test]
    fn the_controller_learns_a_planted_reward() {
        let mut config = Config::preset(Preset::Default).controller;
        config.learning_rate = 1e-2;
        let gains: Vec<f64> = (0..10)
            .map(|seed| {
                let learned = late_reward(&mut Reinforce::new(&config, seed), seed);
                let random = late_reward(&mut Random::new(&config), seed);
                println!("seed {seed}: {learned:.3} against {random:.3}");
                learned - random
            })
            .collect();
        assert!(gains.iter().all(|&gain| gain > 0.05), "{gains:?}");
        assert!(gains.iter().sum::<f64>() / 10.0 > 0.2, "{gains:?}");
    }
}
