//! What a complete enumeration left of the losses that there are.

use serde::{Deserialize, Serialize};

use super::{History, Outcome, Record, Sample};

/// The functions that the operators and leaves of a search can write up to a number of nodes, filter by filter. A loss passes the
/// filters if it does so under one ε of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enumerated {
    /// Largest number of nodes of a formula
    pub nodes: usize,
    /// Functions, each counted once, however many formulas write it
    pub functions: u64,
    /// Gradients among them that are not equal up to a positive factor
    pub gradients: u64,
    /// Of these, with the right sign on as many simulated pairs as the check wants (`check.threshold`)
    pub right_sign: u64,
    /// Of these, with a gradient for both classes (all, without `check.both_classes`)
    pub both_classes: u64,
    /// Of these, finite in single precision: to be trained
    pub admissible: u64,
}

/// How far the training of an enumeration came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CompleteSearch {
    /// What there was to train
    #[serde(flatten)]
    pub enumerated: Enumerated,
    /// Losses that were tried, of the admissible
    pub tried: u64,
    /// Of these, trained; the others have the gradient of a named loss
    pub trained: u64,
    /// Of the trained, given up on the way by successive halving
    pub given_up: u64,
}

/// A named loss among all that were tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Placed {
    /// Its name
    pub name: String,
    /// Nodes of the smallest formula of the enumeration that trains as the loss does; `None` where it has none
    pub nodes: Option<usize>,
    /// Its rank by reward, counted from 1; `None` where it diverged
    pub rank: Option<usize>,
    /// How far its reward lies below the best
    pub behind: f64,
}

impl Enumerated {
    /// What there is to train, filter by filter.
    pub fn in_words(&self) -> String {
        let Self { nodes, functions, gradients, right_sign, both_classes, admissible } = self;
        let non_finite = match both_classes - admissible {
            0 => String::new(),
            n => format!("; {n} of them are not finite in single precision"),
        };
        format!(
            "Of up to {nodes} nodes there are {functions} functions with {gradients} gradients; {right_sign} of these have the right sign, \
             and {both_classes} of these a gradient for both classes{non_finite}."
        )
    }
}

impl CompleteSearch {
    /// What the search can claim.
    pub fn in_words(&self) -> String {
        let Self { enumerated: Enumerated { nodes, admissible, .. }, tried, trained, given_up } = self;
        if tried < admissible {
            return format!("Not complete: {tried} of the {admissible} losses of up to {nodes} nodes were tried.");
        }
        format!(
            "Complete up to {nodes} nodes: of all {admissible} losses that these operators and leaves write, these are the best on the rows \
             that reward. Successive halving gave up {given_up} of the {trained} trained early, which may be better than they looked."
        )
    }
}

impl Placed {
    /// In a few words.
    fn in_words(&self) -> String {
        let nodes = self.nodes.map_or(String::new(), |nodes| format!(", {nodes} nodes"));
        match self.rank {
            Some(rank) => format!("{} {rank} (−{:.4}{nodes})", self.name, self.behind),
            None => format!("{} diverged", self.name),
        }
    }
}

impl History<'_> {
    /// What was enumerated, and how much of it was tried; `None` where the search sampled.
    pub fn complete_search(self) -> Option<CompleteSearch> {
        let enumerated = self.records().iter().find_map(|record| match record {
            Record::Enumerated(enumerated) => Some(*enumerated),
            _ => None,
        })?;
        let of_it = || self.proposed().take(enumerated.admissible as usize);
        let trained = |sample: &&Sample| {
            matches!(sample.outcome, Outcome::Dropped { .. } | Outcome::Diverged) || sample.outcome.is_accepted()
        };
        let given_up = |sample: &&Sample| matches!(sample.outcome, Outcome::Dropped { .. });
        Some(CompleteSearch {
            enumerated,
            tried: of_it().count() as u64,
            trained: of_it().filter(trained).count() as u64,
            given_up: of_it().filter(given_up).count() as u64,
        })
    }

    /// The named losses that a complete search began with among all that were tried; empty for a search that sampled.
    pub fn placed(self) -> Vec<Placed> {
        let samples = || self.records().iter().filter_map(Record::sample);
        if self.complete_search().is_none() {
            return Vec::new();
        }
        let accepted = || samples().filter(|sample| sample.outcome.is_accepted());
        let best = accepted().map(|sample| sample.reward).fold(f64::NEG_INFINITY, f64::max);
        let placed = |(named, name): (&Sample, &String)| {
            let same = |sample: &&Sample| sample.outcome == Outcome::Duplicate { of: named.sample };
            let better = accepted().filter(|sample| sample.reward > named.reward).count();
            Placed {
                name: name.clone(),
                nodes: self.proposed().filter(same).map(|sample| sample.formula.complexity()).min(),
                rank: named.outcome.is_accepted().then_some(better + 1),
                behind: best - named.reward,
            }
        };
        samples().filter_map(|sample| Some((sample, sample.known.as_ref()?))).map(placed).collect()
    }

    /// Where the named losses stand; `None` where the search sampled or began with none.
    pub fn placed_in_words(self) -> Option<String> {
        let mut placed = self.placed();
        placed.sort_by(|a, b| a.behind.total_cmp(&b.behind));
        let each: Vec<String> = placed.iter().map(Placed::in_words).collect();
        (!each.is_empty()).then(|| {
            format!(
                "Named losses by rank (reward behind the best, smallest formula with that gradient): {}.",
                each.join("; ")
            )
        })
    }

    /// The samples of the controller, in order.
    fn proposed(&self) -> impl Iterator<Item = &Sample> {
        self.records().iter().filter_map(Record::sample).filter(|sample| sample.known.is_none())
    }
}
