//! A search for losses of ranking in a terminal.

use autolossgen::ranking::{RankingCandidate, RankingReport, Stage};
use autolossgen::run::RankingRun;

use super::table::Table;
use crate::message::count;

/// What the search came to, in one line.
pub fn line(run: &RankingRun, seconds: f64) -> String {
    let n = |is: fn(&Stage) -> bool| run.history().trials().filter(|trial| is(&trial.stage)).count();
    let complete = n(|stage| *stage == Stage::Complete);
    let evolved = n(|stage| *stage == Stage::Evolution);
    let ended = if run.history().found().is_some() { "" } else { "; interrupted" };
    format!(
        "{} tried, {complete} of them trained to convergence, and {evolved} by evolution, in {seconds:.0} s{ended}",
        count(n_small(run), "loss of few nodes", "losses of few nodes"),
    )
}

/// Losses of few nodes that were tried: those of the first rung.
fn n_small(run: &RankingRun) -> u64 {
    let first = run.history().config().search.rungs.first().copied();
    run.history().trials().filter(|trial| first.map(Stage::Rung) == Some(trial.stage)).count() as u64
}

/// What was counted, and the losses that go to the test.
pub fn page(run: &RankingRun) -> String {
    let mut text = run.history().enumerated().map_or(String::new(), |found| {
        format!(
            "Complete up to {}: {} functions of pos, neg and gap, {} derivatives up to a factor, {} of them of the right sign. {} \
             were trained for {}, and the best of them longer; what evolution adds has coefficients.\n",
            count(found.nodes as u64, "node", "nodes"),
            found.functions,
            found.gradients,
            found.admissible,
            n_small(run),
            run.history().config().search.rungs.first().map_or("no epoch".to_owned(), |&epochs| count(epochs as u64, "epoch", "epochs")),
        )
    });
    let found = run.history().found().unwrap_or_default();
    if found.is_empty() {
        return text;
    }
    let metric = run.history().config().selection.metric.title();
    let validation = format!("validation {metric}");
    let mut table = Table::new(&["found", &validation, "nodes", "by", "formula"]);
    for (index, RankingCandidate { formula, nodes, validation, is_of_complete, .. }) in found.iter().enumerate() {
        let by = if *is_of_complete { "complete part" } else { "evolution" };
        table.row(vec![
            (index + 1).to_string(),
            format!("{validation:.4}"),
            nodes.to_string(),
            by.to_owned(),
            formula.to_string(),
        ]);
    }
    text += &format!("\n{table}");
    text + &format!("\nvalidation: {}.\n", run.history().config().selection.described())
}

/// The best loss in full, if the search found it.
pub fn origins(run: &RankingRun, report: &RankingReport) -> String {
    let Some(best) = report.by_validation().first().map(|best| best.formula.clone()) else { return String::new() };
    let is_found = |candidate: &RankingCandidate| candidate.formula.to_string() == best;
    let found = run.history().found().unwrap_or_default().iter().any(is_found);
    if found {
        format!(
            "\n★ was found by this search:\n\n    {best}\n\n`autolossgen export --task ranking '{best}' --to pytorch` is its code.\n"
        )
    } else {
        String::new()
    }
}
