//! The `tuned` protocol: learning rate, L2 and ε are chosen for each loss on validation, by a race with the same budget for
//! each; then the chosen point is trained from several seeds.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use autolossgen_recsys::SearchData;
use rayon::prelude::*;

use super::{Contender, Point, RacePoint, SeedRun, Selection, Trained};
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
    observer: &dyn Observer,
) -> Option<Vec<Trained>> {
    let mut trained = tune(contenders, data, config, observer)?;
    let (done, total) = (AtomicUsize::new(0), trained.len() * (config.test.seeds - 1));
    for seed in seeds(config).skip(1) {
        let terms = Terms::new(data, config, seed, config.stop_rule(), observer);
        trained.par_iter_mut().with_max_len(1).for_each(|trained| {
            let start = Instant::now();
            let converged = trained.contender.train(&terms, &trained.point, config);
            let finished = done.fetch_add(1, Ordering::Relaxed) + 1;
            observer.trained(finished, total, &trained.contender.loss, converged.validation);
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
fn tune(contenders: &[Contender], data: &SearchData, config: &Config, observer: &dyn Observer) -> Option<Vec<Trained>> {
    let terms = Terms::new(data, config, config.seed, config.stop_rule(), observer);
    let rungs = rungs(config);
    let (done, starts) = (AtomicUsize::new(0), rungs.iter().map(|rung| rung.configurations).sum::<usize>());
    let told = |contender: &Contender, standing: &Standing| {
        let finished = done.fetch_add(1, Ordering::Relaxed) + 1;
        let validation = config.metric().gain(standing.gain);
        observer.tuned(finished, starts * contenders.len(), &contender.loss, validation);
    };
    contenders.iter().map(|contender| tune_one(contender, &terms, config, &rungs, &told)).collect()
}

fn tune_one(
    contender: &Contender,
    terms: &Terms<'_>,
    config: &Config,
    rungs: &[Rung],
    told: &(impl Fn(&Contender, &Standing) + Sync),
) -> Option<Trained> {
    let (points, spent) = (config.tuned_grid(&contender.epsilons).configurations(), AtomicU64::new(0));
    let start = |index: usize| Timed { course: contender.begin(terms, &points[index], config), spent: &spent };
    let Raced { tracks, winner, racer } = race(rungs, &start, &|_, standing: &Standing| told(contender, standing))?;
    let converged = racer.course.converged().expect("the last rung trains to the end");
    let point = points[winner];
    let selection = points.iter().zip(&tracks).map(|(&point, track)| race_point(point, track, config)).collect();
    Some(Trained {
        contender: contender.clone(),
        point,
        scale: contender.as_trained(point.epsilon, config).scale(),
        selection: Selection::Race(selection),
        runs: vec![SeedRun { seed: config.seed, converged }],
        seconds: spent.into_inner() as f64 * 1e-9,
    })
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
