//! A loss on trial: asked for, then told what became of it.

use autolossgen_formula::{Formula, Loss};

use crate::config::Config;
use crate::proposal::Proposal;
use crate::record::{Outcome, Scales};

/// A loss to be tried.
#[derive(Clone, Debug)]
pub struct Trial {
    number: u64,
    proposal: Proposal,
    loss: Loss,
    scales: Option<Scales>,
}

impl Trial {
    pub(crate) fn new(number: u64, proposal: Proposal, config: &Config) -> Self {
        let (loss, scales) = proposal.as_trained(proposal.base_epsilon(config), config);
        Self { number, proposal, loss, scales }
    }

    /// Number of the trial, counted from 0: that of its sample in the journal.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The formula as it was proposed.
    pub fn formula(&self) -> &Formula {
        &self.proposal.formula
    }

    /// The loss as it trains: under the semantics of the search, and scaled where `training.normalize` says so. Where validation
    /// chooses ε among several, the loss at that of the search.
    pub fn loss(&self) -> &Loss {
        &self.loss
    }

    /// The formula, and the values of ε among which validation may choose.
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    pub(crate) fn scales(&self) -> Option<Scales> {
        self.scales
    }
}

/// What became of a trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// What became of the loss
    pub outcome: Outcome,
    /// Reward of the controller; higher is better
    pub reward: f64,
}

impl Told {
    /// A loss that was trained to the validation metric `value`, higher is better, which is its reward. A value that is not
    /// finite is that of a loss that diverged, whose reward is `search.zero_gradient_reward`.
    pub fn value(value: f64, config: &Config) -> Self {
        if value.is_finite() {
            let validation = config.metric().gain(value);
            Self { outcome: Outcome::Trained { validation, accepted: true }, reward: value }
        } else {
            Self { outcome: Outcome::Diverged, reward: config.search.zero_gradient_reward }
        }
    }
}
