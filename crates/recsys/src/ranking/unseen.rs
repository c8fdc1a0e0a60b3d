//! Items that a user has not in training, drawn without a rejection: a number below their total weight, moved past every
//! training item that lies before it.

use super::popularity::Popularity;
use super::training_items::TrainingItems;
use crate::random::{Stream, below};

/// Up to here all training items of a user are compared with a draw; beyond they are searched.
const COMPARED: usize = 64;

/// Draws of items, each equally likely.
#[derive(Clone, Debug)]
pub(super) struct EvenUnseen {
    n_items: u64,
    /// Of each training item the number of other items before it.
    holes: Vec<u32>,
}

impl EvenUnseen {
    pub(super) fn new(training: TrainingItems<'_>, n_items: usize) -> Self {
        let of_user = |user| training.of(user).iter().zip(0..).map(|(&item, before)| item - before);
        Self { n_items: n_items as u64, holes: (0..training.n_users()).flat_map(of_user).collect() }
    }

    /// Fills `out` with items other than the training items of a user, which stand at `rows` of all training items.
    pub(super) fn fill(&self, rng: &mut Stream, rows: std::ops::Range<usize>, out: &mut [u32]) {
        let holes = &self.holes[rows];
        let n_unseen = self.n_items - holes.len() as u64;
        out.iter_mut().for_each(|item| *item = below(rng, n_unseen) as u32);
        if holes.len() > COMPARED {
            out.iter_mut().for_each(|item| *item += holes.partition_point(|hole| hole <= item) as u32);
        } else {
            out.chunks_mut(COMPARED).for_each(|part| move_past(holes, part));
        }
    }
}

/// Adds to each draw the number of `holes` that are not above it: a loop of vectors, without a branch.
fn move_past(holes: &[u32], draws: &mut [u32]) {
    let mut places = [0_u32; COMPARED];
    let places = &mut places[..draws.len()];
    places.copy_from_slice(draws);
    for &hole in holes {
        draws.iter_mut().zip(&*places).for_each(|(draw, &place)| *draw += u32::from(hole <= place));
    }
}

/// Draws of items in proportion to their popularity.
#[derive(Clone, Debug)]
pub(super) struct PopularUnseen {
    popularity: Popularity,
    /// Of each training item the weight of the other items before it.
    holes: Vec<u64>,
    /// Weight of the user's training items up to each, with it.
    passed: Vec<u64>,
}

impl PopularUnseen {
    pub(super) fn new(training: TrainingItems<'_>, popularity: Popularity) -> Self {
        let (mut holes, mut passed) = (Vec::new(), Vec::new());
        for user in 0..training.n_users() {
            let mut sum = 0;
            for &item in training.of(user) {
                holes.push(popularity.before(item) - sum);
                sum += popularity.weight(item);
                passed.push(sum);
            }
        }
        Self { popularity, holes, passed }
    }

    /// As [`EvenUnseen::fill`].
    pub(super) fn fill(&self, rng: &mut Stream, rows: std::ops::Range<usize>, out: &mut [u32]) {
        let (holes, passed) = (&self.holes[rows.clone()], &self.passed[rows]);
        let unseen = self.popularity.total() - passed.last().copied().unwrap_or(0);
        for item in out {
            let place = below(rng, unseen);
            let before = holes.partition_point(|&hole| hole <= place).checked_sub(1).map_or(0, |last| passed[last]);
            *item = self.popularity.item(place + before);
        }
    }
}
