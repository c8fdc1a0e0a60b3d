//! The hall of fame as a person reads it.

use autolossgen::Run;
use autolossgen::search::HallOfFame;

use super::results::shorten;
use crate::table::Table;

/// The best loss of each complexity, and what the search adds to the named losses that it began with.
pub fn table(run: &Run) -> String {
    let hall = HallOfFame::of(run.records());
    let mut table = Table::new(&["best by complexity", "nodes", "reward"]);
    for famous in hall.entries() {
        let name = famous.known.as_ref().map_or(String::new(), |name| format!("  {name}"));
        table.row(vec![
            shorten(&famous.formula.to_string()) + &name,
            famous.complexity.to_string(),
            format!("{:+.4}", famous.reward),
        ]);
    }
    let added = hall.added_in_words(run.records()).map_or(String::new(), |added| format!("\n{added}"));
    format!("\n{table}{}{added}\n", run.config().reward_in_words())
}
