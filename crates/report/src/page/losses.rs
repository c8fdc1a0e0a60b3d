//! The losses found beside the baselines: the scale of intervals, the table, and what trivial predictors get.

use maud::{Markup, html};

use super::{Section, part};
use crate::loss_table::{LossRow, LossTable};
use crate::report::Report;
use crate::view::intervals::{Intervals, Row};
use crate::view::tested::{Tested, Trivial};

pub(super) fn section(report: &Report) -> Option<Section> {
    let tested = Tested::of(report)?;
    let body = html! {
        p { (tested.protocol) }
        @if let Some(intervals) = &tested.intervals { (chart(intervals)) }
        h3 { "Table" }
        (part::boxed("Tested losses", "", table(&tested.table)))
        @for note in &tested.notes { p.soft { (note) } }
        h3 { "Without a recommender" }
        (part::boxed("Trivial predictors on test", "", trivial(&tested.trivial)))
    };
    Some(Section { id: "losses", title: "Beside the baselines", body, charts: Vec::new() })
}

/// Classes of the rows, and what each is in the key.
const KEY: [(&str, &str); 3] = [("best", "★, the best on validation"), ("found", "found"), ("baseline", "baseline")];

fn chart(intervals: &Intervals) -> Markup {
    html! {
        figure {
            figcaption {
                strong { (intervals.title) }
                @for (class, name) in KEY { span.key { i class=(class) {} (name) } }
            }
            div.intervals {
                @for row in &intervals.rows { (interval(row, &intervals.ticks)) }
                div.axis aria-hidden="true" {
                    div.name {}
                    div.track {
                        @for (place, text) in &intervals.ticks { span style={ "left:" (percent(*place)) } { (text) } }
                    }
                    div {}
                }
            }
        }
    }
}

fn interval(row: &Row, ticks: &[(f64, String)]) -> Markup {
    let class = if row.is_best {
        "best"
    } else if row.is_baseline {
        "baseline"
    } else {
        "found"
    };
    html! {
        div class=(class) title={ (row.loss) ": " (row.text) } {
            span.name { @if row.is_best { "★ " } (row.loss) }
            div.track aria-hidden="true" {
                @for (place, _) in ticks { i style={ "left:" (percent(*place)) } {} }
                @if row.mean.is_none() { span.off { "off the scale" } }
                @if let Some((low, width)) = row.interval {
                    span.bar style={ "left:" (percent(low)) ";width:" (percent(width)) } {}
                }
                @if let Some(mean) = row.mean { span.dot style={ "left:" (percent(mean)) } {} }
            }
            span.value { (row.text) }
        }
    }
}

/// A place as CSS writes it.
fn percent(place: f64) -> String {
    format!("{place:.2}%")
}

fn table(table: &LossTable<'_>) -> Markup {
    html! {
        table.sortable {
            thead {
                tr {
                    @for (column, heading) in table.headings().iter().enumerate() {
                        @if column == 0 { th scope="col" { (heading) } } @else { th.number scope="col" { (heading) } }
                    }
                }
            }
            tbody { @for loss in table.rows() { (row(&loss)) } }
        }
    }
}

fn row(row: &LossRow) -> Markup {
    html! {
        tr.best[row.is_best] {
            th scope="row" {
                @if row.is_best { "★ " }
                @if row.is_baseline { (row.loss) } @else { code { (row.loss) } }
                (part::same_as(row.gradient_of.as_deref()))
            }
            @for cell in &row.cells { (part::number(cell)) }
        }
    }
}

fn trivial(trivial: &Trivial) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "predictor" }
                    @for heading in &trivial.headings { th.number scope="col" { (heading) } }
                }
            }
            tbody {
                @for (predictor, cells) in &trivial.rows {
                    tr {
                        th scope="row" { (predictor) }
                        @for cell in cells { (part::number(cell)) }
                    }
                }
            }
        }
    }
}
