//! A loss to be tried or trained: its formula, and on which terms.

use autolossgen_formula::{Clamp, Formula, Loss, NamedLoss, Semantics};

use crate::config::Config;
use crate::execute::Job;
use crate::gradient_scale;
use crate::point::Point;
use crate::record::{Origin, Scales};

/// A loss, and the values of ε among which validation chooses.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Name, of a named loss.
    pub name: Option<&'static str>,
    /// The formula.
    pub formula: Formula,
    /// Where the loss comes from.
    pub origin: Origin,
    /// Clamp of every operation.
    pub clamp: Clamp,
    /// Values of ε; not empty.
    pub epsilons: Vec<f32>,
    /// Where the search trained it best; the tuned test tries it beside the grid.
    pub start: Option<Point>,
}

impl Proposal {
    /// A formula of the controller, at the ε of the search alone.
    pub fn sampled(formula: Formula, config: &Config) -> Self {
        let Semantics { epsilon, clamp } = config.semantics();
        Self { name: None, formula, origin: Origin::Generated, clamp, epsilons: vec![epsilon], start: None }
    }

    /// A formula of the controller with values of ε among which validation chooses; without any, at the ε of the search alone.
    pub(crate) fn searched(formula: Formula, epsilons: &[f32], config: &Config) -> Self {
        let sampled = Self::sampled(formula, config);
        if epsilons.is_empty() { sampled } else { Self { epsilons: epsilons.to_vec(), ..sampled } }
    }

    /// ε at which the loss is measured before any is chosen: that of the search, where it is among them.
    pub(crate) fn base_epsilon(&self, config: &Config) -> f32 {
        let epsilon = config.search.epsilon;
        if self.epsilons.contains(&epsilon) { epsilon } else { self.epsilons[0] }
    }

    /// A generated formula, under the semantics of the search. The grid of ε applies where the value depends on ε.
    pub fn generated(formula: Formula, config: &Config) -> Self {
        let epsilons = grid(formula.depends_on_epsilon(), config);
        Self { epsilons, ..Self::sampled(formula, config) }
    }

    /// A named loss, unclamped. The grid of ε applies where ε is a parameter of the loss; elsewhere ε is only a protection and
    /// stays what it is in the search.
    pub fn named(named: &'static NamedLoss, config: &Config) -> Self {
        let formula = named.formula();
        let epsilons = grid(formula.has_smoothing_parameter(), config);
        Self { name: Some(named.name), formula, origin: Origin::Baseline, clamp: Clamp::None, epsilons, start: None }
    }

    /// The losses of `test.baselines`.
    pub fn baselines(config: &Config) -> impl Iterator<Item = Self> {
        Self::of_names(&config.test.baselines, config)
    }

    /// The losses of `search.warm_start`.
    pub fn warm_start(config: &Config) -> impl Iterator<Item = Self> {
        Self::of_names(&config.search.warm_start, config)
    }

    fn of_names(names: &[String], config: &Config) -> impl Iterator<Item = Self> {
        let named = names.iter().filter_map(|name| NamedLoss::find(name));
        named.map(|named| Self::named(named, config))
    }

    /// Name, or the formula's text.
    pub fn title(&self) -> String {
        self.name.map_or_else(|| self.formula.to_string(), str::to_owned)
    }

    /// The same loss at each ε alone.
    pub(crate) fn at_each_epsilon(self) -> impl Iterator<Item = Self> {
        let epsilons = self.epsilons.clone();
        epsilons.into_iter().map(move |epsilon| Self { epsilons: vec![epsilon], ..self.clone() })
    }

    /// Semantics at one ε.
    pub fn semantics(&self, epsilon: f32) -> Semantics {
        Semantics { epsilon, clamp: self.clamp }
    }

    /// The loss at one ε, unscaled.
    ///
    /// # Panics
    /// When ε is not positive and finite, or the formula is one of ranking; a validated configuration has no such value, and a
    /// study no such formula.
    pub fn compile(&self, epsilon: f32) -> Loss {
        self.formula.compile(self.semantics(epsilon)).expect("ε and the clamp are validated")
    }

    /// The loss at one ε as it trains, and its scales where losses are scaled.
    pub(crate) fn as_trained(&self, epsilon: f32, config: &Config) -> (Loss, Option<Scales>) {
        gradient_scale::compile_under(&self.formula, self.semantics(epsilon), config)
    }

    /// What the loss at one ε is multiplied by as it trains.
    pub(crate) fn scale(&self, epsilon: f32, config: &Config) -> f32 {
        self.as_trained(epsilon, config).0.scale()
    }

    /// The formula in canonical form, as records have it.
    pub(crate) fn canonical(&self) -> Formula {
        self.formula.canonical_under(self.clamp)
    }

    /// A training of the loss at `point` from `seed`, to convergence on all rows; the loss multiplied by `scale`.
    pub(crate) fn job(&self, point: Point, scale: f32, seed: u64, config: &Config) -> Job {
        Job {
            formula: self.formula.clone(),
            semantics: self.semantics(point.epsilon),
            scale,
            point,
            until: None,
            stop: config.stop_rule(),
            seed,
            fold: None,
        }
    }

    /// A training at each of `points` from `seed`, to convergence on all rows.
    pub(crate) fn jobs(&self, points: &[Point], seed: u64, config: &Config) -> Vec<Job> {
        let mut scales: Vec<(f32, f32)> = Vec::new();
        let mut scale_at = |epsilon: f32| match scales.iter().find(|(known, _)| *known == epsilon) {
            Some((_, scale)) => *scale,
            None => {
                let scale = self.scale(epsilon, config);
                scales.push((epsilon, scale));
                scale
            }
        };
        points.iter().map(|point| self.job(*point, scale_at(point.epsilon), seed, config)).collect()
    }
}

fn grid(depends: bool, config: &Config) -> Vec<f32> {
    if depends { config.selection.epsilons.clone() } else { vec![config.search.epsilon] }
}
