//! The hall of fame as a person reads it.

use autolossgen::journal::{Record, Sample};
use autolossgen::search::HallOfFame;
use autolossgen::{Config, RewardRule, Run};

use super::results::shorten;
use crate::table::Table;

/// The best loss of each complexity, and what the search adds to the named losses that it began with.
pub fn table(run: &Run) -> String {
    let (hall, config) = (&HallOfFame::of(run.records()), run.config());
    let known = &known(run.records());
    let mut table = Table::new(&["best by complexity", "nodes", "reward"]);
    for famous in hall.entries() {
        let name = famous.known.as_ref().map_or(String::new(), |name| format!("  {name}"));
        table.row(vec![
            shorten(&famous.formula.to_string()) + &name,
            famous.complexity.to_string(),
            format!("{:+.4}", famous.reward),
        ]);
    }
    format!("\n{table}{}{}\n", meaning(config), added(hall, known).unwrap_or_default())
}

/// What the search adds to the named losses that it began with.
fn added(hall: &HallOfFame, known: &[&Sample]) -> Option<String> {
    let best_known = known.iter().copied().max_by(|a, b| a.reward.total_cmp(&b.reward))?;
    let (best, name) = (hall.entries().last()?, best_known.known.as_ref()?);
    Some(match &best.known {
        Some(known) => format!("\nNothing found is better than {known}, with which the search began."),
        None => format!(
            "\nThe best found is {:+.4} above {name}, the best that the search began with.",
            best.reward - best_known.reward
        ),
    })
}

/// The named losses that a search began with, and what became of them.
fn known(records: &[Record]) -> Vec<&Sample> {
    let known = records.iter().filter_map(|record| match record {
        Record::Sample(sample) if sample.known.is_some() => Some(sample),
        _ => None,
    });
    known.collect()
}

/// What a reward is.
fn meaning(config: &Config) -> String {
    let rows = match config.search.folds {
        0 => "the validation rows".to_owned(),
        folds => format!("{folds} folds of the training rows"),
    };
    match config.search.reward {
        RewardRule::OneEpoch => format!("Reward: what one epoch adds to the metric on {rows}."),
        RewardRule::Converged => {
            let reference = config.search.reference();
            format!(
                "Reward: what the loss reaches above {reference} on {rows}, each trained to convergence at its own settings."
            )
        }
    }
}
