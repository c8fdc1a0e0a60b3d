//! Trainings to convergence, all from one recommender and on the same batches.

use std::borrow::Cow;

use autolossgen_formula::{Loss, NamedLoss};
use autolossgen_recsys::{Ending, Model, SearchData};
use rayon::prelude::*;

use crate::race::{Raced, Racer, Rung, race, rungs};
use crate::search::Proposal;
use crate::search::recommender::evaluate;
use crate::terms::{Course, Terms};
use crate::test::Point;
use crate::{Config, Observer};

/// What every training shares.
pub(super) struct Trainings<'a, M> {
    pub config: &'a Config,
    /// What every training starts from.
    pub initial: M,
    /// What it gains on the first fold.
    pub untrained: f64,
    /// One for each fold.
    terms: Vec<Terms<'a>>,
    rungs: Vec<Rung>,
}

/// A loss at the point that a race on the first fold chose.
#[derive(Clone)]
pub(super) struct Finalist<M> {
    pub point: Point,
    /// On each fold that it met; NaN where it diverged.
    pub gains: Vec<f64>,
    /// Trained on the first.
    pub model: M,
}

/// The loss that the others are measured by, trained to convergence.
pub(super) struct Reference<M> {
    pub name: &'static str,
    /// On every fold.
    pub finalist: Finalist<M>,
    /// Its gains; where it diverged, that of the initial recommender.
    pub gains: Vec<f64>,
    /// Its gain on the first rung, at the base settings; what is behind it on a later one is hopeless.
    pub start: f64,
}

impl<'a, M: Model> Trainings<'a, M> {
    pub(super) fn new(folds: &'a [Cow<'a, SearchData>], config: &'a Config, initial: M) -> Self {
        let search = &config.search;
        let (rule, n_folds) = (config.stop_rule(), folds.len());
        // A round is never cut short, so that the journal holds whole ones; the end is asked for between them.
        let observer: &dyn Observer = &();
        let terms = |fold| Terms::new(fold, config, config.seed, rule, observer).sharing_memory(n_folds);
        let configurations = search.learning_rates.len() * search.l2_coefficients.len();
        let untrained = evaluate(&initial, config.metric(), &folds[0].validation, &mut Vec::new());
        Self {
            config,
            untrained: untrained.map_or(0.0, |value| config.metric().gain(value)),
            terms: folds.iter().map(|fold| terms(fold.as_ref())).collect(),
            rungs: rungs(configurations, config.test.rung_epochs, config.test.eta),
            initial,
        }
    }

    /// The first loss of `search.warm_start`, or else cross-entropy, on every fold.
    pub(super) fn reference(&self) -> Reference<M> {
        let named = NamedLoss::find(self.config.search.reference()).expect("the names are validated");
        let proposal = Proposal::named(named, self.config);
        let finalist = self.on_other_folds(&proposal, self.race(&proposal));
        let gains = finalist.gains.iter().map(|&gain| if gain.is_nan() { self.untrained } else { gain }).collect();
        let start = self.config.search.rungs.first().map_or(f64::NAN, |&rung| {
            let mut course = self.begin(&proposal.loss(self.config).0);
            course.advance(Some(rung));
            finite_gain(&course)
        });
        Reference { name: named.name, finalist, gains, start }
    }

    /// A training at the base settings on the first fold.
    pub(super) fn begin(&self, loss: &Loss) -> Course<'_, M> {
        let training = &self.config.training;
        let point = Point { learning_rate: training.learning_rate, l2: training.l2, epsilon: loss.semantics().epsilon };
        self.terms[0].begin(self.initial.clone(), loss.clone(), &point)
    }

    /// The best of a grid of settings on the first fold.
    pub(super) fn race(&self, proposal: &Proposal) -> Finalist<M> {
        let points = self.config.search_grid(&proposal.epsilons).configurations();
        let loss = |point: &Point| proposal.loss_at(point.epsilon, self.config).0;
        let start = |index: usize| self.terms[0].begin(self.initial.clone(), loss(&points[index]), &points[index]);
        let raced = race(&self.rungs, &start, &|_, _| ());
        let Raced { winner, racer, .. } = raced.expect("nobody asks for an early end");
        let gain = finite_gain(&racer);
        let model = racer.converged().expect("the last rung trains to the end").model;
        Finalist { point: points[winner], gains: vec![gain], model }
    }

    /// Trains at the chosen point on every other fold, side by side.
    pub(super) fn on_other_folds(&self, proposal: &Proposal, mut finalist: Finalist<M>) -> Finalist<M> {
        let loss = proposal.loss_at(finalist.point.epsilon, self.config).0;
        let gain = |terms: &Terms<'_>| {
            let mut course = terms.begin(self.initial.clone(), loss.clone(), &finalist.point);
            course.advance(None);
            finite_gain(&course)
        };
        let gains: Vec<f64> = self.terms[1..].par_iter().with_max_len(1).map(gain).collect();
        finalist.gains.extend(gains);
        finalist
    }
}

/// Gain of the best epoch; NaN for a training that was NaN or ∞ at any.
pub(super) fn finite_gain(course: &impl Racer) -> f64 {
    let standing = course.standing();
    if standing.ending == Some(Ending::NonFinite) { f64::NAN } else { standing.gain }
}
