//! The recommender under training, and the copies on which losses are tried (Algorithm 1, lines 8 to 13).

use std::sync::Mutex;

use autolossgen_formula::Loss;
use autolossgen_recsys::{
    BoxedModel, EpochPlan, Hyperparameters, Interactions, Model, OtherShape, SearchData, SelectionMetric, Snapshot,
    Workspace,
};
use rayon::prelude::*;

use crate::contract::{ContractError, Part, guard};
use crate::evaluate::measure::evaluate;

/// A copy of the recommender with the memory to train and validate it; reused.
struct Copy {
    model: BoxedModel,
    workspace: Workspace,
    logits: Vec<f32>,
}

/// How a copy came out of its epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tried {
    /// NaN or ∞.
    Diverged,
    /// No loss has a gradient any more.
    Saturated,
    /// Validation metric.
    Validated(f64),
}

/// Which copy of an update is kept for [`Recommender::replace`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Keep {
    /// The one with the best metric; of equals the earlier.
    Best,
    /// The first in sampling order, whatever its metric.
    First,
}

/// A copy of an update that may replace the recommender.
struct Kept {
    gain: f64,
    index: usize,
    copy: Copy,
}

/// The recommender, its validation metric, and memory for its copies.
pub(super) struct Recommender {
    model: BoxedModel,
    /// Validation metric.
    pub(super) validation: f64,
    metric: SelectionMetric,
    spare: Mutex<Vec<Copy>>,
    keep: Keep,
    kept: Mutex<Option<Kept>>,
}

impl Recommender {
    pub(super) fn new(model: BoxedModel, metric: SelectionMetric, keep: Keep, data: &SearchData) -> Self {
        let validation = evaluate(&model, metric, &data.validation, &mut Vec::new()).unwrap_or(f64::NAN);
        Self { model, validation, metric, spare: Mutex::default(), keep, kept: Mutex::default() }
    }

    /// Another model takes the place of this one; the memory stays.
    pub(super) fn restart(&mut self, model: BoxedModel, data: &SearchData) {
        self.model = model;
        self.validation = self.measure(&data.validation).unwrap_or(f64::NAN);
    }

    /// Takes up what the recommender of a search on the same data had learned.
    pub(super) fn restore(&mut self, snapshot: &Snapshot, data: &SearchData) -> Result<(), OtherShape> {
        self.model.restore(snapshot)?;
        self.validation = self.measure(&data.validation).unwrap_or(f64::NAN);
        Ok(())
    }

    pub(super) fn model(&self) -> &BoxedModel {
        &self.model
    }

    /// Its metric on `rows`; `None` where that is undefined or a prediction is not finite.
    pub(super) fn measure(&self, rows: &Interactions) -> Option<f64> {
        evaluate(&self.model, self.metric, rows, &mut Vec::new())
    }

    /// Change of the metric from this recommender to a copy with metric `validation`; higher is better.
    pub(super) fn reward(&self, validation: f64) -> f64 {
        self.metric.gain(validation) - self.metric.gain(self.validation)
    }

    /// Trains a copy of the recommender with each loss for the epoch of `plan`, side by side; what became of each, in
    /// order. `is_trainable` says of a copy whether a loss has a gradient there. One copy is kept for
    /// [`replace`](Self::replace).
    pub(super) fn try_losses(
        &self,
        losses: &[Loss],
        data: &SearchData,
        plan: &EpochPlan,
        settings: &Hyperparameters,
        is_trainable: &(dyn Fn(&BoxedModel) -> bool + Sync),
    ) -> Vec<Result<Tried, ContractError>> {
        let try_one = |(index, loss): (usize, &Loss)| {
            let (copy, tried) = guard(Part::Model, || {
                let mut copy = self.copy();
                let summary = copy.model.train_epoch(plan, loss, settings, &mut copy.workspace);
                let validation = evaluate(&copy.model, self.metric, &data.validation, &mut copy.logits)
                    .filter(|_| summary.non_finite == 0 && copy.model.is_finite());
                let tried = match validation {
                    None => Tried::Diverged,
                    Some(_) if !is_trainable(&copy.model) => Tried::Saturated,
                    Some(validation) => Tried::Validated(validation),
                };
                (copy, tried)
            })?;
            match tried {
                Tried::Validated(validation) => self.offer(Kept { gain: self.metric.gain(validation), index, copy }),
                Tried::Diverged | Tried::Saturated => self.put_back(copy),
            }
            Ok(tried)
        };
        losses.par_iter().enumerate().with_max_len(1).map(try_one).collect()
    }

    /// Takes over the copy that the last update kept.
    pub(super) fn replace(&mut self) {
        if let Some(kept) = self.take_kept() {
            self.model.copy_from(&kept.copy.model);
            self.validation = self.metric.gain(kept.gain);
            self.put_back(kept.copy);
        }
    }

    /// Drops the copy that the last update kept.
    pub(super) fn discard(&mut self) {
        if let Some(kept) = self.take_kept() {
            self.put_back(kept.copy);
        }
    }

    fn take_kept(&mut self) -> Option<Kept> {
        self.kept.get_mut().expect("no thread panics with the copy that is kept").take()
    }

    /// A copy with the parameters of the recommender and a fresh optimiser, so that a loss is not measured by the
    /// gradients of those before it.
    fn copy(&self) -> Copy {
        let spare = self.spare.lock().expect("no thread panics with the spare copies").pop();
        let mut copy = spare.unwrap_or_else(|| Copy {
            model: self.model.clone(),
            workspace: Workspace::default(),
            logits: Vec::new(),
        });
        copy.model.copy_from(&self.model);
        copy.model.reset_optimizer();
        copy
    }

    fn put_back(&self, copy: Copy) {
        self.spare.lock().expect("no thread panics with the spare copies").push(copy);
    }

    /// Keeps one of two, whatever the order of their arrival.
    fn offer(&self, new: Kept) {
        let mut kept = self.kept.lock().expect("no thread panics with the copy that is kept");
        let wins = |old: &Kept| match self.keep {
            Keep::Best => new.gain > old.gain || (new.gain == old.gain && new.index < old.index),
            Keep::First => new.index < old.index,
        };
        let loser = if kept.as_ref().is_none_or(wins) { kept.replace(new) } else { Some(new) };
        drop(kept);
        if let Some(loser) = loser {
            self.put_back(loser.copy);
        }
    }
}
