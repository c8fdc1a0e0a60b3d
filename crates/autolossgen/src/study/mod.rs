//! A search in two words: ask for losses, tell what became of them.
//!
//! A [`Study`] proposes, learns, accepts and records, and trains nothing. [`search`] is ask, evaluate, tell in a loop; any other
//! loop may take its place:
//!
//! ```
//! use autolossgen::study::Study;
//! use autolossgen::{Config, Preset};
//!
//! let config = Config::with(Preset::Default, &[("search.samples", "40")])?;
//! let mut study = Study::new(&config);
//! while study.wants_more() {
//!     for trial in study.ask(8)? {
//!         // Any number that says how well a model trains with `trial.loss()`; higher is better.
//!         let value = 1.0 / trial.formula().complexity() as f64;
//!         study.tell(&trial, value)?;
//!     }
//! }
//! let best = study.front().entries().last().expect("a loss was accepted");
//! println!("{} with {}", best.formula, best.reward);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Tells are committed in the order of asking, whatever their own order, so that the records of a study do not depend on who
//! evaluates, and how many at a time.

mod error;
mod log;
mod search;

use std::collections::VecDeque;
use std::time::Instant;

use autolossgen_formula::Formula;
use autolossgen_recsys::random::stream;

pub use error::StudyError;
pub use log::{SearchLog, SearchState};
pub use search::{resume, search};

use crate::complete::{Complete, Extent};
use crate::config::{Config, RewardRule};
use crate::contract::{ContractError, Part, guard};
use crate::controller::{Controller, Episode, controller};
use crate::evaluate::Evaluation;
use crate::proposal::Proposal;
use crate::record::{Counts, ParetoFront, Record, Sample, Update, UpdateStats};
use crate::state::{ForeignState, State};
use crate::trial::{Told, Trial};

/// A search that is driven from outside.
pub struct Study {
    config: Config,
    controller: Box<dyn Controller>,
    counts: Counts,
    /// Trials asked for, warm start included; and rounds of the controller.
    asked: u64,
    rounds: u64,
    /// Rounds that are not committed, the oldest first.
    open: VecDeque<Round>,
    /// Rounds of the controller that were committed.
    updates: u64,
    /// Samples since a loss was last accepted.
    unaccepted: usize,
    front: ParetoFront,
    /// What happened since the records were last taken.
    records: Vec<Record>,
    /// Validation metric of the recommender, or of the best.
    validation: f64,
    /// Best reward that was told.
    best: f64,
    started: Instant,
    /// Seconds that the study took before it was cut off.
    seconds_before: f64,
}

/// Trials that were asked for together.
struct Round {
    trials: Vec<Trial>,
    told: Vec<Option<Told>>,
    /// How the controller sampled them; `None` for the warm start, which no controller did.
    episodes: Option<Vec<Episode>>,
    /// Validation metric after the round, and whether the recommender was replaced, where an evaluator says so.
    progress: Option<(f64, bool)>,
}

impl Study {
    /// A study with the controller that the configuration names, of data with two classes. The complete search goes to seven nodes
    /// where `controller.max_nodes` does not say how far: nothing is known of its cost.
    pub fn new(config: &Config) -> Self {
        Self::of_extent(config, &Extent::default())
    }

    /// A study with the controller that the configuration names, where the data and the cost of a training are known. The complete
    /// search enumerates its losses on the threads of the pool at hand.
    pub fn of_extent(config: &Config, extent: &Extent) -> Self {
        let named = controller(config);
        Self::with_controller(config, named.unwrap_or_else(|| Box::new(Complete::new(config, extent))))
    }

    /// A study with a controller of one's own.
    pub fn with_controller(config: &Config, controller: Box<dyn Controller>) -> Self {
        Self {
            config: config.clone(),
            controller,
            counts: Counts::default(),
            asked: 0,
            rounds: 0,
            open: VecDeque::new(),
            updates: 0,
            unaccepted: 0,
            front: ParetoFront::default(),
            records: Vec::new(),
            validation: f64::NAN,
            best: f64::NEG_INFINITY,
            started: Instant::now(),
            seconds_before: 0.0,
        }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Outcomes of the trials that were committed.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The accepted losses that no simpler one equals, from the simplest to the best.
    pub fn front(&self) -> &ParetoFront {
        &self.front
    }

    /// Trials that were asked for and not told.
    pub fn waiting(&self) -> Vec<&Trial> {
        let pairs = self.open.iter().flat_map(|round| round.trials.iter().zip(&round.told));
        pairs.filter(|(_, told)| told.is_none()).map(|(trial, _)| trial).collect()
    }

    /// Whether `search.samples` and the controller leave something to ask for; always, where neither has an end.
    pub fn wants_more(&self) -> bool {
        self.left(1) > 0
    }

    /// What the controller has to say before its first loss.
    pub fn opening(&self) -> Option<Record> {
        self.controller.opening()
    }

    /// Whether the controller has proposed all that it can.
    fn is_complete(&self) -> bool {
        self.controller.left() == Some(0)
    }

    /// `n`, or what is left of `search.samples` and of the controller.
    fn left(&self, n: usize) -> usize {
        let n = self.controller.left().map_or(n, |left| n.min(left));
        match self.config.search.samples as u64 {
            0 => n,
            budget => n.min(budget.saturating_sub(self.asked) as usize),
        }
    }

    /// The losses of `search.warm_start`, for a round before any other; empty where there are none, or where trials were asked
    /// for already.
    pub fn ask_warm_start(&mut self) -> Vec<Trial> {
        if self.asked > 0 {
            return Vec::new();
        }
        let known = Proposal::warm_start(&self.config);
        let proposals: Vec<Proposal> = match self.config.search.reward {
            RewardRule::OneEpoch => known.flat_map(Proposal::at_each_epsilon).collect(),
            RewardRule::Converged => known.collect(),
        };
        self.begin(proposals, None)
    }

    /// `n` losses to try, or as many as are left of `search.samples`; they are told in any order.
    ///
    /// # Errors
    /// A controller that panics, or proposes another number of losses.
    pub fn ask(&mut self, n: usize) -> Result<Vec<Trial>, ContractError> {
        let n = self.left(n);
        if n == 0 {
            return Ok(Vec::new());
        }
        let mut rng = stream(self.config.seed, "samples", self.rounds);
        let episodes = guard(Part::Controller, || self.controller.ask(n, &mut rng))?;
        ContractError::expect_count(Part::Controller, "formulas", n, episodes.len())?;
        for episode in &episodes {
            ContractError::expect_pointwise(Part::Controller, &episode.formula)?;
            ContractError::expect_finite(Part::Controller, "log-probability", episode.log_prob)?;
            ContractError::expect_finite(Part::Controller, "entropy", episode.entropy)?;
        }
        self.rounds += 1;
        let proposal = |episode: &Episode| Proposal::searched(episode.formula.clone(), &episode.epsilons, &self.config);
        let proposals = episodes.iter().map(proposal).collect();
        Ok(self.begin(proposals, Some(episodes)))
    }

    fn begin(&mut self, proposals: Vec<Proposal>, episodes: Option<Vec<Episode>>) -> Vec<Trial> {
        if proposals.is_empty() {
            return Vec::new();
        }
        let numbered = (self.asked..).zip(proposals);
        let trials: Vec<Trial> =
            numbered.map(|(number, proposal)| Trial::new(number, proposal, &self.config)).collect();
        self.asked += trials.len() as u64;
        let told = vec![None; trials.len()];
        self.open.push_back(Round { trials: trials.clone(), told, episodes, progress: None });
        trials
    }

    /// Tells the value of a trial: what a model reaches with the loss, higher is better; NaN where the training diverged. A
    /// trial that was told already keeps its first value.
    ///
    /// # Errors
    /// A trial that was not asked for; a controller that does not keep its contract.
    pub fn tell(&mut self, trial: &Trial, value: f64) -> Result<(), StudyError> {
        self.tell_outcome(trial.number(), Told::value(value, &self.config))
    }

    /// As [`tell`](Self::tell), of the trial of a number, with outcome and reward.
    ///
    /// # Errors
    /// As [`tell`](Self::tell); a reward that is not finite.
    pub fn tell_outcome(&mut self, trial: u64, told: Told) -> Result<(), StudyError> {
        ContractError::expect_finite(Part::Evaluator, "reward", told.reward)?;
        if trial >= self.asked {
            return Err(StudyError::Unknown(trial));
        }
        let place = self.open.iter_mut().find_map(|round| {
            let at = trial.checked_sub(round.trials[0].number())? as usize;
            round.told.get_mut(at)
        });
        // Who is in no open round was told, and committed.
        if let Some(place @ None) = place {
            *place = Some(told);
        }
        Ok(self.commit()?)
    }

    /// Tells the trials of the oldest open round.
    pub(crate) fn tell_round(&mut self, evaluation: Evaluation) -> Result<(), ContractError> {
        let Evaluation { told, validation, replaced } = evaluation;
        let round = self.open.front_mut().expect("a round was asked for");
        ContractError::expect_count(Part::Evaluator, "outcomes", round.trials.len(), told.len())?;
        for told in &told {
            ContractError::expect_finite(Part::Evaluator, "reward", told.reward)?;
        }
        round.told = told.into_iter().map(Some).collect();
        round.progress = Some((validation, replaced));
        self.commit()
    }

    /// Commits the rounds that are told, as far as none before them is not.
    fn commit(&mut self) -> Result<(), ContractError> {
        while self.open.front().is_some_and(|round| round.told.iter().all(Option::is_some)) {
            let round = self.open.pop_front().expect("there is a round");
            self.commit_round(round)?;
        }
        Ok(())
    }

    fn commit_round(&mut self, round: Round) -> Result<(), ContractError> {
        let Round { trials, told, episodes, progress } = round;
        let told: Vec<Told> = told.into_iter().flatten().collect();
        let best = told.iter().map(|told| told.reward).fold(self.best, f64::max);
        let (validation, replaced) = progress.unwrap_or_else(|| (self.config.metric().gain(best), best > self.best));
        let log_probs: Vec<f64> = match &episodes {
            Some(episodes) => episodes.iter().map(|episode| episode.log_prob).collect(),
            None => vec![0.0; trials.len()],
        };
        let stats = self.learn(&trials, &told, episodes)?;
        for ((trial, told), log_prob) in trials.iter().zip(&told).zip(log_probs) {
            self.record(trial, told, log_prob);
        }
        (self.validation, self.best) = (validation, best);
        if let Some(stats) = stats {
            let update = Update { update: self.updates, stats, validation, replaced };
            self.records.push(Record::Update(update));
            self.updates += 1;
        }
        Ok(())
    }

    /// What the controller makes of a round; nothing is updated by a warm start.
    fn learn(
        &mut self,
        trials: &[Trial],
        told: &[Told],
        episodes: Option<Vec<Episode>>,
    ) -> Result<Option<UpdateStats>, ContractError> {
        let rewards = told.iter().map(|told| told.reward);
        let Some(episodes) = episodes else {
            let known = trials.iter().zip(rewards).map(|(trial, reward)| (trial.formula().clone(), reward));
            let known: Vec<(Formula, f64)> = known.collect();
            guard(Part::Controller, || self.controller.begin_with(&known))?;
            return Ok(None);
        };
        let rewarded: Vec<(Episode, f64)> = episodes.into_iter().zip(rewards).collect();
        let stats = guard(Part::Controller, || self.controller.tell(&rewarded))?;
        for value in [stats.mean_reward, stats.baseline, stats.entropy, stats.grad_norm] {
            ContractError::expect_finite(Part::Controller, "statistic of an update", value)?;
        }
        Ok(Some(stats))
    }

    fn record(&mut self, trial: &Trial, told: &Told, log_prob: f64) {
        let proposal = trial.proposal();
        let sample = Sample {
            sample: trial.number(),
            formula: proposal.canonical(),
            known: proposal.name.map(str::to_owned),
            log_prob,
            outcome: told.outcome,
            reward: told.reward,
            scales: trial.scales(),
        };
        self.counts.add(&told.outcome);
        self.unaccepted = if told.outcome.is_accepted() { 0 } else { self.unaccepted + 1 };
        self.front.offer(&sample);
        self.records.push(Record::Sample(sample));
    }

    /// What happened since the records were last taken, in order.
    pub fn take_records(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }

    /// Tells again what a study of the same configuration was told: its records, in order. From there the study goes on as
    /// the other would have done.
    ///
    /// # Errors
    /// Records that are not those of such a study; a controller that does not keep its contract.
    pub fn tell_again(&mut self, records: &[Record]) -> Result<(), StudyError> {
        let mut samples: Vec<&Sample> = Vec::new();
        for record in records {
            match record {
                Record::Sample(sample) if sample.known.is_some() => samples.push(sample),
                Record::Sample(sample) => {
                    if samples.last().is_some_and(|last| last.known.is_some()) {
                        let trials = self.ask_warm_start();
                        self.repeat(&trials, std::mem::take(&mut samples), None)?;
                    }
                    samples.push(sample);
                }
                Record::Update(update) => {
                    let trials = self.ask(samples.len())?;
                    self.repeat(&trials, std::mem::take(&mut samples), Some(update))?;
                }
                _ => {}
            }
        }
        // The warm start may be all there is.
        if samples.last().is_some_and(|last| last.known.is_some()) {
            let trials = self.ask_warm_start();
            self.repeat(&trials, samples, None)?;
        }
        self.records.clear();
        Ok(())
    }

    fn repeat(&mut self, trials: &[Trial], samples: Vec<&Sample>, update: Option<&Update>) -> Result<(), StudyError> {
        let same = |(trial, sample): (&Trial, &&Sample)| {
            trial.number() == sample.sample && trial.proposal().canonical().to_string() == sample.formula.to_string()
        };
        if trials.len() != samples.len() || !trials.iter().zip(&samples).all(same) {
            return Err(StudyError::Foreign { sample: samples.first().map_or(self.asked, |sample| sample.sample) });
        }
        if let (Some(update), Some(round)) = (update, self.open.back_mut()) {
            round.progress = Some((update.validation, update.replaced));
        }
        for sample in samples {
            let told = Told { outcome: sample.outcome, reward: sample.reward };
            self.tell_outcome(sample.sample, told)?;
        }
        Ok(())
    }

    fn seconds(&self) -> f64 {
        self.seconds_before + self.started.elapsed().as_secs_f64()
    }

    /// Takes up where a study of the same configuration was, given all that it had recorded by then.
    fn restore(&mut self, past: &[Record], controller: &State) -> Result<(), ForeignState> {
        guard(Part::Controller, || self.controller.restore(controller)).map_err(|_| ForeignState)??;
        self.front = ParetoFront::of(past);
        self.counts = Counts::of(past);
        self.asked = self.counts.sampled;
        let is_update = |record: &&Record| matches!(record, Record::Update(_));
        self.updates = past.iter().filter(is_update).count() as u64;
        self.rounds = self.updates;
        let samples = || past.iter().rev().filter_map(Record::sample);
        self.unaccepted = samples().take_while(|sample| !sample.outcome.is_accepted()).count();
        self.best = samples().map(|sample| sample.reward).fold(f64::NEG_INFINITY, f64::max);
        Ok(())
    }
}

impl std::fmt::Debug for Study {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { counts, asked, updates, .. } = self;
        f.debug_struct("Study").field("counts", counts).field("asked", asked).field("updates", updates).finish()
    }
}
