//! The nested problem (Eq. 5), solved exactly: the reward of a loss is what a fresh recommender reaches with it, trained to
//! convergence at a learning rate and L2 of its own, above what the reference loss reaches on the same terms.
//!
//! Losses with a gradient that is known already are not trained again (`known`). The others climb the rungs of asynchronous
//! successive halving (`asha`), from each of which only the best so far go on, and none that is still behind where the
//! reference was on the first. Those that pass are raced over a small grid of learning rates, L2 and ε on the first fold; the
//! best of these meet the other folds at the point that was chosen (`trainings`). Every training starts from the same
//! recommender and sees the same batches.

mod asha;
mod known;
mod trainings;

use std::collections::BTreeMap;

use autolossgen_formula::Loss;
use autolossgen_recsys::{BoxedModel, Interactions, Metric, Model, Snapshot};
use serde::{Deserialize, Serialize};

use super::measure::evaluate;
use super::novelty::Novelty;
use super::{Evaluation, Evaluator};
use crate::config::Config;
use crate::contract::{ContractError, Part, guard};
use crate::execute::{Executor, Folds, Fresh, Job};
use crate::fingerprint::Fingerprint;
use crate::proposal::Proposal;
use crate::record::{Outcome, Record};
use crate::state::{ForeignState, State};
use crate::trial::{Told, Trial};
use asha::Asha;
use known::KnownLosses;
use trainings::{Finalist, Reference, Trainings};

/// Name and version of the state.
const STATE: &str = "converged 1";

/// What is known of the losses tried so far.
pub struct Converged<'a> {
    trainings: Trainings<'a>,
    known: KnownLosses,
    asha: Asha,
    /// Which of those that were raced on the first fold meet the others.
    finals: Asha,
    reference: Reference,
    /// What every training starts from.
    initial: BoxedModel,
    /// What it gains on the first fold.
    untrained: f64,
    /// Of the losses that were new, by sample.
    rewards: BTreeMap<u64, f64>,
    best: Best,
}

/// The best so far on the first fold; without parameters the initial recommender.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Best {
    gain: f64,
    parameters: Option<Snapshot>,
}

/// What [`Converged`] is between two rounds; the reference is trained again.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ConvergedState {
    known: Vec<(u64, Fingerprint)>,
    asha: Vec<Vec<f64>>,
    finals: Vec<Vec<f64>>,
    rewards: BTreeMap<u64, f64>,
    best: Best,
}

/// How far a loss came on the rungs.
#[derive(Default)]
struct Climb {
    /// Gain on each rung that it came to; NaN where it diverged.
    gains: Vec<f64>,
    /// Epochs trained.
    epochs: usize,
    /// ε that was best on the first rung, or all that may be best where there is no rung.
    epsilons: Vec<f32>,
    passed: bool,
}

impl<'a> Converged<'a> {
    /// Trains the reference on every fold.
    ///
    /// # Errors
    /// A recommender or an executor that does not keep its contract.
    pub fn new(
        folds: &'a Folds<'a>,
        config: &'a Config,
        fresh: &'a Fresh<'a>,
        executor: &'a dyn Executor,
    ) -> Result<Self, ContractError> {
        let (search, rows) = (&config.search, folds.rows(folds.first()));
        let graded = rows.train.is_graded() || rows.validation.is_graded();
        let (initial, untrained) = guard(Part::Model, || {
            let initial = fresh(config.seed, 0);
            let untrained = evaluate(&initial, config.selection_metric(), &rows.validation, &mut Vec::new());
            (initial, untrained.map_or(0.0, |value| config.metric().gain(value)))
        })?;
        let trainings = Trainings::new(config, executor, folds.first(), folds.others().collect());
        Ok(Self {
            known: KnownLosses::new(config, graded),
            asha: Asha::new(search.rungs.len(), search.reduction),
            finals: Asha::new(1, search.reduction),
            reference: trainings.reference(untrained)?,
            initial,
            untrained,
            rewards: BTreeMap::new(),
            best: Best { gain: untrained, parameters: None },
            trainings,
        })
    }

    fn metric(&self) -> Metric {
        self.trainings.metric()
    }

    /// Trains losses from the base settings up to the rung from which others go on, side by side; each is held against what
    /// was known before the round, so that no result depends on the order of arrival. A loss that is new under several ε trains
    /// with each on the first rung, and goes on with the best.
    fn climb(&self, climbers: &[(&Trial, Vec<f32>)]) -> Result<Vec<Climb>, ContractError> {
        let rungs = &self.trainings.config.search.rungs;
        let begin =
            |(_, epsilons): &(&Trial, Vec<f32>)| Climb { epsilons: epsilons.clone(), passed: true, ..Climb::default() };
        let mut climbs: Vec<Climb> = climbers.iter().map(begin).collect();
        let own = |(index, (trial, epsilons)): (usize, &(&Trial, Vec<f32>))| {
            let job = |&epsilon: &f32| (index, self.trainings.base_job(trial.proposal(), epsilon));
            epsilons.iter().map(job).collect::<Vec<(usize, Job)>>()
        };
        let mut climbing: Vec<(usize, Job)> = climbers.iter().enumerate().flat_map(own).collect();
        for (rung, &until) in rungs.iter().enumerate() {
            climbing.iter_mut().for_each(|(_, job)| job.until = Some(until));
            let keep = usize::from(rung + 1 < rungs.len());
            let mut results = self.trainings.run_rivals(&climbing, keep)?.into_iter().zip(climbing).peekable();
            climbing = Vec::new();
            while let Some((result, (index, job))) = results.next() {
                let mut best = (result, job);
                while let Some((result, (_, job))) = results.next_if(|(_, (other, _))| *other == index) {
                    if result.order(&best.0).is_lt() {
                        best = (result, job);
                    }
                }
                let (climb, gain) = (&mut climbs[index], best.0.finite_gain());
                let hopeless = gain.is_nan() || rung > 0 && gain < self.reference.start;
                climb.gains.push(gain);
                climb.epochs = best.0.epochs;
                climb.epsilons = vec![best.1.point.epsilon];
                climb.passed = !hopeless && self.asha.lets_on(rung, gain);
                if climb.passed {
                    climbing.push((index, best.1));
                }
            }
        }
        Ok(climbs)
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

    /// A loss that was raced on the first fold; without a race, the reference.
    fn finish(&mut self, proposal: &Proposal, raced: Option<Finalist>) -> Result<Told, ContractError> {
        let Finalist { point, gains, parameters, .. } = self.finalist(proposal, raced)?;
        if !gains[0].is_nan() {
            self.finals.remember(&gains[..1]);
        }
        if gains.iter().any(|gain| gain.is_nan()) {
            return Ok(Told { outcome: Outcome::Diverged, reward: self.nothing() });
        }
        if gains[0] > self.best.gain {
            self.best = Best { gain: gains[0], parameters };
        }
        let mean = gains.iter().sum::<f64>() / gains.len() as f64;
        let (validation, folds) = (self.metric().gain(mean), gains.len());
        Ok(Told { outcome: Outcome::Converged { validation, point, folds }, reward: self.reward(&gains) })
    }

    /// Trained on the other folds too, if it has a name or is among the best. The reference has been.
    fn finalist(&self, proposal: &Proposal, raced: Option<Finalist>) -> Result<Finalist, ContractError> {
        let Some(raced) = raced else { return Ok(self.reference.finalist.clone()) };
        let first = raced.gains[0];
        let goes_on = proposal.name.is_some() || self.finals.lets_on(0, first);
        if goes_on && !first.is_nan() { self.trainings.on_other_folds(proposal, raced) } else { Ok(raced) }
    }

    /// What is raced, of the losses of a round: those that passed the rungs, at the ε with which they did, and those with a name, but
    /// for the reference, which has been raced.
    fn raced(&self, trial: &Trial, novelty: Novelty, climb: Option<&Climb>) -> Option<Proposal> {
        let proposal = trial.proposal().clone();
        match climb {
            Some(climb) => climb.passed.then(|| Proposal { epsilons: climb.epsilons.clone(), ..proposal }),
            None => (novelty == Novelty::New && proposal.name != Some(self.reference.name)).then_some(proposal),
        }
    }

    /// A loss that a rung dropped.
    fn dropped(&self, climb: &Climb) -> Told {
        let gain = *climb.gains.last().expect("who is dropped was on a rung");
        if gain.is_nan() {
            return Told { outcome: Outcome::Diverged, reward: self.nothing() };
        }
        let outcome = Outcome::Dropped { validation: self.metric().gain(gain), epochs: climb.epochs };
        Told { outcome, reward: self.reward(&[gain]) }
    }

    fn without_training(&self, outcome: Outcome) -> Told {
        let reward = match outcome {
            Outcome::Duplicate { of } => self.rewards[&of],
            _ => self.nothing(),
        };
        Told { outcome, reward }
    }

    /// What became of a loss, given its climb if it is new and has no name, and its race if it had one.
    fn told(
        &mut self,
        trial: &Trial,
        novelty: Novelty,
        climb: Option<Climb>,
        raced: Option<Finalist>,
    ) -> Result<Told, ContractError> {
        if let Some(outcome) = novelty.outcome() {
            return Ok(self.without_training(outcome));
        }
        if let Some(climb) = &climb {
            self.asha.remember(&climb.gains);
        }
        let told = match climb {
            Some(climb) if !climb.passed => self.dropped(&climb),
            _ => self.finish(trial.proposal(), raced)?,
        };
        self.rewards.insert(trial.number(), told.reward);
        Ok(told)
    }
}

impl Evaluator for Converged<'_> {
    fn evaluate(&mut self, trials: &[Trial]) -> Result<Evaluation, ContractError> {
        let config = self.trainings.config;
        let mut examine = |trial: &Trial| {
            let proposal = trial.proposal();
            let losses: Vec<Loss> =
                proposal.epsilons.iter().map(|&epsilon| proposal.as_trained(epsilon, config).0).collect();
            let (novelty, new) = self.known.examine(&losses, trial.number());
            (novelty, new.into_iter().map(|at| proposal.epsilons[at]).collect::<Vec<f32>>())
        };
        let examined: Vec<(Novelty, Vec<f32>)> = trials.iter().map(&mut examine).collect();
        let climbs = |trial: &Trial, novelty: Novelty| novelty == Novelty::New && trial.proposal().name.is_none();
        let climbers = trials.iter().zip(&examined).filter(|(trial, (novelty, _))| climbs(trial, *novelty));
        let climbers: Vec<(&Trial, Vec<f32>)> = climbers.map(|(trial, (_, new))| (trial, new.clone())).collect();
        let mut climbed = self.climb(&climbers)?.into_iter();
        let climbs: Vec<Option<Climb>> = trials
            .iter()
            .zip(&examined)
            .map(|(trial, (novelty, _))| if climbs(trial, *novelty) { climbed.next() } else { None })
            .collect();
        let rounds = trials.iter().zip(&examined).zip(&climbs);
        let raced: Vec<Option<Proposal>> =
            rounds.map(|((trial, (novelty, _)), climb)| self.raced(trial, *novelty, climb.as_ref())).collect();
        let mut finalists = self.trainings.races(&raced.iter().flatten().collect::<Vec<_>>())?.into_iter();
        let before = self.best.gain;
        let mut told = Vec::with_capacity(trials.len());
        for (((trial, (novelty, _)), climb), raced) in trials.iter().zip(examined).zip(climbs).zip(raced) {
            let finalist = raced.and_then(|_| finalists.next());
            told.push(self.told(trial, novelty, climb, finalist)?);
        }
        let replaced = self.best.gain > before;
        Ok(Evaluation { told, validation: self.metric().gain(self.best.gain), replaced })
    }

    fn has_state(&self) -> bool {
        true
    }

    fn opening(&self) -> Option<Record> {
        let Reference { name, finalist, gains, .. } = &self.reference;
        let validation = gains.iter().map(|&gain| self.metric().gain(gain)).collect();
        Some(Record::Reference { name: (*name).to_owned(), validation, point: finalist.point })
    }

    fn measure(&self, rows: &Interactions) -> Option<f64> {
        let mut model = self.initial.clone();
        if let Some(parameters) = &self.best.parameters {
            model.restore(parameters).ok()?;
        }
        evaluate(&model, self.trainings.selection_metric(), rows, &mut Vec::new())
    }

    fn state(&self) -> State {
        let state = ConvergedState {
            known: self.known.seen().to_vec(),
            asha: self.asha.gains().to_vec(),
            finals: self.finals.gains().to_vec(),
            rewards: self.rewards.clone(),
            best: self.best.clone(),
        };
        State::of(STATE, &state)
    }

    fn restore(&mut self, state: &State) -> Result<(), ForeignState> {
        let ConvergedState { known, asha, finals, rewards, best } = state.read(STATE)?;
        if !known.iter().all(|(sample, _)| rewards.contains_key(sample)) {
            return Err(ForeignState);
        }
        if let Some(parameters) = &best.parameters {
            self.initial.clone().restore(parameters)?;
        }
        self.known.restore(known)?;
        self.asha.restore(asha)?;
        self.finals.restore(finals)?;
        (self.best, self.rewards) = (best, rewards);
        Ok(())
    }
}
