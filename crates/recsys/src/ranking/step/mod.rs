//! One step on one batch.
//!
//! Every distinct user and item of the batch has a slot, and its gradient is summed up there, over all rows that have it, at the
//! parameters before the step; then it takes one step of the optimiser. With the cosine the rows are brought to length 1 first,
//! once for each slot, and the gradient is taken through that once for each slot: in between, both similarities are an inner
//! product.

mod gathered;
mod row;
mod score;
mod shared;
mod side;

use super::batch::RankingBatch;
use super::hyperparameters::RankingHyperparameters;
use super::loss::ContrastiveLoss;
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::rule::{Rule, Step, with_rule};
use crate::kernel::table::Table;
use gathered::Pairs;
use shared::Products;
use side::Side;

/// What training on some rows found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RankingSummary {
    /// Mean loss of the rows, each at the parameters before its batch, without L2
    pub mean_loss: f64,
    /// Rows whose loss or derivative was NaN or ∞
    pub non_finite: usize,
}

/// Users and items, and what the optimiser knows of them.
#[derive(Clone, Debug)]
pub(super) struct Parameters {
    pub(super) users: Table,
    pub(super) items: Table,
    /// Steps taken; Adam's t.
    pub(super) steps: u64,
}

/// Memory of a step; reused.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    users: Side,
    items: Side,
    pairs: Pairs,
    products: Products,
}

/// Takes one step on the mean loss of a batch.
pub(super) fn train_batch<L: ContrastiveLoss>(
    set: InstructionSet,
    parameters: &mut Parameters,
    batch: &RankingBatch,
    loss: &L,
    settings: &RankingHyperparameters,
    scratch: &mut Scratch,
    workspace: &mut L::Workspace,
) -> RankingSummary {
    let Scratch { users, items, pairs, products } = scratch;
    users.begin(set, &parameters.users, settings.similarity, [&batch.users, &[]]);
    items.begin(set, &parameters.items, settings.similarity, [&batch.items, &batch.negatives]);
    let sides = [(&mut *users, &parameters.users), (&mut *items, &parameters.items)];
    let summary = match &batch.hits {
        None => gathered::gradients(set, sides, batch, loss, settings, pairs, workspace),
        Some(hits) => shared::gradients(set, sides, (batch, hits), loss, settings, products, workspace),
    };
    let step = Step::next(&mut 1.0, &mut parameters.steps, &settings.of_rule());
    let per_row = 1.0 / (batch.len() as f32 * settings.temperature);
    with_rule!(settings.of_rule(), |R| {
        for (side, table) in [(users, &mut parameters.users), (items, &mut parameters.items)] {
            table.ensure_states(R::STATES);
            side.apply::<R>(set, &step, per_row, settings, table);
        }
    });
    summary
}
