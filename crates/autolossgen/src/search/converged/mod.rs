//! The nested problem (Eq. 5), solved exactly: the reward of a loss is what a fresh recommender reaches with it, trained to
//! convergence at a learning rate and L2 of its own, above what the reference loss reaches on the same terms.
//!
//! Losses with a gradient that is known already are not trained again. The others climb a ladder of a few epochs, from each
//! rung of which only the best so far go on ([`ladder`]), and none that is still behind where the reference was on the first.
//! Those that pass it are raced over a small grid of learning rates,
//! L2 and ε on the first fold; the best of these meet the other folds at the point that was chosen. Every training starts
//! from the same recommender and sees the same batches.

mod ladder;
mod shapes;

use std::borrow::Cow;
use std::collections::HashMap;

use autolossgen_formula::{Loss, NamedLoss};
use autolossgen_recsys::{Ending, Interactions, Metric, Model, SearchData};
use rayon::prelude::*;

use super::recommender::evaluate;
use super::trials::{Numbered, Round, Trial, Trials};
use super::{Outcome, Proposal};
use crate::journal::Record;
use crate::proxy::Verdict;
use crate::race::{Raced, Racer, Rung, race, rungs};
use crate::terms::Terms;
use crate::test::Point;
use crate::{Config, Observer};
use ladder::Ladder;
use shapes::Shapes;

/// What is known of the losses tried so far.
pub(super) struct ByConvergence<'a, M> {
    config: &'a Config,
    /// What every training starts from.
    initial: M,
    /// What it gains on the first fold.
    untrained: f64,
    /// One for each fold.
    terms: Vec<Terms<'a>>,
    rungs: Vec<Rung>,
    shapes: Shapes,
    ladder: Ladder,
    /// Which of those that were raced on the first fold meet the others.
    finals: Ladder,
    /// What the others are measured by.
    reference: Reference,
    /// Of the losses that were new, by sample.
    rewards: HashMap<u64, f64>,
    /// The best so far on the first fold, and its recommender.
    best: (f64, M),
}

/// A named loss, trained to convergence.
struct Reference {
    name: &'static str,
    point: Point,
    /// On each fold.
    gains: Vec<f64>,
    /// On the first rung; what is behind it on a later one is hopeless.
    start: f64,
}

/// How far a loss came on the ladder.
struct Climb {
    /// Gain on each rung that it came to; NaN where it diverged.
    gains: Vec<f64>,
    /// Epochs trained.
    epochs: usize,
    passed: bool,
}

/// A loss at the point that a race on the first fold chose.
struct Finalist<M> {
    point: Point,
    /// On each fold that it met.
    gains: Vec<f64>,
    /// Trained on the first.
    model: M,
}

impl<'a, M: Model> ByConvergence<'a, M> {
    pub(super) fn new(folds: &'a [Cow<'a, SearchData>], config: &'a Config, initial: M) -> Self {
        let search = &config.search;
        let (rule, n_folds) = (config.stop_rule(), folds.len());
        // A round is never cut short, so that the journal holds whole ones; the end is asked for between them.
        let observer: &dyn Observer = &();
        let terms = |fold| Terms::new(fold, config, config.seed, rule, observer).sharing_memory(n_folds);
        let configurations = search.learning_rates.len() * search.l2_coefficients.len();
        let untrained = evaluate(&initial, config.metric(), &folds[0].validation, &mut Vec::new());
        let untrained = untrained.map_or(0.0, |value| config.metric().gain(value));
        let graded = folds[0].train.is_graded() || folds[0].validation.is_graded();
        let mut trials = Self {
            config,
            terms: folds.iter().map(|fold| terms(fold.as_ref())).collect(),
            rungs: rungs(configurations, config.test.rung_epochs, config.test.eta),
            shapes: Shapes::new(config, graded),
            ladder: Ladder::new(search.rungs.len(), search.reduction),
            finals: Ladder::new(1, search.reduction),
            reference: Reference { name: "", point: Point::default(), gains: Vec::new(), start: f64::NAN },
            rewards: HashMap::new(),
            best: (untrained, initial.clone()),
            untrained,
            initial,
        };
        trials.reference = trials.train_reference();
        trials
    }

    fn metric(&self) -> Metric {
        self.config.metric()
    }

    /// The first loss of `search.warm_start`, or else cross-entropy, on each fold. One that diverges reaches what the initial
    /// recommender has.
    fn train_reference(&self) -> Reference {
        let named = NamedLoss::find(self.config.search.reference()).expect("the names are validated");
        let proposal = Proposal::named(named, self.config);
        let Finalist { point, gains, .. } = self.on_other_folds(&proposal, self.race(&proposal));
        let gains = gains.into_iter().map(|gain| if gain.is_nan() { self.untrained } else { gain }).collect();
        let start = self.climb(&proposal.loss(self.config)).gains.first().copied().unwrap_or(f64::NAN);
        Reference { name: named.name, point, gains, start }
    }

    /// Trains from the base settings up to the rung from which others go on.
    fn climb(&self, loss: &Loss) -> Climb {
        let training = &self.config.training;
        let point = Point { learning_rate: training.learning_rate, l2: training.l2, epsilon: loss.semantics().epsilon };
        let mut course = self.terms[0].begin(self.initial.clone(), loss.clone(), &point);
        let (mut gains, mut passed) = (Vec::new(), true);
        for (rung, &until) in self.config.search.rungs.iter().enumerate() {
            course.advance(Some(until));
            let gain = finite_gain(&course);
            gains.push(gain);
            let hopeless = gain.is_nan() || rung > 0 && gain < self.reference.start;
            passed = !hopeless && self.ladder.lets_on(rung, gain);
            if !passed {
                break;
            }
        }
        Climb { gains, epochs: course.standing().epochs, passed }
    }

    /// The best of a grid of settings on the first fold.
    fn race(&self, proposal: &Proposal) -> Finalist<M> {
        let points = self.config.search_grid(&proposal.epsilons).configurations();
        let loss = |point: &Point| proposal.loss_at(point.epsilon, self.config);
        let start = |index: usize| self.terms[0].begin(self.initial.clone(), loss(&points[index]), &points[index]);
        let raced = race(&self.rungs, &start, &|_, _| ());
        let Raced { winner, racer, .. } = raced.expect("nobody asks for an early end");
        let gain = finite_gain(&racer);
        let model = racer.converged().expect("the last rung trains to the end").model;
        Finalist { point: points[winner], gains: vec![gain], model }
    }

    /// Trains at the chosen point on every other fold, side by side.
    fn on_other_folds(&self, proposal: &Proposal, mut finalist: Finalist<M>) -> Finalist<M> {
        let loss = proposal.loss_at(finalist.point.epsilon, self.config);
        let gain = |terms: &Terms<'_>| {
            let mut course = terms.begin(self.initial.clone(), loss.clone(), &finalist.point);
            course.advance(None);
            finite_gain(&course)
        };
        let gains: Vec<f64> = self.terms[1..].par_iter().with_max_len(1).map(gain).collect();
        finalist.gains.extend(gains);
        finalist
    }

    /// The gains of the reference are set against those of a loss, fold by fold.
    fn reward(&self, gains: &[f64]) -> f64 {
        let differences = gains.iter().zip(&self.reference.gains).map(|(gain, reference)| gain - reference);
        differences.sum::<f64>() / gains.len() as f64
    }

    /// The reward of a loss that trains nothing: what the initial recommender has.
    fn nothing(&self) -> f64 {
        self.reward(&[self.untrained])
    }

    /// A loss that passed the ladder, or has a name.
    fn finish(&mut self, proposal: &Proposal) -> Trial {
        let mut finalist = self.race(proposal);
        let first = finalist.gains[0];
        if first.is_nan() {
            return Trial { outcome: Outcome::Diverged, reward: self.nothing() };
        }
        if proposal.known.is_some() || self.finals.lets_on(0, first) {
            finalist = self.on_other_folds(proposal, finalist);
        }
        self.finals.remember(&[first]);
        let Finalist { point, gains, model } = finalist;
        if gains.iter().any(|gain| gain.is_nan()) {
            return Trial { outcome: Outcome::Diverged, reward: self.nothing() };
        }
        if first > self.best.0 {
            self.best = (first, model);
        }
        let mean = gains.iter().sum::<f64>() / gains.len() as f64;
        let (validation, folds) = (self.metric().gain(mean), gains.len());
        Trial { outcome: Outcome::Converged { validation, point, folds }, reward: self.reward(&gains) }
    }

    /// A loss that the ladder dropped.
    fn dropped(&self, climb: &Climb) -> Trial {
        let gain = *climb.gains.last().expect("a ladder that drops has a rung");
        if gain.is_nan() {
            return Trial { outcome: Outcome::Diverged, reward: self.nothing() };
        }
        let outcome = Outcome::Dropped { validation: self.metric().gain(gain), epochs: climb.epochs };
        Trial { outcome, reward: self.reward(&[gain]) }
    }

    fn without_training(&self, outcome: Outcome) -> Trial {
        let reward = match outcome {
            Outcome::Duplicate { of } => self.rewards[&of],
            _ => self.nothing(),
        };
        Trial { outcome, reward }
    }

    /// What became of a loss, given its climb if it is new and has no name.
    fn trial(&mut self, new: &Numbered<'_>, verdict: Verdict, climb: Option<Climb>) -> Trial {
        if let Some(outcome) = Outcome::untrained(&verdict) {
            return self.without_training(outcome);
        }
        if let Some(climb) = &climb {
            self.ladder.remember(&climb.gains);
        }
        let trial = match climb {
            Some(climb) if !climb.passed => self.dropped(&climb),
            _ => self.finish(new.proposal),
        };
        self.rewards.insert(new.sample, trial.reward);
        trial
    }
}

impl<M: Model> Trials for ByConvergence<'_, M> {
    fn round(&mut self, losses: &[Numbered<'_>]) -> Round {
        let verdicts: Vec<Verdict> = losses.iter().map(|new| self.shapes.examine(new.loss, new.sample)).collect();
        let climb = |(new, verdict): (&Numbered<'_>, &Verdict)| {
            (*verdict == Verdict::New && new.proposal.known.is_none()).then(|| self.climb(new.loss))
        };
        let climbs: Vec<Option<Climb>> = losses.par_iter().zip(&verdicts).with_max_len(1).map(climb).collect();
        let before = self.best.0;
        let tried = losses.iter().zip(verdicts).zip(climbs);
        let trials = tried.map(|((new, verdict), climb)| self.trial(new, verdict, climb)).collect();
        Round { trials, validation: self.metric().gain(self.best.0), replaced: self.best.0 > before }
    }

    fn opening(&self) -> Record {
        let Reference { name, point, gains, .. } = &self.reference;
        let validation = gains.iter().map(|&gain| self.metric().gain(gain)).collect();
        Record::Reference { name: (*name).to_owned(), validation, point: *point }
    }

    fn recommenders(&self) -> u64 {
        0
    }

    fn has_converged(&self) -> bool {
        false
    }

    fn restart(&mut self) {}

    fn measure(&self, rows: &Interactions) -> Option<f64> {
        evaluate(&self.best.1, self.metric(), rows, &mut Vec::new())
    }
}

/// Gain of the best epoch; NaN for a training that was NaN or ∞ at any.
fn finite_gain(course: &impl Racer) -> f64 {
    let standing = course.standing();
    if standing.ending == Some(Ending::NonFinite) { f64::NAN } else { standing.gain }
}
