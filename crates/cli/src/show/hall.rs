//! The hall of fame as a person reads it.

use autolossgen::Run;
use autolossgen::record::{HallEntry, History};

use super::table::{Table, shorten};

/// The best loss of each complexity, what the check said of them, and what the search adds to the named losses that it began
/// with.
pub fn hall_of_fame(run: &Run) -> String {
    let hall = History::of(run.records()).hall_of_fame();
    let mut table = Table::new(&["best by complexity", "nodes", "reward", "check"]);
    for HallEntry { loss, standing } in hall.entries() {
        let name = loss.known.as_ref().map_or(String::new(), |name| format!("  {name}"));
        table.row(vec![
            shorten(&loss.formula.to_string()) + &name,
            loss.complexity.to_string(),
            format!("{:+.4}", loss.reward),
            standing.in_words().to_owned(),
        ]);
    }
    let added = hall.added_in_words(run.records()).map_or(String::new(), |added| format!("\n{added}"));
    format!("\n{table}{}\n{}{added}\n", hall.in_words(), run.config().reward_in_words())
}
