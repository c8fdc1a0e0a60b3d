//! The explanation of a run as a person reads it.

use autolossgen::explain::{PROPERTIES, number};
use autolossgen::recsys::{Choice, Direction};
use autolossgen_report::{Correlation, ExplainedLoss, RunExplanation};

use super::table::{Table, shorten};
use crate::message::count;

/// The losses with their properties, and which properties go with success.
pub fn text(found: &RunExplanation) -> String {
    format!("{}\n{}\n{}", losses(found), correlations(found), notes(found))
}

fn losses(found: &RunExplanation) -> String {
    let metric = found.metric.title();
    let headings = [format!("test {metric}"), format!("valid. {metric}")];
    let named = PROPERTIES.iter().map(|property| property.name);
    let headings: Vec<&str> =
        ["loss", "ε"].into_iter().chain(headings.iter().map(String::as_str)).chain(named).collect();
    let mut table = Table::new(&headings);
    found.losses.iter().for_each(|loss| table.row(row(loss, found.metric.name())));
    table.to_string()
}

fn row(loss: &ExplainedLoss, metric: &str) -> Vec<String> {
    let reached = [&loss.test, &loss.validation]
        .map(|metrics| metrics.get(metric).map_or("–".to_owned(), |value| format!("{value:.4}")));
    let property = |name| loss.properties.get(name).map_or("–".to_owned(), |&value| number(value));
    let properties = PROPERTIES.iter().map(|known| property(known.name));
    [shorten(&loss.loss), epsilon(loss)].into_iter().chain(reached).chain(properties).collect()
}

/// ε where the loss depends on it.
fn epsilon(loss: &ExplainedLoss) -> String {
    let depends = loss.explanation.as_ref().is_none_or(|explanation| explanation.depends_on_epsilon);
    if depends { format!("{:e}", loss.semantics.epsilon) } else { String::new() }
}

/// Strongest first.
fn correlations(found: &RunExplanation) -> String {
    let mut table = Table::new(&["property", "ρ", "losses"]);
    let mut order: Vec<&Correlation> = found.correlations.iter().collect();
    let size = |correlation: &Correlation| correlation.rank_correlation.map_or(-1.0, f64::abs);
    order.sort_by(|a, b| size(b).total_cmp(&size(a)));
    for Correlation { property, meaning, rank_correlation, losses } in order {
        let rho = rank_correlation.map_or("–".to_owned(), |rho| format!("{rho:+.2}"));
        table.row(vec![format!("{property:<10} {meaning}"), rho, losses.to_string()]);
    }
    table.to_string()
}

fn notes(found: &RunExplanation) -> String {
    let n = count(found.losses.len() as u64, "tested loss", "tested losses");
    let (metric, success) = (
        found.metric.title(),
        match found.metric.direction() {
            Direction::Maximize => "a high",
            Direction::Minimize => "a low",
        },
    );
    let problems = found.losses.iter().filter_map(|loss| loss.problem.as_ref());
    let problems: String = problems.map(|problem| format!("! {problem}\n")).collect();
    format!(
        "ρ: Spearman's rank correlation with {success} test {metric} over the {n} of this run. They were chosen by search and \
         validation and many are alike: it describes these losses and is no test.\n{problems}"
    )
}
