//! Training rows in random order, and their negatives.

use super::negatives::{Negatives, NegativesError, SamplerOptions};
use super::popularity::Popularity;
use super::training_items::TrainingItems;
use super::unseen::{EvenUnseen, PopularUnseen};
use crate::random::{Stream, stream};

/// Draws the batches of trainings: an epoch has every training pair once, in an order that depends on (seed, epoch) alone, and
/// the negatives of a batch depend on (seed, epoch, number of the batch) alone. Trainings side by side share it.
#[derive(Clone, Debug)]
pub struct Sampler {
    pub(super) options: SamplerOptions,
    pub(super) n_items: usize,
    pub(super) batch_size: usize,
    pub(super) seed: u64,
    offsets: Vec<usize>,
    items: Vec<u32>,
    draws: Draws,
}

/// How one negative is drawn.
#[derive(Clone, Debug)]
enum Draws {
    Even(EvenUnseen),
    Popular(PopularUnseen),
    /// None is: the batch has them.
    None,
}

impl Sampler {
    /// Batches of `batch_size` of the training rows, with negatives among `n_items` items.
    ///
    /// Every draw takes one or two numbers of its stream, whatever the user has in training: no draw is rejected.
    ///
    /// # Errors
    /// [`NegativesError::UnknownItem`] when a training item is not below `n_items`; [`NegativesError::TooMany`] when a user has
    /// fewer other items than N (`in_batch` has no N).
    ///
    /// # Panics
    /// When `batch_size` is 0, or there are 2³² rows or more.
    pub fn new(
        training: TrainingItems<'_>,
        n_items: usize,
        options: &SamplerOptions,
        batch_size: usize,
        seed: u64,
    ) -> Result<Self, NegativesError> {
        assert!(batch_size > 0, "a batch needs at least one row");
        assert!(u32::try_from(training.n_rows()).is_ok(), "an epoch has fewer than 2³² rows");
        if let Some(&item) = training.items().iter().find(|&&item| item as usize >= n_items) {
            return Err(NegativesError::UnknownItem { item, n_items });
        }
        let draws = Draws::new(training, n_items, options)?;
        let (offsets, items) = (training.offsets().to_vec(), training.items().to_vec());
        Ok(Self { options: *options, n_items, batch_size, seed, offsets, items, draws })
    }

    /// The items that each user has in training.
    pub fn training(&self) -> TrainingItems<'_> {
        TrainingItems::unchecked(&self.offsets, &self.items)
    }

    /// The negatives of a batch: N for each of its `users`, row-major; or those that all of its rows share.
    pub(super) fn negatives(&self, [epoch, batch]: [u64; 2], users: &[u32], positives: &[u32], out: &mut Vec<u32>) {
        let mut rng = stream(self.seed, "negatives", epoch << 32 | batch);
        let n = self.options.n_negatives;
        out.clear();
        if self.options.negatives == Negatives::InBatch {
            out.extend_from_slice(positives);
        } else if self.options.negatives.is_shared() {
            out.resize(n, 0);
            self.draws.fill(&mut rng, 0..0, out);
        } else {
            out.resize(users.len() * n, 0);
            for (&user, of_row) in users.iter().zip(out.chunks_exact_mut(n)) {
                let user = user as usize;
                self.draws.fill(&mut rng, self.offsets[user]..self.offsets[user + 1], of_row);
            }
        }
    }
}

impl Draws {
    fn new(training: TrainingItems<'_>, n_items: usize, options: &SamplerOptions) -> Result<Self, NegativesError> {
        if options.negatives == Negatives::InBatch {
            return Ok(Self::None);
        }
        if !options.negatives.is_by_popularity() {
            check(training, n_items, options.n_negatives)?;
            return Ok(Self::Even(EvenUnseen::new(training, n_items)));
        }
        let popularity = Popularity::new(&counts(training, n_items), options.exponent);
        check(training, popularity.n_drawable(), options.n_negatives)?;
        Ok(Self::Popular(PopularUnseen::new(training, popularity)))
    }

    fn fill(&self, rng: &mut Stream, rows: std::ops::Range<usize>, out: &mut [u32]) {
        match self {
            Self::Even(unseen) => unseen.fill(rng, rows, out),
            Self::Popular(unseen) => unseen.fill(rng, rows, out),
            Self::None => {}
        }
    }
}

/// Training rows of each item.
fn counts(training: TrainingItems<'_>, n_items: usize) -> Vec<u32> {
    let mut counts = vec![0; n_items];
    training.items().iter().for_each(|&item| counts[item as usize] += 1);
    counts
}

/// Whether every user with training rows has N other items; a training item can always be drawn.
fn check(training: TrainingItems<'_>, n_drawable: usize, n_negatives: usize) -> Result<(), NegativesError> {
    for user in (0..training.n_users()).filter(|&user| !training.of(user).is_empty()) {
        let available = n_drawable - training.of(user).len();
        if n_negatives > available {
            return Err(NegativesError::TooMany { user, n_negatives, available });
        }
    }
    Ok(())
}
