//! The nested problem (Eq. 5), solved exactly: the reward of a loss is what a fresh recommender reaches with it, trained to
//! convergence at a learning rate and L2 of its own, above what the reference loss reaches on the same terms.
//!
//! Losses with a gradient that is known already are not trained again. The others climb a ladder of a few epochs, from each
//! rung of which only the best so far go on ([`ladder`]), and none that is still behind where the reference was on the first.
//! Those that pass it are raced over a small grid of learning rates, L2 and ε on the first fold; the best of these meet the
//! other folds at the point that was chosen ([`trainings`]). Every training starts from the same recommender and sees the
//! same batches.

mod ladder;
mod shapes;
mod trainings;

use std::borrow::Cow;
use std::collections::BTreeMap;

use autolossgen_formula::Loss;
use autolossgen_recsys::{Interactions, Metric, Model, SearchData, Snapshot};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::recommender::evaluate;
use super::trials::{Numbered, Round, Trial, Trials, TrialsState};
use super::{Outcome, Proposal};
use crate::Config;
use crate::check::Slopes;
use crate::checkpoint::ForeignState;
use crate::journal::Record;
use crate::proxy::Verdict;
use crate::race::Racer;
use ladder::Ladder;
use shapes::Shapes;
use trainings::{Finalist, Reference, Trainings, finite_gain};

/// What is known of the losses tried so far.
pub(super) struct ByConvergence<'a, M> {
    trainings: Trainings<'a, M>,
    shapes: Shapes,
    ladder: Ladder,
    /// Which of those that were raced on the first fold meet the others.
    finals: Ladder,
    reference: Reference<M>,
    /// Of the losses that were new, by sample.
    rewards: BTreeMap<u64, f64>,
    /// The best so far on the first fold, and its recommender.
    best: (f64, M),
}

/// What [`ByConvergence`] is between two rounds; the reference is trained again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ConvergedState {
    shapes: Vec<(u64, Slopes)>,
    ladder: Vec<Vec<f64>>,
    finals: Vec<Vec<f64>>,
    rewards: BTreeMap<u64, f64>,
    best: (f64, Snapshot),
}

/// How far a loss came on the ladder.
struct Climb {
    /// Gain on each rung that it came to; NaN where it diverged.
    gains: Vec<f64>,
    /// Epochs trained.
    epochs: usize,
    passed: bool,
}

impl<'a, M: Model> ByConvergence<'a, M> {
    pub(super) fn new(folds: &'a [Cow<'a, SearchData>], config: &'a Config, initial: M) -> Self {
        let search = &config.search;
        let graded = folds[0].train.is_graded() || folds[0].validation.is_graded();
        let trainings = Trainings::new(folds, config, initial);
        Self {
            shapes: Shapes::new(config, graded),
            ladder: Ladder::new(search.rungs.len(), search.reduction),
            finals: Ladder::new(1, search.reduction),
            reference: trainings.reference(),
            rewards: BTreeMap::new(),
            best: (trainings.untrained, trainings.initial.clone()),
            trainings,
        }
    }

    fn metric(&self) -> Metric {
        self.trainings.config.metric()
    }

    /// Trains from the base settings up to the rung from which others go on.
    fn climb(&self, loss: &Loss) -> Climb {
        let mut course = self.trainings.begin(loss);
        let (mut gains, mut passed) = (Vec::new(), true);
        for (rung, &until) in self.trainings.config.search.rungs.iter().enumerate() {
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

    /// The gains of the reference are set against those of a loss, fold by fold.
    fn reward(&self, gains: &[f64]) -> f64 {
        let differences = gains.iter().zip(&self.reference.gains).map(|(gain, reference)| gain - reference);
        differences.sum::<f64>() / gains.len() as f64
    }

    /// The reward of a loss that trains nothing: what the initial recommender has.
    fn nothing(&self) -> f64 {
        self.reward(&[self.trainings.untrained])
    }

    /// A loss that passed the ladder, or has a name.
    fn finish(&mut self, proposal: &Proposal) -> Trial {
        let Finalist { point, gains, model } = self.finalist(proposal);
        if !gains[0].is_nan() {
            self.finals.remember(&gains[..1]);
        }
        if gains.iter().any(|gain| gain.is_nan()) {
            return Trial { outcome: Outcome::Diverged, reward: self.nothing() };
        }
        if gains[0] > self.best.0 {
            self.best = (gains[0], model);
        }
        let mean = gains.iter().sum::<f64>() / gains.len() as f64;
        let (validation, folds) = (self.metric().gain(mean), gains.len());
        Trial { outcome: Outcome::Converged { validation, point, folds }, reward: self.reward(&gains) }
    }

    /// Raced on the first fold, and trained on the others if it has a name or is among the best. The reference has been.
    fn finalist(&self, proposal: &Proposal) -> Finalist<M> {
        if proposal.known == Some(self.reference.name) {
            return self.reference.finalist.clone();
        }
        let finalist = self.trainings.race(proposal);
        let first = finalist.gains[0];
        let goes_on = proposal.known.is_some() || self.finals.lets_on(0, first);
        if goes_on && !first.is_nan() { self.trainings.on_other_folds(proposal, finalist) } else { finalist }
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
        let Reference { name, finalist, gains, .. } = &self.reference;
        let validation = gains.iter().map(|&gain| self.metric().gain(gain)).collect();
        Record::Reference { name: (*name).to_owned(), validation, point: finalist.point }
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

    fn state(&self) -> TrialsState {
        TrialsState::Converged(ConvergedState {
            shapes: self.shapes.seen().to_vec(),
            ladder: self.ladder.gains().to_vec(),
            finals: self.finals.gains().to_vec(),
            rewards: self.rewards.clone(),
            best: (self.best.0, self.best.1.snapshot()),
        })
    }

    fn restore(&mut self, state: TrialsState) -> Result<(), ForeignState> {
        let TrialsState::Converged(state) = state else { return Err(ForeignState) };
        let ConvergedState { shapes, ladder, finals, rewards, best } = state;
        if !shapes.iter().all(|(sample, _)| rewards.contains_key(sample)) {
            return Err(ForeignState);
        }
        self.shapes.restore(shapes)?;
        self.ladder.restore(ladder)?;
        self.finals.restore(finals)?;
        self.best.1.restore(&best.1)?;
        (self.best.0, self.rewards) = (best.0, rewards);
        Ok(())
    }
}
