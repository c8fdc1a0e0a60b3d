//! One step on one batch.
//!
//! Every distinct user and item of the batch has a slot, and its gradient is summed up there, over all rows that have it, at the
//! parameters before the step; then the row takes one step of the optimiser
//! (`train_batch`), or the gradient is carried back through the graph (`dense_gradients`). With the cosine the rows are brought to length 1 first,
//! once for each slot, and the gradient is taken through that once for each slot: in between, both similarities are an inner
//! product.

mod gathered;
mod row;
mod score;
mod shared;
mod side;

use autolossgen_formula::{RankingLoss, RankingWorkspace as LossWorkspace};

use super::batch::RankingBatch;
use super::hyperparameters::RankingHyperparameters;
use crate::kernel::aligned::Aligned;
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
    sides: [Side; 2],
    pairs: Pairs,
    products: Products,
    loss: LossWorkspace,
}

/// Takes one step on the mean loss of a batch.
pub(super) fn train_batch(
    set: InstructionSet,
    parameters: &mut Parameters,
    batch: &RankingBatch,
    loss: &RankingLoss,
    settings: &RankingHyperparameters,
    scratch: &mut Scratch,
) -> RankingSummary {
    let summary = gradients(set, [&parameters.users, &parameters.items], batch, loss, settings, scratch);
    let step = Step::next(&mut 1.0, &mut parameters.steps, &settings.of_rule());
    let per_row = per_row(batch, settings);
    with_rule!(settings.of_rule(), |R| {
        for (side, table) in scratch.sides.iter_mut().zip([&mut parameters.users, &mut parameters.items]) {
            table.ensure_states(R::STATES);
            side.apply::<R>(set, &step, per_row, settings.l2, table);
        }
    });
    summary
}

/// The gradients of the mean loss of a batch by every row of both tables, without L2, into memory of the tables' shape, whose values before are
/// any.
pub(super) fn dense_gradients(
    set: InstructionSet,
    tables: [&Table; 2],
    batch: &RankingBatch,
    loss: &RankingLoss,
    settings: &RankingHyperparameters,
    scratch: &mut Scratch,
    into: [&mut Aligned; 2],
) -> RankingSummary {
    let summary = gradients(set, tables, batch, loss, settings, scratch);
    for (side, into) in scratch.sides.iter_mut().zip(into) {
        side.scatter(set, per_row(batch, settings), tables[0].stride, into);
    }
    summary
}

/// The distinct users and items of the batch that was last.
pub(super) fn ids(scratch: &Scratch) -> [&[u32]; 2] {
    scratch.sides.each_ref().map(Side::ids)
}

/// What the sum of the rows' gradients by their scores is multiplied by.
fn per_row(batch: &RankingBatch, settings: &RankingHyperparameters) -> f32 {
    1.0 / (batch.len() as f32 * settings.temperature)
}

/// Sums up the gradients of the rows' own losses by slots.
fn gradients(
    set: InstructionSet,
    [of_users, of_items]: [&Table; 2],
    batch: &RankingBatch,
    loss: &RankingLoss,
    settings: &RankingHyperparameters,
    scratch: &mut Scratch,
) -> RankingSummary {
    let Scratch { sides: [users, items], pairs, products, loss: workspace } = scratch;
    users.begin(set, of_users, settings.similarity, [&batch.users, &[]]);
    items.begin(set, of_items, settings.similarity, [&batch.items, &batch.negatives]);
    let sides = [(users, of_users), (items, of_items)];
    match &batch.hits {
        None => gathered::gradients(set, sides, batch, loss, settings, pairs, workspace),
        Some(hits) => shared::gradients(set, sides, (batch, hits), loss, settings, products, workspace),
    }
}
