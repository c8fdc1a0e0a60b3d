//! The hall of fame as a person reads it.

use autolossgen::search::HallOfFame;
use autolossgen::{Config, RewardRule};

use super::results::shorten;
use crate::table::Table;

/// The best loss of each complexity, and what the search adds to the named losses that it began with.
pub fn table(hall: &HallOfFame, config: &Config) -> String {
    let mut table = Table::new(&["best by complexity", "nodes", "reward"]);
    for famous in hall.entries() {
        let name = famous.known.as_ref().map_or(String::new(), |name| format!("  {name}"));
        table.row(vec![
            shorten(&famous.formula.to_string()) + &name,
            famous.complexity.to_string(),
            format!("{:+.4}", famous.reward),
        ]);
    }
    format!("\n{table}{}\n", meaning(config))
}

/// What a reward is.
pub fn meaning(config: &Config) -> String {
    let rows = match config.search.folds {
        0 => "the validation rows".to_owned(),
        folds => format!("{folds} folds of the training rows"),
    };
    match config.search.reward {
        RewardRule::OneEpoch => format!("Reward: what one epoch adds to the metric on {rows}."),
        RewardRule::Converged => {
            let reference = config.search.warm_start.first().map_or("bce", String::as_str);
            format!("Reward: what the loss reaches above {reference} on {rows}, each trained to convergence at its own settings.")
        }
    }
}
