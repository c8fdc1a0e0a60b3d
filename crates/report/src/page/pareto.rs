//! The Pareto front: quality against complexity.

use maud::{Markup, html};

use super::{Section, part};
use crate::report::Report;
use crate::view::front::{Front, FrontRow};

pub(super) fn section(report: &Report) -> Option<Section> {
    let front = Front::of(report)?;
    let body = html! {
        p { (front.meaning) }
        @if let Some(added) = &front.added { p { (added) } }
        (part::figure(&front.chart, "From step to step a more complex loss has a higher reward."))
        (part::boxed("Hall of fame", "", table(&front.rows)))
    };
    Some(Section { id: "fame", title: "Hall of fame", body, charts: vec![front.chart] })
}

fn table(rows: &[FrontRow]) -> Markup {
    html! {
        table.sortable {
            thead {
                tr {
                    th scope="col" { "formula" }
                    th.number scope="col" { "nodes" }
                    th.number scope="col" { "reward" }
                    th.number scope="col" { "sample" }
                    th scope="col" { "check" }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" {
                            code { (row.formula) }
                            @if let Some(name) = &row.known { " " span.tag { (name) } }
                        }
                        @for cell in &row.cells { (part::number(cell)) }
                        td { (row.verdict) }
                    }
                }
            }
        }
    }
}
