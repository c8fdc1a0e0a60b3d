//! The table of candidates.

use maud::{Markup, html};

use super::{Section, part};
use crate::report::Report;
use crate::view::candidates::{CandidateRow, Candidates};

pub(super) fn section(report: &Report) -> Option<Section> {
    let candidates = Candidates::of(report)?;
    let body = html! {
        p { (candidates.in_words) }
        div.filter data-filter="candidate-table" hidden {
            label for="candidate-search" { "Search formulas and verdicts" }
            input #candidate-search type="search" placeholder="log(pred)" autocomplete="off" spellcheck="false";
            output for="candidate-search" {}
        }
        (part::boxed("Candidates", "tall long", table(&candidates)))
    };
    Some(Section { id: "candidates", title: "Candidates", body, charts: Vec::new() })
}

fn table(candidates: &Candidates) -> Markup {
    let [validation, test] = &candidates.metrics;
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
                    th.number scope="col" { (validation) }
                    th.number scope="col" { (test) }
                }
            }
            tbody { @for row in &candidates.rows { (line(row)) } }
        }
    }
}

fn line(row: &CandidateRow) -> Markup {
    html! {
        tr.best[row.is_best] {
            th scope="row" { @if row.is_best { "★ " } code { (row.formula) } (part::same_as(row.gradient_of.as_deref())) }
            @for cell in &row.found { (part::number(cell)) }
            td { (row.verdict) }
            @for cell in &row.reached { (part::number(cell)) }
        }
    }
}
