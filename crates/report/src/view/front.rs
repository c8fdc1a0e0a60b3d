//! The Pareto front of reward against complexity, as a table and a chart.

use autolossgen::record::FrontEntry;

use super::chart::{Chart, Series, Style};
use crate::loss_table::Cell;
use crate::report::Report;

/// The front of a search.
pub(crate) struct Front {
    /// What it is, and what a reward is.
    pub(crate) meaning: String,
    /// What the search adds to the losses that it began with.
    pub(crate) added: Option<String>,
    pub(crate) chart: Chart,
    /// From the simplest to the best.
    pub(crate) rows: Vec<FrontRow>,
}

/// A loss that no simpler one equals.
pub(crate) struct FrontRow {
    pub(crate) formula: String,
    pub(crate) known: Option<String>,
    /// Nodes, reward, sample.
    pub(crate) cells: [Cell; 3],
}

impl Front {
    /// `None` where no loss was accepted.
    pub(crate) fn of(report: &Report) -> Option<Self> {
        let (history, front) = (report.history(), report.history().front());
        let entries = front.entries();
        if entries.is_empty() {
            return None;
        }
        let chart = Chart::new("fame", "Reward against complexity", "nodes", "reward")
            .over(entries.iter().map(|entry| entry.complexity as f64))
            .with(Series::new("reward", 1, Style::Steps), entries.iter().map(|entry| Some(entry.reward)));
        Some(Self {
            meaning: format!("The losses that no simpler one equals. {}", report.config.reward_in_words()),
            added: history.added_in_words(),
            chart,
            rows: entries.iter().map(FrontRow::of).collect(),
        })
    }
}

impl FrontRow {
    fn of(entry: &FrontEntry) -> Self {
        let reward = Cell::number(Some(entry.reward), |reward| format!("{reward:+.4}"));
        Self {
            formula: entry.formula.to_string(),
            known: entry.known.clone(),
            cells: [Cell::count(entry.complexity as u64), reward, Cell::count(entry.sample)],
        }
    }
}
