//! A loss that enters Phase III, and on which terms.

use autolossgen_formula::{Clamp, Formula, Loss, NamedLoss, Semantics};
use autolossgen_recsys::{Converged, Ending};

use super::finished::SavedTraining;
use super::{Finished, Origin, Point};
use crate::terms::{Course, Terms};
use crate::{AnyModel, Config, scale};

/// A loss with the values of ε among which validation chooses.
#[derive(Clone, Debug)]
pub struct Contender {
    /// Name, or the formula's text.
    pub loss: String,
    /// The formula.
    pub formula: Formula,
    /// Where it comes from.
    pub origin: Origin,
    /// Clamp of every operation.
    pub clamp: Clamp,
    /// Values of ε; not empty.
    pub epsilons: Vec<f32>,
}

impl Contender {
    /// A named loss, unclamped. The grid of ε applies where ε is a parameter of the loss; elsewhere it is only a
    /// protection and stays what it is in the search.
    pub fn named(named: &NamedLoss, config: &Config) -> Self {
        let formula = named.formula();
        let epsilons = grid(formula.has_smoothing_parameter(), config);
        Self { loss: named.name.to_owned(), formula, origin: Origin::Baseline, clamp: Clamp::None, epsilons }
    }

    /// The baselines of the configuration.
    pub fn baselines(config: &Config) -> impl Iterator<Item = Self> {
        let named = config.test.baselines.iter().filter_map(|name| NamedLoss::find(name));
        named.map(|named| Self::named(named, config))
    }

    /// A generated formula, under the semantics of the search. The grid of ε applies where its value depends on ε.
    pub fn generated(formula: Formula, config: &Config) -> Self {
        let epsilons = grid(formula.depends_on_epsilon(), config);
        let clamp = config.semantics().clamp;
        Self { loss: formula.to_string(), formula, origin: Origin::Generated, clamp, epsilons }
    }

    /// The loss at one ε.
    ///
    /// # Panics
    /// When ε is not positive and finite; a validated configuration has no such value.
    pub fn compile(&self, epsilon: f32) -> Loss {
        self.formula.compile(Semantics { epsilon, clamp: self.clamp }).expect("ε and the clamp are validated")
    }

    /// The loss at one ε as it trains.
    pub(crate) fn as_trained(&self, epsilon: f32, config: &Config) -> Loss {
        scale::as_trained(self.compile(epsilon), config)
    }

    /// A fresh recommender, about to be trained at `point`.
    pub(super) fn begin<'a>(&self, terms: &'a Terms<'_>, point: &Point, config: &Config) -> Course<'a, AnyModel> {
        terms.begin(terms.fresh(config), self.as_trained(point.epsilon, config), point)
    }

    /// A fresh recommender, trained at `point` until the rule says stop.
    pub(super) fn train(&self, terms: &Terms<'_>, point: &Point, config: &Config) -> Converged<AnyModel> {
        terms.train(terms.fresh(config), self.as_trained(point.epsilon, config), point)
    }

    /// The same, or the training of that `name` where it is finished.
    pub(super) fn train_once(
        &self,
        terms: &Terms<'_>,
        point: &Point,
        config: &Config,
        (finished, name): (&Finished, &str),
    ) -> Converged<AnyModel> {
        let saved = finished.recall::<SavedTraining>(name);
        if let Some(converged) = saved.and_then(|saved| saved.converged(terms.fresh(config))) {
            return converged;
        }
        let converged = self.train(terms, point, config);
        if converged.ending != Ending::Interrupted {
            finished.keep(name, &SavedTraining::of(&converged));
        }
        converged
    }
}

fn grid(depends: bool, config: &Config) -> Vec<f32> {
    if depends { config.test.epsilons.clone() } else { vec![config.search.epsilon] }
}
