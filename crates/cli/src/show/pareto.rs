//! The Pareto front of reward and complexity as a person reads it.

use autolossgen::Run;
use autolossgen::record::ParetoFront;

use super::table::{Table, shorten};

/// The best loss of each complexity, and what the search adds to the named losses that it began with.
pub fn pareto_front(run: &Run) -> String {
    let front = ParetoFront::of(run.records());
    let mut table = Table::new(&["best by complexity", "nodes", "reward"]);
    for entry in front.entries() {
        let name = entry.known.as_ref().map_or(String::new(), |name| format!("  {name}"));
        table.row(vec![
            shorten(&entry.formula.to_string()) + &name,
            entry.complexity.to_string(),
            format!("{:+.4}", entry.reward),
        ]);
    }
    let added = front.added_in_words(run.records()).map_or(String::new(), |added| format!("\n{added}"));
    format!("\n{table}{}{added}\n", run.config().reward_in_words())
}
