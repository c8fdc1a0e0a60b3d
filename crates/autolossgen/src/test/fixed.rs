//! The `fixed` protocol, the paper's (§5.1.4): every loss at the same learning rate and L2, ε alone chosen for each.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use autolossgen_recsys::{Converged, Ending, SearchData};
use rayon::prelude::*;

use super::{Contender, Finished, GridPoint, Point, SeedRun, Selection, Trained};
use crate::terms::{Terms, gain};
use crate::{AnyModel, Config, Observer};

/// The best training of a contender so far; memory for one recommender a contender, however long the grid.
struct Best {
    gain: f64,
    index: usize,
    converged: Converged<AnyModel>,
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

/// The settings of every loss, at one ε.
pub(super) fn point(config: &Config, epsilon: f32) -> Point {
    Point { learning_rate: config.training.learning_rate, l2: config.training.l2, epsilon }
}

/// Trains every contender at each of its ε, from one seed, and keeps, by validation, the best; all side by side. Results
/// are in the order of `contenders`; to be called inside a [`pool`](crate::pool). `None` where the observer asked for an
/// early end.
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
    let terms = Terms::new(data, config, config.seed, config.stop_rule(), observer);
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
            let (epsilon, name) = (contender.epsilons[index], format!("{} at ε number {index}", contender.loss));
            let converged = contender.train_once(&terms, &point(config, epsilon), config, (finished, &name));
            let point = grid_point(epsilon, &converged);
            let n_done = done.fetch_add(1, Ordering::Relaxed) + 1;
            observer.trained(n_done, jobs.len(), &contender.loss, converged.validation);
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
        let point = point(config, contender.epsilons[best.index]);
        Trained {
            contender: contender.clone(),
            point,
            scale: contender.as_trained(point.epsilon, config).scale(),
            selection: Selection::Grid(grid),
            runs: vec![SeedRun { seed: config.seed, converged: best.converged }],
            seconds: seconds.iter().sum(),
        }
    };
    Some(contenders.iter().zip(slots).map(assemble).collect())
}

fn grid_point(epsilon: f32, converged: &Converged<AnyModel>) -> GridPoint {
    let validation = Some(converged.validation).filter(|value| value.is_finite());
    let Converged { best_epoch, epochs, ending, .. } = *converged;
    GridPoint { epsilon, validation, best_epoch, epochs, ending }
}
