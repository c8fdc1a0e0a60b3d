//! Trainings on the threads of this process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use autolossgen_recsys::models::ModelBuilder;
use autolossgen_recsys::random::stream;
use autolossgen_recsys::{
    BoxedModel, Conditions, EpochPlans, Hyperparameters, Model, SearchData, SelectionMetric, Training,
};
use rayon::prelude::*;

use super::Folds;
use super::job::{Batch, Executor, Job, JobResult, OnResult};
use crate::config::Config;
use crate::contract::{ContractError, Part, guard};

/// Makes the fresh recommender of a seed and a number, counted from 0: number 0 is the one that trainings to convergence start
/// from, and the first of a search.
pub type Fresh<'a> = dyn Fn(u64, u64) -> BoxedModel + Sync + 'a;

/// Fresh recommenders of a builder, in the shape of `data`.
pub fn fresh<'a>(builder: &'a dyn ModelBuilder, data: &SearchData) -> impl Fn(u64, u64) -> BoxedModel + Sync + 'a {
    let (n_users, n_items) = (data.n_users, data.n_items);
    move |seed, number| builder.fresh(n_users, n_items, &mut stream(seed, "model", number))
}

/// The executor on the threads of the rayon pool at hand. Results do not depend on how many there are.
pub struct Local<'a> {
    folds: &'a Folds<'a>,
    fresh: &'a Fresh<'a>,
    stop: &'a (dyn Fn() -> bool + Sync),
    batch_size: usize,
    hyperparameters: Hyperparameters,
    metric: SelectionMetric,
    setups: Mutex<BTreeMap<SetupKey, Arc<Setup>>>,
    /// Trainings that the last batch kept and that can go on.
    resting: Mutex<Vec<(Job, Training<BoxedModel>)>>,
}

/// Fold and seed of a job.
type SetupKey = (Option<usize>, u64);

/// What the trainings of one seed on the same rows share.
struct Setup {
    initial: BoxedModel,
    plans: EpochPlans,
}

/// A training of a group, and how good it is.
struct Place {
    index: usize,
    result: JobResult,
    training: Training<BoxedModel>,
}

/// The best so far of a group: the others are dropped as they come, so that memory is that of those who are kept.
#[derive(Default)]
struct Podium(Vec<Place>);

impl Podium {
    /// Takes a training in if it is among the best `size`, of equals the earlier job, so that the order of arrival does not
    /// matter; whether it is.
    fn offer(&mut self, place: Place, size: usize) -> bool {
        let ahead = |other: &Place| other.result.order(&place.result).then(other.index.cmp(&place.index)).is_lt();
        let at = self.0.partition_point(ahead);
        self.0.insert(at, place);
        self.0.truncate(size);
        at < size
    }
}

impl<'a> Local<'a> {
    /// An executor on these rows. `stop` is asked after every epoch, and ends the training at hand.
    pub fn new(
        config: &Config,
        folds: &'a Folds<'a>,
        fresh: &'a Fresh<'a>,
        stop: &'a (dyn Fn() -> bool + Sync),
    ) -> Self {
        Self {
            folds,
            fresh,
            stop,
            batch_size: config.training.batch_size,
            hyperparameters: config.hyperparameters(),
            metric: config.selection_metric(),
            setups: Mutex::default(),
            resting: Mutex::default(),
        }
    }

    /// What each job shares with others. Those of seeds that no job has are dropped, with the memory of their plans.
    fn setups(&self, jobs: &[Job]) -> Result<Vec<Arc<Setup>>, ContractError> {
        let mut setups = lock(&self.setups);
        setups.retain(|(_, seed), _| jobs.iter().any(|job| job.seed == *seed));
        let setup = |job: &Job| {
            if let Some(setup) = setups.get(&(job.fold, job.seed)) {
                return Ok(Arc::clone(setup));
            }
            let initial = guard(Part::Model, || (self.fresh)(job.seed, 0))?;
            let sharing = if job.fold.is_some() { self.folds.len() } else { 1 };
            let plans = EpochPlans::new(self.batch_size, job.seed).sharing_memory(sharing);
            let setup = Arc::new(Setup { initial, plans });
            setups.insert((job.fold, job.seed), Arc::clone(&setup));
            Ok(setup)
        };
        jobs.iter().map(setup).collect()
    }

    /// Trains a job on, from where it rested or from its first epoch.
    fn train(&self, job: &Job, setup: &Setup, training: &mut Training<BoxedModel>) -> JobResult {
        let (start, loss) = (Instant::now(), job.loss());
        let hyperparameters =
            Hyperparameters { learning_rate: job.point.learning_rate, l2: job.point.l2, ..self.hyperparameters };
        let conditions = Conditions {
            data: self.folds.rows(job.fold),
            loss: &loss,
            hyperparameters,
            plans: &setup.plans,
            rule: job.stop,
            metric: self.metric,
        };
        training.advance(&conditions, job.until.unwrap_or(usize::MAX), &|| (self.stop)());
        JobResult {
            gain: Some(training.gain()).filter(|gain| !gain.is_nan()),
            last_gain: Some(training.last_gain()).filter(|gain| !gain.is_nan()),
            best_epoch: training.best_epoch(),
            epochs: training.epochs(),
            ending: training.ending(),
            seconds: start.elapsed().as_secs_f64(),
            parameters: None,
        }
    }
}

/// No code of others runs while a lock is held, so that none is poisoned.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics with the lock")
}

impl Executor for Local<'_> {
    fn run(&self, batch: &Batch<'_>, told: &OnResult<'_>) -> Result<Vec<JobResult>, ContractError> {
        let setups = self.setups(batch.jobs)?;
        let mut resting = std::mem::take(&mut *lock(&self.resting));
        let begun = |job: &Job| {
            let at = resting.iter().position(|(other, _)| job.is_part_of(other))?;
            Some(resting.swap_remove(at).1)
        };
        let begun: Vec<Option<Training<BoxedModel>>> = batch.jobs.iter().map(begun).collect();
        drop(resting);
        let podiums: Vec<Mutex<Podium>> = (0..batch.n_groups()).map(|_| Mutex::default()).collect();
        let train = |(index, begun): (usize, Option<Training<BoxedModel>>)| {
            let (job, setup) = (&batch.jobs[index], &setups[index]);
            let (training, mut result) = guard(Part::Model, || {
                let mut training = begun.unwrap_or_else(|| Training::new(setup.initial.clone()));
                let result = self.train(job, setup, &mut training);
                (training, result)
            })?;
            let has_ended = result.ending.is_some();
            let parameters = if has_ended && batch.keep > 0 {
                Some(guard(Part::Model, || training.best().snapshot())?)
            } else {
                None
            };
            let place = Place { index, result: result.clone(), training };
            let is_kept = lock(&podiums[batch.groups[index]]).offer(place, batch.keep);
            result.parameters = parameters.filter(|_| is_kept);
            told(index, &result);
            Ok(result)
        };
        let results: Vec<Result<JobResult, ContractError>> =
            begun.into_par_iter().enumerate().with_max_len(1).map(train).collect();
        let results = results.into_iter().collect::<Result<Vec<_>, _>>()?;
        let places = podiums.into_iter().flat_map(|podium| podium.into_inner().expect("no thread panicked").0);
        let can_go_on = places.filter(|place| place.result.ending.is_none());
        *lock(&self.resting) = can_go_on.map(|place| (batch.jobs[place.index].clone(), place.training)).collect();
        Ok(results)
    }
}
