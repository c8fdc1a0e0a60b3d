//! The table of candidates.

use autolossgen::settings::Choice;
use maud::{Markup, html};

use super::{Section, part};
use crate::report::Report;
use crate::view::candidates::{Candidates, Row};
use crate::view::losses::Cell;
use autolossgen::record::Metrics;

pub(super) fn section(report: &Report) -> Option<Section> {
    let candidates = Candidates::of(report);
    if candidates.n == 0 {
        return None;
    }
    let body = html! {
        p { (in_words(report, &candidates)) }
        div.filter data-filter="candidate-table" hidden {
            label for="candidate-search" { "Search formulas and verdicts" }
            input #candidate-search type="search" placeholder="log(pred)" autocomplete="off" spellcheck="false";
            output for="candidate-search" {}
        }
        (part::boxed("Candidates", "tall long", table(report, &candidates)))
    };
    Some(Section { id: "candidates", title: "Candidates", body, charts: Vec::new() })
}

fn in_words(report: &Report, candidates: &Candidates<'_>) -> String {
    let (n, shown) = (candidates.n, candidates.rows.len());
    let checked = report.checked().map_or(String::new(), |checked| format!(" Check: {}.", checked.in_words()));
    let rest = match n - shown {
        0 => String::new(),
        rest => format!(
            " The {shown} best are below; candidates.json in the folder of the run has the other {} too.",
            part::grouped(rest as u64)
        ),
    };
    format!(
        "{} losses were accepted at least once.{checked}{rest} Positive rate: the share of simulated pairs on which the \
             derivative has the right sign.",
        part::grouped(n as u64)
    )
}

fn table(report: &Report, candidates: &Candidates<'_>) -> Markup {
    let (metric, judged) = (report.config.metric(), report.config.task.metric());
    html! {
        table #candidate-table .sortable {
            thead {
                tr {
                    th scope="col" { "formula" }
                    th.number scope="col" { "nodes" }
                    th.number scope="col" { "sample" }
                    th.number scope="col" { "accepted" }
                    th.number scope="col" { "best reward" }
                    th.number scope="col" { "positive rate" }
                    th scope="col" { "check" }
                    th.number scope="col" { "validation " (metric.title()) }
                    th.number scope="col" { "test " (judged.title()) }
                }
            }
            tbody { @for row in &candidates.rows { (line(row, metric.name(), judged.name())) } }
        }
    }
}

fn line(row: &Row<'_>, metric: &str, judged: &str) -> Markup {
    let candidate = &row.candidate;
    let (nodes, rate) = (candidate.formula.complexity(), row.checked.map(|checked| checked.positive_rate));
    let reached = |of: fn(&autolossgen::record::LossResult) -> &Metrics, name: &str| {
        let Some(result) = row.tested else { return part::number("", None) };
        let cell = Cell::number(of(result).get(name).copied(), |value| format!("{value:.4}"));
        part::number(&cell.text, cell.value)
    };
    html! {
        tr.best[row.is_best] {
            th scope="row" { @if row.is_best { "★ " } code { (candidate.formula) } (part::same_as(row.gradient_of())) }
            (part::number(&nodes.to_string(), Some(nodes as f64)))
            (part::number(&candidate.sample.to_string(), Some(candidate.sample as f64)))
            (part::number(&candidate.accepted.to_string(), Some(candidate.accepted as f64)))
            (part::number(&format!("{:+.4}", candidate.reward), Some(candidate.reward)))
            (part::number(&rate.map_or(String::new(), |rate| format!("{rate:.4}")), rate))
            td { (row.verdict()) }
            (reached(|result| &result.validation, metric))
            (reached(|result| &result.test, judged))
        }
    }
}
