//! Recommenders whose type is known at run time alone.

use std::any::Any;

use autolossgen_formula::Loss;

use crate::gram::Gram;
use crate::hyperparameters::Hyperparameters;
use crate::interactions::Interactions;
use crate::kernel::plan::EpochPlan;
use crate::kernel::workspace::Workspace;
use crate::model::Model;
use crate::snapshot::{OtherShape, Snapshot};
use crate::summary::EpochSummary;

/// What [`BoxedModel`] calls: a [`Model`] without what a trait object cannot have, a `Self` among its arguments. Every model
/// has it, and none implements it itself. The names differ from those of [`Model`] so that a call never has two meanings.
pub trait AnyModel: Any + Send + Sync {
    /// A clone on the heap.
    fn clone_box(&self) -> Box<dyn AnyModel>;
    /// [`Model::copy_from`] where `other` has the type of this model; false, and nothing is copied, where the types differ.
    fn copy_from_any(&mut self, other: &dyn AnyModel) -> bool;
    /// [`Model::predict`].
    fn predict_any(&self, data: &Interactions, logits: &mut Vec<f32>);
    /// [`Model::train_epoch`].
    fn train_epoch_any(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary;
    /// [`Model::gram`].
    fn gram_any(&self, batch: &Interactions) -> Gram;
    /// [`Model::reset_optimizer`].
    fn reset_optimizer_any(&mut self);
    /// [`Model::is_finite`].
    fn is_finite_any(&self) -> bool;
    /// [`Model::snapshot`].
    fn snapshot_any(&self) -> Snapshot;
    /// [`Model::restore`].
    ///
    /// # Errors
    /// As there.
    fn restore_any(&mut self, snapshot: &Snapshot) -> Result<(), OtherShape>;
}

impl<M: Model + 'static> AnyModel for M {
    fn clone_box(&self) -> Box<dyn AnyModel> {
        Box::new(self.clone())
    }

    fn copy_from_any(&mut self, other: &dyn AnyModel) -> bool {
        let other: &dyn Any = other;
        let same = other.downcast_ref::<M>();
        same.map(|other| self.copy_from(other)).is_some()
    }

    fn predict_any(&self, data: &Interactions, logits: &mut Vec<f32>) {
        self.predict(data, logits);
    }

    fn train_epoch_any(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary {
        self.train_epoch(plan, loss, hyperparameters, workspace)
    }

    fn gram_any(&self, batch: &Interactions) -> Gram {
        self.gram(batch)
    }

    fn reset_optimizer_any(&mut self) {
        self.reset_optimizer();
    }

    fn is_finite_any(&self) -> bool {
        self.is_finite()
    }

    fn snapshot_any(&self) -> Snapshot {
        self.snapshot()
    }

    fn restore_any(&mut self, snapshot: &Snapshot) -> Result<(), OtherShape> {
        self.restore(snapshot)
    }
}

/// A recommender of any type, itself a [`Model`]. Everything is that of the model within, but for
/// [`copy_from`](Model::copy_from), which takes a clone where the models within differ in type.
pub struct BoxedModel(Box<dyn AnyModel>);

impl BoxedModel {
    /// Puts `model` on the heap.
    pub fn new(model: impl Model + 'static) -> Self {
        Self(Box::new(model))
    }

    /// The model within, where it is an `M`.
    pub fn downcast_ref<M: Model + 'static>(&self) -> Option<&M> {
        let model: &dyn Any = &*self.0;
        model.downcast_ref()
    }
}

impl std::fmt::Debug for BoxedModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoxedModel").finish_non_exhaustive()
    }
}

impl Clone for BoxedModel {
    fn clone(&self) -> Self {
        Self((*self.0).clone_box())
    }
}

impl Model for BoxedModel {
    fn predict(&self, data: &Interactions, logits: &mut Vec<f32>) {
        self.0.predict_any(data, logits);
    }

    fn train_epoch(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary {
        self.0.train_epoch_any(plan, loss, hyperparameters, workspace)
    }

    fn gram(&self, batch: &Interactions) -> Gram {
        self.0.gram_any(batch)
    }

    fn copy_from(&mut self, other: &Self) {
        if !self.0.copy_from_any(&*other.0) {
            *self = other.clone();
        }
    }

    fn reset_optimizer(&mut self) {
        self.0.reset_optimizer_any();
    }

    fn is_finite(&self) -> bool {
        self.0.is_finite_any()
    }

    fn snapshot(&self) -> Snapshot {
        self.0.snapshot_any()
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), OtherShape> {
        self.0.restore_any(snapshot)
    }
}
