//! How far a complete search goes: as many nodes as are asked for, or as the estimated cost allows.

use autolossgen_formula::Enumeration;
use autolossgen_recsys::SearchData;

use super::admissible::Admissible;
use crate::config::Config;
use crate::record::Enumerated;

/// Nodes beyond which a search does not go by itself.
const MOST_NODES: usize = 8;
/// Nodes to which a search goes where nothing is known of its cost.
const UNKNOWN_NODES: usize = 7;
/// Nodes below which it does not stay: (ŷ − y)² has five.
const LEAST_NODES: usize = 5;
/// How many times as many losses one node more brings, at the most.
const GROWTH: f64 = 6.0;
/// Epochs that a loss trains, as a mean: one of two leaves the ladder after three, the other is raced.
const EPOCHS: f64 = 120.0;
/// Seconds of a multiplication of a training, both ways, on one core; a round figure, and the same on every machine, so that the
/// extent does not depend on the machine.
const SECONDS: f64 = 1.5e-10;
/// Seconds of one core that a search may take where nobody says how far it goes.
const MOST_SECONDS: f64 = 600.0;

/// What the cost of a search depends on, beside its losses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Whether labels lie between 0 and 1
    pub graded: bool,
    /// Rows to train on; 0 where nothing is known of the data
    pub rows: usize,
    /// Multiplications that a row takes in training
    pub work: usize,
}

impl Extent {
    /// That of a recommender on these rows.
    pub fn of(data: &SearchData, work: usize) -> Self {
        let graded = data.train.is_graded() || data.validation.is_graded();
        Self { graded, rows: data.train.len(), work }
    }

    /// Seconds of one core that a search of so many losses takes, to within a factor of three or so.
    pub fn seconds(&self, n_losses: u64) -> f64 {
        n_losses as f64 * EPOCHS * self.rows as f64 * self.work as f64 * SECONDS
    }

    /// Every function of `controller.max_nodes`, or of as many as can be trained in minutes, and what the filters leave of them.
    pub(super) fn admissible(&self, config: &Config) -> Admissible {
        let mut all = Enumeration::new(config.grammar(self.graded));
        let to = |nodes: usize, all: &mut Enumeration| {
            while all.nodes() < nodes {
                all.grow();
            }
        };
        if config.controller.max_nodes > 0 {
            to(config.controller.max_nodes, &mut all);
            return Admissible::of(&all, config, self.graded);
        }
        let most = config.largest_enumeration(if self.rows == 0 { UNKNOWN_NODES } else { MOST_NODES });
        to(LEAST_NODES.min(most), &mut all);
        loop {
            let admissible = Admissible::of(&all, config, self.graded);
            let Enumerated { nodes, admissible: n_losses, .. } = admissible.counts;
            if nodes >= most || GROWTH * self.seconds(n_losses) > MOST_SECONDS {
                return admissible;
            }
            all.grow();
        }
    }
}
