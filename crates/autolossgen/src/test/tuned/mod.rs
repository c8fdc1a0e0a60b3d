//! The `tuned` protocol: learning rate, L2 and ε are chosen for each loss on validation, by a race with the same budget for
//! each; then the chosen point is trained from several seeds.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use autolossgen_recsys::{Converged, SearchData};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::finished::SavedTraining;
use super::{Contender, Finished, Point, RacePoint, SeedRun, Selection, Trained};
pub use crate::race::Rung;
use crate::race::{self, Raced, Racer, Standing, race};
use crate::terms::{Course, Terms};
use crate::{AnyModel, Config, Observer};

/// The rungs of the race of every loss.
pub fn rungs(config: &Config) -> Vec<Rung> {
    let test = &config.test;
    race::rungs(test.configurations(), test.rung_epochs, test.eta)
}

/// The seeds from which every loss is trained at its point; the first is that of the race.
pub fn seeds(config: &Config) -> impl Iterator<Item = u64> {
    config.seed..config.seed + config.test.seeds as u64
}

/// Races the configurations of every contender and trains the best of each from every seed. Results are in the order of
/// `contenders`; to be called inside a [`pool`](crate::pool). `None` where the observer asked for an early end.
///
/// One contender and one seed are worked on at a time, each on all threads, so that memory holds the trainings of one race
/// and the plans of one seed.
///
/// # Panics
/// When a contender has no ε.
pub fn train(
    contenders: &[Contender],
    data: &SearchData,
    config: &Config,
    finished: &Finished,
    observer: &dyn Observer,
) -> Option<Vec<Trained>> {
    let mut trained = tune(contenders, data, config, finished, observer)?;
    let (done, total) = (AtomicUsize::new(0), trained.len() * (config.test.seeds - 1));
    for seed in seeds(config).skip(1) {
        let terms = Terms::new(data, config, seed, config.stop_rule(), observer);
        trained.par_iter_mut().with_max_len(1).for_each(|trained| {
            let start = Instant::now();
            let name = format!("{} from seed {seed}", trained.contender.loss);
            let converged = trained.contender.train_once(&terms, &trained.point, config, (finished, &name));
            let n_done = done.fetch_add(1, Ordering::Relaxed) + 1;
            observer.trained(n_done, total, &trained.contender.loss, converged.validation);
            trained.runs.push(SeedRun { seed, converged });
            trained.seconds += start.elapsed().as_secs_f64();
        });
        if trained.iter().flat_map(|trained| &trained.runs).any(SeedRun::was_interrupted) {
            return None;
        }
    }
    Some(trained)
}

/// The race of each contender. The training that wins is the first of its seeds: it need not be done again.
fn tune(
    contenders: &[Contender],
    data: &SearchData,
    config: &Config,
    finished: &Finished,
    observer: &dyn Observer,
) -> Option<Vec<Trained>> {
    let terms = Terms::new(data, config, config.seed, config.stop_rule(), observer);
    let rungs = rungs(config);
    let (done, starts) = (AtomicUsize::new(0), rungs.iter().map(|rung| rung.configurations).sum::<usize>());
    let told = |n: usize, contender: &Contender, gain: f64| {
        let n_done = done.fetch_add(n, Ordering::Relaxed) + n;
        observer.tuned(n_done, starts * contenders.len(), &contender.loss, config.metric().gain(gain));
    };
    let tune_once = |contender: &Contender| {
        let name = format!("race of {}", contender.loss);
        let saved = finished.recall::<SavedRace>(&name);
        if let Some(trained) = saved.and_then(|saved| saved.trained(contender, &terms, config)) {
            told(starts, contender, config.metric().gain(trained.first().validation));
            return Some(trained);
        }
        let one = |standing: &Standing| told(1, contender, standing.gain);
        let (race, converged) = run_race(contender, &terms, config, &rungs, &one)?;
        finished.keep(&name, &race);
        Some(race.with(converged, contender, config))
    };
    contenders.iter().map(tune_once).collect()
}

/// A race that is over, without the shape of its recommenders.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedRace {
    /// Rungs of each configuration, and where it stood on the last of them.
    tracks: Vec<(usize, Standing)>,
    winner: usize,
    seconds: f64,
    training: SavedTraining,
}

impl SavedRace {
    /// `None` where it is not that of such a contender.
    fn trained(self, contender: &Contender, terms: &Terms<'_>, config: &Config) -> Option<Trained> {
        let n = config.tuned_grid(&contender.epsilons).configurations().len();
        let fits = self.tracks.len() == n && self.winner < n;
        let converged = self.training.converged(terms.fresh(config)).filter(|_| fits)?;
        Some(self.with(converged, contender, config))
    }

    fn with(self, converged: Converged<AnyModel>, contender: &Contender, config: &Config) -> Trained {
        let points = config.tuned_grid(&contender.epsilons).configurations();
        let point = points[self.winner];
        let selection = points.iter().zip(&self.tracks).map(|(&point, track)| race_point(point, track, config));
        Trained {
            contender: contender.clone(),
            point,
            scale: contender.as_trained(point.epsilon, config).scale(),
            selection: Selection::Race(selection.collect()),
            runs: vec![SeedRun { seed: config.seed, converged }],
            seconds: self.seconds,
        }
    }
}

/// `None` where the observer asked for an early end.
fn run_race(
    contender: &Contender,
    terms: &Terms<'_>,
    config: &Config,
    rungs: &[Rung],
    told: &(impl Fn(&Standing) + Sync),
) -> Option<(SavedRace, Converged<AnyModel>)> {
    let (points, spent) = (config.tuned_grid(&contender.epsilons).configurations(), AtomicU64::new(0));
    let start = |index: usize| Timed { course: contender.begin(terms, &points[index], config), spent: &spent };
    let Raced { tracks, winner, racer } = race(rungs, &start, &|_, standing: &Standing| told(standing))?;
    let converged = racer.course.converged().expect("the last rung trains to the end");
    let (seconds, training) = (spent.into_inner() as f64 * 1e-9, SavedTraining::of(&converged));
    Some((SavedRace { tracks, winner, seconds, training }, converged))
}

fn race_point(point: Point, (rungs, standing): &(usize, Standing), config: &Config) -> RacePoint {
    let Standing { gain, best_epoch, epochs, ending } = *standing;
    let validation = Some(config.metric().gain(gain)).filter(|value| value.is_finite());
    RacePoint { point, rungs: *rungs, validation, best_epoch, epochs, ending }
}

/// A training that counts its time, in nanoseconds.
struct Timed<'a> {
    course: Course<'a, AnyModel>,
    spent: &'a AtomicU64,
}

impl Racer for Timed<'_> {
    fn advance(&mut self, until: Option<usize>) {
        let start = Instant::now();
        self.course.advance(until);
        self.spent.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
    }

    fn standing(&self) -> Standing {
        self.course.standing()
    }
}
