//! REINFORCE (Williams 1992) with an exponential baseline and Adam (§4.1.1, §5.1.4).

use autolossgen_recsys::random::{Stream, below, categorical, stream};
use rayon::prelude::*;

use super::linear::add_scaled;
use super::policy::{Policy, Shape, Trace};
use super::{Controller, Episode, Space, UpdateStats};
use crate::ControllerConfig;

/// The LSTM controller.
#[derive(Clone, Debug)]
pub struct Reinforce {
    policy: Policy,
    entropy_weight: f64,
    baseline_decay: f64,
    /// `None` before the first update.
    baseline: Option<f64>,
    adam: Adam,
    /// The episodes of the last `ask`, so that `tell` need not roll them out again.
    asked: Vec<Trace>,
}

impl Reinforce {
    /// Weights from the stream of `seed`.
    pub fn new(config: &ControllerConfig, seed: u64) -> Self {
        let shape = Shape {
            space: Space::new(&config.operators, config.max_variables),
            layers: config.layers,
            hidden: config.hidden,
            tanh_constant: config.tanh_constant,
        };
        let policy = Policy::new(shape, config.init_range, &mut stream(seed, "controller", 0));
        let adam = Adam::new(config.learning_rate, policy.parameters.len());
        let (entropy_weight, baseline_decay) = (config.entropy_weight, config.baseline_decay);
        Self { policy, entropy_weight, baseline_decay, baseline: None, adam, asked: Vec::new() }
    }
}

impl Reinforce {
    /// Σ weight · ∇ log π over the episodes; each by itself, then summed in order, so that threads change nothing.
    fn gradient(&self, rewarded: &[(Episode, f64)], weights: &[f64]) -> Vec<f64> {
        let one = |index: usize| {
            let mut gradient = vec![0.0; self.policy.parameters.len()];
            let actions = &rewarded[index].0.actions;
            match self.asked.get(index).filter(|trace| trace.actions == *actions) {
                Some(trace) => self.policy.add_gradient(trace, weights[index], &mut gradient),
                None => self.policy.add_gradient(&self.policy.replay(actions), weights[index], &mut gradient),
            }
            gradient
        };
        let each: Vec<Vec<f64>> = (0..rewarded.len()).into_par_iter().map(one).collect();
        let mut sum = vec![0.0; self.policy.parameters.len()];
        each.iter().for_each(|gradient| add_scaled(&mut sum, 1.0, gradient));
        sum
    }
}

impl Controller for Reinforce {
    /// Each episode has a stream of its own, seeded from `rng`; they are rolled out side by side.
    fn ask(&mut self, n: usize, rng: &mut Stream) -> Vec<Episode> {
        let seed = below(rng, u64::MAX);
        let roll_out = |number| {
            let mut rng = stream(seed, "episode", number);
            self.policy.roll_out(&mut |probabilities| categorical(&mut rng, probabilities))
        };
        self.asked = (0..n as u64).into_par_iter().map(roll_out).collect();
        let episode = |trace: &Trace| {
            let formula = self.policy.space().formula(&trace.actions);
            Episode { formula, actions: trace.actions.clone(), log_prob: trace.log_prob, entropy: trace.entropy }
        };
        self.asked.iter().map(episode).collect()
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
        let gradient = self.gradient(rewarded, &weights);
        // They belong to the parameters before this update.
        self.asked.clear();
        self.adam.ascend(&mut self.policy.parameters, &gradient);
        let baseline = self.baseline_decay * baseline + (1.0 - self.baseline_decay) * mean;
        self.baseline = Some(baseline);
        UpdateStats {
            mean_reward: rewarded.iter().map(|(_, reward)| reward).sum::<f64>() / n,
            baseline,
            entropy: rewarded.iter().map(|(episode, _)| episode.entropy).sum::<f64>() / n,
            grad_norm: gradient.iter().map(|g| g * g).sum::<f64>().sqrt(),
        }
    }
}

/// Adam with β = (0.9, 0.999) and 1e-8 (Kingma and Ba 2015).
#[derive(Clone, Debug)]
struct Adam {
    learning_rate: f64,
    steps: i32,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Adam {
    fn new(learning_rate: f64, n: usize) -> Self {
        Self { learning_rate, steps: 0, first: vec![0.0; n], second: vec![0.0; n] }
    }

    fn ascend(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        self.steps += 1;
        let (one, two) = (1.0 - 0.9_f64.powi(self.steps), 1.0 - 0.999_f64.powi(self.steps));
        for (index, &g) in gradient.iter().enumerate() {
            self.first[index] = 0.9 * self.first[index] + 0.1 * g;
            self.second[index] = 0.999 * self.second[index] + 0.001 * g * g;
            let step = (self.first[index] / one) / ((self.second[index] / two).sqrt() + 1e-8);
            parameters[index] += self.learning_rate * step;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
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
        let mut config = Config::preset("default").unwrap().controller;
        (config.hidden, config.max_variables, config.learning_rate, config.entropy_weight) = (4, 6, 1e-2, 0.1);
        let mut controller = Reinforce::new(&config, 0);
        let parameters = &mut controller.policy.parameters;
        assert_eq!(parameters.len(), golden.after.len());
        parameters.iter_mut().enumerate().for_each(|(k, parameter)| *parameter = 0.5 * (k as f64 + 1.0).sin());
        let rewarded: Vec<(Episode, f64)> =
            golden.episodes.iter().map(|e| (replayed(&controller, e), e.reward)).collect();
        for ((episode, _), expected) in rewarded.iter().zip(&golden.episodes) {
            assert!((episode.log_prob - expected.log_prob).abs() < 1e-12);
            assert!((episode.entropy - expected.entropy).abs() < 1e-12);
        }
        controller.tell(&rewarded);
        for (own, expected) in controller.policy.parameters.iter().zip(&golden.after) {
            assert!((own - expected).abs() < 1e-9, "{own} against {expected}");
        }
    }

    fn replayed(controller: &Reinforce, golden: &GoldenEpisode) -> Episode {
        let actions: Vec<Action> = golden
            .actions
            .iter()
            .map(|(operator, variables)| Action { operator: *operator, variables: variables.clone() })
            .collect();
        let trace = controller.policy.replay(&actions);
        let formula = controller.policy.space().formula(&actions);
        Episode { formula, actions, log_prob: trace.log_prob, entropy: trace.entropy }
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
        let mut config = Config::preset("default").unwrap().controller;
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
