//! Which candidates are worth a training to convergence.

use std::sync::atomic::{AtomicUsize, Ordering};

use autolossgen_recsys::{Ending, SearchData, StopRule};
use rayon::prelude::*;

use super::fixed::point;
use super::{Contender, Finished};
use crate::check::Validated;
use crate::config::RewardRule;
use crate::terms::{Terms, gain};
use crate::{Config, Observer};

/// The `test.candidates` candidates with the best validation metric after `test.screening` epochs of a fresh
/// recommender, best first, or with the best reward of a search by convergence; all of them, in their order, where no more
/// are there. `None` where the observer asked for an early end.
pub fn screen(
    candidates: Vec<Validated>,
    data: &SearchData,
    config: &Config,
    finished: &Finished,
    observer: &dyn Observer,
) -> Option<Vec<Validated>> {
    let keep = config.test.candidates;
    if keep == 0 || candidates.len() <= keep {
        return Some(candidates);
    }
    if config.search.reward == RewardRule::Converged {
        // Each has been trained to convergence: nothing would be learned by another look.
        let mut ranked = candidates;
        ranked.sort_by(|a, b| b.candidate().reward.total_cmp(&a.candidate().reward));
        ranked.truncate(keep);
        return Some(ranked);
    }
    let (epochs, never) = (config.test.screening, usize::MAX);
    let rule = StopRule { falling: never, patience: never, min_epochs: 0, max_epochs: epochs };
    let terms = Terms::new(data, config, config.seed, rule, observer);
    let (done, total) = (AtomicUsize::new(0), candidates.len());
    let mut ranked: Vec<(f64, Validated)> = candidates
        .into_par_iter()
        .with_max_len(1)
        .map(|candidate| {
            let contender = Contender::generated(candidate.candidate().formula.clone(), config);
            let name = format!("screening of {}", contender.loss);
            let validation = finished.recall(&name).unwrap_or_else(|| {
                let trained = contender.train(&terms, &point(config, config.search.epsilon), config);
                if trained.ending != Ending::Interrupted {
                    finished.keep(&name, &trained.validation);
                }
                trained.validation
            });
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
