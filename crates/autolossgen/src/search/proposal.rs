//! A loss to be tried.

use autolossgen_formula::{Clamp, Formula, Loss, NamedLoss, Semantics};

use crate::scale::Scales;
use crate::test::Contender;
use crate::{Config, scale};

/// A loss to be tried, and the values of ε among which a race may choose.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    /// Its name, if it comes from `search.warm_start`.
    pub known: Option<&'static str>,
    pub formula: Formula,
    pub clamp: Clamp,
    /// Not empty.
    pub epsilons: Vec<f32>,
}

impl Proposal {
    /// A formula of the controller, under the semantics of the search.
    pub(super) fn generated(formula: Formula, config: &Config) -> Self {
        let Semantics { epsilon, clamp } = config.semantics();
        Self { known: None, formula, clamp, epsilons: vec![epsilon] }
    }

    /// The losses of `search.warm_start`, as Phase III has them.
    pub(super) fn known(config: &Config) -> Vec<Self> {
        let named = config.search.warm_start.iter().filter_map(|name| NamedLoss::find(name));
        named.map(|named| Self::named(named, config)).collect()
    }

    pub(super) fn named(named: &'static NamedLoss, config: &Config) -> Self {
        let Contender { formula, clamp, epsilons, .. } = Contender::named(named, config);
        Self { known: Some(named.name), formula, clamp, epsilons }
    }

    /// The same loss at each ε alone.
    pub(super) fn at_each_epsilon(self) -> impl Iterator<Item = Self> {
        let Self { known, formula, clamp, epsilons } = self;
        epsilons.into_iter().map(move |epsilon| Self {
            known,
            formula: formula.clone(),
            clamp,
            epsilons: vec![epsilon],
        })
    }

    /// As it trains, at one ε.
    pub(super) fn loss_at(&self, epsilon: f32, config: &Config) -> (Loss, Option<Scales>) {
        scale::compile_under(&self.formula, Semantics { epsilon, clamp: self.clamp }, config)
    }

    /// As it trains, at its first ε.
    pub(super) fn loss(&self, config: &Config) -> (Loss, Option<Scales>) {
        self.loss_at(self.epsilons[0], config)
    }
}
