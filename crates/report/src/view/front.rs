//! The Pareto front of reward against complexity, as a table and a chart.

use autolossgen::record::HallEntry;

use super::chart::{Chart, Series, Style};
use crate::loss_table::Cell;
use crate::report::Report;

/// The front of a search.
pub(crate) struct Front {
    /// What it is, what the check has to do with it, and what a reward is.
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
    /// What the check said, in a word or two.
    pub(crate) verdict: &'static str,
}

impl Front {
    /// `None` where no loss was accepted, or the check left none.
    pub(crate) fn of(report: &Report) -> Option<Self> {
        let (history, hall) = (report.history(), report.history().hall_of_fame());
        let entries = hall.entries();
        if entries.is_empty() {
            return None;
        }
        let chart = Chart::new("fame", "Reward against complexity", "nodes", "reward")
            .over(entries.iter().map(|entry| entry.loss.complexity as f64))
            .with(Series::new("reward", 1, Style::Steps), entries.iter().map(|entry| Some(entry.loss.reward)));
        Some(Self {
            meaning: format!(
                "The losses that no simpler one equals. {} {}",
                hall.in_words(),
                report.config.reward_in_words()
            ),
            added: hall.added_in_words(history.records()),
            chart,
            rows: entries.iter().map(FrontRow::of).collect(),
        })
    }
}

impl FrontRow {
    fn of(HallEntry { loss, standing }: &HallEntry) -> Self {
        let reward = Cell::number(Some(loss.reward), |reward| format!("{reward:+.4}"));
        Self {
            formula: loss.formula.to_string(),
            known: loss.known.clone(),
            cells: [Cell::count(loss.complexity as u64), reward, Cell::count(loss.sample)],
            verdict: standing.in_words(),
        }
    }
}
