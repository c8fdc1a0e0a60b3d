//! The search over time: charts, and what became of the samples.

use maud::{Markup, html};

use super::{Section, part};
use crate::report::Report;
use crate::view::search::{OutcomeRow, SearchOverTime};

pub(super) fn section(report: &Report) -> Section {
    let search = SearchOverTime::of(report);
    let body = html! {
        @for sentence in &search.sentences { p { (sentence) } }
        @if let Some(entropy) = &search.flat_entropy { p.soft { (entropy) } }
        div.charts { @for (chart, caption) in &search.charts { (part::figure(chart, caption)) } }
        p.soft { "Drag across a chart to look closer, double-click to see all of it again." }
        (part::boxed("Outcomes of the samples", "", table(&search.outcomes)))
    };
    let charts = search.charts.into_iter().map(|(chart, _)| chart).collect();
    Section { id: "search", title: "The search over time", body, charts }
}

fn table(outcomes: &[OutcomeRow]) -> Markup {
    html! {
        table {
            thead {
                tr { th scope="col" { "outcome" } th.number scope="col" { "samples" } th.number scope="col" { "share" } }
            }
            tbody {
                @for outcome in outcomes {
                    tr {
                        th scope="row" { (outcome.name) }
                        (part::number(&outcome.samples))
                        td.number { (outcome.share) }
                    }
                }
            }
        }
    }
}
