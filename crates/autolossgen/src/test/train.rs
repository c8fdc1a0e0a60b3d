//! Training to convergence over the grid of ε, all contenders side by side.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use autolossgen_recsys::{BiasedMf, Converged, Ending, EpochPlans, Metric, SearchData, StopRule, train_to_convergence};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Contender;
use crate::check::Validated;
use crate::{Config, Observer, fresh_mf, scale};

/// One value of ε and what it reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GridPoint {
    /// ε
    pub epsilon: f32,
    /// Validation metric at the best epoch; `None` where no epoch was finite
    pub validation: Option<f64>,
    /// Best epoch, counted from 1
    pub best_epoch: usize,
    /// Epochs trained
    pub epochs: usize,
    /// Why it ended
    pub ending: Ending,
}

/// A contender at the ε that validation chose.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The loss.
    pub contender: Contender,
    /// ε of `converged`.
    pub epsilon: f32,
    /// What its derivative was multiplied by.
    pub scale: f32,
    /// The recommender.
    pub converged: Converged<BiasedMf>,
    /// Every ε tried, in order.
    pub grid: Vec<GridPoint>,
    /// Seconds of work, all ε together.
    pub seconds: f64,
}

/// The best training of a contender so far; memory for one recommender a contender, however long the grid.
struct Best {
    gain: f64,
    index: usize,
    converged: Converged<BiasedMf>,
}

impl Best {
    /// Keeps the better of two; of equals the earlier ε, so that the order of arrival does not matter.
    fn offer(slot: &mut Option<Best>, new: Best) {
        let better = |old: &Best| new.gain > old.gain || (new.gain == old.gain && new.index < old.index);
        if slot.as_ref().is_none_or(better) {
            *slot = Some(new);
        }
    }
}

/// What every training of one call shares.
struct Terms<'a> {
    data: &'a SearchData,
    config: &'a Config,
    plans: EpochPlans,
    rule: StopRule,
    observer: &'a dyn Observer,
}

impl<'a> Terms<'a> {
    fn new(data: &'a SearchData, config: &'a Config, rule: StopRule, observer: &'a dyn Observer) -> Self {
        let plans = EpochPlans::new(config.training.batch_size, config.seed);
        Self { data, config, plans, rule, observer }
    }

    /// Trains a fresh recommender: the same initial parameters and the same batches for every loss.
    fn train(&self, contender: &Contender, epsilon: f32) -> Converged<BiasedMf> {
        let config = self.config;
        let model = fresh_mf(config, self.data, 0);
        let loss = scale::as_trained(contender.compile(epsilon), config);
        let (hyperparameters, metric) = (config.hyperparameters(), config.metric());
        let stop = || self.observer.stop();
        train_to_convergence(model, self.data, &loss, &hyperparameters, &self.plans, &self.rule, metric, &stop)
    }
}

/// Order of two validation values: higher gain first, a diverged training last.
fn gain(metric: Metric, validation: f64) -> f64 {
    if validation.is_nan() { f64::NEG_INFINITY } else { metric.gain(validation) }
}

/// Trains every contender at each of its ε and keeps, by validation, the best. Results are in the order of
/// `contenders`; to be called inside a [`pool`](crate::pool). `None` where the observer asked for an early end.
///
/// # Panics
/// When a contender has no ε.
pub fn train(
    contenders: &[Contender],
    data: &SearchData,
    config: &Config,
    observer: &dyn Observer,
) -> Option<Vec<Trained>> {
    let terms = Terms::new(data, config, config.stop_rule(), observer);
    let jobs: Vec<(usize, usize)> = contenders
        .iter()
        .enumerate()
        .flat_map(|(c, contender)| (0..contender.epsilons.len()).map(move |e| (c, e)))
        .collect();
    let slots: Vec<Mutex<Option<Best>>> = contenders.iter().map(|_| Mutex::default()).collect();
    let done = AtomicUsize::new(0);
    let points: Vec<(GridPoint, f64)> = jobs
        .par_iter()
        .with_max_len(1)
        .map(|&(c, index)| {
            let (start, contender) = (Instant::now(), &contenders[c]);
            let converged = terms.train(contender, contender.epsilons[index]);
            let point = grid_point(contender.epsilons[index], &converged);
            let finished = done.fetch_add(1, Ordering::Relaxed) + 1;
            observer.trained(finished, jobs.len(), &contender.loss, converged.validation);
            let best = Best { gain: gain(config.metric(), converged.validation), index, converged };
            Best::offer(&mut slots[c].lock().expect("no thread panics with a slot"), best);
            (point, start.elapsed().as_secs_f64())
        })
        .collect();
    if points.iter().any(|(point, _)| point.ending == Ending::Interrupted) {
        return None;
    }
    let mut points = points.into_iter();
    let assemble = |(contender, slot): (&Contender, Mutex<Option<Best>>)| {
        let (grid, seconds): (Vec<_>, Vec<f64>) = points.by_ref().take(contender.epsilons.len()).unzip();
        let best = slot.into_inner().expect("no thread panicked").expect("a contender has at least one ε");
        let (epsilon, seconds) = (contender.epsilons[best.index], seconds.iter().sum());
        let scale = scale::as_trained(contender.compile(epsilon), config).scale();
        Trained { contender: contender.clone(), epsilon, scale, converged: best.converged, grid, seconds }
    };
    Some(contenders.iter().zip(slots).map(assemble).collect())
}

fn grid_point(epsilon: f32, converged: &Converged<BiasedMf>) -> GridPoint {
    let validation = Some(converged.validation).filter(|value| value.is_finite());
    let Converged { best_epoch, epochs, ending, .. } = *converged;
    GridPoint { epsilon, validation, best_epoch, epochs, ending }
}

/// The `test.candidates` candidates with the best validation metric after `test.screening` epochs of a fresh
/// recommender, best first; all of them, in their order, where no more are there. `None` where the observer asked for an
/// early end.
pub fn screen(
    candidates: Vec<Validated>,
    data: &SearchData,
    config: &Config,
    observer: &dyn Observer,
) -> Option<Vec<Validated>> {
    let keep = config.test.candidates;
    if keep == 0 || candidates.len() <= keep {
        return Some(candidates);
    }
    let (epochs, never) = (config.test.screening, usize::MAX);
    let rule = StopRule { falling: never, patience: never, min_epochs: 0, max_epochs: epochs };
    let terms = Terms::new(data, config, rule, observer);
    let (done, total) = (AtomicUsize::new(0), candidates.len());
    let mut ranked: Vec<(f64, Validated)> = candidates
        .into_par_iter()
        .with_max_len(1)
        .map(|candidate| {
            let contender = Contender::generated(candidate.candidate().formula.clone(), config);
            let validation = terms.train(&contender, config.search.epsilon).validation;
            observer.screened(done.fetch_add(1, Ordering::Relaxed) + 1, total, &contender.loss, validation);
            (gain(config.metric(), validation), candidate)
        })
        .collect();
    if observer.stop() {
        return None;
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    Some(ranked.into_iter().take(keep).map(|(_, candidate)| candidate).collect())
}
